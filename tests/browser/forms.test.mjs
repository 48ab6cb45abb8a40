// What a person does here, with scripts switched off: every flow ends well by links and forms alone. Then the same
// forms filled in wrongly: what is wrong is said first, and nothing that was typed is lost.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { eventually } from "../node.mjs";
import { buttonNear, contextFor, fillSignIn, launch, signIn } from "./chromium.mjs";
import { seededNode } from "./seed.mjs";

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

/** Runs `steps` on a page of a context of their own. */
async function withPage(options, steps) {
  const context = await contextFor(browser, options);
  try {
    await steps(await context.newPage());
  } finally {
    await context.close();
  }
}
const withoutScripts = (steps, signedIn = true) =>
  withPage({ scripts: false, state: signedIn ? state : undefined }, steps);

const main = (page) => page.getByRole("main");
const replyField = (page) => main(page).locator("textarea").last();
const TEXT = /message|texte|contenu|réponse/i;
const PUBLISH = /publier|enregistrer les modifications|enregistrer$/i;

/** Opens a topic as Karim through the API, for flows that begin at one. */
async function topicOfAna(title) {
  return world.asAna("POST", "/topics", { category: "urbanisme", title, content: "Premier message.", language: "fr" });
}

async function reply(page, text) {
  const field = replyField(page);
  await field.fill(text);
  await buttonNear(field, /publier|répondre|envoyer/i).click();
  await main(page).getByText(text).first().waitFor();
}

