//! What somebody filled in, kept so that it isn't lost when the form can't be taken: the session ended, or the page was
//! open for too long.
//!
//! An extractor that reads a form puts it into the request's [`Keeper`]; whoever presents the error finds it there. Files
//! are not kept, nor passwords.

use std::sync::{Arc, OnceLock};

use axum::http::Extensions;

use super::form::FIELD;

/// Prefix of the fields that the sign-in form carries along.
const CARRIED: &str = "kept:";
/// The field of the sign-in form with the address of the kept form.
const ACTION: &str = "kept-action";
/// From this length on a text is shown rather than hidden.
const LONG: usize = 100;

/// A form that was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptForm {
    /// Path and query that it was sent to.
    pub(crate) action: String,
    /// Its fields, without the token and without passwords.
    pub(crate) fields: Vec<(String, String)>,
    /// True if it had a password, so that it can't be sent again as it is.
    pub(crate) secret: bool,
}

impl KeptForm {
    /// The fields of a form that was sent to `action`.
    pub(crate) fn new(action: &str, fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = Self {
            action: action.to_owned(),
            ..Self::default()
        };
        for (name, value) in fields {
            if name.contains("password") || name.starts_with("current") {
                form.secret = true;
            } else if name != FIELD {
                form.fields.push((name, value));
            }
        }
        form
    }

    /// True if there is something that can be sent again.
    pub(crate) fn can_be_sent(&self) -> bool {
        !self.secret && !self.fields.is_empty()
    }

    /// Place of what somebody wrote among the fields: the text of a post, else the longest one if it is long.
    pub(crate) fn longest(&self) -> Option<usize> {
        let is_post = |name: &str| name == "content";
        self.fields
            .iter()
            .enumerate()
            .filter(|(_, (name, value))| {
                is_post(name) || value.contains('\n') || value.chars().count() > LONG
            })
            .max_by_key(|(_, (name, value))| (is_post(name), value.len()))
            .map(|(place, _)| place)
    }

    /// What somebody wrote, if it is worth a copy.
    pub(crate) fn written(&self) -> Option<String> {
        let (_, text) = self.fields.get(self.longest()?)?;
        (!text.trim().is_empty()).then(|| text.clone())
    }

    /// The longest thing that was written.
    pub(crate) fn text(&self) -> String {
        self.fields
            .iter()
            .map(|(_, value)| value)
            .max_by_key(|value| value.len())
            .cloned()
            .unwrap_or_default()
    }

    /// As the sign-in form carries it.
    pub(crate) fn carried(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter();
        let mut carried = vec![(ACTION.to_owned(), self.action.clone())];
        carried.extend(fields.map(|(name, value)| (format!("{CARRIED}{name}"), value.clone())));
        carried
    }

    /// Takes out of the fields of the sign-in form what it carries; none if it carries nothing.
    pub(crate) fn from_carried(fields: &[(String, String)]) -> Option<Self> {
        let action = fields.iter().find(|(name, _)| name == ACTION)?.1.clone();
        crate::cookies::local_path(&action)?;
        let fields = fields.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(CARRIED)?;
            Some((name.to_owned(), value.clone()))
        });
        Some(Self::new(&action, fields)).filter(Self::can_be_sent)
    }
}

/// Where the form of a request is kept; one for each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeper(Arc<OnceLock<KeptForm>>);

impl Keeper {
    /// Keeps a form for whoever presents an error of this request.
    pub(crate) fn keep(extensions: &Extensions, form: impl FnOnce() -> KeptForm) {
        if let Some(Self(place)) = extensions.get::<Self>() {
            place.get_or_init(form);
        }
    }

    /// The form of this request, if one was read.
    pub(crate) fn form(&self) -> Option<&KeptForm> {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_form_survives_the_trip_through_the_sign_in_form() {
        let form = KeptForm::new(
            "/t/1/posts",
            fields(&[
                ("csrf", "x"),
                ("content", "Un\ndeux"),
                ("action", "publish"),
            ]),
        );
        assert_eq!(form.fields.len(), 2);
        assert_eq!(form.longest(), Some(0));
        let mut carried = form.carried();
        carried.push(("login".to_owned(), "ana".to_owned()));
        assert_eq!(KeptForm::from_carried(&carried), Some(form));
    }

    #[test]
    fn no_password_is_kept_and_no_other_site_is_written_to() {
        let form = KeptForm::new(
            "/login",
            fields(&[("login", "ana"), ("password", "secret")]),
        );
        assert!(!form.can_be_sent() && !format!("{form:?}").contains("\"secret\""));
        for action in ["https://evil.example/", "//evil.example", ""] {
            let carried = fields(&[("kept-action", action), ("kept:content", "x")]);
            assert_eq!(KeptForm::from_carried(&carried), None, "{action}");
        }
    }
}
