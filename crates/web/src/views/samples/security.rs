//! Samples of the pages about the second factor.

use super::super::auth::CodeView;
use super::super::forms::Field;
use super::super::frame::{Role, Section};
use super::super::security::{Demanded, QrPicture, RecoveryCodesView, SecurityView, SetupView};
use super::forum::at;
use super::people::error;
use super::{SamplePage, failed, signed_in, visitor};

const ADDRESS: &str = "otpauth://totp/Parvis%20des%20communs:jeanne.martin?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Parvis%20des%20communs";

fn settings() -> Vec<SamplePage> {
    let member = || signed_in("/settings/security", Section::Other, Role::Member);
    let moderator = || signed_in("/settings/security", Section::Other, Role::Moderator);
    let off = SecurityView {
        since: None,
        codes_left: 0,
        demanded: None,
        withheld: false,
        back: String::new(),
        errors: Vec::new(),
    };
    let on = SecurityView {
        since: Some(at(9, 0)),
        codes_left: 9,
        ..off.clone()
    };
    vec![
        SamplePage::new("security-off", member(), off.clone()),
        SamplePage::new(
            "security-withheld",
            moderator(),
            SecurityView {
                demanded: Some(Demanded::Staff),
                withheld: true,
                back: "/moderation".to_owned(),
                ..off.clone()
            },
        ),
        SamplePage::new(
            "security-withheld-all",
            failed(member()),
            SecurityView {
                demanded: Some(Demanded::All),
                withheld: true,
                errors: vec![error("current", "Remplissez ce champ.")],
                ..off
            },
        ),
        SamplePage::new("security-on", member(), on.clone()),
        SamplePage::new(
            "security-on-demanded",
            moderator(),
            SecurityView {
                demanded: Some(Demanded::Staff),
                codes_left: 0,
                ..on.clone()
            },
        ),
        SamplePage::new(
            "security-on-error",
            failed(member()),
            SecurityView {
                errors: vec![
                    error("current_for_codes", "Remplissez ce champ."),
                    error("current_for_off", "Remplissez ce champ."),
                ],
                ..on
            },
        ),
    ]
}

fn setting_up() -> Vec<SamplePage> {
    let here = || {
        signed_in(
            "/settings/security/confirm",
            Section::Other,
            Role::Moderator,
        )
    };
    let setup = SetupView {
        picture: QrPicture::of(ADDRESS),
        address: ADDRESS.to_owned(),
        key: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        replaces: false,
        back: "/moderation".to_owned(),
        errors: Vec::new(),
    };
    let codes = RecoveryCodesView {
        codes: vec!["k7dm-93xq-ab2c-yz56".to_owned(); 10],
        file: "data:text/plain;charset=utf-8,parvis.example%0Ak7dm-93xq-ab2c-yz56%0A".to_owned(),
        fresh: true,
        back: "/moderation".to_owned(),
    };
    vec![
        SamplePage::new("security-setup", here(), setup.clone()),
        SamplePage::new(
            "security-setup-error",
            failed(here()),
            SetupView {
                picture: None,
                replaces: true,
                errors: vec![error("code", "Ce code ne convient pas.")],
                ..setup
            },
        ),
        SamplePage::new("security-codes", here(), codes.clone()),
        SamplePage::new(
            "security-codes-renewed",
            here(),
            RecoveryCodesView {
                fresh: false,
                back: String::new(),
                ..codes
            },
        ),
    ]
}

fn signing_in() -> Vec<SamplePage> {
    let here = || visitor("/login/code", Section::Other);
    let code = CodeView {
        recovery: false,
        back: "/t/1".to_owned(),
        carried: Vec::new(),
        errors: Vec::new(),
    };
    vec![
        SamplePage::new("login-code", here(), code.clone()),
        SamplePage::new(
            "login-code-error",
            failed(here()),
            CodeView {
                carried: vec![Field {
                    name: "kept:content".to_owned(),
                    value: "Une réponse déjà écrite.".to_owned(),
                }],
                errors: vec![error("code", "Ce code ne convient pas.")],
                ..code.clone()
            },
        ),
        SamplePage::new(
            "login-recovery",
            here(),
            CodeView {
                recovery: true,
                ..code
            },
        ),
    ]
}

pub(super) fn pages() -> Vec<SamplePage> {
    let mut pages = settings();
    pages.extend(setting_up());
    pages.extend(signing_in());
    pages
}
