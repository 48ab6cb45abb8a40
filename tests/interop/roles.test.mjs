// Lemmy, NodeBB and Mastodon as their sources have them (roles.mjs), each beside a Parvis node over real HTTP: their
// people in a category here, and people from here in a category there.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, startNode } from "../node.mjs";
import { lemmy, mastodon, nodebb } from "./roles.mjs";
import { ACTIVITY_STREAMS, idOf, PUBLIC, startServer } from "./server.mjs";

const about = (type, objectId) => (body) => {
  const inner = body.type === "Announce" && typeof body.object === "object" ? body.object : body;
  return inner.type === type && idOf(inner.object) === objectId;
};
const undone = (type, objectId) => (body) => {
  const inner = body.type === "Announce" && typeof body.object === "object" ? body.object : body;
  return inner.type === "Undo" && inner.object?.type === type && idOf(inner.object.object) === objectId;
};
const activityIn = (body) => (body.type === "Announce" ? body.object : body);
const boosts = (objectId) => (body) => body.type === "Announce" && body.object === objectId;

/** A node with a category, Urbanisme, of the moderator Ana; a server that plays the role, with Léa, who follows it. */
async function world(role) {
  const node = await startNode();
  let server;
  try {
    await node.person("ana", { displayName: "Ana Diallo", role: "admin" });
    await node.person("odile", { displayName: "Odile Roux", role: "admin" });
    await node.category("urbanisme", "Urbanisme");
    const ana = await node.api("ana");
    // Nobody sees reports about themselves.
    const odile = await node.api("odile");
    server = await startServer(role);
    const group = await server.fetchDocument(`${node.url}/c/urbanisme`);
    assert.equal(group.type, "Group");
    const lea = role.person(server, "lea");
    const modo = role.person(server, "modo");
    const send = (activity) => server.send(group.endpoints.sharedInbox, activity);
    const it = {
      role, node, ana, odile, server, group, lea, modo, send,
      openTopic: (title, category = "urbanisme", content = "Trois rues testées.") =>
        ana("POST", "/topics", { category, title, content, language: "fr" }),
      topics: async (category = "urbanisme") =>
        (await ana("GET", `/categories/${category}/topics?sort=new`)).items,
      posts: async (topic) => (await node.request("GET", `/topics/${topic.id}/posts`)).items,
      post: (id) => node.request("GET", `/posts/${id}`),
      topic: (id) => node.request("GET", `/topics/${id}`),
      /** The document of a topic's opening post, as the server reads it. */
      document: (topic) => server.fetchDocument(topic.post.uri),
      /** Waits for a post with this id in the topic. */
      arrives: (topic, id) => eventually(`${id} in the topic`, async () =>
        (await it.posts(topic)).find(({ uri }) => uri === id)),
      async stop() {
        await server.stop();
        assert.equal(await node.stop(), "exit 0", "the node ends well");
      },
    };
    return it;
  } catch (error) {
    error.message += `\n${server?.faults.join("\n")}\n--- log of the node ---\n${node.log().split("\n").slice(-40).join("\n")}`;
    await server?.stop();
    await node.stop();
    throw error;
  }
}

