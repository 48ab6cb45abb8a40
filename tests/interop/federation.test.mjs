// A Parvis node and a Mastodon-like server of another implementation, over real HTTP: what people there see of a
// category here, and what of theirs arrives. The wire is described in FEDERATION.md.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { generateCryptoKeyPair } from "@fedify/fedify";
import { parseNodeInfo } from "@fedify/fedify/nodeinfo";
import { Application, Article, Group, Person } from "@fedify/vocab";
import { eventually, startNode } from "../node.mjs";
import { PUBLIC, startPeer } from "./peer.mjs";

const ACTIVITY_JSON = { accept: "application/activity+json" };
const idOf = (value) => (typeof value === "string" ? value : value?.id);

/** A document as it is served: its status, type and JSON. */
async function document(url) {
  const answer = await fetch(url, { headers: ACTIVITY_JSON, redirect: "manual" });
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get("content-type")?.split(";")[0],
    json: text.startsWith("{") ? JSON.parse(text) : null,
  };
}

const wraps = (type, objectId) => (body) =>
  body.type === "Announce" && body.object?.type === type && idOf(body.object.object) === objectId;
const boosts = (objectId) => (body) => body.type === "Announce" && body.object === objectId;

/** A node with a member, Ana, and a category, Urbanisme, which Léa of the peer follows. */
async function neighbours(options) {
  const node = await startNode();
  let peer;
  try {
    // A moderator: new members may open three topics a day.
    await node.person("ana", { displayName: "Ana Diallo", role: "moderator" });
    await node.category("urbanisme", "Urbanisme", "Plan local, permis, voirie.");
    const ana = await node.api("ana");
    peer = await startPeer(options);
    const group = await peer.context.lookupObject(`${node.url}/c/urbanisme`);
    assert.ok(group instanceof Group, "the category is a Group");
    const { reply } = await peer.follow("lea", group);
    assert.equal(reply.type, "Accept");

    const world = {
      node, peer, ana, group,
      topics: async () => (await node.request("GET", "/categories/urbanisme/topics?sort=new")).items,
      posts: async (topic) => (await node.request("GET", `/topics/${topic.id}/posts`)).items,
      post: (id) => node.request("GET", `/posts/${id}`),
      openTopic: (title, content = "Trois rues testées depuis mars.") =>
        ana("POST", "/topics", { category: "urbanisme", title, content, language: "fr" }),
      /** Léa answers a post of ours; returns her note and the post it became. */
      async answered(topic, content) {
        const note = await peer.reply("lea", group, new URL(topic.post.uri), content);
        const post = await eventually("Léa's reply in the topic", async () =>
          (await world.posts(topic)).find(({ uri }) => uri === note.id.href));
        return { note, post };
      },
      async stop() {
        await peer.stop();
        assert.equal(await node.stop(), "exit 0", "the node ends well");
      },
    };
    return world;
  } catch (error) {
    error.message += `\n--- log of the node ---\n${node.log().split("\n").slice(-60).join("\n")}`;
    await peer?.stop();
    await node.stop();
    throw error;
  }
}

