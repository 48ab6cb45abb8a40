//! A browser without scripts: it keeps cookies, follows redirects, and fills in forms by the names of their fields.

use reqwest::header::{LOCATION, ORIGIN, SET_COOKIE};
use scraper::{Html, Selector};
use std::collections::BTreeMap;

use crate::multipart::{self, FileSent};

/// A browser.
#[derive(Clone, Debug)]
pub struct Browser {
    base: String,
    cookies: BTreeMap<String, String>,
    /// `Accept-Language` that is sent.
    pub language: String,
    /// `Origin` of its forms: another one than the node's address when the node believes to be behind a proxy.
    pub origin: String,
}

/// A page that was loaded.
#[derive(Clone, Debug)]
pub struct PageSeen {
    /// Status of the last answer.
    pub status: u16,
    /// Path and query of the last answer.
    pub path: String,
    /// HTML.
    pub body: String,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
}

impl PageSeen {
    /// The text of the first element that a CSS selector finds.
    pub fn text(&self, selector: &str) -> Option<String> {
        self.texts(selector).into_iter().next()
    }

    /// The texts of all elements that a CSS selector finds, white space folded.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        Html::parse_document(&self.body)
            .select(&selector)
            .map(|e| {
                e.text()
                    .collect::<String>()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    /// An attribute of the first element that a CSS selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).expect("a selector");
        Html::parse_document(&self.body)
            .select(&selector)
            .next()
            .and_then(|e| e.value().attr(name).map(ToOwned::to_owned))
    }

    /// The main heading.
    pub fn heading(&self) -> String {
        self.text("h1").unwrap_or_default()
    }

    /// True when the text stands on the page.
    pub fn shows(&self, text: &str) -> bool {
        let document = Html::parse_document(&self.body);
        let all: String = document
            .root_element()
            .text()
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        all.contains(text)
    }
}

impl Browser {
    /// A browser for the node at `base`.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            cookies: BTreeMap::new(),
            language: "fr".to_owned(),
            origin: base.to_owned(),
        }
    }

    /// The cookies that the node set.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Loads a page, following redirects on this node.
    pub async fn get(&mut self, path: &str) -> PageSeen {
        self.request("GET", path, None).await
    }

    /// Posts a form as it would be by hand, without looking at a page first.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> PageSeen {
        let fields = fields
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        self.request("POST", path, Some(Sent::Fields(fields))).await
    }

    /// Fills in the form that `selector` finds on the page and sends it: the fields named get these values, the others
    /// keep theirs. A field that the form doesn't have fails the test, unless its name is that of a button.
    pub async fn submit(
        &mut self,
        page: &PageSeen,
        selector: &str,
        values: &[(&str, &str)],
    ) -> PageSeen {
        self.submit_with(page, selector, values, &[]).await
    }

    /// The same, with files chosen in the form. A form that takes files is sent as one, chosen or not.
    pub async fn submit_with(
        &mut self,
        page: &PageSeen,
        selector: &str,
        values: &[(&str, &str)],
        files: &[FileSent<'_>],
    ) -> PageSeen {
        let (action, method, fields) = read_form(page, selector, values);
        let coding = page.attribute(selector, "enctype");
        if coding.as_deref() == Some("multipart/form-data") {
            let body = Sent::Parts(multipart::body(&fields, files));
            return self.request("POST", &action, Some(body)).await;
        }
        assert!(files.is_empty(), "the form {selector} takes no files");
        if method == "get" {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&fields)
                .finish();
            let path = action.split('?').next().unwrap_or_default().to_owned();
            self.get(&format!("{path}?{query}")).await
        } else {
            self.request("POST", &action, Some(Sent::Fields(fields)))
                .await
        }
    }

    async fn request(&mut self, method: &str, path: &str, form: Option<Sent>) -> PageSeen {
        let mut path = path.to_owned();
        let mut form = form;
        let mut method = method.to_owned();
        for _ in 0..10 {
            let url = if path.starts_with("http") {
                path.clone()
            } else {
                format!("{}{path}", self.base)
            };
            let mut request = if method == "POST" {
                crate::http().post(&url).header(ORIGIN, &self.origin)
            } else {
                crate::http().get(&url)
            };
            request = match &form {
                None => request,
                Some(Sent::Fields(fields)) => request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(
                        url::form_urlencoded::Serializer::new(String::new())
                            .extend_pairs(fields)
                            .finish(),
                    ),
                Some(Sent::Parts(body)) => request
                    .header("content-type", multipart::content_type())
                    .body(body.clone()),
            };
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(n, v)| format!("{n}={v}"))
                .collect();
            if !cookies.is_empty() {
                request = request.header("cookie", cookies.join("; "));
            }
            let answer = request
                .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                .header("accept-language", &self.language)
                .send()
                .await
                .expect("the node answers");
            for cookie in answer.headers().get_all(SET_COOKIE) {
                self.keep(cookie.to_str().unwrap_or_default());
            }
            let status = answer.status().as_u16();
            let location = answer
                .headers()
                .get(LOCATION)
                .and_then(|l| l.to_str().ok())
                .map(ToOwned::to_owned);
            if let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location) {
                if location.starts_with("http") && !location.starts_with(&self.base) {
                    return PageSeen {
                        status,
                        path: location,
                        body: String::new(),
                        headers: answer.headers().clone(),
                    };
                }
                path = location;
                if status <= 303 {
                    "GET".clone_into(&mut method);
                    form = None;
                }
                continue;
            }
            let headers = answer.headers().clone();
            let path = path.strip_prefix(&self.base).unwrap_or(&path).to_owned();
            return PageSeen {
                status,
                path,
                headers,
                body: answer.text().await.expect("a body"),
            };
        }
        panic!("more than ten redirects from {path}");
    }

    fn keep(&mut self, cookie: &str) {
        let Some((name, value)) = cookie.split(';').next().and_then(|c| c.split_once('=')) else {
            return;
        };
        if value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

type Fields = Vec<(String, String)>;

/// What is sent, in one of the two codings of forms.
enum Sent {
    Fields(Fields),
    Parts(Vec<u8>),
}

fn read_form(page: &PageSeen, selector: &str, values: &[(&str, &str)]) -> (String, String, Fields) {
    let document = Html::parse_document(&page.body);
    let parsed = Selector::parse(selector).expect("a selector");
    let form = document
        .select(&parsed)
        .next()
        .unwrap_or_else(|| panic!("no form {selector} on {}:\n{}", page.path, page.body));
    let controls = Selector::parse("input, textarea, select, button").expect("a selector");
    let mut fields: Fields = Vec::new();
    let mut names = Vec::new();
    for control in form.select(&controls) {
        let Some(name) = control.value().attr("name") else {
            continue;
        };
        names.push(name.to_owned());
        let element = control.value();
        let given = values.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let kind = element.attr("type").unwrap_or_default();
        let value = match element.name() {
            "textarea" => Some(
                control
                    .text()
                    .collect::<String>()
                    .trim_start_matches('\n')
                    .to_owned(),
            ),
            "select" => {
                let options = Selector::parse("option").expect("a selector");
                let all: Vec<_> = control.select(&options).collect();
                all.iter()
                    .find(|o| o.value().attr("selected").is_some())
                    .or(all.first())
                    .map(|o| o.value().attr("value").unwrap_or_default().to_owned())
            }
            "button" => {
                if let Some(given) = given
                    && element.attr("value") == Some(given)
                {
                    fields.push((name.to_owned(), given.to_owned()));
                }
                continue;
            }
            _ if matches!(kind, "submit" | "file") => continue,
            _ if kind == "radio" || kind == "checkbox" => {
                let own = element.attr("value").unwrap_or("on");
                let on = match given {
                    Some(given) => given == own,
                    None => element.attr("checked").is_some(),
                };
                if on {
                    fields.push((name.to_owned(), own.to_owned()));
                }
                continue;
            }
            _ => Some(element.attr("value").unwrap_or_default().to_owned()),
        };
        fields.push((
            name.to_owned(),
            given.map(ToOwned::to_owned).or(value).unwrap_or_default(),
        ));
    }
    for (name, _) in values {
        assert!(
            names.iter().any(|n| n == name),
            "the form {selector} on {} has no field {name}, only {names:?}",
            page.path
        );
    }
    let action = form.value().attr("action").unwrap_or(&page.path).to_owned();
    let method = form.value().attr("method").unwrap_or("get").to_lowercase();
    (action, method, fields)
}
