// A strict, Mastodon-like server played with Fedify: people with RSA keys, WebFinger, inboxes, notes that can be
// fetched. What arrives is verified by Fedify and kept, so that a test can say what came, how often, in which order.
//
// Strict means: whatever a careful implementation might refuse is written down in `faults`, and the suite wants none.

import {
  createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore, signRequest,
} from "@fedify/fedify";
import {
  Activity, Create, Delete, Endpoints, Follow, Like, Mention, Note, Person, PUBLIC_COLLECTION, Tombstone, Undo, Update,
} from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { once, setMaxListeners } from "node:events";
import { createServer } from "node:http";
import { eventually, freePort } from "../node.mjs";

const ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams";
export const PUBLIC = `${ACTIVITY_STREAMS}#Public`;
const people = ["lea", "remi"];

const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const idOf = (value) => (typeof value === "string" ? value : value?.id);

/** What a careful receiver may refuse in a delivery, in words. */
function faultsOf(headers, body) {
  const faults = [];
  const expect = (right, what) => { if (!right) faults.push(`${body.type} ${body.id}: ${what}`); };
  expect(headers.get("content-type") === "application/activity+json", `content-type ${headers.get("content-type")}`);
  expect(headers.has("date"), "no Date header");
  expect(headers.has("digest") || headers.has("content-digest"), "no digest of the body");
  expect(list(body["@context"]).includes(ACTIVITY_STREAMS), "@context lacks ActivityStreams");
  expect(typeof body.actor === "string", "actor is not one string");
  expect(typeof body.id === "string" && body.id === body.id.toLowerCase(), "id is not lower case");
  expect(!String(body.id).includes("#"), "id has a fragment");
  expect(URL.canParse(body.id) && URL.canParse(body.actor) && new URL(body.id).origin === new URL(body.actor).origin,
    "id and actor are of different hosts");
  expect(Array.isArray(body.to), "to is not an array");
  if (body.type !== "Accept" && body.type !== "Reject") {
    expect(Array.isArray(body.cc), "cc is not an array");
    expect(body.to?.includes(PUBLIC), "to lacks Public");
  }
  const object = body.type === "Announce" && typeof body.object === "object" ? body.object.object : body.object;
  if (["Article", "Note"].includes(object?.type) && new URL(object.id).origin === new URL(body.actor).origin) {
    for (const name of ["to", "cc", "tag", "attachment"]) {
      expect(object[name] === undefined || Array.isArray(object[name]), `object.${name} is not an array`);
    }
    expect(Array.isArray(object.to) && Array.isArray(object.cc), "object lacks to or cc");
    expect(typeof object.attributedTo === "string", "object.attributedTo is not one string");
    expect(typeof object.audience === "string", "object.audience is not one string");
    expect(typeof object.content === "string", "object.content is not a string");
    expect(object.language === undefined || typeof object.language === "object", "object.language is not an object");
    expect(object.type !== "Article" || object.inReplyTo == null, "an opening post replies to something");
    expect(object.type !== "Note" || typeof object.inReplyTo === "string", "a reply lacks inReplyTo");
    expect(object.type !== "Note" || object.name === undefined, "a reply has a name");
  }
  return faults;
}

/**
 * Starts the server. `firstKnock` is the kind of signature it tries first; with `secure`, it answers a fetch of a
 * person or a note only to a signed request, as GoToSocial does.
 */
