-- The first schema: one text for both databases. {id} and {serial} stand for the key types of each.
CREATE TABLE actors (
    id {id},
    kind TEXT NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    local BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    handle_verified BOOLEAN NOT NULL,
    display_name TEXT NOT NULL,
    summary_html TEXT NOT NULL,
    summary_source TEXT,
    url TEXT NOT NULL,
    inbox TEXT NOT NULL,
    shared_inbox TEXT,
    outbox TEXT,
    followers TEXT,
    featured TEXT,
    moderators TEXT,
    public_key_id TEXT,
    public_key_pem TEXT,
    private_key_pem TEXT,
    discoverable BOOLEAN NOT NULL,
    indexable BOOLEAN NOT NULL,
    manually_approves BOOLEAN NOT NULL,
    posting_restricted BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL,
    suspended_at BIGINT,
    deleted_at BIGINT
);
CREATE INDEX actors_name_host ON actors (name, host);
CREATE UNIQUE INDEX actors_local_name ON actors (name) WHERE local;
CREATE INDEX actors_host ON actors (host);
CREATE TABLE people (
    actor_id {id},
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    locale TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT
);
CREATE TABLE affiliations (
    id {id},
    actor_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subtype TEXT,
    organisation TEXT,
    organisation_url TEXT,
    proof TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX affiliations_actor ON affiliations (actor_id);
CREATE TABLE categories (
    actor_id {id},
    parent_id BIGINT,
    description TEXT NOT NULL,
    position INTEGER NOT NULL,
    announce_replies BOOLEAN NOT NULL,
    topic_count INTEGER NOT NULL,
    post_count INTEGER NOT NULL,
    last_activity_at BIGINT,
    archived_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX categories_parent ON categories (parent_id, position);
CREATE TABLE category_moderators (
    category_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (category_id, actor_id)
);
CREATE TABLE topics (
    id {id},
    category_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    opening_post_id BIGINT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    title_edited BOOLEAN NOT NULL,
    slug TEXT NOT NULL,
    language TEXT,
    uri TEXT UNIQUE,
    local BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    reply_count INTEGER NOT NULL,
    like_count INTEGER NOT NULL,
    next_number INTEGER NOT NULL,
    locked_at BIGINT,
    pinned_at BIGINT,
    answer_post_id BIGINT,
    confirmed_at BIGINT,
    deleted_at BIGINT,
    removed_at BIGINT
);
CREATE INDEX topics_category_active ON topics (category_id, last_activity_at, id);
CREATE INDEX topics_category_new ON topics (category_id, created_at, id);
CREATE INDEX topics_active ON topics (last_activity_at, id);
CREATE INDEX topics_author ON topics (author_id, created_at);
CREATE TABLE topic_tags (
    topic_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (topic_id, tag)
);
CREATE INDEX topic_tags_tag ON topic_tags (tag, topic_id);
CREATE TABLE posts (
    id {id},
    topic_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    url TEXT,
    local BOOLEAN NOT NULL,
    reply_to_id BIGINT,
    object_type TEXT NOT NULL,
    content_source TEXT,
    content_html TEXT NOT NULL,
    warning TEXT,
    language TEXT,
    attachments TEXT NOT NULL,
    affiliation TEXT,
    activity_uri TEXT,
    activity TEXT,
    created_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    removed_at BIGINT,
    removed_reason TEXT,
    like_count INTEGER NOT NULL,
    dislike_count INTEGER NOT NULL,
    reply_count INTEGER NOT NULL
);
CREATE UNIQUE INDEX posts_topic_number ON posts (topic_id, number);
CREATE INDEX posts_topic_created ON posts (topic_id, created_at, id);
CREATE INDEX posts_author ON posts (author_id, created_at);
CREATE INDEX posts_reply_to ON posts (reply_to_id, created_at);
CREATE TABLE post_mentions (
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    PRIMARY KEY (post_id, actor_id)
);
CREATE TABLE revisions (
    id {id},
    post_id BIGINT NOT NULL,
    editor_id BIGINT NOT NULL,
    title TEXT,
    content_source TEXT,
    content_html TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    replaced_at BIGINT NOT NULL
);
CREATE INDEX revisions_post ON revisions (post_id, id);
CREATE TABLE votes (
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    uri TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX votes_actor ON votes (actor_id, created_at);
CREATE TABLE bookmarks (
    person_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, post_id)
);
CREATE TABLE follows (
    id {id},
    follower_id BIGINT NOT NULL,
    followed_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    activity TEXT,
    created_at BIGINT NOT NULL,
    accepted_at BIGINT
);
CREATE UNIQUE INDEX follows_pair ON follows (follower_id, followed_id);
CREATE INDEX follows_followed ON follows (followed_id, state);
CREATE TABLE notifications (
    id {id},
    person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    topic_id BIGINT,
    post_id BIGINT,
    created_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notifications_person ON notifications (person_id, id);
CREATE INDEX notifications_post ON notifications (post_id);
CREATE TABLE reports (
    id {id},
    reporter_id BIGINT,
    post_id BIGINT,
    actor_id BIGINT,
    category_id BIGINT,
    reason TEXT NOT NULL,
    uri TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE INDEX reports_open ON reports (resolved_at, id);
CREATE TABLE moderation_actions (
    id {id},
    moderator_id BIGINT,
    action TEXT NOT NULL,
    post_id BIGINT,
    topic_id BIGINT,
    actor_id BIGINT,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE instances (
    host TEXT NOT NULL PRIMARY KEY,
    software TEXT,
    version TEXT,
    policy TEXT NOT NULL,
    reason TEXT,
    first_seen_at BIGINT NOT NULL,
    inbound_at BIGINT,
    nodeinfo_at BIGINT,
    rfc9421_until BIGINT
);
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL,
    csrf TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE TABLE tokens (
    id {id},
    person_id BIGINT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE TABLE mail_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE throttles (
    key TEXT NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL,
    until BIGINT NOT NULL
);
CREATE TABLE idempotency_keys (
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, key)
);
CREATE TABLE markers (
    key TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE inbox (
    id {serial},
    activity_uri TEXT NOT NULL UNIQUE,
    signer_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    error TEXT
);
CREATE INDEX inbox_ready ON inbox (state, next_at, id);
CREATE INDEX inbox_order ON inbox (ordering_key, id);
CREATE TABLE outbox (
    seq {serial},
    activity_uri TEXT NOT NULL UNIQUE,
    actor_id BIGINT NOT NULL,
    ordering_key BIGINT NOT NULL,
    audience_id BIGINT,
    reach TEXT NOT NULL,
    kind TEXT NOT NULL,
    post_id BIGINT,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_audience ON outbox (audience_id, seq);
CREATE INDEX outbox_post ON outbox (post_id);
CREATE TABLE outbox_direct (
    seq BIGINT NOT NULL,
    destination_id BIGINT NOT NULL,
    PRIMARY KEY (seq, destination_id)
);
CREATE INDEX outbox_direct_destination ON outbox_direct (destination_id, seq);
CREATE TABLE destinations (
    id {id},
    inbox TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    wake BIGINT NOT NULL,
    settled TEXT NOT NULL,
    state TEXT NOT NULL,
    fail_count INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    success_at BIGINT,
    error TEXT,
    error_at BIGINT,
    failing_since BIGINT
);
CREATE INDEX destinations_due ON destinations (next_at);
CREATE INDEX destinations_host ON destinations (host);
CREATE TABLE interests (
    destination_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (destination_id, actor_id)
);
CREATE INDEX interests_actor ON interests (actor_id);
CREATE TABLE delivery_failures (
    seq BIGINT NOT NULL,
    destination_id BIGINT NOT NULL,
    status INTEGER,
    error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (seq, destination_id)
);
CREATE TABLE jobs (
    id {id},
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    unique_key TEXT UNIQUE,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    error TEXT
);
CREATE INDEX jobs_ready ON jobs (state, next_at);
CREATE TABLE search_docs (
    id {id},
    kind TEXT NOT NULL,
    topic_id BIGINT,
    category_id BIGINT,
    author_id BIGINT,
    language TEXT,
    created_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX search_docs_topic ON search_docs (topic_id);