describe("without scripts", () => {
  test("a visitor registers, confirms the address and signs in", () => withoutScripts(async (page) => {
    const { node } = world;
    const person = { name: "jeanne", password: "une longue phrase de passe 2026" };
    await page.goto(node.url);
    await page.getByRole("banner").getByRole("link", { name: /inscription|créer un compte|s’inscrire/i }).first().click();
    const form = main(page).locator("form").filter({ has: page.locator('input[type="password"]') });
    await form.getByLabel(/nom affiché/i).fill("Jeanne Martin");
    await form.locator('[autocomplete~="username"]').fill(person.name);
    await form.locator('[autocomplete~="email"]').fill(`${person.name}@mairie.example`);
    for (const field of await form.locator('[autocomplete~="new-password"]').all()) await field.fill(person.password);
    const affiliation = form.getByLabel(/citoyen/i);
    if (await affiliation.count() > 0) await affiliation.first().check();
    await form.getByRole("checkbox", { name: /conditions/i }).check();
    await form.getByRole("button", { name: /créer|inscri/i }).click();
    // No mail server is set: the node writes the message to its log.
    const [link] = await eventually("the link of the confirmation", () =>
      node.log().match(new RegExp(`${node.url}/[^\\s"'<>\\\\]*(?:confirm|register|verify)[^\\s"'<>\\\\]*`, "u")));
    await page.goto(link);
    const confirm = main(page).getByRole("button", { name: /confirmer/i });
    if (await confirm.count() > 0) await confirm.click();
    await page.goto(`${node.url}/login`);
    await fillSignIn(page, person);
    await page.goto(`${node.url}/u/${person.name}`);
    await page.getByRole("heading", { level: 1, name: /Jeanne Martin/ }).waitFor();
    await page.getByRole("banner").getByText("Jeanne Martin").first().waitFor();
  }, false));

  test("a wrong password is refused, and the right one accepted", () => withoutScripts(async (page) => {
    await page.goto(`${world.node.url}/login`);
    const secret = main(page).locator('input[type="password"]').first();
    await main(page).locator('input:is([autocomplete~="username"], [type="email"])').first().fill("claire@mairie.example");
    await secret.fill("ce n’est pas la bonne phrase");
    await buttonNear(secret, /se connecter|connexion/i).click();
    await main(page).getByRole("alert").waitFor();
    assert.equal(await secret.inputValue(), "", "a password is never sent back");
    await fillSignIn(page, world.people.claire);
    await page.goto(`${world.node.url}/notifications`);
    assert.equal(new URL(page.url()).pathname, "/notifications");
  }, false));

  test("a member opens a topic after looking at it", () => withoutScripts(async (page) => {
    await page.goto(`${world.node.url}/c/urbanisme`);
    await main(page).getByRole("link", { name: /nouveau sujet/i }).first().click();
    await main(page).getByLabel(/titre/i).fill("Rue scolaire : par où commencer");
    await main(page).getByLabel(TEXT).first().fill("Nous fermons la rue **le matin**.");
    await main(page).getByText(/copié sur d’autres serveurs/i).first().waitFor();
    await main(page).getByRole("button", { name: /prévisualiser/i }).click();
    await main(page).locator("strong", { hasText: "le matin" }).waitFor();
    assert.equal(await main(page).getByLabel(/titre/i).inputValue(), "Rue scolaire : par où commencer");
    await main(page).getByRole("button", { name: /publier/i }).click();
    await page.getByRole("heading", { level: 1, name: "Rue scolaire : par où commencer" }).waitFor();
    assert.match(new URL(page.url()).pathname, /^\/t\/\d+\/rue-scolaire/u);
    await main(page).locator("article strong", { hasText: "le matin" }).waitFor();
  }));

  test("a member replies, quotes, edits and deletes", () => withoutScripts(async (page) => {
    const topic = await topicOfAna("Flux complet");
    await page.goto(topic.url);
    await reply(page, "Ma réponse sans script.");
    await page.goto(topic.url);
    await main(page).getByRole("link", { name: /^répondre à Ana/i }).first().click();
    await main(page).getByText(/en réponse au n°\s*1/iu).first().waitFor();
    await replyField(page).fill("> Premier message.\n\nD’accord avec cela.");
    await buttonNear(replyField(page), /publier|répondre|envoyer/i).click();
    await main(page).locator("article blockquote", { hasText: "Premier message." }).first().waitFor();

    await main(page).getByRole("link", { name: /^modifier/i }).last().click();
    await main(page).getByLabel(TEXT).first().fill("Texte corrigé.");
    await main(page).getByRole("button", { name: PUBLISH }).click();
    await main(page).getByText("Texte corrigé.").first().waitFor();
    await main(page).getByRole("link", { name: /modifié|historique/i }).last().click();
    await main(page).locator("ins", { hasText: "corrigé" }).first().waitFor();

    await page.goto(topic.url);
    await main(page).getByRole("link", { name: /^supprimer/i }).or(main(page).getByRole("button", { name: /^supprimer/i }))
      .last().click();
    // A deletion is confirmed on a page of its own.
    await main(page).getByRole("button", { name: /supprimer/i }).first().click();
    await page.goto(topic.url);
    await main(page).getByText(/message supprimé|supprimé par/i).first().waitFor();
    assert.equal(await main(page).getByText("Texte corrigé.").count(), 0);
  }));

  test("a member finds a post helpful, and takes that back", () => withoutScripts(async (page) => {
    const topic = await topicOfAna("Utile ou non");
    const likes = async () => (await world.asAna("GET", `/posts/${topic.post.id}`)).like_count;
    await page.goto(topic.url);
    await main(page).getByRole("button", { name: /utile/i }).first().click();
    await page.waitForLoadState();
    await eventually("one like", async () => (await likes()) === 1);
    await main(page).getByRole("button", { name: /utile/i }).first().click();
    await page.waitForLoadState();
    await eventually("no like", async () => (await likes()) === 0);
  }));

  test("a member bookmarks a post and finds it", () => withoutScripts(async (page) => {
    const topic = await topicOfAna("À relire plus tard");
    await page.goto(topic.url);
    await main(page).getByRole("button", { name: /signet/i }).first().click();
    await page.goto(`${world.node.url}/bookmarks`);
    await main(page).getByText("À relire plus tard").first().waitFor();
  }));

  test("a member follows a category and leaves it", () => withoutScripts(async (page) => {
    await page.goto(`${world.node.url}/c/urbanisme`);
    await main(page).getByRole("button", { name: /^suivre/i }).first().click();
    const leave = main(page).getByRole("button", { name: /ne plus suivre/i }).first();
    await leave.waitFor();
    await leave.click();
    await main(page).getByRole("button", { name: /^suivre/i }).first().waitFor();
    assert.equal(await main(page).getByRole("button", { name: /ne plus suivre/i }).count(), 0);
  }));

  test("a visitor searches from any page", () => withoutScripts(async (page) => {
    await page.goto(`${world.node.url}/legal`);
    const field = page.getByRole("banner").getByRole("searchbox").or(page.getByRole("search").getByRole("textbox")).first();
    await field.fill("revêtement");
    await field.press("Enter");
    assert.equal(new URL(page.url()).pathname, "/search");
    await main(page).getByRole("link", { name: /Quel revêtement sous la pluie/ }).first().waitFor();
  }, false));

  test("a visitor who wants to reply is asked to sign in, and comes back", () => withoutScripts(async (page) => {
    await page.goto(world.question.url);
    await main(page).getByRole("link", { name: /connectez-vous|se connecter/i }).first().click();
    await fillSignIn(page, world.people.claire);
    assert.equal(new URL(page.url()).pathname, new URL(world.question.url).pathname);
  }, false));

  test("a visitor reports a post and gets a receipt", () => withoutScripts(async (page) => {
    await page.goto(world.question.url);
    await main(page).getByRole("link", { name: /^signaler/i }).first().click();
    assert.equal(new URL(page.url()).pathname, "/report");
    const form = main(page).locator("form").filter({ has: page.locator("textarea") });
    const reason = form.getByRole("radio").first();
    if (await reason.count() > 0) await reason.check();
    else if (await form.getByRole("combobox").count() > 0) await form.getByRole("combobox").first().selectOption({ index: 1 });
    await form.locator("textarea").first().fill("Publicité déguisée.");
    await form.getByLabel(/nom/i).first().fill("Paul Leroy");
    await form.locator('input[type="email"]').fill("paul@exemple.example");
    for (const box of await form.getByRole("checkbox").all()) await box.check();
    await form.getByRole("button", { name: /envoyer|signaler/i }).click();
    await main(page).getByText(/signalement n°\s*\d+/iu).first().waitFor();
  }, false));

  test("a person of another server is taken there to follow", () => withoutScripts(async (page) => {
    const { node } = world;
    const elsewhere = createServer((request, answer) => {
      const { pathname } = new URL(request.url, "http://localhost");
      if (pathname === "/.well-known/webfinger") {
        const { port } = elsewhere.address();
        answer.writeHead(200, { "content-type": "application/jrd+json" });
        answer.end(JSON.stringify({
          subject: `acct:lea@localhost:${port}`,
          links: [{
            rel: "http://ostatus.org/schema/1.0/subscribe",
            template: `http://localhost:${port}/authorize_interaction?uri={uri}`,
          }],
        }));
      } else {
        answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        answer.end("<!doctype html><html lang=fr><title>Chez Léa</title><h1>Chez Léa</h1></html>");
      }
    });
    await new Promise((listening) => { elsewhere.listen(0, "127.0.0.1", listening); });
    try {
      const home = `localhost:${elsewhere.address().port}`;
      await page.goto(`${node.url}/c/urbanisme`);
      await main(page).getByRole("link", { name: /suivre depuis un autre compte/i }).click();
      assert.equal(new URL(page.url()).pathname, "/follow");
      assert.ok((await main(page).locator(`input[value="@urbanisme@${node.host}"]`).count()) > 0, "the handle to copy");
      const field = main(page).getByLabel(/votre adresse sur le fédiverse/i);
      await field.fill(`@lea@${home}`);
      await buttonNear(field, /suivre|continuer/i).click();
      await page.getByRole("heading", { name: "Chez Léa" }).waitFor();
      const arrived = new URL(page.url());
      assert.equal(arrived.host, home);
      const uri = arrived.searchParams.get("uri");
      assert.ok([`${node.url}/c/urbanisme`, `urbanisme@${node.host}`, `@urbanisme@${node.host}`].includes(uri), uri);
    } finally {
      elsewhere.close();
      elsewhere.closeAllConnections();
    }
  }, false));

  test("a member signs out", () => withPage({ scripts: false }, async (page) => {
    await page.goto(`${world.node.url}/login`);
    await fillSignIn(page, world.people.claire);
    const menu = page.getByRole("banner").locator("details summary").last();
    const leave = page.getByRole("button", { name: /se déconnecter/i }).first();
    if (!(await leave.isVisible())) await menu.click();
    await leave.click();
    await page.goto(`${world.node.url}/notifications`);
    assert.notEqual(new URL(page.url()).pathname + (await page.title()), "/notifications");
    await page.getByRole("main").locator('input[type="password"]').waitFor();
  }));
});