describe("a Mastodon-like server", () => {
  let world;
  before(async () => { world = await neighbours(); });
  after(async () => { await world?.stop(); });

  test("finds the category by its handle", async () => {
    const { node, group } = world;
    const resource = `acct:urbanisme@${node.host}`;
    const answer = await fetch(`${node.url}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type").split(";")[0], "application/jrd+json");
    const jrd = await answer.json();
    assert.equal(jrd.subject, resource);
    const self = jrd.links.filter(({ rel }) => rel === "self");
    assert.equal(self.length, 1, "one self link");
    assert.equal(self[0].type, "application/activity+json");
    assert.equal(self[0].href, group.id.href);
  });

  test("finds the same handle from the address", async () => {
    const { node, peer, group } = world;
    const jrd = await peer.context.lookupWebFinger(group.id);
    assert.equal(jrd.subject, `acct:urbanisme@${node.host}`);
  });

  test("reads the category as a group", async () => {
    const { node, group } = world;
    assert.equal(group.preferredUsername, "urbanisme");
    assert.equal(String(group.name), "Urbanisme");
    assert.equal(group.inboxId.href, `${node.url}/c/urbanisme/inbox`);
    assert.equal(group.outboxId.href, `${node.url}/c/urbanisme/outbox`);
    assert.equal(group.followersId.href, `${node.url}/c/urbanisme/followers`);
    assert.equal(group.endpoints.sharedInbox.href, `${node.url}/inbox`);
    const key = await group.getPublicKey();
    assert.equal(key.ownerId.href, group.id.href);
    assert.equal(key.publicKey.algorithm.name, "RSASSA-PKCS1-v1_5");
    const { status, type, json } = await document(group.id);
    assert.deepEqual([status, type, json.id], [200, "application/activity+json", group.id.href]);
  });

  test("reads a member as a person and the node as an application", async () => {
    const { node, peer } = world;
    const ana = await peer.context.lookupObject(`${node.url}/u/ana`);
    assert.ok(ana instanceof Person);
    assert.equal(ana.preferredUsername, "ana");
    assert.equal(String(ana.name), "Ana Diallo");
    const application = await peer.context.lookupObject(`${node.url}/`);
    assert.ok(application instanceof Application);
    assert.equal(application.id.href, `${node.url}/`);
  });

  test("reads the node's NodeInfo", async () => {
    // Fedify's own lookup refuses loopback, whatever it is told: the documents are fetched here, and parsed by it.
    const { node } = world;
    const { links } = await (await fetch(`${node.url}/.well-known/nodeinfo`)).json();
    const link = links.find(({ rel }) => rel === "http://nodeinfo.diaspora.software/ns/schema/2.1");
    const info = parseNodeInfo(await (await fetch(link.href)).json(), { tryBestEffort: false });
    assert.ok(info, "Fedify can't read the document");
    assert.equal(info.software.name, "parvis");
    assert.deepEqual(info.protocols, ["activitypub"]);
    assert.ok(info.usage.users.total >= 1);
  });

  test("follows, is accepted, and leaves", async () => {
    const { peer, group } = world;
    const followers = async () => (await document(group.followersId)).json.totalItems;
    const before = await followers();
    const { follow, reply } = await peer.follow("remi", group);
    assert.equal(reply.type, "Accept");
    assert.equal(reply.actor, group.id.href);
    const [{ path }] = peer.verified(({ id }) => id === reply.id);
    assert.equal(path, "/users/remi/inbox", "an Accept goes to the follower's own inbox");
    assert.equal(await followers(), before + 1);
    await peer.undo("remi", group, follow);
    await eventually("one follower fewer", async () => (await followers()) === before);
  });

  test("gets a new topic as an activity and as a boost, once each and in this order", async () => {
    const { peer, group, openTopic } = world;
    const topic = await openTopic("Zones 30 : retours d’expérience");
    const uri = topic.post.uri;
    const activity = await peer.waitFor("the announced Create", wraps("Create", uri));
    const boost = await peer.waitFor("the boost", boosts(uri));
    for (const announce of [activity, boost]) {
      assert.equal(announce.actor, group.id.href);
      assert.ok(announce.to.includes(PUBLIC));
      assert.ok(announce.cc.includes(group.followersId.href));
    }
    const article = activity.object.object;
    assert.equal(article.type, "Article");
    assert.equal(article.name, "Zones 30 : retours d’expérience");
    assert.equal(article.audience, group.id.href);
    assert.ok(article.to.includes(PUBLIC) && article.to.includes(group.id.href));
    assert.match(article.content, /Trois rues testées depuis mars\./);
    assert.match(article.summary, /Trois rues testées/);
    assert.equal(article.sensitive, false);
    assert.equal(article.contentMap.fr, article.content);
    assert.ok(article.tag.some(({ type, href }) => type === "Mention" && href === group.id.href));

    // A second topic shows that nothing of the first is on its way any more.
    const next = await openTopic("Le sujet d’après");
    await peer.waitFor("the boost of the next topic", boosts(next.post.uri));
    const order = peer.verified((body) => wraps("Create", uri)(body) || boosts(uri)(body)).map(({ body }) => body.id);
    assert.deepEqual(order, [activity.id, boost.id]);
  });

  test("fetches the topic, its Create, its conversation and its replies", async () => {
    const { node, peer, group, openTopic, answered } = world;
    const topic = await openTopic("Ombrage des cours d’école", "Quels arbres **résistent** le mieux ?");
    const { note } = await answered(topic, "<p>Le micocoulier.</p>");
    const article = await peer.context.lookupObject(topic.post.uri);
    assert.ok(article instanceof Article);
    assert.equal(String(article.name), "Ombrage des cours d’école");
    assert.match(String(article.content), /<strong>résistent<\/strong>/);
    assert.equal(article.attributionId.href, `${node.url}/u/ana`);
    assert.equal(article.url.href, topic.url);

    const raw = (await document(topic.post.uri)).json;
    assert.equal(raw.context, `${node.url}/t/${topic.id}`);
    const context = await document(raw.context);
    assert.deepEqual([context.status, context.json.type], [200, "OrderedCollection"]);
    assert.deepEqual(context.json.orderedItems, [topic.post.uri, note.id.href]);
    assert.equal(context.json.totalItems, 2);
    assert.equal(context.json.attributedTo, group.id.href);

    const replies = [];
    for await (const item of peer.context.traverseCollection(await article.getReplies())) replies.push(item.id.href);
    assert.deepEqual(replies, [note.id.href]);

    const announce = await peer.waitFor("the announced Create", wraps("Create", topic.post.uri));
    for (const id of [announce.object.id, announce.id]) {
      const found = await document(id);
      assert.deepEqual([found.status, found.json?.id], [200, id]);
    }
  });

  test("reads a category's outbox", async () => {
    const { peer, group, openTopic } = world;
    const topic = await openTopic("Dans la boîte d’envoi");
    const outbox = await peer.context.lookupObject(group.outboxId);
    assert.ok(outbox.totalItems >= 1);
    const { json } = await document(group.outboxId);
    assert.equal(json.type, "OrderedCollection");
    assert.equal(idOf(json.orderedItems[0].object.object), topic.post.uri, "newest first");
  });

  test("replies, and gets its reply back from the category unchanged", async () => {
    const { node, peer, group, openTopic, posts } = world;
    const topic = await openTopic("Stationnement des vélos");
    const note = peer.note("lea", {
      content: "<p>Chez nous, baisse de 20 %.</p>", replyTarget: new URL(topic.post.uri), ccs: [group.id],
      tags: [peer.mention(group)],
    });
    // Unknown members must survive the way: others read them.
    const create = {
      ...(await peer.create("lea", note).toJsonLd({ contextLoader: peer.context.contextLoader })),
      _unknown: { kept: ["as", "it", "is"] },
    };
    assert.equal(await peer.postRaw("lea", group.inboxId, create), 202);
    const post = await eventually("the reply in the topic", async () =>
      (await posts(topic)).find(({ uri }) => uri === note.id.href));
    assert.match(post.content_html, /Chez nous, baisse de 20 %\./);
    assert.equal(post.author.handle.replace(/^@/, ""), `lea@${peer.host}`);
    assert.equal(post.author.display_name, "Léa");
    assert.equal(post.reply_to, topic.post.id);
    assert.equal((await node.request("GET", `/topics/${topic.id}`)).reply_count, 1);
    const announce = await peer.waitFor("the announced reply", wraps("Create", note.id.href));
    assert.equal(announce.actor, group.id.href);
    assert.deepEqual(announce.object, create);

    // The same activity again is the same reply, and is not announced again.
    assert.equal(await peer.postRaw("lea", group.inboxId, create), 202);
    const next = await openTopic("Après la reprise");
    await peer.waitFor("the boost of the next topic", boosts(next.post.uri));
    assert.equal((await posts(topic)).filter(({ uri }) => uri === note.id.href).length, 1);
    assert.equal(peer.verified(wraps("Create", note.id.href)).length, 1);
  });

  test("edits and deletes its reply", async () => {
    const { peer, group, openTopic, answered, post: read } = world;
    const topic = await openTopic("Pistes cyclables");
    const { note, post } = await answered(topic, "<p>Première version</p>");
    const edited = await peer.edit("lea", group, note, "<p>Seconde version</p>");
    const changed = await eventually("the edit", async () => {
      const now = await read(post.id);
      return now.content_html.includes("Seconde version") && now;
    });
    assert.notEqual(changed.edited_at, null);
    await peer.waitFor("the announced Update", wraps("Update", note.id.href));

    await peer.remove("lea", group, edited);
    const gone = await eventually("the deletion", async () => {
      const now = await read(post.id);
      return now.removed && now;
    });
    assert.equal(gone.content_html ?? "", "");
    await peer.waitFor("the announced Delete", wraps("Delete", note.id.href));
  });

  test("likes and thinks better of it", async () => {
    const { peer, group, openTopic, post: read } = world;
    const { post } = await openTopic("Bancs publics");
    const count = async () => (await read(post.id)).like_count;
    assert.equal(await count(), 0);
    const like = await peer.like("lea", group, new URL(post.uri));
    await eventually("one like", async () => (await count()) === 1);
    await peer.undo("lea", group, like);
    await eventually("no like", async () => (await count()) === 0);
  });

  test("opens a topic by mentioning the category", async () => {
    const { peer, group, topics, posts } = world;
    const mention = `<span class="h-card"><a href="${group.id.href}" class="u-url mention">@<span>urbanisme</span></a></span>`;
    const note = await peer.publish("lea", group, {
      content: `<p>${mention} Où garer un vélo cargo ?</p><p>Rien devant la mairie.</p>`,
      ccs: [group.id],
      tags: [peer.mention(group)],
    });
    const topic = await eventually("Léa's topic", async () =>
      (await topics()).find(({ uri, post }) => [uri, post?.uri].includes(note.id.href)));
    assert.equal(topic.title, "Où garer un vélo cargo ?");
    assert.equal(topic.author.handle.replace(/^@/, ""), `lea@${peer.host}`);
    const [opening] = await posts(topic);
    assert.match(opening.content_html, /Rien devant la mairie\./);
    const announce = await peer.waitFor("the announced Create", wraps("Create", note.id.href));
    assert.equal(announce.actor, group.id.href);
    await peer.waitFor("the boost", boosts(note.id.href));
  });

  test("sees a member's edits and deletion", async () => {
    const { peer, ana, openTopic } = world;
    const { post } = await openTopic("Marché du samedi", "Version un");
    await peer.waitFor("the boost", boosts(post.uri));
    await ana("PATCH", `/posts/${post.id}`, { content: "Version deux" });
    const update = await peer.waitFor("the announced Update", wraps("Update", post.uri));
    const article = update.object.object;
    assert.match(article.content, /Version deux/);
    assert.ok(Date.parse(article.updated) > Date.parse(article.published), "updated is later than published");

    await ana("DELETE", `/posts/${post.id}`);
    await peer.waitFor("the announced Delete", wraps("Delete", post.uri));
    const gone = await document(post.uri);
    assert.deepEqual([gone.status, gone.json.type, gone.json.id], [410, "Tombstone", post.uri]);
  });

  test("keeps its private posts private", async () => {
    const { peer, group, openTopic, answered, topics, posts } = world;
    const topic = await openTopic("Ce qui est public");
    const followers = peer.context.getFollowersUri("lea");
    const hidden = { to: followers, ccs: [group.id], tags: [peer.mention(group)] };
    const privateTopic = await peer.publish("lea", group, { content: "<p>Pour mes abonnés</p>", ...hidden });
    const privateReply = await peer.publish("lea", group,
      { content: "<p>Entre nous</p>", replyTarget: new URL(topic.post.uri), ...hidden });
    // A public reply, sent later in the same conversation, shows that the private ones have been looked at.
    await answered(topic, "<p>À toutes et tous</p>");
    const next = await openTopic("Encore public");
    await peer.waitFor("the boost of the next topic", boosts(next.post.uri));
    for (const uri of [privateTopic.id.href, privateReply.id.href]) {
      assert.ok(!(await posts(topic)).some((post) => post.uri === uri));
      assert.ok(!(await topics()).some(({ post }) => post?.uri === uri));
      assert.equal(peer.verified((body) => JSON.stringify(body).includes(uri)).length, 0);
    }
  });

  test("is refused with a wrong key, without a signature, and with an altered body", async () => {
    const { peer, group, openTopic, post: read } = world;
    const { post } = await openTopic("Signatures");
    const like = (number) => ({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${peer.url}/users/lea/likes/raw-${number}`,
      type: "Like",
      actor: peer.actor("lea").href,
      object: post.uri,
    });
    const { privateKey } = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
    for (const inbox of [group.inboxId, group.endpoints.sharedInbox]) {
      assert.equal(await peer.postRaw("lea", inbox, like(1), { privateKey }), 401, "wrong key");
      assert.equal(await peer.postRaw("lea", inbox, like(2), { unsigned: true }), 401, "no signature");
      assert.equal(await peer.postRaw("lea", inbox, like(3), { alter: (it) => ({ ...it, id: `${it.id}-x` }) }), 401,
        "altered body");
    }
    assert.equal(await peer.postRaw("lea", group.inboxId, like(4)), 202);
    await eventually("the one true like", async () => (await read(post.id)).like_count === 1);
  });

  test("may not speak for somebody else", async () => {
    const { peer, group, openTopic, answered, post: read } = world;
    const topic = await openTopic("Au nom d’autrui");
    const { note, post } = await answered(topic, "<p>Signé Léa</p>");
    const forged = {
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${peer.url}/users/remi/updates/forged`,
      type: "Update",
      actor: peer.actor("remi").href,
      to: [PUBLIC],
      cc: [group.id.href],
      object: {
        id: note.id.href, type: "Note", attributedTo: peer.actor("lea").href, content: "<p>Falsifié</p>",
        inReplyTo: topic.post.uri, to: [PUBLIC], cc: [group.id.href], updated: new Date().toISOString(),
      },
    };
    const status = await peer.postRaw("remi", group.inboxId, forged);
    assert.ok([202, 400, 401, 403].includes(status), `answered ${status}`);
    // Léa's own edit comes later and is applied; what Rémi wrote in her name never was.
    await peer.edit("lea", group, note, "<p>Corrigé par Léa</p>");
    await eventually("Léa's edit", async () => (await read(post.id)).content_html.includes("Corrigé par Léa"));
    const { items } = await world.ana("GET", `/posts/${post.id}/revisions`);
    assert.ok(!JSON.stringify(items).includes("Falsifié"));
  });

  test("found nothing to refuse in all that it received", () => {
    assert.deepEqual(world.peer.faults, []);
  });
});

describe("a server that signs by RFC 9421 and shows itself to signed fetches only", () => {
  let world;
  before(async () => { world = await neighbours({ firstKnock: "rfc9421", secure: true }); });
  after(async () => { await world?.stop(); });

  test("follows, replies and gets the announces", async () => {
    const { peer, openTopic, answered } = world;
    const topic = await openTopic("Signature nouvelle");
    await peer.waitFor("the boost", boosts(topic.post.uri));
    const { note, post } = await answered(topic, "<p>Reçu.</p>");
    assert.equal(post.author.display_name, "Léa");
    await peer.waitFor("the announced reply", wraps("Create", note.id.href));
  });

  test("found nothing to refuse in all that it received", () => {
    assert.deepEqual(world.peer.faults, []);
  });
});
