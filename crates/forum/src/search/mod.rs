//! Full-text search: one analyser in Rust, one table of stems, and the index of whichever database it is.

pub mod analyse;
mod postgres;
mod query;
mod sqlite;
#[cfg(test)]
mod tests;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter,
    Statement,
};

use crate::db::entity::search_doc;
use crate::id::{ActorId, TopicId};
use crate::kinds::SearchKind;
use crate::{Result, Timestamp, Tx};

pub use query::{Hit, Order, Query, Snippet, Wanted, find, highlight, snippet};

/// Something that can be found.
#[derive(Clone, Copy, Debug)]
pub struct Doc<'a> {
    /// Id of the post, category or person.
    pub id: i64,
    /// What it is.
    pub kind: SearchKind,
    /// Topic of a post.
    pub topic: Option<TopicId>,
    /// Category of a post.
    pub category: Option<ActorId>,
    /// Author of a post.
    pub author: Option<ActorId>,
    /// Language tag, when it is known.
    pub language: Option<&'a str>,
    /// For sorting.
    pub created_at: Timestamp,
    /// Words that count more.
    pub title: &'a str,
    /// Plain text.
    pub text: &'a str,
}

/// Adds something to the index, or replaces it.
pub async fn put(tx: &Tx, doc: Doc<'_>) -> Result<()> {
    remove(tx, doc.id).await?;
    add(tx, doc).await
}

/// Adds something that is not in the index yet.
pub async fn add(tx: &Tx, doc: Doc<'_>) -> Result<()> {
    let title = analyse::tokens(doc.title, doc.language);
    let body = analyse::tokens(doc.text, doc.language);
    let row = search_doc::ActiveModel {
        id: Set(doc.id),
        kind: Set(doc.kind),
        topic_id: Set(doc.topic),
        category_id: Set(doc.category),
        author_id: Set(doc.author),
        language: Set(doc.language.map(ToOwned::to_owned)),
        created_at: Set(doc.created_at),
        title: Set(title.clone()),
        body: Set(body.clone()),
    };
    tx.c().later(search_doc::Entity::insert(row)).await?;
    if tx.c().get_database_backend() == DatabaseBackend::Sqlite {
        tx.c()
            .later_raw(Statement::from_sql_and_values(
                DatabaseBackend::Sqlite,
                "INSERT INTO search_fts (rowid, title, body) VALUES (?, ?, ?)",
                [doc.id.into(), title.into(), body.into()],
            ))
            .await?;
    }
    Ok(())
}

/// Takes something out of the index.
pub async fn remove(tx: &Tx, id: i64) -> Result<()> {
    search_doc::Entity::delete_by_id(id).exec(tx.c()).await?;
    if tx.c().get_database_backend() == DatabaseBackend::Sqlite {
        tx.c()
            .execute_raw(Statement::from_sql_and_values(
                DatabaseBackend::Sqlite,
                "DELETE FROM search_fts WHERE rowid = ?",
                [id.into()],
            ))
            .await?;
    }
    Ok(())
}

/// Takes all posts of a topic out of the index.
pub async fn remove_topic(tx: &Tx, topic: TopicId) -> Result<()> {
    for doc in search_doc::Entity::find()
        .filter(search_doc::Column::TopicId.eq(topic))
        .all(tx.c())
        .await?
    {
        remove(tx, doc.id).await?;
    }
    Ok(())
}
