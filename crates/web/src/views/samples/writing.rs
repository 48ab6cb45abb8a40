//! Samples of the pages where one writes.

use super::super::compose::{ComposeMode, ComposeView, offered_languages};
use super::super::forms::Choice;
use super::super::frame::{Role, Section};
use super::super::media::FilesView;
use super::super::parts::{Audience, Html, Kind, TopicLink};
use super::super::polls::PollFields;
use super::forum::{category, licence, topics};
use super::people::error;
use super::topics::{files, post_link};
use super::{SamplePage, failed, signed_in};

fn compose() -> ComposeView {
    ComposeView {
        mode: ComposeMode::NewTopic {
            category: category("soutien", "Soutien communautaire"),
        },
        action: "/c/soutien/new".to_owned(),
        draft: None,
        title: String::new(),
        kind: Kind::Question,
        category: "soutien".to_owned(),
        categories: vec![
            Choice {
                value: "soutien".to_owned(),
                label: "Soutien communautaire".to_owned(),
            },
            Choice {
                value: "choix".to_owned(),
                label: "Choix des outils".to_owned(),
            },
        ],
        content: String::new(),
        language: "fr".to_owned(),
        languages: offered_languages("fr"),
        tags: String::new(),
        warning: String::new(),
        poll: PollFields::default(),
        files: FilesView {
            max: 8,
            ..FilesView::default()
        },
        audience: Audience::Public,
        licence: licence(),
        preview: None,
        similar: Vec::new(),
        errors: Vec::new(),
    }
}

pub(super) fn pages() -> Vec<SamplePage> {
    let member = |path: &str| signed_in(path, Section::Other, Role::Member);
    let topic = TopicLink {
        title: "Quel CCAG choisir pour un marché de soutien ?".to_owned(),
        url: "/t/1/quel-ccag".to_owned(),
        language: None,
    };
    vec![
        SamplePage::new("compose-empty", member("/c/soutien/new"), compose()),
        SamplePage::new(
            "compose-error",
            failed(member("/c/soutien/new")),
            ComposeView {
                content: "Trop de marques".to_owned(),
                tags: "a, b, c, d, e, f".to_owned(),
                poll: PollFields {
                    choices: "Oui".to_owned(),
                    multiple: true,
                    days: "7".to_owned(),
                },
                errors: vec![
                    error("title", "Remplissez ce champ."),
                    error("kind", "Choisissez une réponse."),
                    error("poll_choices", "Un sondage a de 2 à 10 réponses."),
                    error("tags", "Gardez 5 étiquettes au plus."),
                ],
                ..compose()
            },
        ),
        SamplePage::new(
            "compose-preview",
            member("/c/soutien/new"),
            ComposeView {
                draft: Some("115123456789000077".to_owned()),
                title: "Quel CCAG choisir ?".to_owned(),
                content: "Bonjour,\n\nnous préparons un marché.".to_owned(),
                files: files(),
                preview: Some(Html::from_sanitized(
                    "<p>Bonjour,</p><p>nous préparons un marché.</p>",
                )),
                similar: topics().into_iter().skip(1).take(2).collect(),
                ..compose()
            },
        ),
        SamplePage::new(
            "compose-edit-topic",
            member("/p/1/edit"),
            ComposeView {
                mode: ComposeMode::EditTopic {
                    topic: topic.clone(),
                },
                action: "/p/1/edit".to_owned(),
                title: "Wie teilen wir uns die Wartung?".to_owned(),
                content: "Ein Text auf Deutsch.".to_owned(),
                language: "de".to_owned(),
                categories: Vec::new(),
                ..compose()
            },
        ),
        SamplePage::new(
            "compose-edit-reply",
            member("/p/3/edit"),
            ComposeView {
                mode: ComposeMode::EditReply {
                    topic,
                    post: post_link(3, "Jeanne Martin"),
                },
                action: "/p/3/edit".to_owned(),
                content: "Un texte.".to_owned(),
                language: "tlh".to_owned(),
                languages: offered_languages("tlh"),
                ..compose()
            },
        ),
    ]
}