/** Their people in our category. */
function visits(role) {
  describe(`people of a ${role.software} server in our category`, () => {
    let it;
    before(async () => { it = await world(role); });
    after(async () => { await it?.stop(); });

    test("follow it, and the answer can be read there", async () => {
      const { server, lea, group, send } = it;
      const follow = role.follow(server, lea, group);
      await send(follow);
      const accept = await server.waitFor("the Accept", (body) =>
        body.type === "Accept" && idOf(body.object) === follow.id);
      assert.equal(accept.actor, group.id);
    });

    test("get a topic in the form that their server reads", async () => {
      const { server, openTopic, ana, role: { forms } } = it;
      const topic = await openTopic("Zones 30");
      await server.waitFor("the topic", forms.a ? about("Create", topic.post.uri) : boosts(topic.post.uri));
      // What comes after it shows that nothing of the first is on its way any more.
      const next = await openTopic("Le sujet d’après");
      await server.waitFor("the next", forms.b ? boosts(next.post.uri) : about("Create", next.post.uri));
      assert.equal(server.accepted(about("Create", topic.post.uri)).length, forms.a ? 1 : 0, "form A");
      assert.equal(server.received.filter(({ body }) => boosts(topic.post.uri)(body)).length, forms.b ? 1 : 0, "form B");
      const node = await ana("GET", `/federation/nodes/${encodeURIComponent(server.host)}`);
      assert.equal(node.software, role.software, "chosen by what the server's NodeInfo says");
    });

    test("open a topic", async () => {
      const { server, lea, group, send, topics } = it;
      const page = role.topic(server, lea, group, "Bacs à compost", "Qui en a posé ?");
      const create = role.create(server, page, group);
      await send(create);
      const topic = await eventually("their topic", async () =>
        (await topics()).find(({ post }) => post?.uri === page.id));
      assert.equal(topic.title, "Bacs à compost");
      const back = await server.waitFor("their topic, announced", about("Create", page.id));
      assert.deepEqual(back.object, create, "as it was written");
    });

    test("reply, edit, and delete", async () => {
      const { server, lea, group, send, openTopic, document, arrives, post } = it;
      const topic = await openTopic("Pistes cyclables");
      const note = role.reply(server, lea, group, await document(topic), "Première version");
      await send(role.create(server, note, group));
      const reply = await arrives(topic, note.id);
      assert.match(reply.content_html, /Première version/);
      assert.equal(reply.reply_to, topic.post.id);
      await server.waitFor("the reply, announced", about("Create", note.id));
      const update = role.update(server, note, group, "Seconde version");
      await send(update);
      await eventually("the edit", async () => (await post(reply.id)).content_html.includes("Seconde version"));
      await server.waitFor("the edit, announced", about("Update", note.id));
      await send(role.remove(server, note, group));
      await eventually("the deletion", async () => (await post(reply.id)).removed);
      await server.waitFor("the deletion, announced", about("Delete", note.id));
    });

    test("like, and take it back", async () => {
      const { server, lea, group, send, openTopic, document, post } = it;
      const topic = await openTopic("Bancs publics");
      const like = role.like(server, lea, await document(topic), group);
      await send(like);
      await eventually("one like", async () => (await post(topic.post.id)).like_count === 1);
      await send(role.undoLike(server, like));
      await eventually("no like", async () => (await post(topic.post.id)).like_count === 0);
    });

    test("report a post to the moderators here", async () => {
      const { server, lea, group, send, openTopic, document, odile } = it;
      const topic = await openTopic("À signaler");
      await send(role.flag(server, lea, await document(topic), group, "insulte"));
      await eventually("the report", async () =>
        (await odile("GET", "/moderation/reports")).items.some((report) => JSON.stringify(report).includes("insulte")));
    });

    test("see what happens to a topic from here", async () => {
      const { server, openTopic, ana } = it;
      const topic = await openTopic("Marché du samedi");
      const uri = topic.post.uri;
      await server.waitFor("the topic", about("Create", uri));
      await ana("PATCH", `/posts/${topic.post.id}`, { content: "Version deux" });
      const update = await server.waitFor("the edit", about("Update", uri));
      const { object } = activityIn(update);
      assert.match(object.content, /Version deux/);
      await ana("PATCH", `/topics/${topic.id}`, { locked: true, reason: "clos" });
      await server.waitFor("the lock", (body) => about("Lock", uri)(body) || about("Lock", object.context)(body));
      await ana("PATCH", `/topics/${topic.id}`, { pinned: true });
      await server.waitFor("the pin", about("Add", uri));
      await ana("PATCH", `/topics/${topic.id}`, { pinned: false });
      await server.waitFor("the end of the pin", about("Remove", uri));
      await ana("DELETE", `/posts/${topic.post.id}`);
      await server.waitFor("the deletion", about("Delete", uri));
    });

    test("see a moderator's removal of what they wrote", async () => {
      const { server, lea, group, send, openTopic, document, arrives, ana } = it;
      const topic = await openTopic("À modérer");
      const note = role.reply(server, lea, group, await document(topic), "Achetez ceci");
      await send(role.create(server, note, group));
      const reply = await arrives(topic, note.id);
      await ana("POST", "/moderation/actions", { action: "remove", target: reply.id, reason: "publicité" });
      const removal = await server.waitFor("the removal", about("Delete", note.id));
      assert.equal(removal.object.summary, "publicité");
    });

    test("moderate nothing unless they are moderators here", async () => {
      const { server, lea, group, modo, send, openTopic, document, arrives, topic: read, posts } = it;
      if (role.moderate === undefined) return;
      const topic = await openTopic("Sans droit");
      const opening = await document(topic);
      for (const act of Object.values(role.moderate)) await send(act(server, modo, opening, group));
      // What Léa says afterwards is applied; what was asked for before never was.
      const note = role.reply(server, lea, group, opening, "Toujours ouvert");
      await send(role.create(server, note, group));
      await arrives(topic, note.id);
      const now = await read(topic.id);
      assert.deepEqual([now.locked, now.pinned, (await posts(topic))[0].removed], [false, false, false]);
    });

    test("found nothing to refuse in all that they received", () => {
      assert.deepEqual(it.server.faults, []);
    });
  });
}

