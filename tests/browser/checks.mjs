// What is asked of every page. Each function returns its complaints in words; none is good. The numbers are those
// of the accessibility and weight checks in the project's documentation.

import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { HtmlValidate } from "html-validate";

const axe = createRequire(import.meta.url)("axe-core");
const AXE_TAGS = [
  "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4", "EN-301-549",
];

/** CHK-01: axe finds nothing. */
export async function accessibility(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((values) =>
    globalThis.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }), AXE_TAGS);
  return violations.map(({ id, help, nodes }) =>
    `axe ${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: {
    "doctype-style": ["error", { style: "lowercase" }],
    // A title holds what people wrote, up to 200 characters, and the name of the node.
    "long-title": "off",
    // Not about validity: templates leave blanks.
    "no-trailing-whitespace": "off",
    // Written-out landmarks are part of the page frame.
    "no-redundant-role": "off",
    // A button of ours sends its form, which is what a button without a type does.
    "no-implicit-button-type": "off",
    // A list may have a name.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
  },
});

/** CHK-02: the HTML, as it was sent, is valid. */
export async function validity(html) {
  const { results } = await validator.validateString(html);
  return results.flatMap(({ messages }) => messages).map(({ ruleId, message, line, column }) =>
    `html ${ruleId}: ${message} (${line}:${column}: ${(html.split("\n")[line - 1] ?? "").trim().slice(0, 120)})`);
}

/** CHK-03 and CHK-04: one heading, landmarks, title, language, skip links, the footer's links. */
export async function structure(page, language) {
  return page.evaluate((wanted) => {
    const complaints = [];
    const expect = (right, what) => { if (!right) complaints.push(`structure: ${what}`); };
    const all = (selector) => [...document.querySelectorAll(selector)];
    const name = (element) => element.getAttribute("aria-label")
      ?? (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean)
        .map((id) => document.getElementById(id)?.textContent.trim()).join(" ");

    expect(document.documentElement.lang === wanted, `html lang is ${document.documentElement.lang}, not ${wanted}`);
    expect(["ltr", "rtl"].includes(document.documentElement.dir), "html has no dir");
    expect(document.title.includes(" · "), `title «${document.title}» does not name page and node`);
    expect(all("h1").length === 1, `${all("h1").length} h1`);
    expect(all("main").length === 1 && all("main#contenu[tabindex='-1']").length === 1, "one main#contenu, focusable");
    expect(all("body > header, [role=banner]").length > 0, "no banner");
    expect(all("body > footer, [role=contentinfo]").length > 0, "no contentinfo");
    expect(all("main h1").length === 1, "the h1 is not in main");

    let depth = 0;
    for (const heading of all("h1, h2, h3, h4, h5, h6")) {
      const level = Number(heading.tagName[1]);
      expect(depth === 0 || level <= depth + 1, `heading jumps from h${depth} to h${level}: ${heading.textContent.trim()}`);
      depth = level;
    }

    const navigations = all("nav").map(name);
    expect(navigations.length > 0, "no nav");
    expect(new Set(navigations).size === navigations.length && !navigations.includes(""),
      `nav without a name of its own: ${JSON.stringify(navigations)}`);
    expect(all("nav [aria-current='page']").length <= 2, "several current pages");

    const skips = all("a[href]").slice(0, 3).map((link) => link.getAttribute("href"));
    expect(skips[0] === "#contenu", `the first link goes to ${skips[0]}, not #contenu`);
    for (const href of skips) {
      expect(href?.startsWith("#") && document.querySelector(href) !== null, `skip link to ${href}`);
    }

    const footer = all("body > footer, [role=contentinfo]").at(-1);
    const paths = new Set([...(footer?.querySelectorAll("a[href]") ?? [])].map((link) => new URL(link.href).pathname));
    for (const path of ["/sitemap", "/accessibility", "/legal", "/privacy", "/terms", "/moderation-policy", "/report",
      "/contact"]) {
      expect(paths.has(path), `the footer has no link to ${path}`);
    }
    if (wanted === "fr") {
      expect(/Accessibilité\s*:\s*(non|partiellement|totalement) conforme/u.test(footer?.textContent ?? ""),
        "the footer does not say how accessible the site is");
    }

    // CHK-11: no empty name, and one name means one target.
    const targets = new Map();
    for (const element of all("a[href], button")) {
      if (!element.checkVisibility()) continue;
      const text = (element.getAttribute("aria-label") ?? element.textContent).replace(/\s+/gu, " ").trim();
      const images = [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join("");
      expect(text + images !== "", `nameless ${element.outerHTML.slice(0, 120)}`);
      expect(!/^(cliquez ici|ici|lire la suite|en savoir plus|click here|here|read more)$/iu.test(text), `vague «${text}»`);
      if (element.tagName !== "A" || element.closest("main article")) continue;
      // The query only says where to come back to, or which part of a list.
      const { origin, pathname } = new URL(element.href);
      const known = targets.get(text);
      expect(known === undefined || known === origin + pathname, `«${text}» goes to ${known} and ${origin + pathname}`);
      targets.set(text, origin + pathname);
    }
    expect(all("[target=_blank]").length === 0, "a link opens a new window");
    expect(!/maximum-scale|user-scalable/u.test(document.querySelector("meta[name=viewport]")?.content ?? ""),
      "zoom is blocked");
    return complaints;
  }, language);
}

