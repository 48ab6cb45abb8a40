// What Lemmy, NodeBB and Mastodon write, and what they refuse to read. Each rule names the source that it was read in;
// docs/interop.md says which version. The words are ours, only the shapes are theirs.

import { ACTIVITY_STREAMS, idOf, list, PUBLIC } from "./server.mjs";

const isUrl = (value) => typeof value === "string" && URL.canParse(value);
const now = () => new Date().toISOString();

/** Collects what is wrong with a document, in words. */
function checker(body) {
  const why = [];
  return { why, must: (right, what) => { if (!right) why.push(`${body.type}: ${what}`); } };
}

// --- Lemmy ----------------------------------------------------------------------------------------------------

const LEMMY_CONTEXT = ["https://join-lemmy.org/context.json", ACTIVITY_STREAMS];

/** crates/apub/objects/src/protocol/page.rs and note.rs */
function lemmyPost(object) {
  const { why, must } = checker(object);
  const isNote = object.inReplyTo != null;
  must(isUrl(object.id) && isUrl(object.attributedTo), "id or attributedTo is not a url");
  must(list(object.to).length > 0 && list(object.to).every(isUrl), "to");
  must(list(object.cc).every(isUrl), "cc");
  must(object.audience === undefined || isUrl(object.audience), "audience is not one url");
  must(object.language === undefined || typeof object.language?.identifier === "string", "language is not an object");
  must(object.published === undefined || !Number.isNaN(Date.parse(object.published)), "published");
  must(object.mediaType === undefined || ["text/html", "text/markdown"].includes(object.mediaType), "mediaType");
  must(object.attachment === undefined || (Array.isArray(object.attachment) && object.attachment.every((one) =>
    (one.type === "Link" && isUrl(one.href)) || (["Image", "Document"].includes(one.type) && isUrl(one.url)))), "attachment");
  must(object.image === undefined || (object.image?.type === "Image" && isUrl(object.image.url)), "image");
  if (isNote) {
    must(object.type === "Note", `a comment of type ${object.type}`);
    must(typeof object.inReplyTo === "string", "inReplyTo is not a string");
    must(typeof object.content === "string", "content is not a string");
    must(object.tag === undefined || Array.isArray(object.tag), "tag is not an array");
  } else {
    must(["Page", "Article", "Note", "Video", "Event"].includes(object.type), `a post of type ${object.type}`);
    must(typeof object.name === "string" || typeof object.content === "string", "neither name nor content");
  }
  return why;
}

/** crates/apub/activities/src/protocol: what has no default must be there, one or many where it says so. */
function lemmyActivity(body, depth = 0) {
  const { why, must } = checker(body);
  const addressed = (name) => must(body[name] !== undefined && list(body[name]).every(isUrl), `${name} is missing`);
  must(isUrl(body.id) && isUrl(body.actor), "id or actor is not a url");
  switch (body.type) {
    case "Announce":
      addressed("to"); addressed("cc");
      if (depth > 0) must(false, "an announce in an announce");
      else if (typeof body.object === "string") must(false, "an announced id, which would be a page");
      else if (["Page", "Article", "Note"].includes(body.object?.type)) must(false, "an announced page");
      else why.push(...lemmyActivity(body.object, depth + 1));
      break;
    case "Create": case "Update":
      addressed("to"); addressed("cc");
      must(list(body.to).includes(PUBLIC) || list(body.cc).includes(PUBLIC), "not public in full");
      if (["Group", "Person"].includes(body.object?.type)) must(isUrl(body.object.inbox) && isUrl(body.object.outbox), "actor");
      else why.push(...lemmyPost(body.object));
      break;
    case "Like": case "Dislike": must(isUrl(body.object), "object is not a url"); break;
    case "Undo":
      must(typeof body.object === "object", "object is not embedded");
      why.push(...lemmyActivity(body.object, depth + 1));
      break;
    case "Delete": addressed("to"); must(isUrl(idOf(body.object)), "object"); break;
    case "Lock": addressed("to"); addressed("cc"); must(isUrl(body.object), "object is not a url"); break;
    case "Add": case "Remove":
      addressed("to"); addressed("cc");
      must(isUrl(body.object) && isUrl(body.target), "object or target is not a url");
      break;
    case "Block": addressed("to"); must(isUrl(body.object) && isUrl(body.target), "object or target"); break;
    case "Flag": must(list(body.to).length === 1, "to is not exactly one"); must(list(body.object).every(isUrl), "object"); break;
    case "Follow": must(isUrl(body.object), "object is not a url"); break;
    case "Accept": case "Reject": must(body.object?.type === "Follow" && isUrl(body.object.id), "object is not the Follow"); break;
    default: must(false, "an activity that Lemmy has no struct for");
  }
  return why;
}