/** Our people in a category of theirs. */
function stays(role) {
  describe(`people from here in a category of a ${role.software} server`, () => {
    let it;
    let jardin;
    let handle;
    const announced = async (activity) => {
      for (const announce of role.announces(it.server, jardin, activity)) await it.send(announce);
    };
    before(async () => {
      it = await world(role);
      jardin = role.group(it.server, "jardin", [it.modo]);
      handle = encodeURIComponent(`jardin@${it.server.host}`);
    });
    after(async () => { await it?.stop(); });
    const theirs = async (title) => {
      const page = role.topic(it.server, it.lea, jardin, title, "Dans la terre.");
      await announced(role.create(it.server, page, jardin));
      const topic = await eventually("their topic", async () =>
        (await it.topics(handle)).find(({ post }) => post?.uri === page.id));
      return { page, topic };
    };

    test("follow it, and are accepted", async () => {
      const { ana, server, send } = it;
      await ana("PUT", `/categories/${handle}/follow`);
      const follow = await server.waitFor("the Follow", (body) => body.type === "Follow" && idOf(body.object) === jardin.id);
      assert.match(follow.actor, /\/u\/ana$/);
      await send({ "@context": follow["@context"], id: server.mint("/accepts/"), type: "Accept", actor: jardin.id, object: follow });
      await eventually("the follow, accepted", async () =>
        (await ana("GET", `/categories/${handle}`)).follow === "accepted");
    });

    test("read its topics, replies, edits and likes", async () => {
      const { server, lea, modo, arrives, post } = it;
      const { page, topic } = await theirs("Lombrics en hiver");
      assert.equal(topic.title, "Lombrics en hiver");
      const note = role.reply(server, modo, jardin, page, "Sous la paille");
      await announced(role.create(server, note, jardin));
      const reply = await arrives(topic, note.id);
      assert.equal(reply.author.display_name || reply.author.handle, "modo");
      await announced(role.update(server, note, jardin, "Sous la paille, au sec"));
      await eventually("the edit", async () => (await post(reply.id)).content_html.includes("au sec"));
      const like = role.like(server, lea, note, jardin);
      await announced(like);
      await eventually("the like", async () => (await post(reply.id)).like_count === 1);
      await announced(role.undoLike(server, like));
      await eventually("no like", async () => (await post(reply.id)).like_count === 0);
      server.gone(note.id);
      await announced(role.remove(server, note, jardin));
      await eventually("the deletion", async () => (await post(reply.id)).removed);
    });

    test("see what its moderators do", async () => {
      const { server, modo, topic: read, post } = it;
      const { page, topic } = await theirs("À modérer là-bas");
      await announced(role.moderate.lock(server, modo, page, jardin));
      await eventually("the lock", async () => (await read(topic.id)).locked);
      if (role.moderate.pin) {
        await announced(role.moderate.pin(server, modo, page, jardin));
        await eventually("the pin", async () => (await read(topic.id)).pinned);
      }
      await announced(role.moderate.remove(server, modo, page, jardin));
      await eventually("the removal", async () => (await post(topic.post.id)).removed);
    });

    test("write there, in a form that is read there", async () => {
      const { server, ana, openTopic, post } = it;
      const topic = await openTopic("D’ici, chez vous", decodeURIComponent(handle), "Bonjour au **jardin**.");
      const create = await server.waitFor("the topic", (body) => body.type === "Create" && idOf(body.object) === topic.post.uri);
      assert.equal(create.object.audience, jardin.id);
      assert.ok([...create.to, ...create.cc].includes(jardin.id));
      await announced(create);
      const reply = await ana("POST", `/topics/${topic.id}/posts`, { content: "Et une réponse." });
      const said = await server.waitFor("the reply", (body) => body.type === "Create" && idOf(body.object) === reply.uri);
      assert.equal(said.object.inReplyTo, topic.post.uri);
      await ana("PATCH", `/posts/${reply.id}`, { content: "Et une réponse, revue." });
      await server.waitFor("the edit", (body) => body.type === "Update" && idOf(body.object) === reply.uri);
      await ana("DELETE", `/posts/${reply.id}`);
      await server.waitFor("the deletion", (body) => body.type === "Delete" && idOf(body.object) === reply.uri);
      assert.ok((await post(topic.post.id)).content_html.includes("jardin"));
    });

    test("like and report there", async () => {
      const { server, ana } = it;
      const { page, topic } = await theirs("Une question de goût");
      await ana("PUT", `/posts/${topic.post.id}/like`);
      await server.waitFor("the like", about("Like", page.id));
      await ana("DELETE", `/posts/${topic.post.id}/like`);
      await server.waitFor("no like", undone("Like", page.id));
      await ana("POST", `/posts/${topic.post.id}/report`, { reason: "hors sujet", forward: true });
      const flag = await server.waitFor("the report", (body) => body.type === "Flag");
      assert.ok([flag.object].flat().map(idOf).includes(page.id));
      assert.match(`${flag.summary ?? ""}${flag.content ?? ""}`, /hors sujet/);
    });

    test("found nothing to refuse in all that it received", () => {
      assert.deepEqual(it.server.faults, []);
    });
  });
}

