//! An account's life, on each database.

use super::*;
use crate::db::queue::jobs as queue;
use crate::testing::{PASSWORD, on_each_database, person, somebody, viewer};
use crate::{Config, Forum};

fn config(mode: RegistrationMode) -> Config {
    let mut config = Config::default();
    config.registration.mode = mode;
    config
}

/// The mails that wait to be sent, taken out of the queue.
async fn mails(forum: &Forum) -> Vec<mail::Mail> {
    let jobs = crate::jobs::claim(forum, "test", 100).await.unwrap();
    let mut mails = Vec::new();
    for job in jobs {
        mails.push(mail::of_job(&job).unwrap());
        let tx = forum.db().begin().await.unwrap();
        assert!(queue::done(&tx, "test", forum.now(), job.id).await.unwrap());
        tx.commit().await.unwrap();
    }
    mails
}

fn token(link: &str) -> String {
    link.rsplit_once("token=").unwrap().1.to_owned()
}

async fn sign_up(forum: &Forum, name: &str, email: &str) -> Result<Registered> {
    let mut ready = somebody(name).await;
    ready.new.email = email.to_owned();
    let tx = forum.begin().await?;
    let registered = register(&tx, ready).await?;
    tx.commit().await?;
    Ok(registered)
}

fn code(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => errors[0].to_string(),
        Error::Denied(denied) => denied.code().to_owned(),
        Error::TooMany { .. } => "too many".to_owned(),
        Error::Gone(_) => "gone".to_owned(),
        other => other.to_string(),
    }
}

async fn try_password(forum: &Forum, who: &str, password: &str) -> Result<Account> {
    let step = authenticate(forum, who, password, "192.0.2.1").await?;
    Ok(step.account().clone())
}

#[tokio::test]
async fn an_account_is_confirmed_then_approved_then_used() {
    on_each_database(config(RegistrationMode::Approval), async |forum| {
        let admin = person(&forum, "chef", Role::Admin).await;
        let admin = viewer(&forum, &admin).await;
        sign_up(&forum, "jeanne", "jeanne@ville.example")
            .await
            .unwrap();
        assert!(visible_by_name(forum.db(), "jeanne").await.is_err());
        let account = by_name(forum.db(), "jeanne").await.unwrap();
        assert!(account.actor.suspended_at.is_some());
        assert_eq!(
            code(&try_password(&forum, "jeanne", PASSWORD).await.unwrap_err()),
            "inactive"
        );

        let sent = mails(&forum).await;
        assert_eq!(sent.len(), 1);
        let About::ConfirmEmail { link, .. } = &sent[0].about else {
            panic!("{sent:?}");
        };
        assert!(link.starts_with("http://localhost:8080/register/confirm?token="));
        let tx = forum.begin().await.unwrap();
        let confirmed = confirm_email(&tx, &token(link)).await.unwrap();
        assert!(matches!(confirmed, Confirmed::Pending(_)));
        assert!(confirm_email(&tx, &token(link)).await.is_err());
        tx.commit().await.unwrap();
        let sent = mails(&forum).await;
        assert_eq!(sent[0].to, "chef@ville.example");
        assert!(matches!(sent[0].about, About::ApprovalRequested { .. }));

        let waiting = Filter {
            state: Some(PersonState::Pending),
            role: None,
        };
        let page = list(forum.db(), &admin, &waiting, PageRequest::first(10))
            .await
            .unwrap();
        assert_eq!(page.items.len(), 1);
        let tx = forum.begin().await.unwrap();
        assert_eq!(
            code(
                &approve(&tx, &Viewer::Anonymous, account.actor.id)
                    .await
                    .unwrap_err()
            ),
            "not-moderator"
        );
        approve(&tx, &admin, account.actor.id).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(
            mails(&forum).await[0].about,
            About::AccountApproved { .. }
        ));
        let account = try_password(&forum, "JEANNE@ville.example", PASSWORD)
            .await
            .unwrap();
        assert_eq!(account.actor.suspended_at, None);
    })
    .await;
}

#[tokio::test]
async fn a_known_address_and_a_new_one_get_the_same_answer() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        person(&forum, "jeanne", Role::Member).await;
        let new = sign_up(&forum, "paul", "paul@ville.example").await.unwrap();
        let known = sign_up(&forum, "autre", "jeanne@ville.example")
            .await
            .unwrap();
        assert_eq!(new, known);
        assert!(by_name(forum.db(), "autre").await.is_err());
        let about: Vec<bool> = mails(&forum)
            .await
            .iter()
            .map(|m| matches!(m.about, About::AlreadyRegistered { .. }))
            .collect();
        assert_eq!(about.iter().filter(|known| **known).count(), 1);
        assert_eq!(about.len(), 2);
        assert_eq!(
            code(
                &sign_up(&forum, "paul", "p@ville.example")
                    .await
                    .unwrap_err()
            ),
            "name: taken"
        );
    })
    .await;
}

