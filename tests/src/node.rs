//! A real node in this process, on a port of its own.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use parvis_federation::http::Names;
use parvis_federation::{Federation, delivery, inbox};
use parvis_forum::actors::{self, Keys};
use parvis_forum::affiliations::NewAffiliation;
use parvis_forum::categories::{self, NewCategory};
use parvis_forum::db::sea_orm::ConnectionTrait;
use parvis_forum::kinds::Role;
use parvis_forum::people::{self, NewPerson, SignUp};
use parvis_forum::tokens::{self, Scopes};
use parvis_forum::{Clock, Config, Db, Forum, Viewer};
use parvis_web::AppState;
use tokio_util::sync::CancellationToken;

use crate::{Browser, Client};

/// A node.
pub struct Node {
    /// `http://localhost:PORT`.
    pub url: String,
    /// `localhost:PORT`.
    pub host: String,
    /// Its forum.
    pub forum: Forum,
    /// Its federation.
    pub federation: Federation,
    /// What it has answered.
    pub requests: std::sync::Arc<parvis_web::figures::Requests>,
    stop: CancellationToken,
    _files: tempfile::TempDir,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One pair for every actor of every node: making one takes long.
async fn keys() -> Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return keys.clone();
    }
    let made = actors::generate_keys().await.expect("a key can be made");
    KEYS.get_or_init(|| made).clone()
}

/// The address of a fresh database: an SQLite file in the folder, or a schema of its own in PostgreSQL.
pub(crate) async fn database_url(files: &tempfile::TempDir) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "which database, said once by whoever runs the tests"
    )]
    let url = std::env::var("PARVIS_TEST_DATABASE_URL");
    match url {
        Ok(url) if !url.is_empty() => {
            let schema = format!("test_{:016x}", rand_id());
            let db = Db::connect(&url, None).await.expect("PostgreSQL answers");
            let tx = db.begin().await.expect("a transaction");
            tx.execute_unprepared(&format!("CREATE SCHEMA {schema}"))
                .await
                .expect("a schema");
            tx.commit().await.expect("a schema");
            db.close().await.expect("closed");
            let and = if url.contains('?') { '&' } else { '?' };
            format!("{url}{and}options=-c%20search_path%3D{schema}")
        }
        _ => format!("sqlite://{}", files.path().join("parvis.db").display()),
    }
}

async fn database(files: &tempfile::TempDir) -> Db {
    let url = database_url(files).await;
    let db = Db::connect(&url, None).await.expect("the database opens");
    db.migrate().await.expect("a schema");
    db
}

fn rand_id() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

impl Node {
    /// Starts a node with the settings that tests need.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts a node for which this resolves the names of others.
    pub async fn resolving(
        names: impl Fn(&str) -> std::io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(|_| {}, Some(Arc::new(names))).await
    }

    /// Starts a node with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(change, None).await
    }

    async fn start_with(change: impl FnOnce(&mut Config), names: Option<Names>) -> Self {
        crate::http();
        let files = tempfile::tempdir().expect("a folder");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let url = format!("http://localhost:{port}");
        let mut config = Config::default();
        config.server.public_url = url.parse().expect("an address");
        config.federation.insecure = true;
        config.storage.url = parvis_forum::config::StorageUrl::folder(files.path().join("media"));
        change(&mut config);
        config.validate().expect("settings");
        let forum = Forum::new(database(&files).await, config, Clock::system());
        // Nobody else changes its database.
        let others = tempfile::tempfile().expect("a file");
        forum.freshness().watch_file(others);
        let federation = Federation::start_with(forum.clone(), |http| http.names = names)
            .await
            .expect("federation");
        let state = AppState::new(federation.clone()).await.expect("state");
        let requests = state.requests.clone();
        let stop = CancellationToken::new();
        let ended = stop.clone();
        #[expect(clippy::disallowed_methods, reason = "ends with the node")]
        tokio::spawn(async move {
            parvis_web::serve::serve(parvis_web::router(state), listener, ended.cancelled_owned())
                .await;
        });
        Self {
            host: format!("localhost:{port}"),
            url,
            forum,
            federation,
            requests,
            stop,
            _files: files,
        }
    }

    /// A browser, nobody signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// A client of the API without a token.
    pub fn visitor(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// Adds a member, and answers a client that acts as them.
    pub async fn person(&self, name: &str) -> Client {
        self.with_role(name, Role::Member).await
    }

    /// Adds an administrator.
    pub async fn admin(&self, name: &str) -> Client {
        self.with_role(name, Role::Admin).await
    }

    /// Lets somebody moderate a category.
    pub async fn let_moderate(&self, name: &str, slug: &str) {
        let db = self.forum.db();
        let category = categories::local_by_slug(db, slug).await;
        let account = people::by_name(db, name).await.expect("an account");
        let tx = self.forum.begin().await.expect("a transaction");
        let (category, who) = (category.expect("a category"), account.actor.id);
        categories::set_moderator(&tx, &Viewer::System, &category, who, true)
            .await
            .expect("a moderator");
        tx.commit().await.expect("kept");
    }

    /// Adds somebody with a role.
    pub async fn with_role(&self, name: &str, role: Role) -> Client {
        let input = SignUp {
            name,
            email: &format!("{name}@example.org"),
            password: PASSWORD,
            display_name: &capitalised(name),
            ..SignUp::default()
        };
        let new =
            NewPerson::parse_by_operator(&input, NewAffiliation::default()).expect("a person");
        let ready = new.prepare_with(keys().await).await.expect("a person");
        let scopes: Scopes = "read write follow admin".parse().expect("scopes");
        let tx = self.forum.begin().await.expect("a transaction");
        let account = people::create(&tx, &Viewer::System, ready, role)
            .await
            .expect("a person");
        let token = tokens::create(&tx, &Viewer::System, account.actor.id, "tests", &scopes)
            .await
            .expect("a token");
        tx.commit().await.expect("committed");
        Client::new(&self.url, Some(token.secret))
    }

    /// Adds a category, and answers its ActivityPub id.
    pub async fn category(&self, slug: &str, title: &str) -> String {
        let new = NewCategory::parse(slug, title, "Pour les tests.", None).expect("a category");
        let keys = keys().await;
        let tx = self.forum.begin().await.expect("a transaction");
        let category = categories::create(&tx, &Viewer::System, new, keys)
            .await
            .expect("a category");
        tx.commit().await.expect("committed");
        category.actor.uri
    }

    /// Works until nothing is left to do: what came in is processed, what is due is delivered.
    pub async fn settle(&self) {
        settle(&[self]).await;
    }
}

/// Works on several nodes until none has anything left to do.
pub async fn settle(nodes: &[&Node]) {
    for _ in 0..100 {
        let mut done = 0;
        for node in nodes {
            done += inbox::drain(&node.federation)
                .await
                .expect("the inbox works");
            done += delivery::drain(&node.federation)
                .await
                .expect("delivery works");
        }
        if done == 0 {
            return;
        }
    }
    panic!("the nodes don't come to rest");
}

/// The password of everybody in the tests.
pub const PASSWORD: &str = "une phrase assez longue pour entrer";

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