test("the roles refuse what their sources refuse", async () => {
  const url = "http://localhost:1/x";
  const server = { url: "http://localhost:1", fetchDocument: async () => null };
  const note = { type: "Note", id: url, attributedTo: url, to: [PUBLIC], cc: [], content: "x", inReplyTo: url };
  const page = { type: "Article", id: url, attributedTo: url, to: [PUBLIC], cc: [], name: "x" };
  const create = (object) => ({ "@context": ACTIVITY_STREAMS, type: "Create", id: url, actor: url, to: [PUBLIC], cc: [], object });
  const announce = (object) => ({ ...create(object), type: "Announce" });
  const refuses = async (role, body) => (await role.refuses(body, server)).length > 0;
  for (const right of [note, page]) {
    for (const role of [lemmy, nodebb, mastodon]) assert.ok(!await refuses(role, create(right)), `${role.software} takes it`);
  }
  for (const wrong of [
    create({ ...page, inReplyTo: url }), create({ ...page, language: "fr" }), create({ ...page, attributedTo: [url] }),
    create({ ...page, attachment: [{ type: "Video", url }] }), create({ ...note, content: null }),
    { ...create(note), cc: undefined }, { ...create(note), to: ["as:Public"] },
    announce(url), announce(page), announce(announce(create(note))), { ...create(note), type: "Lock", object: page },
  ]) assert.ok(await refuses(lemmy, wrong), `Lemmy takes ${JSON.stringify(wrong)}`);
  const { id: _, ...nameless } = create(note);
  for (const wrong of [
    nameless, create({ ...note, attributedTo: [url] }), create({ ...note, to: [] }), create("http://localhost:2/y"),
    create({ ...note, id: "http://other.localhost:2/y" }), announce(create({ ...note, id: "http://localhost:2/y" })),
  ]) assert.ok(await refuses(nodebb, wrong), `NodeBB takes ${JSON.stringify(wrong)}`);
  for (const wrong of [
    { ...create(note), "@context": [] }, create({ ...note, id: "http://localhost:2/y" }), announce("http://localhost:2/y"),
    { ...announce(url), to: [] }, { ...create(note), "@graph": [] },
  ]) assert.ok(await refuses(mastodon, wrong), `Mastodon takes ${JSON.stringify(wrong)}`);
});

