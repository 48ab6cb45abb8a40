//! Whether a database is of one piece: what it counts is what there is, and nothing hangs in the air.

use parvis_forum::Db;
use sea_orm::{ConnectionTrait, Statement};

/// Questions to the database, each answered by the number of rows that are wrong.
const QUESTIONS: [(&str, &str); 15] = [
    (
        "likes of a post",
        "SELECT COUNT(*) AS n FROM posts p WHERE p.like_count <>
         (SELECT COUNT(*) FROM votes v WHERE v.post_id = p.id AND v.kind = 'like')",
    ),
    (
        "dislikes of a post",
        "SELECT COUNT(*) AS n FROM posts p WHERE p.dislike_count <>
         (SELECT COUNT(*) FROM votes v WHERE v.post_id = p.id AND v.kind = 'dislike')",
    ),
    (
        "likes of a topic",
        "SELECT COUNT(*) AS n FROM topics t JOIN posts p ON p.id = t.opening_post_id WHERE t.like_count <> p.like_count",
    ),
    (
        "replies to a post",
        "SELECT COUNT(*) AS n FROM posts p WHERE p.reply_count <> (SELECT COUNT(*) FROM posts c
         WHERE c.reply_to_id = p.id AND c.deleted_at IS NULL AND c.removed_at IS NULL AND c.refused_reason IS NULL)",
    ),
    (
        "replies of a topic",
        "SELECT COUNT(*) AS n FROM topics t WHERE t.reply_count <> (SELECT COUNT(*) FROM posts p
         WHERE p.topic_id = t.id AND p.id <> t.opening_post_id AND p.deleted_at IS NULL AND p.removed_at IS NULL
         AND p.refused_reason IS NULL)",
    ),
    (
        "topics of a category",
        "SELECT COUNT(*) AS n FROM categories c WHERE c.topic_count <> (SELECT COUNT(*) FROM topics t
         WHERE t.category_id = c.actor_id AND t.deleted_at IS NULL AND t.removed_at IS NULL)",
    ),
    (
        "posts of a category",
        "SELECT COUNT(*) AS n FROM categories c WHERE c.post_count <> (SELECT COUNT(*) FROM posts p
         JOIN topics t ON t.id = p.topic_id WHERE t.category_id = c.actor_id
         AND p.deleted_at IS NULL AND p.removed_at IS NULL)",
    ),
    (
        "posts without topic or author",
        "SELECT COUNT(*) AS n FROM posts p WHERE NOT EXISTS (SELECT 1 FROM topics t WHERE t.id = p.topic_id)
         OR NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = p.author_id)",
    ),
    (
        "topics without opening post",
        "SELECT COUNT(*) AS n FROM topics t WHERE NOT EXISTS
         (SELECT 1 FROM posts p WHERE p.id = t.opening_post_id AND p.topic_id = t.id)",
    ),
    (
        "topics without category or author",
        "SELECT COUNT(*) AS n FROM topics t WHERE NOT EXISTS (SELECT 1 FROM categories c WHERE c.actor_id = t.category_id)
         OR NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = t.author_id)",
    ),
    (
        "replies in another topic than what they answer",
        "SELECT COUNT(*) AS n FROM posts p JOIN posts q ON q.id = p.reply_to_id WHERE q.topic_id <> p.topic_id",
    ),
    (
        "votes on nothing, or by nobody",
        "SELECT COUNT(*) AS n FROM votes v WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.id = v.post_id)
         OR NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = v.actor_id)",
    ),
    (
        "follows of nobody, or by nobody",
        "SELECT COUNT(*) AS n FROM follows f WHERE NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = f.followed_id)
         OR NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = f.follower_id)",
    ),
    (
        "posts by people of ours that nobody here wrote",
        "SELECT COUNT(*) AS n FROM posts p JOIN actors a ON a.id = p.author_id WHERE a.local <> p.local",
    ),
    (
        "activities that failed by our fault",
        "SELECT COUNT(*) AS n FROM inbox i WHERE i.state = 'dead' OR i.error LIKE '%database%' OR i.error LIKE '%too long%'
         OR i.error LIKE 'conflict%' OR i.error LIKE 'key of%' OR i.error LIKE '%another worker%'",
    ),
];

/// What is wrong, in words; nothing when all is well.
pub(super) async fn wrong(db: &Db) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, question) in QUESTIONS {
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), question))
            .await
            .unwrap()
            .unwrap();
        let count: i64 = row.try_get("", "n").unwrap();
        if count != 0 {
            wrong.push(format!("{name}: {count}"));
        }
    }
    wrong
}

/// What became of the activities in the journal, and how often: numbers and names left out.
pub(super) async fn outcomes(db: &Db) -> std::collections::BTreeMap<String, u64> {
    let rows = db
        .query_all_raw(Statement::from_string(
            db.get_database_backend(),
            "SELECT state, COALESCE(error, '') AS error FROM inbox",
        ))
        .await
        .unwrap();
    let mut outcomes = std::collections::BTreeMap::new();
    for row in rows {
        let state: String = row.try_get("", "state").unwrap();
        let error: String = row.try_get("", "error").unwrap();
        let plain: String = error
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .take(90)
            .collect();
        *outcomes.entry(format!("{state}: {plain}")).or_default() += 1;
    }
    outcomes
}
