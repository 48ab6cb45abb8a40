//! Samples of the pages about accounts.

use super::super::auth::{
    ConfirmEmail, ConfirmEmailView, ForgottenView, LoginPurpose, LoginView, RegisterView,
    RegistrationMode, ResetView,
};
use super::super::forms::{Field, FieldError};
use super::super::frame::Section;
use super::super::parts::AffiliationKind;
use super::{SamplePage, failed, visitor};

pub(super) fn error(field: &str, message: &str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        message: message.to_owned(),
    }
}

fn register() -> RegisterView {
    RegisterView {
        mode: RegistrationMode::Approval,
        invitation: None,
        display_name: String::new(),
        name: String::new(),
        email: String::new(),
        affiliation: AffiliationKind::Citizen,
        affiliations: AffiliationKind::DECLARABLE.to_vec(),
        subtype: String::new(),
        subtypes: ["state", "local"].map(ToOwned::to_owned).to_vec(),
        organisation: String::new(),
        reason: String::new(),
        terms: false,
        errors: Vec::new(),
    }
}

pub(super) fn pages() -> Vec<SamplePage> {
    let at = |path: &str| visitor(path, Section::Other);
    let mut pages = vec![
        SamplePage::new("register-empty", at("/register"), register()),
        SamplePage::new(
            "register-error",
            failed(at("/register")),
            RegisterView {
                display_name: "Pôle logiciels libres".to_owned(),
                name: "Pôle".to_owned(),
                email: "nulle part".to_owned(),
                affiliation: AffiliationKind::Agent,
                reason: "Nous utilisons dix logiciels libres.".to_owned(),
                errors: vec![
                    error("name", "Utilisez 2 à 30 lettres sans accent."),
                    error("email", "Écrivez une adresse complète."),
                    error("password", "Allongez ce texte : 12 signes au moins."),
                    error("terms", "Cochez cette case pour continuer."),
                ],
                ..register()
            },
        ),
        SamplePage::new(
            "register-invite",
            at("/register"),
            RegisterView {
                mode: RegistrationMode::Invite,
                ..register()
            },
        ),
        SamplePage::new(
            "register-closed",
            at("/register"),
            RegisterView {
                mode: RegistrationMode::Closed,
                ..register()
            },
        ),
        SamplePage::new(
            "register-open",
            at("/register"),
            RegisterView {
                mode: RegistrationMode::Open,
                invitation: Some("abc".to_owned()),
                ..register()
            },
        ),
        SamplePage::new(
            "login-empty",
            at("/login"),
            LoginView {
                login: String::new(),
                back: "/".to_owned(),
                purpose: None,
                kept_text: None,
                carried: Vec::new(),
                errors: Vec::new(),
            },
        ),
        SamplePage::new(
            "login-error",
            failed(at("/login")),
            LoginView {
                login: "jeanne".to_owned(),
                back: "/t/1".to_owned(),
                purpose: Some(LoginPurpose::Reply),
                kept_text: Some("Une réponse déjà écrite.".to_owned()),
                carried: vec![Field {
                    name: "kept:content".to_owned(),
                    value: "Une réponse déjà écrite.".to_owned(),
                }],
                errors: vec![error(
                    "login",
                    "L’identifiant ou le mot de passe ne convient pas.",
                )],
            },
        ),
        SamplePage::new(
            "forgotten-empty",
            at("/password/forgotten"),
            ForgottenView::default(),
        ),
        SamplePage::new(
            "forgotten-sent",
            at("/password/forgotten"),
            ForgottenView {
                sent: true,
                ..ForgottenView::default()
            },
        ),
        SamplePage::new(
            "reset-empty",
            at("/password/reset"),
            ResetView {
                token: Some("abc".to_owned()),
                errors: Vec::new(),
            },
        ),
        SamplePage::new(
            "reset-expired",
            at("/password/reset"),
            ResetView {
                token: None,
                errors: Vec::new(),
            },
        ),
    ];
    for purpose in [
        LoginPurpose::NewTopic,
        LoginPurpose::Follow,
        LoginPurpose::React,
        LoginPurpose::Page,
    ] {
        pages.push(SamplePage::new(
            &format!("login-{purpose:?}"),
            at("/login"),
            LoginView {
                login: String::new(),
                back: "/".to_owned(),
                purpose: Some(purpose),
                kept_text: None,
                carried: Vec::new(),
                errors: Vec::new(),
            },
        ));
    }
    for (name, state) in [
        ("confirm-sent", ConfirmEmail::Sent),
        (
            "confirm-ready",
            ConfirmEmail::Ready {
                token: "abc".to_owned(),
            },
        ),
        ("confirm-expired", ConfirmEmail::Expired),
        ("confirm-pending", ConfirmEmail::Pending),
    ] {
        pages.push(SamplePage::new(
            name,
            at("/confirm"),
            ConfirmEmailView { state },
        ));
    }
    pages
}