for (const role of [lemmy, nodebb, mastodon]) visits(role);
for (const role of [lemmy, nodebb]) stays(role);

describe("what only a Mastodon server sends", () => {
  let it;
  before(async () => { it = await world(mastodon); });
  after(async () => { await it?.stop(); });

  test("a vote is no reply, a boost is nothing, and what is for followers stays with them", async () => {
    const { server, lea, group, send, openTopic, document, arrives, posts, post } = it;
    const topic = await openTopic("Ni réponse ni partage");
    const opening = await document(topic);
    await send(mastodon.vote(server, lea, opening, "Samedi"));
    await send(mastodon.boost(server, lea, opening));
    const secret = mastodon.status(server, lea, {
      content: "<p>Entre nous</p>", inReplyTo: opening.id, to: [lea.followers], cc: [group.id],
    }, [group]);
    await send(mastodon.create(server, secret));
    const note = mastodon.reply(server, lea, group, opening, "À voix haute");
    await send(mastodon.create(server, note));
    await arrives(topic, note.id);
    assert.equal((await posts(topic)).length, 2);
    assert.equal((await post(topic.post.id)).like_count, 0);
    assert.ok(!server.received.some(({ body }) => JSON.stringify(body).includes("Entre nous")));
  });

  test("a vote in a poll from here counts once", async () => {
    const { server, lea, modo, ana, send, document, post } = it;
    const topic = await ana("POST", "/topics", {
      category: "urbanisme", title: "Quel jour ?", content: "Le marché.", poll: { choices: ["Samedi", "Dimanche"] },
    });
    const question = await document(topic);
    assert.deepEqual([question.type, question.oneOf.map(({ name }) => name)], ["Question", ["Samedi", "Dimanche"]]);
    const vote = mastodon.vote(server, lea, question, "Samedi");
    for (const activity of [vote, vote, mastodon.vote(server, modo, question, "Dimanche"), mastodon.vote(server, modo, question, "Samedi")]) {
      await send(activity);
    }
    const votes = async () => (await post(topic.post.id)).poll.choices.map((choice) => choice.votes);
    await eventually("two votes", async () => (await votes()).join() === "1,1");
    assert.equal((await post(topic.post.id)).reply_count ?? 0, 0);
  });

  test("its poll is a topic with choices here", async () => {
    const { server, lea, group, send, topics, post } = it;
    const status = mastodon.status(server, lea, {
      type: "Question", content: `<p><a href="${group.id}" class="u-url mention">@urbanisme</a> Banc ou chaise ?</p>`,
      endTime: new Date(Date.now() + 86_400_000).toISOString(), votersCount: 3,
      oneOf: ["Banc", "Chaise"].map((name, n) => ({ type: "Note", name, replies: { type: "Collection", totalItems: 2 - n } })),
    }, [group]);
    await send(mastodon.create(server, status));
    const topic = await eventually("the poll", async () => (await topics()).find((one) => one.post?.uri === status.id));
    const { poll } = await post(topic.post.id);
    assert.deepEqual(poll.choices.map(({ title, votes }) => [title, votes]), [["Banc", 2], ["Chaise", 1]]);
  });

  test("found nothing to refuse in all that it received", () => {
    assert.deepEqual(it.server.faults, []);
  });
});