#[tokio::test]
async fn a_closed_node_takes_nobody_and_a_listed_domain_needs_no_approval() {
    on_each_database(config(RegistrationMode::Closed), async |forum| {
        assert_eq!(
            code(
                &sign_up(&forum, "paul", "p@ville.example")
                    .await
                    .unwrap_err()
            ),
            "registration-closed"
        );
    })
    .await;
    let mut config = config(RegistrationMode::Approval);
    config.registration.email_domains.0 = vec!["ville.example".to_owned()];
    on_each_database(config, async |forum| {
        let registered = sign_up(&forum, "paul", "paul@ville.example").await.unwrap();
        assert!(!registered.needs_approval);
        let About::ConfirmEmail { link, .. } = mails(&forum).await.remove(0).about else {
            panic!("no link");
        };
        let tx = forum.begin().await.unwrap();
        let confirmed = confirm_email(&tx, &token(&link)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(confirmed, Confirmed::Active(_)));
    })
    .await;
}

#[tokio::test]
async fn ten_wrong_passwords_close_the_door_for_a_quarter_of_an_hour_there_only() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        person(&forum, "jeanne", Role::Member).await;
        for who in ["jeanne", "nobody"] {
            for attempt in 1..=10 {
                let error = try_password(&forum, who, "wrong").await.unwrap_err();
                assert_eq!(code(&error), "password: mismatch", "{who} {attempt}");
                forum.clock().advance(40_000);
            }
            let error = try_password(&forum, who, PASSWORD).await.unwrap_err();
            let Error::TooMany { retry_after } = error else {
                panic!("{error}");
            };
            assert!(retry_after > 800 && retry_after <= 900, "{retry_after}");
        }
        let elsewhere = authenticate(&forum, "jeanne", PASSWORD, "192.0.2.2").await;
        assert!(elsewhere.is_ok());
        forum.clock().advance(15 * 60_000);
        assert!(try_password(&forum, "jeanne", PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn sessions_slide_and_end_at_password_change_suspension_and_age() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        let account = person(&forum, "jeanne", Role::Member).await;
        let chef = person(&forum, "chef", Role::Admin).await;
        let begin = async |who: &Account| {
            let tx = forum.begin().await.unwrap();
            let who = Identified::by_code(who.clone());
            let new = sessions::create(&tx, &who, "Firefox").await.unwrap();
            tx.commit().await.unwrap();
            new.cookie
        };
        let signed_in = async |cookie: &str| sessions::find(&forum, cookie).await.unwrap();
        let (first, second, of_chef) = (
            begin(&account).await,
            begin(&account).await,
            begin(&chef).await,
        );
        assert!(signed_in("something else").await.is_none());
        forum.clock().advance(13 * 3_600_000);
        assert!(signed_in(&of_chef).await.is_none());
        let session = signed_in(&first).await.unwrap();
        assert!(session.csrf_matches(&session.session.csrf));
        assert!(!session.csrf_matches(""));

        let me = session.viewer.clone();
        confirm_identity(&forum, &me, PASSWORD, "192.0.2.1")
            .await
            .unwrap();
        let hash = prepare_password("new_password", &account, "cinq vélos verts")
            .await
            .unwrap();
        let tx = forum.begin().await.unwrap();
        let bearer = tokens::create(
            &tx,
            &me,
            account.actor.id,
            "script",
            &tokens::Scopes::usual(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert!(
            tokens::find(&forum, &bearer.secret)
                .await
                .unwrap()
                .is_some()
        );
        let tx = forum.begin().await.unwrap();
        change_password(&tx, &me, hash, Some(&session.session.id))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(
            tokens::find(&forum, &bearer.secret)
                .await
                .unwrap()
                .is_none()
        );
        assert!(signed_in(&second).await.is_none());
        for _ in 0..8 {
            assert!(signed_in(&first).await.is_some());
            forum.clock().advance(11 * 24 * 3_600_000);
        }
        assert!(signed_in(&first).await.is_some(), "88 days");
        forum.clock().advance(2 * 24 * 3_600_000);
        assert!(signed_in(&first).await.is_none(), "90 days");

        let third = begin(&account).await;
        let tx = forum.begin().await.unwrap();
        suspend(&tx, &Viewer::System, account.actor.clone(), "spam")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(signed_in(&third).await.is_none());
        let error = authenticate(&forum, "jeanne", "cinq vélos verts", "x")
            .await
            .unwrap_err();
        assert_eq!(code(&error), "suspended");
    })
    .await;
}

#[tokio::test]
async fn a_lost_password_is_chosen_again_once() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        person(&forum, "jeanne", Role::Member).await;
        let ask = async |email: &str| {
            let tx = forum.begin().await.unwrap();
            request_reset(&tx, email).await.unwrap();
            tx.commit().await.unwrap();
        };
        ask("nobody@ville.example").await;
        assert!(mails(&forum).await.is_empty());
        ask("Jeanne@Ville.example").await;
        let About::ResetPassword { link, .. } = mails(&forum).await.remove(0).about else {
            panic!("no link");
        };
        let token = token(&link);
        let account = read_reset(&forum, &token).await.unwrap();
        let hash = prepare_password("password", &account, "cinq vélos verts")
            .await
            .unwrap();
        let tx = forum.begin().await.unwrap();
        reset_password(&tx, &token, hash.clone()).await.unwrap();
        assert!(reset_password(&tx, &token, hash).await.is_err());
        tx.commit().await.unwrap();
        assert!(
            try_password(&forum, "jeanne", "cinq vélos verts")
                .await
                .is_ok()
        );
        assert!(try_password(&forum, "jeanne", PASSWORD).await.is_err());

        mails(&forum).await;
        for _ in 0..5 {
            ask("jeanne@ville.example").await;
        }
        let links = mails(&forum).await;
        assert_eq!(links.len(), 2, "three an hour in all");
        let About::ResetPassword { link, .. } = &links[1].about else {
            panic!("no link");
        };
        forum.clock().advance(3_601_000);
        assert!(
            read_reset(&forum, link.rsplit_once('=').unwrap().1)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        let chef = person(&forum, "chef", Role::Admin).await;
        let other = person(&forum, "other", Role::Member).await;
        let me = viewer(&forum, &chef).await;
        let tx = forum.begin().await.unwrap();
        let id = chef.actor.id;
        for error in [
            set_role(&tx, &me, id, Role::Member).await.unwrap_err(),
            delete(&tx, &me, id).await.unwrap_err(),
            suspend(&tx, &Viewer::System, chef.actor.clone(), "")
                .await
                .unwrap_err(),
        ] {
            assert_eq!(code(&error), "last-admin");
        }
        set_role(&tx, &me, other.actor.id, Role::Admin)
            .await
            .unwrap();
        set_role(&tx, &me, id, Role::Member).await.unwrap();
        tx.commit().await.unwrap();
        let me = viewer(&forum, &chef).await;
        let tx = forum.begin().await.unwrap();
        let error = set_role(&tx, &me, id, Role::Admin).await.unwrap_err();
        assert_eq!(code(&error), "not-admin");
    })
    .await;
}

