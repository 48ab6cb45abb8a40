//! Files on a real database and a real disk.

use std::io::Cursor;
use std::path::Path;

use super::*;
use crate::categories::{self, NewCategory};
use crate::config::StorageUrl;
use crate::drafts::{self, DraftOf, NewDraft};
use crate::kinds::{Role, TopicKind};
use crate::posts::PostChange;
use crate::testing::{on_each_database, person, viewer};
use crate::topics::{self, NewTopic};
use crate::{Denied, Origin, people};

fn config(folder: &Path) -> Config {
    let mut config = Config::default();
    config.storage.url = StorageUrl::folder(folder.join("media"));
    config
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(shelves) = std::fs::read_dir(folder.join("media")) else {
        return names;
    };
    for shelf in shelves {
        for file in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            names.push(file.unwrap().file_name().into_string().unwrap());
        }
    }
    names
}

fn picture(description: &str) -> Upload {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::new(8, 4)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    Upload {
        file_name: "../plan \"nord\".png".to_owned(),
        bytes: bytes.into_inner(),
        description: description.to_owned(),
        decorative: false,
    }
}

async fn send(forum: &Forum, viewer: &Viewer, upload: Upload) -> Media {
    let stored = store(forum, viewer, upload).await.unwrap();
    let tx = forum.begin().await.unwrap();
    let media = insert(&tx, stored).await.unwrap();
    tx.commit().await.unwrap();
    media
}

async fn category(forum: &Forum, admin: &Viewer) -> categories::Category {
    let new = NewCategory::parse("voirie", "Voirie", "", None).unwrap();
    let keys = crate::actors::Keys {
        private_pem: "private".to_owned(),
        public_pem: "public".to_owned(),
    };
    let tx = forum.begin().await.unwrap();
    let category = categories::create(&tx, admin, new, keys).await.unwrap();
    tx.commit().await.unwrap();
    category
}

async fn post_with(forum: &Forum, viewer: &Viewer, files: &[MediaId]) -> Result<Post> {
    let found = categories::local_by_slug(forum.db(), "voirie").await?;
    let chosen = files.iter().map(|id| Chosen::from(*id)).collect();
    let new =
        NewTopic::parse("Plan", "Voici.", TopicKind::Discussion, None, &[])?.with_media(chosen);
    let tx = forum.begin().await?;
    let (_, post) = topics::open(&tx, viewer, &found, new).await?;
    tx.commit().await?;
    Ok(post)
}