/** Sends the form that holds `field` past the browser's own checks, and looks at the answer. */
async function refused(page, field, name) {
  const form = field.locator("xpath=ancestor::form[1]");
  await form.evaluate((element) => { element.noValidate = true; });
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    buttonNear(field, name).click(),
  ]);
  await page.waitForLoadState();
  assert.equal(answer.status(), 422);
  assert.match(await page.title(), /^Erreur\s*: /u);
  const summary = main(page).getByRole("alert").first();
  await summary.waitFor();
  assert.match(await summary.innerText(), /erreurs? à corriger/u);
  await eventually("the focus on the summary", () =>
    summary.evaluate((element) => element === document.activeElement || element.contains(document.activeElement)));
  const links = await summary.getByRole("link").all();
  assert.ok(links.length > 0, "the summary names each field");
  for (const link of links) {
    const href = await link.getAttribute("href");
    assert.match(href, /^#./u);
    const target = page.locator(`[id="${href.slice(1)}"]`);
    assert.equal(await target.count(), 1, `${href} is not on the page`);
    const described = await target.evaluate((element) => {
      // The choices of a group are marked together, by their fieldset.
      const marked = element.closest("[aria-invalid='true']") ?? element;
      const ids = (marked.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean);
      return {
        invalid: marked.getAttribute("aria-invalid"),
        text: ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" "),
      };
    });
    assert.equal(described.invalid, "true", `${href} is not marked invalid`);
    assert.ok(described.text.includes((await link.innerText()).trim()), `${href} is not described by its error`);
    await link.click();
    assert.ok(await target.evaluate((element) =>
      element === document.activeElement || element.contains(document.activeElement)), `${href} does not get the focus`);
  }
  return links.length;
}

