//! Reading documents of others, within bounds: what an activity may make us fetch, and what we keep of it.
//!
//! A [`Reader`] serves one inbound activity or one look-up. It fetches a bounded number of documents in a bounded time,
//! from servers that may speak to us, and stores actors as it meets them. It never runs inside a transaction.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use parvis_forum::{Actor, Error as ForumError, actors, instances};
use serde_json::Value;
use url::Url;

use crate::backfill::pace::{Pace, Turn};
use crate::http::{FetchError, Wanted};
use crate::objects::actor::{self, ShownHandle};
use crate::origin::{Origin, parse_id};
use crate::webfinger::{Handle, ReceivedJrd, Scheme};
use crate::{Error, Federation, Result, wire};

/// Documents that one inbound activity may make us fetch.
pub(crate) const MAX_DOCUMENTS: u32 = 25;
/// Documents that somebody's search may make us fetch.
pub(crate) const MAX_DOCUMENTS_ON_REQUEST: u32 = 60;
/// How long one activity or look-up may go on fetching.
const MAX_TIME: Duration = Duration::from_secs(30);
/// Documents that one conversation of the past may make us fetch, with its authors.
const MAX_DOCUMENTS_OF_HISTORY: u32 = 20_000;
/// How long one conversation of the past may take.
const MAX_TIME_OF_HISTORY: Duration = Duration::from_mins(20);
/// How often a request of the past is made, when its server asks for a moment.
const PATIENT_TRIES: u32 = 4;
/// Handles aren't verified any more when fewer documents than this are left.
const SPARE: u32 = 8;

/// Fetches for one purpose.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    federation: &'a Federation,
    left: AtomicU32,
    until: Instant,
    /// The actor that was looked up last: most activities ask for theirs twice.
    last: Mutex<Option<Actor>>,
    pace: Option<&'a Pace>,
}

impl<'a> Reader<'a> {
    /// A reader that fetches at most `documents` documents, in half a minute.
    pub(crate) fn new(federation: &'a Federation, documents: u32) -> Self {
        Self {
            federation,
            left: AtomicU32::new(documents),
            until: Instant::now() + MAX_TIME,
            last: Mutex::default(),
            pace: None,
        }
    }

    /// A reader of the past: it may fetch much, slowly, and waits when a server asks it to.
    pub(crate) fn of_history(federation: &'a Federation) -> Self {
        Self {
            federation,
            left: AtomicU32::new(MAX_DOCUMENTS_OF_HISTORY),
            until: Instant::now() + MAX_TIME_OF_HISTORY,
            last: Mutex::default(),
            pace: Some(federation.pace()),
        }
    }

    /// Waits for the moment at which this may be asked for. What it answers is held until the request is over.
    async fn turn(&self, url: &Url) -> Result<Option<Turn>> {
        self.spend()?;
        match self.pace {
            Some(pace) => Ok(Some(pace.turn(self.federation.http(), url).await?)),
            None => Ok(None),
        }
    }

    /// Whether a request is to be made again after this failure: only of the past, a few times, when its server asks
    /// for a moment.
    async fn again(&self, attempt: u32, url: &Url, failure: Option<&FetchError>) -> bool {
        let Some(pace) = self.pace else {
            return false;
        };
        let pressed = pace.heard(url, failure).await;
        pressed && attempt + 1 < PATIENT_TRIES
    }

    fn spend(&self) -> Result<()> {
        if Instant::now() >= self.until {
            return Err(Error::retry("fetching took too long"));
        }
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .map_err(|_| Error::refused("it would take too many documents"))?;
        Ok(())
    }

    /// Fetches an object from its origin, which stands behind it. One that was refused a moment ago is not asked for
    /// again.
    pub(crate) async fn object(&self, uri: &str) -> Result<(Value, Url)> {
        self.try_object(uri).await?.map_err(Error::from)
    }

    /// As [`Reader::object`], telling the failure of the fetch apart from ours.
    pub(crate) async fn try_object(
        &self,
        uri: &str,
    ) -> Result<std::result::Result<(Value, Url), FetchError>> {
        let federation = self.federation;
        let url = parse_id(uri, federation.http().addresses())
            .map_err(|error| Error::refused(error.to_string()))?;
        if !federation.allows(&url).await? {
            return Err(Error::refused("its server is blocked"));
        }
        let failures = federation.failures();
        if let Some(failure) = failures.get(uri).await {
            return Ok(Err(failure));
        }
        let mut attempt = 0;
        let fetched = loop {
            let turn = self.turn(&url).await?;
            let http = federation.http();
            let fetched = http
                .fetch_object(&url, Some(&federation.node_signer().await))
                .await;
            drop(turn);
            if !self.again(attempt, &url, fetched.as_ref().err()).await {
                break fetched;
            }
            attempt += 1;
        };
        // What isn't there may be there in a moment: somebody may have named it before it was published, so that it
        // would be missing for those to whom it is announced.
        if let Err(failure) = &fetched
            && !failure.is_temporary()
            && !failure.is_absent()
        {
            failures.insert(uri.to_owned(), failure.clone()).await;
        }
        if let Ok((_, id)) = &fetched
            && !federation.allows(id).await?
        {
            return Err(Error::refused("its server is blocked"));
        }
        Ok(fetched)
    }