export const lemmy = {
  software: "lemmy",
  version: "1.0.0-alpha.5",
  nodeinfo: "2.1",
  accept: "application/activity+json",
  forms: { a: true, b: false },
  refuses: (body) => lemmyActivity(body),
  // matrix: B and others are answered with 400, harmless. Not of what a forum is sent.
  tolerates: (body) => ["Unlock", "Move", "Reject"].includes(body.type) || ["Unlock", "Move"].includes(body.object?.type),

  person: (server, name) => server.actor({
    "@context": LEMMY_CONTEXT, id: `${server.url}/u/${name}`, type: "Person", preferredUsername: name,
    inbox: `${server.url}/u/${name}/inbox`, outbox: `${server.url}/u/${name}/outbox`,
    endpoints: { sharedInbox: `${server.url}/inbox` }, published: now(), publicKey: server.key(`${server.url}/u/${name}`),
  }),
  group(server, name, moderators) {
    const id = `${server.url}/c/${name}`;
    server.put({
      "@context": LEMMY_CONTEXT, type: "OrderedCollection", id: `${id}/moderators`, orderedItems: moderators.map(idOf),
    });
    server.put({
      "@context": LEMMY_CONTEXT, type: "OrderedCollection", id: `${id}/featured`, totalItems: 0, orderedItems: [],
    });
    return server.actor({
      "@context": LEMMY_CONTEXT, id, type: "Group", preferredUsername: name, name: "Le jardin", summary: "<p>Du jardin</p>",
      source: { content: "Du jardin", mediaType: "text/markdown" }, mediaType: "text/html", sensitive: false,
      inbox: `${id}/inbox`, outbox: `${id}/outbox`, followers: `${id}/followers`, featured: `${id}/featured`,
      attributedTo: `${id}/moderators`, endpoints: { sharedInbox: `${server.url}/inbox` }, postingRestrictedToMods: false,
      publicKey: server.key(id), language: [{ identifier: "fr", name: "Français" }], published: now(), updated: now(),
    });
  },
  activity: (server, type, actor, group, rest) => ({
    "@context": LEMMY_CONTEXT, actor: idOf(actor), to: [PUBLIC], cc: [idOf(group)], audience: idOf(group), type,
    id: server.mint(`/activities/${type.toLowerCase()}/`), ...rest,
  }),
  follow: (server, actor, group) => ({
    "@context": LEMMY_CONTEXT, actor: actor.id, to: [idOf(group)], object: idOf(group), type: "Follow",
    id: server.mint("/activities/follow/"),
  }),
  topic: (server, author, group, title, text) => server.put({
    "@context": LEMMY_CONTEXT, type: "Page", id: server.mint("/post/"), attributedTo: author.id,
    to: [idOf(group), PUBLIC], cc: [], audience: idOf(group), name: title, content: `<p>${text}</p>\n`,
    mediaType: "text/html", source: { content: text, mediaType: "text/markdown" }, attachment: [], sensitive: false,
    commentsEnabled: true, language: { identifier: "fr", name: "Français" }, published: now(), tag: [],
  }),
  reply: (server, author, group, parent, text) => server.put({
    "@context": LEMMY_CONTEXT, type: "Note", id: server.mint("/comment/"), attributedTo: author.id, to: [PUBLIC],
    cc: [idOf(group), idOf(parent.attributedTo)], audience: idOf(group), content: `<p>${text}</p>\n`,
    mediaType: "text/html", source: { content: text, mediaType: "text/markdown" }, inReplyTo: parent.id,
    published: now(), tag: [{ type: "Mention", href: idOf(parent.attributedTo) }], distinguished: false,
  }),
  create: (server, object, group) => lemmy.activity(server, "Create", object.attributedTo, group,
    { cc: list(object.cc).length > 0 ? object.cc : [idOf(group)], object: inside(object) }),
  update(server, object, group, text) {
    const edited = server.put({
      ...object, content: `<p>${text}</p>\n`, source: { content: text, mediaType: "text/markdown" }, updated: later(),
    });
    return lemmy.activity(server, "Update", object.attributedTo, group, { object: inside(edited) });
  },
  remove: (server, object, group) =>
    lemmy.activity(server, "Delete", object.attributedTo, group, { object: object.id }),
  like: (server, actor, object, group) => ({
    "@context": LEMMY_CONTEXT, actor: actor.id, object: idOf(object), audience: idOf(group), type: "Like",
    id: server.mint("/activities/like/"),
  }),
  // activities/voting/undo_vote.rs: the inner Like gets another id.
  undoLike: (server, like) => ({
    ...like, type: "Undo", id: server.mint("/activities/undo/"), object: { ...like, id: server.mint("/activities/like/") },
  }),
  flag: (server, actor, object, group, reason) => ({
    "@context": LEMMY_CONTEXT, actor: actor.id, to: [idOf(group)], object: idOf(object), summary: reason,
    audience: idOf(group), type: "Flag", id: server.mint("/activities/flag/"),
  }),
  moderate: {
    lock: (server, actor, object, group) =>
      lemmy.activity(server, "Lock", actor, group, { object: idOf(object), summary: "Trop loin" }),
    pin: (server, actor, object, group) =>
      lemmy.activity(server, "Add", actor, group, { object: idOf(object), target: `${idOf(group)}/featured` }),
    remove: (server, actor, object, group) =>
      lemmy.activity(server, "Delete", actor, group, { object: idOf(object), summary: "hors charte" }),
  },
  /** community/announce.rs: the activity; for a new post, the page as well, with a stray actor. */
  announces(server, group, activity) {
    const announce = (object) => ({
      "@context": LEMMY_CONTEXT, actor: group.id, to: [PUBLIC], object, cc: [`${group.id}/followers`], type: "Announce",
      id: server.mint("/activities/announce/"),
    });
    const { "@context": _, ...inner } = activity;
    const page = ["Create", "Update"].includes(activity.type) && activity.object.type === "Page";
    return [announce(inner), ...(page ? [announce({ ...activity.object, actor: idOf(activity.actor) })] : [])];
  },
};

