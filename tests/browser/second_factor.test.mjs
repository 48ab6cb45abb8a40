// The second factor: turned on and used with scripts switched off, and its pages in both languages and colours.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { accessibility, headers, reflow, structure, validity, weight, words } from "./checks.mjs";
import { buttonNear, contextFor, launch, NARROW, picture, WIDE } from "./chromium.mjs";
import { seededNode } from "./seed.mjs";
import { walk } from "./walk.mjs";

let world;
let browser;

before(async () => {
  world = await seededNode();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.node.stop();
});

const main = (page) => page.getByRole("main");

/** The code that an application shows for a key (RFC 6238), `away` steps from now. One step ahead is good already. */
function codeOf(key, away) {
  const bits = [...key.replaceAll(/\s/gu, "")]
    .map((sign) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/gu).map((eight) => Number.parseInt(eight, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + away));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.at(-1) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Gives name and password on the page of the sign-in; the second step may follow. */
async function givePassword(page, { name, password }) {
  await main(page).locator('[autocomplete~="username"]').fill(name);
  const secret = main(page).locator('input[type="password"]');
  await secret.fill(password);
  await buttonNear(secret, /se connecter|sign in/i).click();
}

const codeField = (page) => main(page).locator('[autocomplete="one-time-code"]');
const keyOf = (page) => main(page).locator("dl.facts code").innerText();

async function giveCode(page, code) {
  await codeField(page).fill(code);
  await buttonNear(codeField(page), /.+/).click();
}

/** Gives the password once more on the page of the settings, for the set-up. */
async function begin(page, password) {
  const secret = main(page).locator("#current");
  await secret.fill(password);
  await buttonNear(secret, /.+/).click();
  await main(page).locator("svg.qr").waitFor();
}

async function signOut(page) {
  await page.getByRole("banner").locator("details summary").last().click();
  await page.getByRole("banner").locator('form[action="/logout"] button').click();
}

test("without scripts it is turned on, asked for, and replaced once by a recovery code", async () => {
  const { node } = world;
  const person = await node.person("jeanne", { displayName: "Jeanne Martin" });
  const context = await contextFor(browser, { scripts: false });
  try {
    const page = await context.newPage();
    await page.goto(`${node.url}/login?back=/settings/security`);
    await givePassword(page, person);
    await begin(page, person.password);
    const key = await keyOf(page);
    assert.match(key, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/u);
    await giveCode(page, codeOf(key, 0));
    const codes = (await main(page).locator("#codes").inputValue()).split("\n");
    assert.equal(codes.length, 10);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      main(page).getByRole("link", { name: /télécharger/i }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "codes-de-secours.txt");
    const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
    assert.deepEqual(lines, [node.host, ...codes]);

    await signOut(page);
    await page.goto(`${node.url}/login?back=/drafts`);
    await givePassword(page, person);
    assert.equal(new URL(page.url()).pathname, "/login/code");
    await giveCode(page, "000000");
    await main(page).getByRole("alert").waitFor();
    const code = codeOf(key, 1);
    await giveCode(page, `${code.slice(0, 3)} ${code.slice(3)}`);
    await page.waitForURL(`${node.url}/drafts`);

    await signOut(page);
    await page.goto(`${node.url}/login?back=/drafts`);
    await givePassword(page, person);
    await main(page).getByRole("link", { name: "Utiliser un code de secours" }).click();
    const field = main(page).getByLabel(/code de secours/i);
    await field.fill(codes[2]);
    await buttonNear(field, /se connecter/i).click();
    await page.waitForURL(`${node.url}/drafts`);
    await page.goto(`${node.url}/settings/security`);
    await main(page).getByText("Il vous reste 9 codes de secours.").waitFor();
  } finally {
    await context.close();
  }
});

/** Everything that is wrong with the page that is shown, wide and narrow; takes pictures of both. */
async function complaintsAbout(page, response, name, language, scheme) {
  const complaints = [];
  const html = await response.text();
  complaints.push(...await weight(page, html, [], 25));
  complaints.push(...await structure(page, language));
  complaints.push(...await words(page, language));
  complaints.push(...await validity(html));
  complaints.push(...await headers(response, { cookies: true }));
  complaints.push(...await accessibility(page));
  await picture(page, `second-factor-${name}-${language}-${scheme}-${WIDE.width}`);
  await page.setViewportSize(NARROW);
  complaints.push(...await reflow(page));
  complaints.push(...(await accessibility(page)).map((what) => `at 320 px: ${what}`));
  await picture(page, `second-factor-${name}-${language}-${scheme}-${NARROW.width}`);
  await page.setViewportSize(WIDE);
  return complaints.map((what) => `${name}: ${what}`);
}

/** What `steps` lead to: the last document that was not a redirect. */
async function documentOf(page, steps) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) =>
      response.request().isNavigationRequest() && (response.status() < 300 || response.status() >= 400)),
    steps(),
  ]);
  await page.waitForLoadState();
  return answer;
}

describe("its pages", () => {
  for (const language of ["fr", "en"]) {
    for (const scheme of ["light", "dark"]) {
      test(`are right, ${language}, ${scheme}`, async () => {
        const { node } = world;
        const person = await node.person(`chef-${language}-${scheme}`, { role: "admin" });
        const lost = await node.person(`perdu-${language}-${scheme}`);
        const context = await contextFor(browser, { language, scheme });
        const complaints = [];
        try {
          const page = await context.newPage();
          page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
          page.on("console", (message) => {
            if (message.type() === "error" && !/status of 422/u.test(message.text())) {
              complaints.push(`console: ${message.text()}`);
            }
          });
          const look = async (name, steps) => {
            const response = await documentOf(page, steps);
            complaints.push(...await complaintsAbout(page, response, name, language, scheme));
          };
          const visit = (path) => () => page.goto(node.url + path);
          // Somebody who loses the second factor, for the page that takes it away.
          await page.goto(`${node.url}/login?back=/settings/security`);
          await givePassword(page, lost);
          await begin(page, lost.password);
          await giveCode(page, codeOf(await keyOf(page), 0));
          await main(page).locator("#codes").waitFor();
          await signOut(page);

          await page.goto(`${node.url}/login`);
          await givePassword(page, person);
          if ((await page.locator("html").getAttribute("lang")) !== language) {
            await page.locator(`a[hreflang="${language}"]`).first().click();
            await page.waitForLoadState();
          }
          await look("dashboard", visit("/admin"));
          await look("off", visit("/settings/security"));
          await look("setup", () => begin(page, person.password));
          const key = await keyOf(page);
          if (scheme === "light") {
            complaints.push(...await walk(page));
            await page.goto(`${node.url}/settings/security/confirm`);
          }
          await look("setup-error", () => giveCode(page, "000000"));
          await look("codes", () => giveCode(page, codeOf(key, 0)));
          const codes = (await main(page).locator("#codes").inputValue()).split("\n");
          await look("on", visit("/settings/security"));
          await look("person", visit(`/admin/people/${lost.name}`));
          await look("people", visit("/admin/people"));
          await look("reset", visit(`/admin/people/${lost.name}/second-factor`));
          await signOut(page);
          await page.goto(`${node.url}/login`);
          await look("code", () => givePassword(page, person));
          await look("code-error", () => giveCode(page, "000000"));
          await look("recovery", () => main(page).locator('a[href*="recovery"]').click());
          await main(page).locator("#code").fill(codes[0]);
          await buttonNear(main(page).locator("#code"), /.+/).click();
          await page.waitForURL(`${node.url}/`);
          assert.deepEqual(complaints, []);
        } finally {
          await context.close();
        }
      });
    }
  }
});
