// A walk through a page with the Tab key.

import assert from "node:assert/strict";

/** Numbers what Tab should reach, in the order of the source, and returns how many there are. */
const numberControls = (page) => page.evaluate(() => {
  const seen = new Set();
  const controls = [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex='0'], [contenteditable]")]
    .filter((element) => {
      if (element.disabled || element.tabIndex < 0 || element.type === "hidden") return false;
      if (element.closest("[inert]") !== null) return false;
      const folded = element.closest("details:not([open])");
      if (folded !== null && !(element.tagName === "SUMMARY" && element.parentElement === folded)) return false;
      if (!element.checkVisibility({ checkVisibilityCSS: true })) return false;
      if (element.type === "radio") {
        // Tab goes to one of a group: the chosen one, else the first.
        const group = `${element.form?.action} ${element.name}`;
        const chosen = document.querySelector(`input[type=radio][name="${CSS.escape(element.name)}"]:checked`);
        if (chosen !== null && chosen !== element) return false;
        if (seen.has(group)) return false;
        seen.add(group);
      }
      return true;
    });
  controls.forEach((element, index) => { element.dataset.order = String(index); });
  return controls.length;
});

/** Presses Tab through the page and returns the complaints. */
export async function walk(page) {
  const count = await numberControls(page);
  assert.ok(count > 5, "a page has controls");
  const complaints = [];
  for (let index = 0; index < count; index++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const element = document.activeElement;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const x = Math.min(Math.max(box.left + Math.min(box.width, 12) / 2, 0), innerWidth - 1);
      const y = Math.min(Math.max(box.top + Math.min(box.height, 12) / 2, 0), innerHeight - 1);
      const top = document.elementFromPoint(x, y);
      const outlined = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
      return {
        order: element.dataset.order,
        html: element.outerHTML.slice(0, 120),
        shows: outlined || style.boxShadow !== "none",
        inView: box.bottom > 0 && box.top < innerHeight && box.width > 0,
        uncovered: top !== null && (element.contains(top) || top.contains(element) || top.closest("label")?.control === element),
      };
    });
    if (found.order !== String(index)) {
      complaints.push(`Tab ${index + 1} reaches number ${found.order}: ${found.html}`);
      break;
    }
    if (!found.shows) complaints.push(`the focus does not show on ${found.html}`);
    if (!found.inView) complaints.push(`the focus is out of view on ${found.html}`);
    else if (!found.uncovered) complaints.push(`the focus is covered on ${found.html}`);
  }
  return complaints;
}
