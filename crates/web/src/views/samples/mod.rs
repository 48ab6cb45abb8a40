//! Samples of every page, empty and full, with long titles, other languages, deleted posts, remote authors: for the
//! test that renders them all, and for `cargo run --example pages`, which writes them to a folder to look at.

mod account;
mod acts;
mod admin;
mod forum;
mod institution;
mod links;
mod people;
mod policies;
mod security;
mod topics;
mod writing;

use super::View;
use super::frame::{Conformance, Flash, Frame, Role, Section, Site, Tone, ViewerCard};
use crate::i18n::Locale;
use crate::templates::{RenderError, Templates};

type Render = dyn Fn(&Templates, Locale, &Frame) -> Result<String, RenderError>;

/// One page with its frame.
pub struct SamplePage {
    /// Name, unique: `topic-filled`.
    pub name: String,
    /// What surrounds it.
    pub frame: Frame,
    render: Box<Render>,
}

impl std::fmt::Debug for SamplePage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SamplePage")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl SamplePage {
    fn new<V: View + 'static>(name: &str, frame: Frame, view: V) -> Self {
        Self {
            name: name.to_owned(),
            frame,
            render: Box::new(move |templates, locale, frame| {
                templates.render(locale, frame, &view)
            }),
        }
    }

    /// The whole page.
    pub fn render(&self, templates: &Templates, locale: Locale) -> Result<String, RenderError> {
        (self.render)(templates, locale, &self.frame)
    }
}

/// All samples.
pub fn pages() -> Vec<SamplePage> {
    let mut pages = forum::pages();
    pages.extend(topics::pages());
    pages.extend(people::pages());
    pages.extend(writing::pages());
    pages.extend(account::pages());
    pages.extend(security::pages());
    pages.extend(acts::pages());
    pages.extend(admin::pages());
    pages.extend(policies::pages());
    pages.extend(links::pages());
    pages.extend(institution::pages());
    pages
}

fn site() -> Site {
    Site {
        name: "Parvis des communs".to_owned(),
        institution: "Ministère de l’Exemple".to_owned(),
        language: "fr".to_owned(),
        host: "parvis.example".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        version: "0.1.0".to_owned(),
        source_url: Some("https://code.example/parvis".to_owned()),
        accessibility: Conformance::None,
        read_only: false,
        registration_open: true,
    }
}

fn visitor(path: &str, section: Section) -> Frame {
    let mut frame = Frame::new(site(), path);
    frame.section = section;
    frame
}

fn failed(mut frame: Frame) -> Frame {
    frame.error = true;
    frame
}

fn signed_in(path: &str, section: Section, role: Role) -> Frame {
    let mut frame = visitor(path, section);
    "kT2x0Jq4vLr8".clone_into(&mut frame.csrf);
    frame.viewer = Some(ViewerCard {
        name: "Jeanne Martin".to_owned(),
        handle: "@jeanne.martin@parvis.example".to_owned(),
        url: "/u/jeanne.martin".to_owned(),
        role,
        moderates: role != Role::Member,
        unread: 3,
        reports: u32::from(role != Role::Member),
    });
    frame
}

