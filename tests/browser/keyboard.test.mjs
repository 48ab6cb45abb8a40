// Everything by keyboard: Tab reaches each control once and in order, the focus shows and is never covered, skip
// links work, and the main things can be done without a pointer.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { contextFor, launch, signIn } from "./chromium.mjs";
import { seededNode } from "./seed.mjs";
import { walk } from "./walk.mjs";

let world;
let browser;
let state;

before(async () => {
  world = await seededNode();
  browser = await launch();
  state = await signIn(browser, world.node, world.people.karim);
});
after(async () => {
  await browser?.close();
  await world?.node.stop();
});

async function withPage(options, steps) {
  const context = await contextFor(browser, options);
  try {
    await steps(await context.newPage());
  } finally {
    await context.close();
  }
}

describe("Tab reaches every control once, in order, visibly", () => {
  const addresses = {
    "the home page": () => "/",
    "a category": () => "/c/urbanisme",
    "a topic": () => new URL(world.question.url).pathname,
    "the composer": () => "/c/urbanisme/new",
    search: () => "/search?q=vitesse",
    "remote follow": () => `/follow?target=${encodeURIComponent(`@urbanisme@${world.node.host}`)}`,
  };
  for (const [name, path] of Object.entries(addresses)) {
    for (const scheme of ["light", "dark"]) {
      test(`on ${name}, ${scheme}`, () => withPage({ state, scheme }, async (page) => {
        await page.goto(world.node.url + path());
        assert.deepEqual(await walk(page), []);
      }));
    }
  }
  for (const path of ["/login", "/register"]) {
    test(`on ${path}`, () => withPage({}, async (page) => {
      await page.goto(world.node.url + path);
      // A form may take the focus by itself: the walk begins at the top all the same.
      await page.evaluate(() => document.activeElement.blur());
      assert.deepEqual(await walk(page), []);
    }));
  }
});

test("the skip link shows itself and leads to the content", () => withPage({}, async (page) => {
  await page.goto(`${world.node.url}/c/urbanisme`);
  await page.keyboard.press("Tab");
  const link = page.locator(":focus");
  assert.match(await link.innerText(), /aller au contenu/iu);
  assert.ok(await link.evaluate((element) => {
    const box = element.getBoundingClientRect();
    return box.left >= 0 && box.top >= 0 && box.width > 20 && box.height >= 20;
  }), "the focused skip link is on the screen");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "contenu");
}));

test("the account menu opens and closes by keyboard, and the focus stays with it", () => withPage({ state }, async (page) => {
  await page.goto(world.node.url);
  const summary = page.getByRole("banner").locator("details > summary").last();
  await summary.focus();
  await page.keyboard.press("Enter");
  assert.ok(await summary.evaluate((element) => element.parentElement.open));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  assert.ok(!(await summary.evaluate((element) => element.parentElement.open)), "Escape closes it");
  assert.ok(await summary.evaluate((element) => element === document.activeElement), "the focus goes back");
}));

/** Presses Tab until the control is reached; fails when it is not among the next 200. */
async function tabTo(page, control) {
  for (let presses = 0; presses < 200; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${control}`);
}

test("a person signs in, opens a topic and replies by keyboard alone", () => withPage({}, async (page) => {
  const { node, people } = world;
  await page.goto(`${node.url}/login`);
  const main = page.getByRole("main");
  await tabTo(page, main.locator('input:is([autocomplete~="username"], [type="email"])').first());
  await page.keyboard.type(`${people.claire.name}@mairie.example`);
  await tabTo(page, main.locator('input[type="password"]').first());
  await page.keyboard.type(people.claire.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));

  await page.goto(`${node.url}/c/urbanisme`);
  await tabTo(page, main.getByRole("link", { name: /nouveau sujet/i }).first());
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/new$/u);
  await tabTo(page, main.getByLabel(/titre/i).first());
  await page.keyboard.type("Au clavier seulement");
  await tabTo(page, main.getByLabel(/message|texte|contenu/i).first());
  await page.keyboard.type("Sans souris.");
  await tabTo(page, main.getByRole("button", { name: /publier/i }).first());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Au clavier seulement" }).waitFor();

  const field = main.locator("textarea").last();
  await tabTo(page, field);
  await page.keyboard.type("Et la réponse aussi.");
  await tabTo(page, field.locator("xpath=ancestor::form[1]").getByRole("button", { name: /publier|répondre|envoyer/i }).first());
  await page.keyboard.press("Enter");
  await main.locator("article", { hasText: "Et la réponse aussi." }).waitFor();
}));