/// Does the jobs that remove files.
async fn work(forum: &Forum) {
    for job in jobs::claim(forum, "test", 100).await.unwrap() {
        assert_eq!(job.kind, JOB);
        remove_file(forum, &job).await.unwrap();
        let tx = forum.begin().await.unwrap();
        jobs::done(&tx, "test", &job).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn wrong(result: Result<impl std::fmt::Debug>) -> (&'static str, &'static str) {
    match result {
        Err(Error::Invalid(fields)) => (fields[0].field, fields[0].code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_attached_by_its_owner_once_and_goes_with_its_post() {
    let dir = tempfile::tempdir().unwrap();
    on_each_database(config(dir.path()), async |forum| {
        let admin = viewer(&forum, &person(&forum, "chef", Role::Admin).await).await;
        let ana = viewer(&forum, &person(&forum, "ana", Role::Member).await).await;
        let bob = viewer(&forum, &person(&forum, "bob", Role::Member).await).await;
        category(&forum, &admin).await;
        let media = send(&forum, &ana, picture("Le plan")).await;
        assert_eq!(media.file_name, "plan nord.png");
        assert_eq!(files_in(dir.path()), std::slice::from_ref(&media.name));

        let foreign = post_with(&forum, &bob, &[media.id]).await;
        assert_eq!(wrong(foreign), ("media", "unknown"));
        let post = post_with(&forum, &ana, &[media.id]).await.unwrap();
        let attached = Attachment::of(&post);
        assert_eq!(attached[0].name.as_deref(), Some("Le plan"));
        assert_eq!((attached[0].width, attached[0].height), (Some(8), Some(4)));
        let twice = post_with(&forum, &ana, &[media.id]).await;
        assert_eq!(wrong(twice), ("media", "unknown"));

        let tx = forum.begin().await.unwrap();
        let post = posts::delete(&tx, &ana, post, Origin::Local).await.unwrap();
        tx.commit().await.unwrap();
        assert!(Attachment::of(&post).is_empty());
        assert!(
            by_name(forum.db(), &Viewer::Anonymous, &media.name)
                .await
                .is_err()
        );
        work(&forum).await;
        assert_eq!(files_in(dir.path()), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_edit_adds_describes_and_removes_files() {
    let dir = tempfile::tempdir().unwrap();
    on_each_database(config(dir.path()), async |forum| {
        let admin = viewer(&forum, &person(&forum, "chef", Role::Admin).await).await;
        let ana = viewer(&forum, &person(&forum, "ana", Role::Member).await).await;
        category(&forum, &admin).await;
        let first = send(&forum, &ana, picture("Un")).await;
        let second = send(&forum, &ana, picture("")).await;
        let missing = post_with(&forum, &ana, &[first.id, second.id]).await;
        assert_eq!(wrong(missing), ("media", "no-description"));
        let post = post_with(&forum, &ana, &[first.id]).await.unwrap();
        let change = |media| PostChange {
            media: Some(media),
            ..PostChange::default()
        };
        let described = Chosen {
            id: second.id,
            described: Some(("Deux".to_owned(), false)),
        };
        let tx = forum.begin().await.unwrap();
        let files = change(vec![described, first.id.into()]);
        let post = Box::pin(posts::edit(&tx, &ana, post, files)).await.unwrap();
        tx.commit().await.unwrap();
        let names: Vec<_> = Attachment::of(&post).into_iter().map(|a| a.name).collect();
        assert_eq!(names, [Some("Deux".to_owned()), Some("Un".to_owned())]);
        let edited = post.edited_at;
        assert!(edited.is_some());

        // The same again is no edit; what is left out is removed.
        let tx = forum.begin().await.unwrap();
        let same = change(vec![second.id.into(), first.id.into()]);
        let post = Box::pin(posts::edit(&tx, &ana, post, same)).await.unwrap();
        assert_eq!(post.edited_at, edited);
        let files = change(vec![first.id.into()]);
        let post = Box::pin(posts::edit(&tx, &ana, post, files)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(Attachment::of(&post).len(), 1);
        work(&forum).await;
        assert_eq!(files_in(dir.path()), std::slice::from_ref(&first.name));

        // A closed account leaves no file.
        let tx = forum.begin().await.unwrap();
        people::delete(&tx, &ana, ana.actor_id().unwrap())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        work(&forum).await;
        assert_eq!(files_in(dir.path()), [""; 0]);
        let post = posts::by_id(forum.db(), post.id).await.unwrap();
        assert!(Attachment::of(&post).is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_sends_more_than_thirty_files_in_half_an_hour() {
    let dir = tempfile::tempdir().unwrap();
    on_each_database(config(dir.path()), async |forum| {
        let ana = viewer(&forum, &person(&forum, "ana", Role::Member).await).await;
        let refused = || Upload {
            file_name: "a.svg".to_owned(),
            bytes: b"<svg/>".to_vec(),
            ..Upload::default()
        };
        for _ in 0..UPLOADS {
            assert_eq!(
                wrong(store(&forum, &ana, refused()).await),
                ("file", "refused")
            );
        }
        let more = store(&forum, &ana, refused()).await;
        assert!(matches!(more, Err(Error::TooMany { .. })), "{more:?}");
        assert!(matches!(
            store(&forum, &Viewer::Anonymous, refused()).await,
            Err(Error::Denied(Denied::SignIn))
        ));
    })
    .await;
}

#[tokio::test]
async fn what_no_post_has_is_cleared_away_after_a_day() {
    let dir = tempfile::tempdir().unwrap();
    on_each_database(config(dir.path()), async |forum| {
        let ana = viewer(&forum, &person(&forum, "ana", Role::Member).await).await;
        let waiting = send(&forum, &ana, picture("Un")).await;
        let fresh = send(&forum, &ana, picture("Deux")).await;
        let drafted = send(&forum, &ana, picture("")).await;
        let chef = viewer(&forum, &person(&forum, "chef", Role::Admin).await).await;
        let of = DraftOf::Topic(category(&forum, &chef).await.id());
        let new = NewDraft::parse(of, "Plan", "", TopicKind::Discussion, "fr", "").unwrap();
        let by = ana.actor_id().unwrap();
        let described = Chosen {
            id: drafted.id,
            described: Some(("Trois".to_owned(), false)),
        };
        let tx = forum.begin().await.unwrap();
        let draft = drafts::save(&tx, &ana, None, new).await.unwrap();
        keep_with_draft(&tx, by, draft.id, &[described])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let held = of_draft(forum.db(), by, draft.id).await.unwrap();
        assert_eq!(
            (held[0].id, held[0].description.as_str()),
            (drafted.id, "Trois")
        );
        let tx = forum.begin().await.unwrap();
        for old in [&waiting, &drafted] {
            let mut row = by_name(tx.c(), &Viewer::Anonymous, &old.name)
                .await
                .unwrap()
                .into_active_model();
            row.created_at = Set(tx.now().plus_days(-2));
            row.update(tx.c()).await.unwrap();
        }
        assert_eq!(purge(&tx).await.unwrap(), 1);
        // The draft held its file for as long as it was there.
        drafts::discard(&tx, &ana, draft.id).await.unwrap();
        assert_eq!(purge(&tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        work(&forum).await;
        assert_eq!(files_in(dir.path()), std::slice::from_ref(&fresh.name));

        // A crash left a file without a row, two days ago.
        let stray = dir.path().join("media/ab/ab-1.png");
        std::fs::create_dir_all(stray.parent().unwrap()).unwrap();
        let file = std::fs::File::create(&stray).unwrap();
        let then = u64::try_from(forum.now().plus_days(-2).0).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_millis(then))
            .unwrap();
        assert_eq!(sweep(&forum).await.unwrap(), 1);
        assert!(!stray.exists());
        assert_eq!(files_in(dir.path()), std::slice::from_ref(&fresh.name));
        std::fs::remove_dir_all(dir.path().join("media")).unwrap();
        assert_eq!(sweep(&forum).await.unwrap(), 0);
    })
    .await;
}
