// The foreign server itself: two of them speak to each other, so that a failure against Parvis is Parvis'.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { generateCryptoKeyPair } from "@fedify/fedify";
import { eventually } from "../node.mjs";
import { startPeer } from "./peer.mjs";

let here;
let there;

before(async () => {
  here = await startPeer();
  there = await startPeer({ secure: true });
});
after(async () => {
  await here?.stop();
  await there?.stop();
});

const recipient = () => ({ id: there.actor("remi"), inboxId: there.context.getInboxUri("remi") });

test("the peer verifies what another signs", async () => {
  const note = await here.publish("lea", recipient(), { content: "<p>Bonjour</p>", ccs: [there.actor("remi")] });
  await eventually("the note", () => there.received.some(({ body }) => body.object?.id === note.id.href));
  const [{ status, body }] = there.received.filter(({ body: { object } }) => object?.id === note.id.href);
  assert.equal(status, 202);
  assert.equal(body.type, "Create");
  assert.equal(body.object.content, "<p>Bonjour</p>");
});

test("the peer refuses a signature by another key, none, and an altered body", async () => {
  const inbox = there.context.getInboxUri();
  const json = {
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `${here.url}/users/lea/likes/raw`,
    type: "Like",
    actor: here.actor("lea").href,
    object: there.actor("remi").href,
  };
  const { privateKey } = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
  assert.equal(await here.postRaw("lea", inbox, json, { privateKey }), 401);
  assert.equal(await here.postRaw("lea", inbox, json, { unsigned: true }), 401);
  assert.equal(await here.postRaw("lea", inbox, json, { alter: (it) => ({ ...it, object: it.actor }) }), 401);
  assert.equal(await here.postRaw("lea", inbox, json), 202);
});

test("a secure peer shows a person only to a signed fetch", async () => {
  const headers = { accept: "application/activity+json" };
  const plain = await fetch(there.actor("lea"), { headers });
  assert.equal(plain.status, 401);
  const loader = await here.context.getDocumentLoader({ identifier: "lea" });
  const { document } = await loader(there.actor("lea").href);
  assert.equal(document.preferredUsername, "lea");
});
