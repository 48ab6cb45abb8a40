//! Samples of the pages in which the institution answers for the node, filled in and not.

use super::super::frame::{Conformance, Role, Section};
use super::super::institution::{
    AboutView, AccessibilityView, Audit, BlockedRow, ContactView, Export, Facts, FederationView,
    LegalView, LicenceView, ModerationPolicyView, NodeRow, NodeState, OpenDataView, PrivacyView,
    Retention, SitemapView, TermsView,
};
use super::forum::{at, category, licence};
use super::{SamplePage, signed_in, visitor};

fn facts() -> Facts {
    Facts {
        address: Some("1 place de l’Exemple\n75000 Paris".to_owned()),
        phone: Some("01 00 00 00 00".to_owned()),
        email: Some("contact@parvis.example".to_owned()),
        register_id: Some("000 000 000 00000".to_owned()),
        director: Some("Secrétariat général du ministère de l’Exemple".to_owned()),
        hosting: Some("Direction du numérique de l’Exemple\n75000 Paris".to_owned()),
        dpo: Some("dpo@parvis.example".to_owned()),
        accessibility_email: Some("accessibilite@parvis.example".to_owned()),
        moderation_email: Some("moderation@parvis.example".to_owned()),
    }
}

fn audit(state: Conformance, rate: u32) -> Audit {
    Audit {
        state,
        by: "Atelier Accessible".to_owned(),
        at: at(60, 0),
        rate,
        issues: vec!["Des images publiées ailleurs n’ont pas de description.".to_owned()],
    }
}

pub(super) fn pages() -> Vec<SamplePage> {
    let page = |path: &str| visitor(path, Section::About);
    let retention = Retention {
        session_days: 14,
        unconfirmed_days: 7,
        draft_days: 90,
        delivery_days: 90,
    };
    let mut pages = vec![
        SamplePage::new(
            "accessibility-none",
            page("/accessibility"),
            AccessibilityView {
                facts: Facts::default(),
                audit: None,
            },
        ),
        SamplePage::new(
            "licence",
            page("/licence"),
            LicenceView {
                facts: facts(),
                text: "GNU AFFERO GENERAL PUBLIC LICENSE\n\nVersion 3",
            },
        ),
        SamplePage::new(
            "licence-ask",
            {
                let mut frame = page("/licence");
                frame.site.source_url = None;
                frame
            },
            LicenceView {
                facts: Facts::default(),
                text: "GNU AFFERO GENERAL PUBLIC LICENSE",
            },
        ),
        SamplePage::new("legal-filled", page("/legal"), {
            LegalView {
                facts: facts(),
                licence: licence(),
            }
        }),
        SamplePage::new("legal-empty", page("/legal"), {
            LegalView {
                facts: Facts::default(),
                licence: licence(),
            }
        }),
        SamplePage::new("privacy-filled", page("/privacy"), {
            PrivacyView {
                facts: facts(),
                federates: true,
                retention,
            }
        }),
        SamplePage::new("privacy-here", page("/privacy"), {
            PrivacyView {
                facts: Facts::default(),
                federates: false,
                retention,
            }
        }),
        SamplePage::new("terms", page("/terms"), {
            TermsView {
                licence: licence(),
                federates: true,
            }
        }),
        SamplePage::new("moderation-policy", page("/moderation-policy"), {
            ModerationPolicyView { facts: facts() }
        }),
        SamplePage::new("contact", page("/contact"), ContactView { facts: facts() }),
        SamplePage::new(
            "about",
            page("/about"),
            AboutView {
                purpose: "Le lieu où l’administration, les collectivités et les communautés du logiciel libre s’entraident.".to_owned(),
                categories: 9,
                topics: 632,
                posts: 7_568,
                nodes: 14,
            },
        ),
        SamplePage::new(
            "federation-filled",
            page("/about/federation"),
            FederationView {
                enabled: true,
                allow_list: true,
                example: Some("@soutien@parvis.example".to_owned()),
                nodes: vec![
                    NodeRow {
                        host: "parvis.montreval.example".to_owned(),
                        software: Some("Parvis 0.1.0".to_owned()),
                        state: NodeState::UpToDate,
                        last_success_at: Some(at(0, 0)),
                    },
                    NodeRow {
                        host: "foro.ayuntamiento.example".to_owned(),
                        software: Some("Lemmy 1.0".to_owned()),
                        state: NodeState::Behind,
                        last_success_at: Some(at(1, 0)),
                    },
                    NodeRow {
                        host: "forum.universitaet-musterstadt.example".to_owned(),
                        software: None,
                        state: NodeState::Unreachable,
                        last_success_at: None,
                    },
                ],
                blocked: vec![
                    BlockedRow {
                        host: "publicite.example".to_owned(),
                        limited: false,
                        reason: Some("démarchage automatisé".to_owned()),
                    },
                    BlockedRow {
                        host: "bruyant.example".to_owned(),
                        limited: true,
                        reason: None,
                    },
                ],
            },
        ),
        SamplePage::new(
            "federation-empty",
            page("/about/federation"),
            FederationView {
                enabled: true,
                allow_list: false,
                example: None,
                nodes: Vec::new(),
                blocked: Vec::new(),
            },
        ),
        SamplePage::new(
            "federation-off",
            page("/about/federation"),
            FederationView {
                enabled: false,
                allow_list: false,
                example: None,
                nodes: Vec::new(),
                blocked: Vec::new(),
            },
        ),
        SamplePage::new(
            "sitemap-visitor",
            page("/sitemap"),
            SitemapView {
                categories: vec![category("soutien", "Soutien communautaire")],
            },
        ),
        SamplePage::new(
            "sitemap-member",
            signed_in("/sitemap", Section::Other, Role::Member),
            SitemapView {
                categories: Vec::new(),
            },
        ),
        SamplePage::new(
            "open-data-filled",
            page("/open-data"),
            OpenDataView {
                licence: licence(),
                exports: vec![Export {
                    title: "Tout le forum".to_owned(),
                    url: "/open-data/parvis.jsonl.gz".to_owned(),
                    format: "JSON Lines".to_owned(),
                    size_kb: 18_420,
                    made_at: at(1, 0),
                    sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                        .to_owned(),
                }],
            },
        ),
        SamplePage::new(
            "open-data-empty",
            page("/open-data"),
            OpenDataView {
                licence: licence(),
                exports: Vec::new(),
            },
        ),
    ];
    for (name, state, rate) in [
        ("accessibility-audit-none", Conformance::None, 41),
        ("accessibility-audit-partial", Conformance::Partial, 78),
        ("accessibility-audit-full", Conformance::Full, 100),
    ] {
        let mut frame = page("/accessibility");
        frame.site.accessibility = state;
        pages.push(SamplePage::new(
            name,
            frame,
            AccessibilityView {
                facts: facts(),
                audit: Some(audit(state, rate)),
            },
        ));
    }
    pages
}