const later = () => new Date(Date.now() + 1_000).toISOString();
const inside = ({ "@context": _, ...object }) => object;

// --- NodeBB ---------------------------------------------------------------------------------------------------

const NODEBB_POSTS = ["Note", "Page", "Article", "Question", "Video"];

export const nodebb = {
  software: "nodebb",
  version: "4.6.1",
  nodeinfo: "2.0",
  accept: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
  forms: { a: true, b: false },

  /** src/middleware/activitypub.js assertPayload and resolveObjects; src/activitypub/inbox.js */
  async refuses(body, server) {
    const { why, must } = checker(body);
    for (const name of ["id", "type", "actor", "object"]) must(name in body, `${name} is missing`);
    if (why.length > 0) return why;
    let { object } = body;
    const foreign = typeof object === "object" && object.id && new URL(object.id).hostname !== new URL(body.actor).hostname;
    if (foreign) object = object.id;
    // Whatever isn't embedded, or is of another host, is fetched by its id; without it the activity is lost (424).
    const resolve = async (id) => (id.startsWith(server.url) ? {} : server.fetchDocument(id));
    if (body.type !== "Delete" && typeof object === "string") {
      must(await resolve(object) !== null, `object ${object} can't be fetched`);
    }
    if (["Create", "Update"].includes(body.type) && typeof object === "object") {
      must(list(object.to).concat(list(object.cc)).includes(PUBLIC), "not public in full");
      if (NODEBB_POSTS.includes(object.type)) must(typeof object.attributedTo === "string", "attributedTo is not a string");
    }
    if (body.type === "Undo") must(body.object.actor === body.actor, "the inner actor is another");
    if (body.type === "Announce" && object?.type === "Create") {
      must(NODEBB_POSTS.includes(object.object?.type), `a post of type ${object.object?.type}`);
      must(await resolve(object.object.id) !== null, `post ${object.object.id} can't be fetched`);
    }
    if (body.type === "Accept") must(isUrl(body.object?.actor), "the Follow has no actor");
    return why;
  },

  person: (server, name) => server.actor({
    "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1"], id: `${server.url}/uid/${name.length}${name}`,
    url: `${server.url}/user/${name}`, type: "Person", name, preferredUsername: name, summary: "",
    inbox: `${server.url}/uid/${name.length}${name}/inbox`, outbox: `${server.url}/uid/${name.length}${name}/outbox`,
    followers: `${server.url}/uid/${name.length}${name}/followers`, image: null, published: now(),
    publicKey: server.key(`${server.url}/uid/${name.length}${name}`, "#key"),
    endpoints: { sharedInbox: `${server.url}/inbox` },
  }),
  group(server, name) {
    const id = `${server.url}/category/4`;
    return server.actor({
      "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1"], id, url: `${id}/${name}`, type: "Group",
      name: "Le jardin", preferredUsername: name, summary: "Du jardin", inbox: `${id}/inbox`, outbox: `${id}/outbox`,
      postingRestrictedToMods: false, publicKey: server.key(id, "#key"), endpoints: { sharedInbox: `${server.url}/inbox` },
    });
  },
  /** src/activitypub/out.js: ids with fragments that nobody can fetch. */
  activity: (server, type, actor, rest) => ({
    "@context": ACTIVITY_STREAMS, id: `${server.mint("/post/")}#activity/${type.toLowerCase()}/${Date.now()}`, type,
    actor: idOf(actor), to: [PUBLIC], cc: [`${idOf(actor)}/followers`], ...rest,
  }),
  follow: (server, actor, group) => ({
    "@context": ACTIVITY_STREAMS, id: `${actor.id}#activity/follow/${Date.now()}`, type: "Follow", actor: actor.id,
    object: idOf(group),
  }),
  post: (server, author, group, rest) => {
    const id = server.mint("/post/");
    return server.put({
      "@context": [ACTIVITY_STREAMS, { Hashtag: "as:Hashtag" }], id, url: id, to: [PUBLIC],
      cc: [`${author.id}/followers`, idOf(group)], attributedTo: author.id, audience: idOf(group), published: now(),
      updated: null, summary: null, name: null, tag: [{ type: "Mention", href: idOf(group), name: "@jardin" }],
      attachment: [], replies: `${id}/replies`, ...rest,
    });
  },
  topic: (server, author, group, title, text) => nodebb.post(server, author, group, {
    type: "Article", inReplyTo: null, context: server.mint("/topic/"), name: title, summary: `<p>${text}</p>`,
    preview: { type: "Note", attributedTo: author.id, content: "<p>Aperçu</p>", published: now() },
    content: `<p>${text}</p>\n`, source: { content: text, mediaType: "text/markdown" },
  }),
  reply: (server, author, group, parent, text) => nodebb.post(server, author, group, {
    type: "Note", inReplyTo: parent.id, context: parent.context, content: `<p>${text}</p>\n`,
    cc: [`${author.id}/followers`, idOf(group), idOf(parent.attributedTo)],
    source: { content: text, mediaType: "text/markdown" },
  }),
  create: (server, object) => nodebb.activity(server, "Create", object.attributedTo,
    { object, to: object.to, cc: object.cc }),
  update(server, object, _group, text) {
    const edited = server.put({ ...object, content: `<p>${text}</p>\n`, updated: later() });
    return nodebb.activity(server, "Update", object.attributedTo, { object: edited, to: object.to, cc: object.cc });
  },
  remove: (server, object) => nodebb.activity(server, "Delete", object.attributedTo,
    { object: object.id, origin: object.context, cc: object.cc }),
  like: (server, actor, object, group) => nodebb.activity(server, "Like", actor,
    { object: idOf(object), cc: [idOf(object.attributedTo), idOf(group)].filter(Boolean) }),
  undoLike: (server, like) => ({ ...like, type: "Undo", id: `${like.id}/undo`, object: like }),
  flag: (server, actor, object, group, reason) => nodebb.activity(server, "Flag", actor,
    { object: [idOf(object), idOf(object.attributedTo)], content: reason, to: [idOf(group)], cc: [] }),
  moderate: {
    // FEP-c0d0, since 4.17: the conversation, not the post.
    lock: (server, actor, object) => nodebb.activity(server, "Lock", actor, { object: object.context }),
    remove: (server, actor, object) => nodebb.activity(server, "Delete", actor,
      { object: { id: object.id, type: "Tombstone" }, origin: object.context }),
  },
  /** src/activitypub/feps.js: the object first, then the activity; Public in cc. */
  announces(server, group, activity) {
    const announce = (object) => ({
      "@context": ACTIVITY_STREAMS, id: `${server.url}/post/${encodeURIComponent(idOf(object))}#activity/announce/${Date.now()}`,
      type: "Announce", actor: group.id, to: [`${group.id}/followers`], cc: [idOf(activity.actor), PUBLIC], object,
    });
    const opening = activity.type === "Create" && activity.object.inReplyTo == null;
    return [...(opening ? [announce(activity.object)] : []), announce(activity)];
  },
};