    /// An actor that may act: known and read within a day, or fetched now. Not one that is deleted or suspended.
    pub(crate) async fn actor(&self, uri: &str) -> Result<Actor> {
        let actor = self.any_actor(uri, false).await?;
        if actor.deleted_at.is_some() {
            return Err(Error::refused("the actor is deleted"));
        }
        if actor.suspended_at.is_some() {
            return Err(Error::refused("the actor is suspended"));
        }
        Ok(actor)
    }

    /// Reads an actor's document anew.
    pub(crate) async fn refresh_actor(&self, uri: &str) -> Result<Actor> {
        self.any_actor(uri, true).await
    }

    async fn any_actor(&self, uri: &str, refresh: bool) -> Result<Actor> {
        let last = self
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(actor) = last.filter(|actor| !refresh && actor.uri == uri) {
            return Ok(actor);
        }
        let actor = self.look_up(uri, refresh).await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(actor.clone());
        Ok(actor)
    }

    async fn look_up(&self, uri: &str, refresh: bool) -> Result<Actor> {
        let federation = self.federation;
        let forum = federation.forum();
        let settled = |known: &Actor| known.local || known.deleted_at.is_some();
        if let Ok(url) = Url::parse(uri)
            && !federation.is_local(&url)
            && !federation.allows(&url).await?
        {
            return Err(Error::refused("its server is blocked"));
        }
        if let Some(known) = actors::by_uri(forum.db(), uri).await?
            && (settled(&known) || (!refresh && known.fetched_at.plus_days(1) > forum.now()))
        {
            return Ok(known);
        }
        // Of many activities by somebody new, one fetches.
        let _turn = federation.meet(uri).await;
        let known = actors::by_uri(forum.db(), uri).await?;
        if let Some(known) = &known
            && settled(known)
        {
            return Ok(known.clone());
        }
        let url = parse_id(uri, federation.http().addresses())
            .map_err(|error| Error::refused(error.to_string()))?;
        if federation.is_local(&url) {
            return Err(Error::refused("no such actor here"));
        }
        if !federation.allows(&url).await? {
            return Err(Error::refused("its server is blocked"));
        }
        let document = match federation.keyring().take_document(uri).await {
            Some(document) if !refresh => Some(document.as_ref().clone()),
            _ => None,
        };
        if document.is_none()
            && !refresh
            && let Some(known) = &known
            && known.fetched_at.plus_days(1) > forum.now()
        {
            return Ok(known.clone());
        }
        let document = match document {
            Some(document) => document,
            None => match (self.try_object(uri).await?, known) {
                (Ok((document, _)), _) => document,
                (Err(FetchError::Gone), Some(known)) => {
                    let tx = forum.begin().await?;
                    let known = actors::mark_deleted(&tx, known).await?;
                    tx.commit().await?;
                    return Ok(known);
                }
                // What we know is better than nothing.
                (Err(_), Some(known)) if !refresh => return Ok(known),
                (Err(failure), _) => return Err(failure.into()),
            },
        };
        self.store_actor(&document).await
    }

