//! Reports: Flag to the server that the content is from and to moderators elsewhere, and Resolve. Nothing of it is public.

use parvis_forum::id::{ActorId, ReportId};
use parvis_forum::{Actor, Origin, Report, Result, actors, categories, reports};

use super::{About, Passed, Writer, about, announce_uri, in_category};
use crate::activities::build::{self, Built, Envelope};
use crate::audience::{self, Directs};
use crate::objects::build::post::Scene;
use crate::wire::PUBLIC;

/// What another server is told: the ground and the reason. Who reported, and how to reach them, stays here.
fn text(report: &Report) -> String {
    let ground = match report.ground.as_deref() {
        Some("illegal") => "Contenu illicite / Illegal content",
        Some("child") => "Abus sexuel sur enfant / Sexual abuse of a child",
        Some("hate") => "Haine ou harcèlement / Hate or harassment",
        Some("privacy") => "Données personnelles / Personal data",
        Some("spam") => "Publicité ou répétition / Spam",
        Some("rules") => "Contraire aux règles / Against the rules",
        _ => return report.reason.clone(),
    };
    format!("{ground}\n{}", report.reason)
}

/// A report is forwarded: to the category when its server is a forum, else to the author's server, by the node itself.
pub(super) async fn forwarded(writer: &Writer<'_>, report: ReportId) -> Result<()> {
    let report = reports::row(writer.tx.c(), report).await?;
    let scene = match report.post_id {
        Some(post) => Some(writer.scene(post).await?),
        None => None,
    };
    let accused = match (&scene, report.actor_id) {
        (Some(scene), _) => scene.author.clone(),
        (None, Some(actor)) => actors::by_id(writer.tx.c(), actor).await?,
        (None, None) => return Ok(()),
    };
    let reason = text(&report);
    let mut directs = Directs::default();
    if let (Some(scene), Some(reporter)) = (&scene, report.reporter_id) {
        let group = &scene.category.actor;
        let reporter = actors::by_id(writer.tx.c(), reporter).await?;
        let forum = match audience::host_of(&group.inbox) {
            Some(host) => audience::is_forum(writer.tx.c(), &host).await?,
            None => false,
        };
        if !group.local && forum && reporter.local {
            let envelope = Envelope {
                id: writer.fresh_uri().await?,
                actor: reporter.uri.clone(),
                to: vec![group.uri.clone()],
                cc: Vec::new(),
                audience: Some(group.uri.clone()),
                at: writer.tx.now(),
            };
            let built = build::flag_to_category(&envelope, &scene.post.uri, &reason);
            directs.add_own(writer.tx, group).await?;
            return writer
                .append(&built, about(scene, &reporter), None, &directs)
                .await;
        }
    }
    directs.add_own(writer.tx, &accused).await?;
    if directs.is_empty() {
        return Ok(());
    }
    let node = actors::instance(writer.tx.c()).await?;
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: node.uri.clone(),
        to: vec![accused.uri.clone()],
        cc: Vec::new(),
        audience: None,
        at: writer.tx.now(),
    };
    let mut objects = vec![accused.uri.as_str()];
    objects.extend(scene.as_ref().map(|scene| scene.post.uri.as_str()));
    let built = build::flag_anonymously(&envelope, &objects, &reason);
    debug_assert!(!envelope.to.iter().any(|to| to == PUBLIC));
    let about = About {
        signer: node.id,
        ordering_key: accused.id.0,
        post: report.post_id,
        circle: scene
            .as_ref()
            .filter(|scene| scene.is_closed())
            .map(|scene| scene.category.id()),
    };
    writer.append(&built, about, None, &directs).await
}

/// The moderators of a category who live elsewhere.
async fn moderators_elsewhere(writer: &Writer<'_>, group: &Actor) -> Result<Vec<Actor>> {
    let mut found = categories::moderators(writer.tx.c(), group.id).await?;
    found.retain(|moderator| !moderator.local && moderator.deleted_at.is_none());
    Ok(found)
}

/// A category of ours passes something on to those of its moderators who live elsewhere, and to nobody else.
async fn to_moderators(
    writer: &Writer<'_>,
    group: &Actor,
    passed: &Passed,
    not_to: Option<ActorId>,
) -> Result<()> {
    let mut moderators = moderators_elsewhere(writer, group).await?;
    moderators.retain(|moderator| Some(moderator.id) != not_to);
    let mut directs = Directs::default();
    for moderator in &moderators {
        directs.add(writer.tx, moderator).await?;
    }
    if directs.is_empty() {
        return Ok(());
    }
    let envelope = Envelope {
        id: announce_uri(writer.config(), &group.uri, "A", &passed.uri),
        actor: group.uri.clone(),
        to: moderators.iter().map(|one| one.uri.clone()).collect(),
        cc: Vec::new(),
        audience: Some(group.uri.clone()),
        at: writer.tx.now(),
    };
    writer
        .append_as(
            &build::announce_activity(&envelope, &passed.json),
            format!("Announce {}", passed.kind),
            in_category(group, group),
            None,
            &directs,
        )
        .await
}