// --- Mastodon -------------------------------------------------------------------------------------------------

export const mastodon = {
  software: "mastodon",
  version: "4.5.1",
  nodeinfo: "2.0",
  accept: "application/activity+json, application/ld+json",
  forms: { a: true, b: true },

  /** app/helpers/json_ld_helper.rb, app/lib/activitypub/activity.rb, …/activity/announce.rb */
  async refuses(body, server) {
    const { why, must } = checker(body);
    must(list(body["@context"]).includes(ACTIVITY_STREAMS), "@context lacks ActivityStreams");
    must(!JSON.stringify(body).match(/"@(graph|included|reverse)":/), "@graph, @included or @reverse");
    must(isUrl(body.actor), "actor is not a url");
    if (body.type === "Announce") {
      must(list(body.to).concat(list(body.cc)).includes(PUBLIC), "not public in full");
      // What isn't a post itself is fetched by its id, and has to answer there under the same id.
      const id = idOf(body.object);
      const own = id.startsWith(server.url);
      if (typeof body.object === "string" || body.object.type === "Create") {
        must(own || await server.fetchDocument(id) !== null, `${id} can't be fetched`);
      }
    }
    if (["Create", "Update"].includes(body.type) && ["Note", "Article"].includes(body.object?.type)) {
      must(new URL(body.object.id).host === new URL(body.actor).host, "the object is on another host");
      must(Array.isArray(body.object.tag ?? []), "tag is not an array");
      must(body.type !== "Update" || !Number.isNaN(Date.parse(body.object.updated)), "an Update without updated");
    }
    return why;
  },

  person: (server, name) => server.actor({
    "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1", { toot: "http://joinmastodon.org/ns#" }],
    id: `${server.url}/users/${name}`, type: "Person", preferredUsername: name, name, summary: "<p>Ici</p>",
    inbox: `${server.url}/users/${name}/inbox`, outbox: `${server.url}/users/${name}/outbox`,
    followers: `${server.url}/users/${name}/followers`, following: `${server.url}/users/${name}/following`,
    featured: `${server.url}/users/${name}/collections/featured`, url: `${server.url}/@${name}`,
    manuallyApprovesFollowers: false, discoverable: true, indexable: false, published: now(), memorial: false,
    publicKey: server.key(`${server.url}/users/${name}`), tag: [], attachment: [],
    endpoints: { sharedInbox: `${server.url}/inbox` },
  }),
  follow: (server, actor, group) => ({
    "@context": ACTIVITY_STREAMS, id: server.mint("/"), type: "Follow", actor: actor.id, object: idOf(group),
  }),
  status(server, author, rest, mentions) {
    const id = server.mint(`/users/${author.preferredUsername}/statuses/`);
    return server.put({
      "@context": [ACTIVITY_STREAMS, { conversation: "ostatus:conversation", sensitive: "as:sensitive" }], id, type: "Note",
      summary: null, inReplyTo: null, published: now(), url: id.replace("/users/", "/@").replace("/statuses", ""),
      attributedTo: author.id, to: [PUBLIC], cc: [`${author.id}/followers`, ...mentions.map(idOf)], sensitive: false,
      atomUri: id, inReplyToAtomUri: null, conversation: `tag:${server.host},2026:objectId=1:objectType=Conversation`,
      attachment: [], tag: mentions.map((one) => ({ type: "Mention", href: idOf(one), name: "@quelqu_un" })),
      replies: { id: `${id}/replies`, type: "Collection", first: {
        type: "CollectionPage", next: `${id}/replies?only_other_accounts=true&page=true`, partOf: `${id}/replies`, items: [],
      } },
      ...rest,
    });
  },
  topic: (server, author, group, title, text) => mastodon.status(server, author, {
    content: `<p><span class="h-card" translate="no"><a href="${idOf(group)}" class="u-url mention">@<span>urbanisme</span></a></span> ${title}</p><p>${text}</p>`,
    contentMap: { fr: `<p>${title}</p><p>${text}</p>` },
  }, [group]),
  reply: (server, author, group, parent, text) => mastodon.status(server, author, {
    content: `<p>${text}</p>`, contentMap: { fr: `<p>${text}</p>` }, inReplyTo: parent.id, inReplyToAtomUri: parent.id,
  }, [group, parent.attributedTo]),
  create(server, object) {
    const create = {
      "@context": object["@context"], id: `${object.id}/activity`, type: "Create", actor: object.attributedTo,
      published: object.published, to: object.to, cc: object.cc, object,
    };
    return server.put(create);
  },
  update(server, object, _group, text) {
    const edited = server.put({
      ...object, content: `<p>${text}</p>`, contentMap: { fr: `<p>${text}</p>` }, updated: later(),
    });
    return {
      "@context": object["@context"], id: `${object.id}#updates/${Date.now()}`, type: "Update", actor: object.attributedTo,
      published: now(), to: object.to, cc: object.cc, object: edited,
    };
  },
  /** A signature of JSON-LD comes with it, which nobody needs. */
  remove(server, object) {
    server.gone(object.id);
    return {
      "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1"], id: `${object.id}#delete`, type: "Delete",
      actor: object.attributedTo, to: [PUBLIC], object: { id: object.id, type: "Tombstone", atomUri: object.id },
      signature: { type: "RsaSignature2017", creator: `${object.attributedTo}#main-key`, created: now(), signatureValue: "AA==" },
    };
  },
  like: (server, actor, object) => ({
    "@context": ACTIVITY_STREAMS, id: `${actor.id}#likes/${Date.now()}`, type: "Like", actor: actor.id, object: idOf(object),
  }),
  undoLike: (server, like) => ({
    "@context": ACTIVITY_STREAMS, id: `${like.id}/undo`, type: "Undo", actor: like.actor, object: like,
  }),
  /** app/serializers/activitypub/flag_serializer.rb: by the server's own actor, the account before its posts. */
  flag(server, _actor, object, _group, reason) {
    const id = `${server.url}/actor`;
    server.actor({
      "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1"], id, type: "Application",
      preferredUsername: server.host, inbox: `${id}/inbox`, outbox: `${id}/outbox`, publicKey: server.key(id),
      manuallyApprovesFollowers: true, url: `${server.url}/about/more?instance_actor=true`,
      endpoints: { sharedInbox: `${server.url}/inbox` },
    });
    return {
      "@context": ACTIVITY_STREAMS, id: server.mint("/"), type: "Flag", actor: id, content: reason,
      object: [idOf(object.attributedTo), idOf(object)],
    };
  },
  /** A vote: a post with a name and without a text, to the author of the poll alone. */
  vote: (server, actor, poll, choice) => ({
    "@context": ACTIVITY_STREAMS, id: `${actor.id}#votes/${poll.id.split("/").pop()}-${choice}/activity`, type: "Create", actor: actor.id,
    to: [idOf(poll.attributedTo)], object: {
      id: `${actor.id}#votes/${poll.id.split("/").pop()}-${choice}`, type: "Note", name: choice, attributedTo: actor.id, inReplyTo: poll.id,
      to: [idOf(poll.attributedTo)],
    },
  }),
  boost: (server, actor, object) => ({
    "@context": ACTIVITY_STREAMS, id: `${server.mint(`/users/${actor.preferredUsername}/statuses/`)}/activity`,
    type: "Announce", actor: actor.id, published: now(), to: [PUBLIC], cc: [idOf(object.attributedTo), `${actor.id}/followers`],
    object: idOf(object),
  }),
};