describe("a form filled in wrongly", () => {
  const withScripts = (steps, signedIn = true) => withPage({ state: signedIn ? state : undefined }, steps);

  test("of registration says what is missing and keeps the rest", () => withScripts(async (page) => {
    await page.goto(`${world.node.url}/register`);
    const name = main(page).getByLabel(/nom affiché/i);
    await name.fill("Jean Kept");
    assert.ok(await refused(page, name, /créer|inscri/i) >= 3, "handle, address and password at least");
    assert.equal(await main(page).getByLabel(/nom affiché/i).inputValue(), "Jean Kept");
  }, false));

  test("of signing in says what is missing", () => withScripts(async (page) => {
    await page.goto(`${world.node.url}/login`);
    await refused(page, main(page).locator('input[type="password"]').first(), /se connecter|connexion/i);
  }, false));

  test("of a new topic keeps what was written", () => withScripts(async (page) => {
    await page.goto(`${world.node.url}/c/urbanisme/new`);
    const text = main(page).getByLabel(TEXT).first();
    await text.fill("Un texte sans titre.");
    await refused(page, text, /publier/i);
    assert.equal(await main(page).getByLabel(TEXT).first().inputValue(), "Un texte sans titre.");
    const title = main(page).getByLabel(/titre/i);
    await title.evaluate((field) => field.removeAttribute("maxlength"));
    await title.fill("t".repeat(300));
    await refused(page, main(page).getByLabel(TEXT).first(), /publier/i);
  }));

  test("of a reply says that it is empty", () => withScripts(async (page) => {
    await page.goto(world.question.url);
    await refused(page, replyField(page), /publier|répondre|envoyer/i);
  }));

  test("of following from elsewhere says what is wrong with the address", () => withScripts(async (page) => {
    await page.goto(`${world.node.url}/follow?target=${encodeURIComponent(`@urbanisme@${world.node.host}`)}`);
    const field = main(page).getByLabel(/votre adresse sur le fédiverse/i);
    await field.fill("pas une adresse !");
    await refused(page, field, /suivre|continuer/i);
    assert.equal(await main(page).getByLabel(/votre adresse sur le fédiverse/i).inputValue(), "pas une adresse !");
  }, false));

  test("of a report says what is missing", () => withScripts(async (page) => {
    await page.goto(`${world.node.url}/report`);
    await refused(page, main(page).locator("textarea").first(), /envoyer|signaler/i);
  }, false));
});
