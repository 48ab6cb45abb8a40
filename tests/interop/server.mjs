// A server of other software, played by the letter of its sources: its documents and activities have the shape that
// the software writes (`roles.mjs`), and what arrives is read as strictly as the software reads it. Signatures are made
// and verified by Fedify.

import {
  createFederation, generateCryptoKeyPair, MemoryKvStore, signRequest, verifyRequest,
} from "@fedify/fedify";
import { once } from "node:events";
import { createServer } from "node:http";
import { eventually, freePort } from "../node.mjs";

export const ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams";
export const PUBLIC = `${ACTIVITY_STREAMS}#Public`;

export const list = (value) => (value == null ? [] : Array.isArray(value) ? value : [value]);
export const idOf = (value) => (typeof value === "string" ? value : value?.id);

const pem = (key) => crypto.subtle.exportKey("spki", key).then((bytes) =>
  `-----BEGIN PUBLIC KEY-----\n${Buffer.from(bytes).toString("base64").match(/.{1,64}/g).join("\n")}\n-----END PUBLIC KEY-----\n`);

/**
 * Starts a server that plays `role`. What it would refuse of what it receives is answered with 400 and written to
 * `faults`.
 */
export async function startServer(role) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const pair = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
  const publicKeyPem = await pem(pair.publicKey);
  const { documentLoader, contextLoader } = createFederation({
    kv: new MemoryKvStore(), origin: url, allowPrivateAddress: true,
  }).createContext(new URL(url), undefined);
  const documents = new Map();
  const accounts = new Map();
  const received = [];
  const faults = [];
  const refused = [];
  let minted = 0;

  /** Fetches a document as the role does: what isn't JSON under its own id isn't there. */
  async function fetchDocument(id) {
    const answer = await fetch(id, { headers: { accept: role.accept }, redirect: "manual" });
    if (answer.status !== 200) return null;
    const type = answer.headers.get("content-type")?.replaceAll(" ", "");
    if (!["application/activity+json", "application/activity+json;charset=utf-8"].includes(type)) return null;
    const document = await answer.json();
    return document.id === id ? document : null;
  }

  async function deliver(request) {
    const text = await request.clone().text();
    const body = JSON.parse(text);
    const key = await verifyRequest(request, { documentLoader, contextLoader });
    const why = [];
    if (key === null) why.push("the signature does not verify");
    else if (key.ownerId?.href !== idOf(body.actor)) why.push(`signed by ${key.ownerId}, said by ${idOf(body.actor)}`);
    if (request.headers.get("content-type") !== "application/activity+json") why.push("the content type");
    why.push(...await role.refuses(body, server));
    const status = why.length === 0 ? 202 : 400;
    received.push({ path: new URL(request.url).pathname, status, body, why });
    if (why.length > 0) {
      const tolerated = role.tolerates?.(body, why);
      (tolerated ? refused : faults).push(`${body.type} of ${body.object?.type ?? body.object}: ${why.join("; ")}`);
    }
    return new Response(null, { status });
  }

  function serve(request) {
    const { pathname, searchParams, search } = new URL(request.url);
    const json = (value, type) => new Response(JSON.stringify(value), { headers: { "content-type": type } });
    if (pathname === "/.well-known/webfinger") {
      const name = searchParams.get("resource")?.replace(/^acct:/, "").split("@")[0];
      const id = accounts.get(name);
      return id === undefined ? new Response(null, { status: 404 }) : json({
        subject: `acct:${name}@localhost:${port}`,
        links: [{ rel: "self", type: "application/activity+json", href: id }],
      }, "application/jrd+json");
    }
    if (pathname === "/.well-known/nodeinfo") {
      return json({ links: [{
        rel: `http://nodeinfo.diaspora.software/ns/schema/${role.nodeinfo}`, href: `${url}/nodeinfo/${role.nodeinfo}`,
      }] }, "application/json");
    }
    if (pathname === `/nodeinfo/${role.nodeinfo}`) {
      return json({
        version: role.nodeinfo, software: { name: role.software, version: role.version }, protocols: ["activitypub"],
        services: { inbound: [], outbound: [] }, openRegistrations: true,
        usage: { users: { total: 3, activeMonth: 2, activeHalfyear: 3 }, localPosts: 5, localComments: 9 },
        metadata: {},
      }, "application/json");
    }
    const document = documents.get(pathname + search) ?? documents.get(pathname);
    if (document === undefined) return new Response(null, { status: 404 });
    if (document === null) return new Response("{}", { status: 410, headers: { "content-type": "application/activity+json" } });
    return json(document, "application/activity+json");
  }

  const http = createServer((incoming, outgoing) => {
    const parts = [];
    incoming.on("data", (part) => parts.push(part));
    incoming.on("end", async () => {
      try {
        const headers = new Headers();
        for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
        const post = incoming.method === "POST";
        const request = new Request(new URL(incoming.url, url), {
          method: incoming.method, headers, body: post ? Buffer.concat(parts) : undefined,
        });
        const answer = post ? await deliver(request) : serve(request);
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
        outgoing.end(Buffer.from(await answer.arrayBuffer()));
      } catch (error) {
        faults.push(`the server failed: ${error.stack}`);
        outgoing.writeHead(500).end();
      }
    });
  });
  http.listen(port, "127.0.0.1");
  await once(http, "listening");

  const server = {
    url,
    host: `localhost:${port}`,
    received,
    faults,
    /** What the software refuses by its nature, and does no harm (form B at a forum). */
    refused,
    fetchDocument,
    key: (id, fragment = "#main-key") => ({ id: `${id}${fragment}`, owner: id, publicKeyPem }),
    mint: (path) => `${url}${path}${++minted}`,

    /** Serves a document at its id from now on. */
    put(document) {
      const { pathname, search } = new URL(document.id);
      documents.set(pathname + search, document);
      return document;
    },

    /** The id answers 410 from now on. */
    gone: (id) => documents.set(new URL(id).pathname, null),

    /** Serves an actor, found by WebFinger. */
    actor(document) {
      accounts.set(document.preferredUsername, document.id);
      return server.put(document);
    },

    /** Posts an activity, signed by its actor; fails unless it is accepted. */
    async send(inbox, activity, { expect = [202] } = {}) {
      const plain = new Request(inbox, {
        method: "POST",
        headers: { "content-type": "application/activity+json", date: new Date().toUTCString(), accept: role.accept },
        body: JSON.stringify(activity),
      });
      const actor = idOf(activity.actor);
      const { publicKey } = documents.get(new URL(actor).pathname);
      const signed = await signRequest(plain, pair.privateKey, new URL(publicKey.id),
        { spec: "draft-cavage-http-signatures-12" });
      const { status } = await fetch(signed);
      if (!expect.includes(status)) throw new Error(`${activity.type} ${activity.id} was answered ${status}`);
      return activity;
    },

    /** The accepted deliveries that satisfy `test`, in order of arrival. */
    accepted: (test) => received.filter(({ status, body }) => status === 202 && test(body)).map(({ body }) => body),

    /** Waits for such a delivery. */
    waitFor: (what, test) => eventually(`${what} at the ${role.software}`, () => {
      const seen = received.find(({ body }) => test(body));
      if (seen?.status === 400) throw new Error(`refused: ${seen.why.join("; ")}`);
      return seen?.body;
    }),

    async stop() {
      http.close();
      http.closeAllConnections();
    },
  };
  return server;
}