export async function startPeer({ firstKnock = "draft-cavage-http-signatures-12", secure = false } = {}) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const keys = new Map();
  for (const name of people) keys.set(name, await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"));
  const notes = new Map();
  const received = [];
  const faults = [];
  const processed = [];
  let minted = 0;

  const federation = createFederation({
    kv: new MemoryKvStore(),
    queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 50 } }),
    manuallyStartQueue: true,
    origin: url,
    allowPrivateAddress: true,
    firstKnock,
  });
  const signedOrOpen = async (context) => !secure || (await context.getSignedKeyOwner()) !== null;

  federation
    .setActorDispatcher("/users/{identifier}", async (context, name) => {
      if (!keys.has(name)) return null;
      const [pair] = await context.getActorKeyPairs(name);
      return new Person({
        id: context.getActorUri(name),
        preferredUsername: name,
        name: name === "lea" ? "Léa" : "Rémi",
        url: new URL(`/@${name}`, url),
        inbox: context.getInboxUri(name),
        outbox: context.getOutboxUri(name),
        followers: context.getFollowersUri(name),
        endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
        publicKey: pair.cryptographicKey,
      });
    })
    .setKeyPairsDispatcher((_context, name) => (keys.has(name) ? [keys.get(name)] : []))
    .authorize(signedOrOpen);
  federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [] }));
  federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
  federation
    .setObjectDispatcher(Note, "/users/{identifier}/statuses/{number}", (context, values) =>
      notes.get(context.getObjectUri(Note, values).href) ?? null)
    .authorize(signedOrOpen);
  federation.setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: "lea" }))
    .on(Activity, (_context, activity) => { processed.push(activity.id.href); })
    .onError((_context, error) => { faults.push(`the inbox failed: ${error.message}`); });

  async function answer(request) {
    const isDelivery = request.method === "POST";
    const text = isDelivery ? await request.clone().text() : "";
    const response = await federation.fetch(request, { contextData: undefined });
    if (isDelivery) {
      const body = JSON.parse(text);
      received.push({ path: new URL(request.url).pathname, headers: request.headers, status: response.status, body });
      if (response.status === 202) faults.push(...faultsOf(request.headers, body));
      else faults.push(`${body.type} ${body.id}: refused with ${response.status}`);
    }
    return response;
  }

  const server = createServer((incoming, outgoing) => {
    const parts = [];
    incoming.on("data", (part) => parts.push(part));
    incoming.on("end", async () => {
      try {
        const headers = new Headers();
        for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
        const hasBody = !["GET", "HEAD"].includes(incoming.method);
        const response = await answer(new Request(new URL(incoming.url, url), {
          method: incoming.method,
          headers,
          body: hasBody ? Buffer.concat(parts) : undefined,
        }));
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      } catch (error) {
        faults.push(`the server failed: ${error.stack}`);
        outgoing.writeHead(500).end();
      }
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const stopping = new AbortController();
  // Fedify's queue listens to the signal at each poll.
  setMaxListeners(0, stopping.signal);
  const queue = federation.startQueue(undefined, { signal: stopping.signal });
  const context = federation.createContext(new URL(url), undefined);

  const send = (name, recipient, activity) =>
    context.sendActivity({ identifier: name }, recipient, activity, { immediate: true });
  const newId = (name, kind) => new URL(`/users/${name}/${kind}/${++minted}`, url);
  const now = () => Temporal.Now.instant();

  const peer = {
    url,
    host: `localhost:${port}`,
    context,
    received,
    faults,
    notes,
    actor: (name) => context.getActorUri(name),

    /** The deliveries that were verified and satisfy `test`, in order of arrival. */
    verified: (test) => received.filter(({ status, body }) => status === 202 && test(body)),

    /** Waits until such a delivery is there and its activity has gone through Fedify's queue; returns its JSON. */
    async waitFor(what, test) {
      const [{ body }] = await eventually(what, () => {
        const found = peer.verified(test).filter(({ body: { id } }) => processed.includes(id));
        return found.length > 0 && found;
      });
      return body;
    },

    /** Sends a Follow and waits for its Accept. Returns both. */
    async follow(name, group) {
      const follow = new Follow({
        id: newId(name, "follows"), actor: context.getActorUri(name), object: group.id, to: group.id,
      });
      await send(name, group, follow);
      const reply = await peer.waitFor(`an answer to ${name}'s follow`, (body) =>
        ["Accept", "Reject"].includes(body.type) && idOf(body.object) === follow.id.href);
      return { follow, reply };
    },

    /** A note by `name`, which can be fetched from now on. `values` are those of Fedify's Note. */
    note(name, values) {
      const number = String(++minted);
      const note = new Note({
        id: context.getObjectUri(Note, { identifier: name, number }),
        attribution: context.getActorUri(name),
        to: PUBLIC_COLLECTION,
        url: new URL(`/@${name}/${number}`, url),
        published: now(),
        ...values,
      });
      notes.set(note.id.href, note);
      return note;
    },

    /** `Create` around a note, with the note's audience. */
    create: (name, note) => new Create({
      id: new URL(`${note.id.href}/activity`),
      actor: context.getActorUri(name),
      object: note,
      tos: note.toIds,
      ccs: note.ccIds,
      published: note.published,
    }),

    /** Publishes a note: keeps it and sends its Create. Returns the note. */
    async publish(name, recipient, values) {
      const note = peer.note(name, values);
      await send(name, recipient, peer.create(name, note));
      return note;
    },

    /** A reply to `parent` in the group, as Mastodon addresses it. */
    reply: (name, group, parentId, content, values = {}) => peer.publish(name, group, {
      content, replyTarget: parentId, ccs: [group.id], tags: [peer.mention(group)], ...values,
    }),

    mention: (group) => new Mention({ href: group.id, name: `@${group.preferredUsername}@${group.id.host}` }),

    /** Sends an edit of a note. */
    async edit(name, recipient, note, content) {
      const edited = note.clone({ content, updated: now() });
      notes.set(note.id.href, edited);
      await send(name, recipient, new Update({
        id: newId(name, "updates"), actor: context.getActorUri(name), object: edited,
        tos: edited.toIds, ccs: edited.ccIds, updated: edited.updated,
      }));
      return edited;
    },

    /** Takes a note away and says so. */
    async remove(name, recipient, note) {
      notes.delete(note.id.href);
      await send(name, recipient, new Delete({
        id: newId(name, "deletes"), actor: context.getActorUri(name), object: new Tombstone({ id: note.id }),
        to: PUBLIC_COLLECTION,
      }));
    },

    /** Likes an object, as Mastodon does: without addressing. */
    async like(name, recipient, objectId) {
      const like = new Like({ id: newId(name, "likes"), actor: context.getActorUri(name), object: objectId });
      await send(name, recipient, like);
      return like;
    },

    undo: (name, recipient, activity) => send(name, recipient, new Undo({
      id: newId(name, "undos"), actor: context.getActorUri(name), object: activity,
    })),

    /** Posts JSON as it stands, signed by `name`; returns the status. `privateKey` may be another's. */
    async postRaw(name, inbox, json, { privateKey = keys.get(name).privateKey, alter, unsigned = false } = {}) {
      const plain = new Request(inbox, {
        method: "POST",
        headers: { "content-type": "application/activity+json", date: new Date().toUTCString() },
        body: JSON.stringify(json),
      });
      if (unsigned) return (await fetch(plain)).status;
      const signed = await signRequest(plain, privateKey, new URL(`${peer.actor(name).href}#main-key`),
        { spec: firstKnock });
      const request = alter === undefined ? signed
        : new Request(inbox, { method: "POST", headers: signed.headers, body: JSON.stringify(alter(json)) });
      return (await fetch(request)).status;
    },

    async stop() {
      stopping.abort();
      await queue;
      server.close();
      server.closeAllConnections();
    },
  };
  return peer;
}