    /// Stores an actor whose document was just fetched from its own id.
    pub(crate) async fn store_actor(&self, document: &Value) -> Result<Actor> {
        let federation = self.federation;
        let forum = federation.forum();
        let addresses = federation.http().addresses();
        let uri = wire::id_of(document).ok_or_else(|| Error::refused("an actor without id"))?;
        let id = parse_id(uri, addresses).map_err(|error| Error::refused(error.to_string()))?;
        if federation.is_local(&id) {
            return Err(Error::refused("no such actor here"));
        }
        if actor::kind_of(document).is_none() {
            return Err(Error::refused("not an actor"));
        }
        let known = actors::by_uri(forum.db(), uri).await?;
        let handle = self.handle(document, &id).await;
        let key_id = known
            .as_ref()
            .and_then(|known| known.public_key_id.as_deref());
        let remote = actor::from_value(document, handle, key_id, addresses, forum.now())?;
        let tx = forum.begin().await?;
        match actors::put_remote(&tx, remote).await {
            Ok(actor) => {
                if let (true, Some(origin)) = (actor::names_rfc9421(document), Origin::of(&id)) {
                    instances::prefer_rfc9421(&tx, &origin.authority()).await?;
                }
                tx.commit().await?;
                Ok(actor)
            }
            // Somebody else met it at the same moment.
            Err(ForumError::Conflict(_)) => {
                drop(tx);
                actors::by_uri(forum.db(), uri)
                    .await?
                    .ok_or_else(|| Error::retry("the actor appeared and vanished"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The handle of an actor: what WebFinger and its document agree on, else its name at the host of its id.
    async fn handle(&self, document: &Value, id: &Url) -> ShownHandle {
        let plain = actor::plain_handle(document, id);
        if self.left.load(Ordering::Relaxed) < SPARE {
            return plain;
        }
        let claimed = wire::text(document, "webfinger").and_then(|text| Handle::parse(text).ok());
        let asked = match claimed {
            Some(handle) => handle,
            None => match Handle::parse(&format!("{}@{}", plain.name, plain.host)) {
                Ok(handle) => handle,
                Err(_) => return plain,
            },
        };
        let Some(said) = self.confirmed(&asked, id).await else {
            return plain;
        };
        if said.is(&asked) {
            return shown(&asked);
        }
        // Another host is named as the account's own: it has to agree.
        match self.confirmed(&said, id).await {
            Some(again) if again.is(&said) => shown(&said),
            _ => plain,
        }
    }

    /// Whom a host says that a handle is, when it leads to this actor.
    async fn confirmed(&self, handle: &Handle, id: &Url) -> Option<Handle> {
        let jrd = Box::pin(self.webfinger(handle)).await.ok()?;
        if !jrd.leads_to(id.as_str()) {
            return None;
        }
        Some(jrd.subject.unwrap_or_else(|| handle.clone()))
    }

    /// What a host says of a handle.
    pub(crate) async fn webfinger(&self, handle: &Handle) -> Result<ReceivedJrd> {
        let http = self.federation.http();
        let url = handle
            .webfinger_url(Scheme::of(http.addresses()))
            .map_err(|error| Error::refused(error.to_string()))?;
        if !self.federation.allows(&url).await? {
            return Err(Error::refused("its server is blocked"));
        }
        let _turn = self.turn(&url).await?;
        let fetched = http
            .fetch_document(
                &url,
                Wanted::JRD,
                Some(&self.federation.node_signer().await),
            )
            .await?;
        ReceivedJrd::parse(&fetched.body).map_err(|error| Error::refused(error.to_string()))
    }

    /// The ids that a collection lists, at most `max`: its own items, else those of its first page.
    pub(crate) async fn collection(&self, uri: &str, max: usize) -> Result<Vec<Value>> {
        let (document, id) = self.object(uri).await?;
        let mut items = items(&document);
        if items.is_empty()
            && let Some(first) = document.get("first")
        {
            items = match first {
                Value::Object(_)
                    if first.get("items").is_some() || first.get("orderedItems").is_some() =>
                {
                    self::items(first)
                }
                first => {
                    let page = wire::id_of(first)
                        .and_then(|page| Url::parse(page).ok())
                        .filter(|page| Origin::of(page) == Origin::of(&id))
                        .ok_or_else(|| Error::refused("the first page is on another host"))?;
                    self::items(&self.page(&page).await?)
                }
            };
        }
        items.truncate(max);
        Ok(items)
    }

    /// One page of a collection. Pages carry their own address as id, if any; their host is what counts.
    pub(crate) async fn page(&self, url: &Url) -> Result<Value> {
        let federation = self.federation;
        let mut attempt = 0;
        let fetched = loop {
            let turn = self.turn(url).await?;
            let signer = federation.node_signer().await;
            let http = federation.http();
            let fetched = http
                .fetch_document(url, Wanted::ACTIVITY, Some(&signer))
                .await;
            drop(turn);
            if !self.again(attempt, url, fetched.as_ref().err()).await {
                break fetched?;
            }
            attempt += 1;
        };
        if Origin::of(&fetched.final_url) != Origin::of(url) {
            return Err(Error::refused("the page is on another host"));
        }
        wire::parse(&fetched.body).map_err(|error| Error::refused(error.to_string()))
    }
}

fn shown(handle: &Handle) -> ShownHandle {
    ShownHandle {
        name: handle.name().to_lowercase(),
        host: handle.authority().to_owned(),
        verified: true,
    }
}

/// The items that stand in a collection, or on a page of one.
pub(crate) fn items(collection: &Value) -> Vec<Value> {
    ["orderedItems", "items"]
        .into_iter()
        .flat_map(|key| wire::many(collection, key))
        .cloned()
        .collect()
}
