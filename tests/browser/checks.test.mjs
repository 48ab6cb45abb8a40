// The checks themselves, on a page that is right and on one that is wrong: a check that cannot fail proves nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { accessibility, headers, reflow, structure, validity, weight, words } from "./checks.mjs";
import { contextFor, launch, NARROW } from "./chromium.mjs";
import { walk } from "./walk.mjs";

const RIGHT = `<!doctype html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<title>Accueil · Forum de Valmont</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<nav aria-label="Accès rapide"><a href="#contenu">Aller au contenu</a> <a href="#chercher">Aller à la recherche</a>
<a href="#menu">Aller au menu</a></nav>
<header><form action="/search" role="search"><label for="chercher">Rechercher</label>
<input type="search" id="chercher" name="q"> <button type="submit">Chercher</button></form></header>
<nav id="menu" tabindex="-1" aria-label="Menu principal"><a href="/" aria-current="page">Accueil</a></nav>
<main id="contenu" tabindex="-1"><h1>Bienvenue\u202f!</h1><h2>Catégories</h2><p lang="en">Topics and replies, in English.</p></main>
<footer>
<ul>
<li><a href="/sitemap">Plan du site</a></li>
<li><a href="/accessibility">Accessibilité\u00a0: non conforme</a></li>
<li><a href="/legal">Mentions légales</a></li>
<li><a href="/privacy">Données personnelles</a></li>
<li><a href="/terms">Conditions d’utilisation</a></li>
<li><a href="/moderation-policy">Modération</a></li>
<li><a href="/report">Signaler un contenu illicite</a></li>
<li><a href="/contact">Contact</a></li>
</ul>
</footer>
</body>
</html>
`;
const WRONG = `<!doctype html>
<html lang="en"><head><title>Accueil</title></head>
<body><header><a href="/x" target="_blank">ici</a><a href="/y" tabindex="3">Y</a></header>
<div><h1>Un</h1><h3>Trois</h3><img src="https://ailleurs.example/i.png"><p id="a" style="width: 900px">Un mot ! { $nombre }
<p id="a">Topics and replies<button style="outline: none">Publier</button></div></body></html>
`;
const STYLE = "body { margin: 1rem; overflow-wrap: anywhere } a, button, input { display: inline-block; min-height: 24px }"
  + ":focus { outline: 3px solid #0b57d0 }";
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
  + "frame-ancestors 'none'; base-uri 'none'";

let server;
let browser;
let context;
let origin;

before(async () => {
  server = createServer((request, answer) => {
    if (request.url === "/style.css") {
      answer.writeHead(200, { "content-type": "text/css" }).end(STYLE);
    } else if (request.url === "/right") {
      answer.writeHead(200, {
        "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY, "permissions-policy": "camera=()",
        "referrer-policy": "same-origin", "x-content-type-options": "nosniff",
      }).end(RIGHT);
    } else {
      answer.writeHead(200, { "content-type": "text/html", "set-cookie": "a=b" }).end(WRONG);
    }
  });
  await new Promise((listening) => { server.listen(0, "127.0.0.1", listening); });
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await launch();
  context = await contextFor(browser);
});
after(async () => {
  await browser?.close();
  server.close();
  server.closeAllConnections();
});

async function open(path) {
  const page = await context.newPage();
  const loads = [];
  page.on("response", (response) => loads.push(response));
  // Only this machine is ever asked for anything.
  await page.route((url) => url.origin !== origin, (route) => route.abort());
  const response = await page.goto(origin + path);
  return { page, response, loads, html: await response.text() };
}

test("a page that is right has no complaint", async () => {
  const { page, response, loads, html } = await open("/right");
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(await validity(html), []);
  assert.deepEqual(await structure(page, "fr"), []);
  assert.deepEqual(await words(page, "fr"), []);
  assert.deepEqual(await weight(page, html, loads, 25), []);
  assert.deepEqual(await headers(response, { cookies: false }), []);
  assert.deepEqual(await walk(page), []);
  await page.setViewportSize(NARROW);
  assert.deepEqual(await reflow(page), []);
  await page.close();
});

test("a page that is wrong is caught by every check", async () => {
  const { page, response, loads, html } = await open("/wrong");
  const has = (complaints, ...wanted) => {
    for (const what of wanted) assert.match(complaints.join("\n"), what);
  };
  has(await accessibility(page), /image-alt/, /landmark-one-main/);
  has(await validity(html), /no-dup-id/);
  has(await structure(page, "fr"), /html lang is en/, /no dir/, /does not name page/, /focusable/, /no contentinfo/,
    /jumps from h1 to h3/, /no nav/, /first link goes to/, /no link to \/legal/, /vague «ici»/, /new window/);
  has(await words(page, "fr"), /not fr: Topics/, /unfilled \{ \$nombre \}/, /no narrow space/);
  has(await words(page, "en"), /not en: Publier/);
  has(await weight(page, html, loads, 0.1), /html .* at most 0.1/);
  has(await headers(response, { cookies: false }), /lacks default-src 'none'/, /no nosniff/, /sets a cookie/);
  await page.setViewportSize(NARROW);
  has(await reflow(page), /at 320 px/);
  await page.close();
});
