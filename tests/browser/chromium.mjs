// Chromium as the tests use it: Debian's, headless, with a fresh profile, never speaking to anything but the node.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath = process.env.PARVIS_CHROMIUM ?? "/usr/bin/chromium";
const pictures = process.env.PARVIS_SCREENSHOTS;

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 320, height: 640 };

export function launch() {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A browser context: `language` is "fr" or "en", `scheme` "light" or "dark", `scripts` false switches them off. */
export async function contextFor(browser, { language = "fr", scheme = "light", scripts = true, state } = {}) {
  const context = await browser.newContext({
    locale: language === "fr" ? "fr-FR" : "en-GB",
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    storageState: state,
    viewport: WIDE,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(10_000);
  return context;
}

/** The main button of the form that holds `field`, by its name. */
export const buttonNear = (field, name) =>
  field.locator("xpath=ancestor::form[1]").getByRole("button", { name }).first();

/** Fills the sign-in form of the page that is shown, and sends it. */
export async function fillSignIn(page, { name, password }) {
  const main = page.getByRole("main");
  const secret = main.locator('input[type="password"]').first();
  const form = secret.locator("xpath=ancestor::form[1]");
  await form.locator('input:is([autocomplete~="username"], [autocomplete~="email"], [type="email"])').first()
    .fill(`${name}@mairie.example`);
  await secret.fill(password);
  await buttonNear(secret, /se connecter|connexion|sign in/i).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
}

/** Signs in, and returns the cookies for further contexts. */
export async function signIn(browser, node, person) {
  const context = await contextFor(browser, { scripts: false });
  try {
    const page = await context.newPage();
    await page.goto(`${node.url}/login`);
    await fillSignIn(page, person);
    return await context.storageState();
  } finally {
    await context.close();
  }
}

/** Writes a picture of the page, when pictures are wanted. */
export async function picture(page, name) {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
