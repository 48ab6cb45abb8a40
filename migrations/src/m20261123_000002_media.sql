-- Files that people attach to their posts. {id} stands for the key type of each database.
CREATE TABLE media (
    id {id},
    owner_id BIGINT NOT NULL,
    post_id BIGINT,
    draft_id BIGINT,
    position INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    file_name TEXT NOT NULL,
    image BOOLEAN NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    width INTEGER,
    height INTEGER,
    description TEXT NOT NULL,
    decorative BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_post ON media (post_id, position);
CREATE INDEX media_draft ON media (draft_id) WHERE post_id IS NULL;
CREATE INDEX media_owner ON media (owner_id, created_at);
CREATE INDEX media_waiting ON media (created_at) WHERE post_id IS NULL;