/** CHK-08: nothing is wider than the window, nor when the text is spaced out. */
export async function reflow(page) {
  return page.evaluate(() => {
    const complaints = [];
    const root = document.documentElement;
    const measure = (when) => {
      if (root.scrollWidth <= root.clientWidth) return;
      const guilty = [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 0.5)
        .filter((element) => !element.parentElement.closest("[tabindex='0']"))
        .slice(-3).map((element) => element.outerHTML.slice(0, 120));
      complaints.push(`reflow ${when}: ${root.scrollWidth} > ${root.clientWidth}: ${guilty.join(" | ")}`);
    };
    measure("at 320 px");
    const spaced = new CSSStyleSheet();
    spaced.replaceSync(
      "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } "
      + "p { margin-bottom: 2em !important }",
    );
    document.adoptedStyleSheets.push(spaced);
    measure("with spaced text");
    document.adoptedStyleSheets.pop();
    return complaints;
  });
}

const kilobytes = (text) => gzipSync(text).length / 1024;

/** CHK-13: weights. `loads` are the responses of the first view, `html` the document. */
export async function weight(page, html, loads, budget) {
  const complaints = [];
  const limit = (what, value, most, unit) => {
    if (value > most) complaints.push(`weight: ${what} ${value.toFixed(1)} ${unit}, at most ${most}`);
  };
  if (budget !== undefined) limit("html", kilobytes(html), budget, "kB");
  const sums = { stylesheet: 0, script: 0, total: kilobytes(html) };
  let raw = 0;
  for (const response of loads) {
    const kind = response.request().resourceType();
    if (kind === "document") continue;
    const body = await response.body().catch(() => Buffer.alloc(0));
    const size = kind === "image" ? body.length / 1024 : kilobytes(body);
    if (kind in sums) sums[kind] += size;
    if (kind === "stylesheet") raw += body.length / 1024;
    sums.total += size;
  }
  limit("css", sums.stylesheet, 10, "kB");
  limit("css, not compressed,", raw, 42, "kB");
  limit("js", sums.script, 15, "kB");
  limit("first view", sums.total, 100, "kB");
  limit("requests", loads.length, 8, "");
  limit("nodes", await page.evaluate(() => document.querySelectorAll("*").length), 1500, "");
  return complaints;
}

/** CHK-15: headers of a document. `cookies` says whether it may set one. */
export async function headers(response, { cookies }) {
  const complaints = [];
  const expect = (right, what) => { if (!right) complaints.push(`headers: ${what}`); };
  const sent = await response.allHeaders();
  const policy = sent["content-security-policy"] ?? "";
  for (const directive of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
    "base-uri 'none'"]) {
    expect(policy.includes(directive), `the policy lacks ${directive}`);
  }
  expect(!policy.includes("unsafe-"), `the policy has an unsafe- source: ${policy}`);
  expect(sent["x-content-type-options"] === "nosniff", "no nosniff");
  expect(sent["referrer-policy"] === "same-origin", `referrer-policy ${sent["referrer-policy"]}`);
  expect(sent["permissions-policy"] !== undefined, "no permissions-policy");
  expect(/text\/html; ?charset=utf-8/iu.test(sent["content-type"] ?? ""), `content-type ${sent["content-type"]}`);
  if (!cookies) expect(sent["set-cookie"] === undefined, "sets a cookie on a visitor");
  for (const cookie of (sent["set-cookie"] ?? "").split("\n").filter(Boolean)) {
    expect(/;\s*httponly/iu.test(cookie) && /;\s*samesite=lax/iu.test(cookie), `cookie ${cookie.split("=")[0]}`);
  }
  return complaints;
}

const FRENCH = /\b(Sujets?|Répondre|Catégories?|Rechercher|Se connecter|Connexion|Suivre|Accueil|Mentions légales|Modifier|Supprimer|Signaler|Aucune?|Prévisualiser|Publier|Étiquettes?|Brouillon|Réponses?|Inscription)\b/gu;
const ENGLISH = /\b(Topics?|Repl(y|ies)|Search|Sign (in|out|up)|Follow|Home|Edit|Delete|Legal notice|Publish|Bookmark|Posts?|Settings|Categor(y|ies)|Draft|Preview|Register)\b/gu;

/** CHK-17: no words of the other language, no unfilled text, and French spacing. */
export async function words(page, language) {
  const text = await page.evaluate((wanted) => {
    const copy = document.body.cloneNode(true);
    // What people wrote, what is marked as another language, and code are not the interface's text.
    for (const element of copy.querySelectorAll(
      `[lang]:not([lang="${wanted}"]), [dir=auto], article .content, pre, code, textarea, script, style, svg, input`)) {
      element.replaceWith(" ¶ ");
    }
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    const parts = [];
    while (walker.nextNode()) parts.push(walker.currentNode.data.replace(/[ \t\n\r]+/gu, " "));
    return parts.join(" ¶ ");
  }, language);
  const complaints = [];
  const foreign = [...text.matchAll(language === "en" ? FRENCH : ENGLISH)]
    .map(({ 0: word, index }) => `${word} in «${text.slice(Math.max(0, index - 30), index + 40)}»`);
  if (foreign.length > 0) complaints.push(`words: not ${language}: ${foreign.slice(0, 5).join("; ")}`);
  const unfilled = text.match(/\{\s*\$?[\w-]+\s*\}|\bundefined\b|\bNaN\b/u);
  if (unfilled) complaints.push(`words: unfilled ${unfilled[0]}`);
  if (language === "fr") {
    const spaced = [...text.matchAll(/[\p{L}\p{N}»)] ?[;!?](?=\s|$)/gu)].map(({ index }) =>
      text.slice(Math.max(0, index - 20), index + 10));
    if (spaced.length > 0) complaints.push(`words: no narrow space before ; ! ?: ${spaced.slice(0, 3).join(" | ")}`);
    const apostrophe = text.match(/\p{L}'\p{L}/u);
    if (apostrophe) complaints.push(`words: straight apostrophe in «${text.slice(Math.max(0, apostrophe.index - 15), apostrophe.index + 15)}»`);
  }
  return complaints;
}
