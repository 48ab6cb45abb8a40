// Every page, for a visitor and a member, in French and English, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { contextFor, launch, NARROW, picture, signIn, WIDE } from "./chromium.mjs";
import { accessibility, headers, reflow, structure, validity, weight, words } from "./checks.mjs";
import { pagesOf, seededNode } from "./seed.mjs";

let world;
let browser;
const contexts = new Map();

before(async () => {
  world = await seededNode();
  browser = await launch();
  const state = await signIn(browser, world.node, world.people.claire);
  for (const viewer of ["visitor", "member"]) {
    for (const language of ["fr", "en"]) {
      for (const scheme of ["light", "dark"]) {
        const context = await contextFor(browser, { language, scheme, state: viewer === "member" ? state : undefined });
        contexts.set(`${viewer} ${language} ${scheme}`, context);
        if (viewer === "member") await choose(context, language);
      }
    }
  }
});
after(async () => {
  await browser?.close();
  await world?.node.stop();
});

/** A member's own language may be another than the browser's: it is chosen with the switch on the page. */
async function choose(context, language) {
  const page = await context.newPage();
  await page.goto(world.node.url);
  if ((await page.locator("html").getAttribute("lang")) !== language) {
    await page.locator(`a[hreflang="${language}"], button[lang="${language}"]`).first().click();
    await page.waitForLoadState();
  }
  await page.close();
}

/** Visits one page and returns all complaints. */
async function complaintsAbout(target, viewer, language, scheme) {
  const { node } = world;
  const page = await contexts.get(`${viewer} ${language} ${scheme}`).newPage();
  const complaints = [];
  const loads = [];
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && origin !== node.url) complaints.push(`third party: ${request.url()}`);
  });
  page.on("response", (response) => { if (!response.url().startsWith("data:")) loads.push(response); });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // Chromium itself reports a document that is not 2xx as an error.
    if (message.type() === "error" && !/status of (401|404|410)/u.test(message.text())) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  try {
    const response = await page.goto(node.url + target.path, { waitUntil: "load" });
    if (!target.status.includes(response.status())) complaints.push(`status ${response.status()}`);
    const html = await response.text();
    const light = scheme === "light";
    complaints.push(...await weight(page, html, [...loads], light ? target.budget : undefined));
    complaints.push(...await structure(page, language));
    complaints.push(...await words(page, language));
    if (light) complaints.push(...await validity(html));
    if (light) complaints.push(...await headers(response, { cookies: viewer === "member" || target.form === true }));
    complaints.push(...await accessibility(page));
    const name = `${target.name.replaceAll(/[ ,]+/g, "-")}-${viewer}-${language}-${scheme}`;
    await picture(page, `${name}-${WIDE.width}`);
    await page.setViewportSize(NARROW);
    complaints.push(...await reflow(page));
    if (language === "fr") complaints.push(...(await accessibility(page)).map((what) => `at 320 px: ${what}`));
    await picture(page, `${name}-${NARROW.width}`);
    return complaints;
  } finally {
    await page.close();
  }
}

// The list needs the seeded node only for its addresses; names and viewers are known before.
const anywhere = "http://localhost/t/1";
const named = pagesOf({
  node: { host: "" }, long: { url: anywhere }, titled: { url: anywhere }, languages: { url: anywhere },
  question: { url: anywhere }, edited: {}, own: { post: {} }, gone: { url: anywhere },
});

for (const { name, viewers } of named) {
  describe(`${name}`, () => {
    for (const viewer of viewers) {
      for (const language of ["fr", "en"]) {
        for (const scheme of ["light", "dark"]) {
          test(`is right for a ${viewer}, ${language}, ${scheme}`, async () => {
            const target = pagesOf(world).find((page) => page.name === name);
            assert.deepEqual(await complaintsAbout(target, viewer, language, scheme), []);
          });
        }
      }
    }
  });
}

test("titles of pages differ", async () => {
  const page = await contexts.get("visitor fr light").newPage();
  const titles = new Map();
  for (const target of pagesOf(world).filter(({ viewers, status }) => viewers.includes("visitor") && status.includes(200))) {
    if (target.name === "composer without account") continue;
    await page.goto(world.node.url + target.path);
    const title = await page.title();
    assert.equal(titles.get(title), undefined, `«${title}» is the title of two pages`);
    titles.set(title, target.name);
  }
  await page.close();
});

test("every link of the frame leads to a page", async () => {
  const page = await contexts.get("visitor fr light").newPage();
  await page.goto(world.node.url);
  const links = await page.locator("header a[href], nav a[href], footer a[href]").evaluateAll((found) =>
    found.map(({ href }) => href.split("#")[0]));
  const broken = [];
  for (const link of new Set(links)) {
    if (new URL(link).origin !== world.node.url) continue;
    const { status } = await fetch(link, { headers: { accept: "text/html" } });
    if (status !== 200) broken.push(`${status} ${link}`);
  }
  assert.deepEqual(broken, []);
  await page.close();
});

test("what people wrote carries its language and direction", async () => {
  const page = await contexts.get("visitor fr light").newPage();
  await page.goto(world.languages.url);
  for (const [language, direction, text] of [
    ["de", "ltr", "Tempo dreißig"], ["en", "ltr", "drop of one fifth"], ["ar", "rtl", "السرعة"],
  ]) {
    const marked = page.locator(`[lang="${language}"]`).filter({ hasText: text }).last();
    assert.equal(await marked.count(), 1, `no element is marked ${language}`);
    assert.equal(await marked.evaluate((element) => getComputedStyle(element).direction), direction, language);
  }
  await page.close();
});

test("a deleted post leaves its place and no content", async () => {
  const page = await contexts.get("visitor fr light").newPage();
  const answer = await page.goto(world.question.url);
  const html = await answer.text();
  assert.ok(!html.includes("parti par erreur"));
  assert.match(await page.getByRole("main").innerText(), /supprimé/u);
  await page.close();
});