#[tokio::test]
async fn a_warning_is_told_with_its_reason() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        let moderator = person(&forum, "modo", Role::Moderator).await;
        let account = person(&forum, "jeanne", Role::Member).await;
        let (modo, me) = (
            viewer(&forum, &moderator).await,
            viewer(&forum, &account).await,
        );
        let tx = forum.begin().await.unwrap();
        let error = warn(&tx, &me, &moderator.actor, "non").await.unwrap_err();
        assert_eq!(code(&error), "not-moderator");
        warn(&tx, &modo, &account.actor, "Restez courtoise")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = forum.db();
        assert_eq!(notifications::unread_count(db, &me).await.unwrap(), 1);
        let acts = moderation::about_me(db, &me, PageRequest::first(10))
            .await
            .unwrap();
        assert_eq!(acts.items[0].row.reason, "Restez courtoise");
        assert!(acts.items[0].moderator.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_keeps_its_name_and_nothing_else() {
    on_each_database(config(RegistrationMode::Open), async |forum| {
        let account = person(&forum, "jeanne", Role::Member).await;
        let me = viewer(&forum, &account).await;
        let tx = forum.begin().await.unwrap();
        let change = ProfileChange {
            display_name: Some("Jeanne Martin".to_owned()),
            summary: Some("Chargée de **mobilité**".to_owned()),
            ..ProfileChange::default()
        };
        let changed = update_profile(&tx, &me, change).await.unwrap();
        assert!(changed.actor.summary_html.contains("<strong>"));
        delete(&tx, &me, account.actor.id).await.unwrap();
        tx.commit().await.unwrap();
        let error = visible_by_name(forum.db(), "jeanne").await.unwrap_err();
        assert_eq!(code(&error), "gone");
        let row = by_name(forum.db(), "jeanne").await.unwrap();
        assert_eq!(row.actor.display_name, "");
        assert!(row.actor.private_key_pem.is_some(), "it signs the Delete");
        assert!(!row.person.email.contains("jeanne"));
        assert_eq!(
            code(
                &sign_up(&forum, "jeanne", "jeanne@ville.example")
                    .await
                    .unwrap_err()
            ),
            "name: taken"
        );
        forum.clock().advance(31 * 24 * 3_600_000);
        let tx = forum.begin().await.unwrap();
        assert_eq!(purge_keys(&tx).await.unwrap(), 1);
    })
    .await;
}