/// The report as a Flag: by whoever reported elsewhere, else by the node itself.
async fn flag(
    writer: &Writer<'_>,
    report: &Report,
    group: &Actor,
    post: &str,
) -> Result<Option<Built>> {
    let Some(uri) = report.uri.clone() else {
        return Ok(None);
    };
    let reporter = match report.reporter_id {
        Some(reporter) => Some(actors::by_id(writer.tx.c(), reporter).await?),
        None => None,
    };
    let reporter = match reporter.filter(|reporter| !reporter.local) {
        Some(reporter) => reporter,
        None => actors::instance(writer.tx.c()).await?,
    };
    let envelope = Envelope {
        id: uri,
        actor: reporter.uri,
        to: vec![group.uri.clone()],
        cc: Vec::new(),
        audience: Some(group.uri.clone()),
        at: report.created_at,
    };
    Ok(Some(build::flag_to_category(
        &envelope,
        post,
        &text(report),
    )))
}

/// Something in a category of ours was reported: its moderators elsewhere are told.
pub(super) async fn filed(writer: &Writer<'_>, report: ReportId, origin: &Origin) -> Result<()> {
    let report = reports::row(writer.tx.c(), report).await?;
    let Some(post) = report.post_id else {
        return Ok(());
    };
    let scene = writer.scene(post).await?;
    let group = &scene.category.actor;
    let passed = match origin {
        _ if !group.local => None,
        Origin::Fetched | Origin::History => None,
        Origin::Received { uri, activity } => Passed::received(uri, activity),
        Origin::Local => flag(writer, &report, group, &scene.post.uri)
            .await?
            .map(|built| Passed::ours(&built)),
    };
    match passed {
        Some(passed) => to_moderators(writer, group, &passed, report.reporter_id).await,
        None => Ok(()),
    }
}

/// A report was closed: whoever knows of it elsewhere is told.
pub(super) async fn resolved(
    writer: &Writer<'_>,
    report: ReportId,
    moderator: Option<ActorId>,
    reason: &str,
    origin: &Origin,
) -> Result<()> {
    let report = reports::row(writer.tx.c(), report).await?;
    let Some(post) = report.post_id else {
        return Ok(());
    };
    let scene = writer.scene(post).await?;
    let group = &scene.category.actor;
    let passed = match origin {
        Origin::Fetched | Origin::History => None,
        Origin::Received { uri, activity } => Passed::received(uri, activity),
        Origin::Local => {
            return close(writer, &scene, &report, moderator, reason).await;
        }
    };
    match passed.filter(|_| group.local) {
        Some(passed) => to_moderators(writer, group, &passed, moderator).await,
        None => Ok(()),
    }
}

async fn close(
    writer: &Writer<'_>,
    scene: &Scene,
    report: &Report,
    moderator: Option<ActorId>,
    reason: &str,
) -> Result<()> {
    let group = &scene.category.actor;
    let Some(flag) = flag(writer, report, group, &scene.post.uri).await? else {
        return Ok(());
    };
    let by = match moderator {
        Some(by) => actors::by_id(writer.tx.c(), by).await?,
        None => actors::instance(writer.tx.c()).await?,
    };
    if !by.local {
        return Ok(());
    }
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: by.uri.clone(),
        to: vec![group.uri.clone()],
        cc: Vec::new(),
        audience: Some(group.uri.clone()),
        at: writer.tx.now(),
    };
    let built = build::resolve(&envelope, &flag, reason);
    let mut directs = Directs::default();
    if group.local {
        to_moderators(writer, group, &Passed::ours(&built), None).await?;
        if let Some(reporter) = report.reporter_id {
            let reporter = actors::by_id(writer.tx.c(), reporter).await?;
            directs.add_own(writer.tx, &reporter).await?;
        }
    } else {
        let named = categories::moderators(writer.tx.c(), group.id).await?;
        if named.iter().any(|one| one.id == by.id) {
            directs.add_own(writer.tx, group).await?;
        }
    }
    if directs.is_empty() {
        return Ok(());
    }
    writer
        .append(&built, in_category(group, &by), None, &directs)
        .await
}