fn told(mut frame: Frame, tone: Tone, text: &str) -> Frame {
    frame.flash = Some(Flash {
        tone,
        text: text.to_owned(),
    });
    frame
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests read pages of ours")]
mod tests {
    use std::collections::BTreeSet;

    use scraper::{Html, Selector};

    use super::*;

    fn count(document: &Html, selector: &str) -> usize {
        document.select(&Selector::parse(selector).unwrap()).count()
    }

    #[test]
    fn every_page_renders_in_every_locale_with_a_sound_structure() {
        let templates = Templates::load().unwrap();
        let mut names = BTreeSet::new();
        for page in pages() {
            assert!(names.insert(page.name.clone()), "two samples {}", page.name);
            for locale in Locale::ALL {
                let at = format!("{} in {}", page.name, locale.code());
                let html = page
                    .render(&templates, locale)
                    .unwrap_or_else(|error| panic!("{at}: {error:#}"));
                let document = Html::parse_document(&html);
                assert!(document.errors.is_empty(), "{at}: {:?}", document.errors);
                for (selector, expect) in [
                    ("h1", 1),
                    ("main", 1),
                    ("main h1", 1),
                    ("body > header", 1),
                    ("body > footer", 1),
                    ("[style]", 0),
                    ("style", 0),
                    ("script:not([src])", 0),
                    ("[target]", 0),
                    ("img:not([alt])", 0),
                ] {
                    assert_eq!(count(&document, selector), expect, "{at}: {selector}");
                }
                check_headings(&document, &at);
                check_ids(&document, &at);
                check_fields(&document, &at);
                check_names(&document, &at);
                assert!(html.contains("<title>"), "{at}");
                for link in [
                    "/accessibility",
                    "/legal",
                    "/privacy",
                    "/terms",
                    "/moderation-policy",
                    "/contact",
                ] {
                    assert_eq!(
                        count(&document, &format!("footer a[href='{link}']")),
                        1,
                        "{at}: {link}"
                    );
                }
            }
        }
    }

    fn check_headings(document: &Html, at: &str) {
        let mut before = 0;
        let headings = Selector::parse("h1, h2, h3, h4, h5, h6").unwrap();
        for heading in document.select(&headings) {
            let level: u32 = heading.value().name()[1..].parse().unwrap();
            // A summary of errors comes before the title of the page, so that it is the first thing found.
            if heading.value().id() == Some("errors-title") {
                continue;
            }
            let text: String = heading.text().collect();
            assert!(
                level <= before + 1,
                "{at}: h{level} {text:?} after h{before}"
            );
            assert!(!text.trim().is_empty(), "{at}: empty h{level}");
            before = level;
        }
    }

    fn check_ids(document: &Html, at: &str) {
        let mut ids = BTreeSet::new();
        for element in document.select(&Selector::parse("[id]").unwrap()) {
            let id = element.value().id().unwrap();
            assert!(ids.insert(id), "{at}: two elements with id {id}");
        }
        let references = Selector::parse("[aria-labelledby], [aria-describedby], label").unwrap();
        for element in document.select(&references) {
            for attribute in ["aria-labelledby", "aria-describedby", "for"] {
                for id in element
                    .value()
                    .attr(attribute)
                    .unwrap_or_default()
                    .split_whitespace()
                {
                    assert!(ids.contains(id), "{at}: {attribute} names {id}, not there");
                }
            }
        }
        for link in document.select(&Selector::parse("a[href^='#']").unwrap()) {
            let id = &link.value().attr("href").unwrap()[1..];
            assert!(ids.contains(id), "{at}: link to #{id}, not there");
        }
    }

    fn check_fields(document: &Html, at: &str) {
        let fields = Selector::parse("input:not([type=hidden]), textarea, select").unwrap();
        for field in document.select(&fields) {
            let id = field
                .value()
                .id()
                .unwrap_or_else(|| panic!("{at}: field without id: {}", field.html()));
            assert_eq!(
                count(document, &format!("label[for='{id}']")),
                1,
                "{at}: label of {id}"
            );
        }
        for form in document.select(&Selector::parse("form[method=post]").unwrap()) {
            let token = Selector::parse("input[name=csrf]").unwrap();
            assert_eq!(form.select(&token).count(), 1, "{at}: {}", form.html());
        }
    }

    fn check_names(document: &Html, at: &str) {
        for element in document.select(&Selector::parse("a, button, summary").unwrap()) {
            let mut text: String = element.text().collect();
            for picture in element.select(&Selector::parse("img[alt]").unwrap()) {
                text.push_str(picture.value().attr("alt").unwrap());
            }
            assert!(!text.trim().is_empty(), "{at}: no name: {}", element.html());
        }
    }

    #[test]
    fn only_cleaned_html_passes_unescaped() {
        let templates = Templates::load().unwrap();
        let mut frame = visitor("/?q=<script>", Section::Home);
        frame.search = "\"><script>alert(1)</script>".to_owned();
        let view = super::super::home::HomeView {
            purpose: "<img src=x onerror=alert(1)>".to_owned(),
            announcements: Vec::new(),
            sections: Vec::new(),
            latest: Vec::new(),
        };
        let html = templates.render(Locale::Fr, &frame, &view).unwrap();
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains("<img"), "{html}");
    }

    #[test]
    fn a_failed_form_says_so_in_the_title_and_takes_the_focus() {
        let templates = Templates::load().unwrap();
        let page = pages()
            .into_iter()
            .find(|page| page.name == "register-error")
            .unwrap();
        let html = page.render(&templates, Locale::Fr).unwrap();
        let document = Html::parse_document(&html);
        assert!(html.contains("<title>Erreur\u{a0}: "), "{html}");
        assert_eq!(
            count(&document, ".error-summary[role=alert][tabindex='-1']"),
            1
        );
        assert_eq!(
            count(&document, ".error-summary a"),
            count(&document, "[aria-invalid=true]")
        );
    }
}
