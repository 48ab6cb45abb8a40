//! Forums for the tests of this crate: on an SQLite file of their own, and on PostgreSQL, in a schema of their own, when
//! `PARVIS_TEST_DATABASE_URL` is set.

use crate::actors::Keys;
use crate::affiliations::NewAffiliation;
use crate::kinds::Role;
use crate::people::{self, Account, NewPerson, SignUp};
use crate::{Clock, Config, Db, Forum, Viewer};

/// A password that the rules take.
pub(crate) const PASSWORD: &str = "quatre vélos rouges";

/// Runs `test` on each database there is.
pub(crate) async fn on_each_database(config: Config, test: impl AsyncFn(Forum)) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/test.db", dir.path().display());
    Box::pin(test(open(&url, None, config.clone()).await)).await;
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told where a database is"
    )]
    let Ok(url) = std::env::var("PARVIS_TEST_DATABASE_URL") else {
        return;
    };
    let schema = format!("t{:016x}", rand::random::<u64>());
    let admin = Db::connect(&url, None).await.unwrap();
    let tx = admin.begin().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&tx, &format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let forum = open(&url, Some(&schema), config).await;
    Box::pin(test(forum.clone())).await;
    forum.db().clone().close().await.unwrap();
    let tx = admin.begin().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&tx, &format!("DROP SCHEMA {schema} CASCADE"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn open(url: &str, schema: Option<&str>, config: Config) -> Forum {
    let db = Db::connect(url, schema).await.unwrap();
    db.migrate().await.unwrap();
    Forum::new(db, config, Clock::system())
}

/// Somebody who may be made: a sign-up under `name`, with keys that sign nothing.
pub(crate) async fn somebody(name: &str) -> people::ReadyPerson {
    let email = format!("{name}@ville.example");
    let input = SignUp {
        name,
        email: &email,
        password: PASSWORD,
        ..SignUp::default()
    };
    NewPerson::parse(&input, NewAffiliation::default())
        .unwrap()
        .prepare_with(Keys {
            private_pem: "private".to_owned(),
            public_pem: "public".to_owned(),
        })
        .await
        .unwrap()
}

/// An active account.
pub(crate) async fn person(forum: &Forum, name: &str, role: Role) -> Account {
    let ready = somebody(name).await;
    let tx = forum.begin().await.unwrap();
    let account = people::create(&tx, &Viewer::System, ready, role)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    account
}

/// The viewer that an account is.
pub(crate) async fn viewer(forum: &Forum, account: &Account) -> Viewer {
    let account = people::by_id(forum.db(), account.actor.id).await.unwrap();
    Viewer::load(forum.db(), account.actor).await.unwrap()
}
