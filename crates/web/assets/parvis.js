// Saves time on pages that work without it: copy, quote, close a menu, focus the first error. Nothing depends on it.

const menu = document.querySelector('[data-menu]');
if (menu) {
  const close = (focus) => {
    menu.open = false;
    if (focus) menu.querySelector('summary').focus();
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) close(true);
  });
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target)) close(false);
  });
}

document.querySelector('[data-focus]')?.focus();

// A click on a link of the error summary also moves the focus into the field.
document.querySelector('.error-summary')?.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#"]');
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.closest('.field')?.scrollIntoView({ block: 'start' });
});

for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy);
  if (!field || !navigator.clipboard) continue;
  const status = document.createElement('span');
  status.setAttribute('role', 'status');
  status.className = 'copied';
  button.after(status);
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(field.value);
    status.textContent = button.dataset.done;
    setTimeout(() => { status.textContent = ''; }, 4000);
  });
}

for (const field of document.querySelectorAll('[data-copy-source]')) {
  field.addEventListener('focus', () => field.select());
}

// "Reply" fills the form of the page; a selected passage of that post is quoted.
const form = document.querySelector('form#reply');
const content = form?.elements.content;
for (const link of content ? document.querySelectorAll('[data-reply]') : []) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    form.elements.reply_to.value = link.dataset.reply;
    const selection = getSelection();
    const body = link.closest('article').querySelector('[data-quotable]');
    if (!selection.isCollapsed && body?.contains(selection.anchorNode) && body.contains(selection.focusNode)) {
      const quote = selection.toString().trim().split('\n').map((line) => `> ${line}`.trim()).join('\n');
      content.value = `${content.value}${content.value ? '\n\n' : ''}${quote}\n\n`;
    }
    content.focus();
  });
}

// Warns before a page with unsent text is left.
for (const compose of document.querySelectorAll('[data-compose]')) {
  let changed = false;
  compose.addEventListener('input', () => { changed = true; });
  compose.addEventListener('submit', () => { changed = false; });
  addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
}
