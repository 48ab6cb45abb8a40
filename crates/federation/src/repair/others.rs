//! Categories of software that names no digests: a few conversations are read again, those first that something was
//! written in last. Where a conversation has a tag (FEP-f228), one that holds the same costs no more than asking.

use parvis_forum::categories::Category;
use parvis_forum::page::PageRequest;
use parvis_forum::topics::{self, Filter, Sort};
use parvis_forum::{Origin, Topic, posts};
use serde_json::Value;
use url::Url;

use super::mend::Mended;
use crate::activities::create::{self, Arrival};
use crate::activities::{Work, same_host};
use crate::documents::etag_of;
use crate::fetch::MAX_DOCUMENTS;
use crate::http::Wanted;
use crate::objects::post;
use crate::{Error, Federation, Result, wire};

/// Conversations that are read again.
const TOPICS: u64 = 20;
/// Posts that are fetched for it, in all.
const MAX_POSTS: i32 = 100;
/// Items of a conversation that are looked at.
const MAX_ITEMS: usize = 2_000;

/// Reads the conversations of a category again in which something was written last.
pub(super) async fn read_again(federation: &Federation, category: &Category) -> Result<Mended> {
    let filter = Filter {
        categories: Some(vec![category.id()]),
        sort: Sort::Active,
        ..Filter::default()
    };
    let db = federation.forum().db();
    let page = topics::list(db, &filter, PageRequest::first(TOPICS)).await?;
    let mut done = Mended::default();
    for card in page.items {
        federation.forum().heartbeats().beat(super::schedule::LOOP);
        match Box::pin(conversation(federation, category, &card.topic, &mut done)).await {
            Ok(()) => {}
            Err(Error::Forum(error @ parvis_forum::Error::Database(_))) => return Err(error.into()),
            Err(error) => {
                tracing::debug!(%error, "a conversation can't be read again");
            }
        }
        if done.requests >= MAX_POSTS {
            break;
        }
    }
    Ok(done)
}

async fn conversation(
    federation: &Federation,
    category: &Category,
    topic: &Topic,
    done: &mut Mended,
) -> Result<()> {
    let Some(context) = topic
        .uri
        .as_deref()
        .filter(|uri| same_host(uri, &category.actor.uri))
    else {
        return Ok(());
    };
    let url = Url::parse(context).map_err(|error| Error::refused(error.to_string()))?;
    if !federation.allows(&url).await? {
        return Err(Error::refused("its server is blocked"));
    }
    let ours = posts::conversation(federation.forum().db(), topic.id).await?;
    done.requests += 1;
    let signer = federation.node_signer().await;
    let signer = Some(&signer);
    let fetched = federation
        .http()
        .fetch_unless(&url, Wanted::ACTIVITY, signer, &etag_of(&ours))
        .await?;
    let Some(fetched) = fetched else {
        return Ok(());
    };
    let document = wire::parse(&fetched.body).map_err(|error| Error::refused(error.to_string()))?;
    if wire::id_of(&document) != Some(context) {
        return Err(Error::refused("the conversation has another id"));
    }
    // Some send the tag without comparing it.
    if fetched.etag.as_deref().map(|tag| tag.trim_matches('"'))
        == Some(etag_of(&ours).trim_matches('"'))
    {
        return Ok(());
    }
    let mut items: Vec<Value> = ["orderedItems", "items"]
        .into_iter()
        .flat_map(|key| wire::many(&document, key))
        .take(MAX_ITEMS)
        .cloned()
        .collect();
    if items.is_empty() {
        done.requests += 1;
        let work = Work::new(federation, MAX_DOCUMENTS, None);
        items = work.reader.collection(context, MAX_ITEMS).await?;
    }
    for item in &items {
        let Some(id) = wire::id_of(item) else {
            continue;
        };
        let known = posts::by_uri(federation.forum().db(), id).await?.is_some();
        if known || federation.is_local_id(id) {
            continue;
        }
        if done.requests >= MAX_POSTS {
            return Ok(());
        }
        done.requests += 1;
        match one(federation, category, id).await {
            Ok(()) => done.found += 1,
            Err(Error::Forum(error @ parvis_forum::Error::Database(_))) => return Err(error.into()),
            Err(error) => {
                tracing::debug!(%error, "{id} can't be had");
            }
        }
    }
    Ok(())
}

async fn one(federation: &Federation, category: &Category, id: &str) -> Result<()> {
    let work = Work::new(federation, MAX_DOCUMENTS, None);
    let (document, _) = work.reader.object(id).await?;
    if !post::is_post(&document) {
        return Err(Error::refused("no post"));
    }
    let incoming = create::read(&work, &document, None)?;
    let arrival = Arrival {
        origin: Origin::Fetched,
        group: Some(category),
        on_request: true,
        listed_in: None,
    };
    create::store(&work, incoming, &arrival).await?;
    Ok(())
}
