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

// The place of an address takes the focus to itself once the page is there, so it is given again after that.
const first = document.querySelector('[data-focus]');
first?.focus();
if (first && location.hash) {
  const again = () => { if (document.activeElement === document.body) first.focus(); };
  addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(again)));
}

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

// "Reply" fills the form of the page and says to whom; a selected passage of that post is quoted. "Quote" does the same
// with the whole post where something is written already; an empty form comes from the server, with the source.
const form = document.querySelector('form#reply');
const content = form?.elements.content;
const target = form?.querySelector('[data-reply-to]');

const answer = (link) => {
  const reply = link.closest('article').querySelector('[data-reply]');
  form.elements.reply_to.value = reply.dataset.reply;
  const place = document.createElement('a');
  place.href = reply.dataset.place;
  place.textContent = reply.dataset.words;
  const off = document.createElement('button');
  off.type = 'button';
  off.className = 'button button-quiet';
  off.textContent = form.dataset.replyOff;
  off.addEventListener('click', () => {
    form.elements.reply_to.value = '';
    target.hidden = true;
    content.focus();
  });
  target.hidden = false;
  target.replaceChildren(place, off);
};

const quote = (text, who) => {
  const lines = text.trim().split('\n').map((line) => `> ${line}`.trim());
  if (who) lines.unshift(`> **${who}** :`, '>');
  content.value = `${content.value.trimEnd()}${content.value.trim() ? '\n\n' : ''}${lines.join('\n')}\n\n`;
};

for (const link of content ? document.querySelectorAll('[data-reply], [data-quote]') : []) {
  link.addEventListener('click', (event) => {
    const article = link.closest('article');
    const body = article.querySelector('[data-quotable]');
    if (link.dataset.quote) {
      if (!content.value.trim()) return;
      event.preventDefault();
      answer(link);
      quote(body.innerText, article.querySelector('.handle')?.textContent);
    } else {
      event.preventDefault();
      answer(link);
      const selection = getSelection();
      if (!selection.isCollapsed && body?.contains(selection.anchorNode) && body.contains(selection.focusNode)) {
        quote(selection.toString());
      }
    }
    content.focus();
    content.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

// Warns before a page with unsent text is left.
for (const compose of document.querySelectorAll('[data-compose]')) {
  let changed = false;
  compose.addEventListener('input', () => { changed = true; });
  compose.addEventListener('submit', () => { changed = false; });
  addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
}
