//! Turns view structs into HTML: one minijinja environment per locale over the embedded `templates/` folder.
//!
//! Templates know nothing of the forum: they read a [`View`] and the [`Frame`]. Undefined names are errors, every value
//! is escaped, and only [`crate::views::Html`] passes as it is. Without optimisations `rust-embed` reads the files from
//! the disk, so [`Templates::load`] shows an edit after a restart without a compilation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, HtmlEscape, UndefinedBehavior, context,
};
use rust_embed::RustEmbed;

use crate::assets::Assets;
use crate::i18n::{Arg, Catalog, DateForm, Locale, TextError, date_text, number_text};
use crate::views::{Frame, View};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates"]
struct TemplateFiles;

/// Why a page could not be made. Each is a mistake in the program or its files, never the reader's.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template does not parse, or asks for something that is not there.
    #[error("template could not be rendered: {0:#}")]
    Template(#[from] minijinja::Error),
    /// The texts could not be loaded.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// All templates, ready in all locales.
#[derive(Debug)]
pub struct Templates {
    fr: Environment<'static>,
    en: Environment<'static>,
    catalog: Arc<Catalog>,
    assets: Arc<Assets>,
}

impl Templates {
    /// Parses the embedded texts, and makes ready for the templates.
    pub fn load() -> Result<Self, RenderError> {
        let catalog = Catalog::shared();
        let assets = Arc::new(Assets::load());
        Ok(Self {
            fr: environment(Locale::Fr, &catalog, &assets)?,
            en: environment(Locale::En, &catalog, &assets)?,
            catalog,
            assets,
        })
    }

    /// The interface texts, for what is said outside templates.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The files that pages refer to.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The whole page for a view.
    pub fn render<V: View>(
        &self,
        locale: Locale,
        frame: &Frame,
        view: &V,
    ) -> Result<String, RenderError> {
        let environment = match locale {
            Locale::Fr => &self.fr,
            Locale::En => &self.en,
        };
        let template = environment.get_template(V::TEMPLATE)?;
        let html = template.render(context! {
            frame => Value::from(Serde(frame)),
            page => Value::from(Serde(view)),
            locale => locale.code(),
        })?;
        Ok(html)
    }
}

fn environment(
    locale: Locale,
    catalog: &Arc<Catalog>,
    assets: &Arc<Assets>,
) -> Result<Environment<'static>, RenderError> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );

    let texts = Arc::clone(catalog);
    env.add_function("t", move |key: &str, kwargs: Kwargs| {
        text(&texts, locale, key, &kwargs, false)
    });
    let texts = Arc::clone(catalog);
    env.add_function("th", move |key: &str, kwargs: Kwargs| {
        text(&texts, locale, key, &kwargs, true).map(Value::from_safe_string)
    });
    let files = Arc::clone(assets);
    env.add_function("asset", move |name: &str| {
        files
            .path(name)
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("no asset {name}")))
    });
    env.add_function("icon", icon);
    let texts = Arc::clone(catalog);
    env.add_function("language_name", move |tag: &str| {
        language_name(&texts, locale, tag)
    });
    env.add_filter("date", move |moment: &str, zone: &str, form: &str| {
        date(locale, moment, zone, form)
    });
    env.add_filter("number", move |number: i64| number_text(locale, number));
    env.add_filter("query", |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
    });
    env.add_filter("initial", initial);
    env.add_filter("hue", hue);

    // Each is compiled when it is first needed: together they take several megabytes.
    env.set_loader(|name| {
        Ok(TemplateFiles::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned()))
    });
    Ok(env)
}

/// The text of a key. In HTML mode the text may hold markup of ours and its arguments are escaped, save safe ones.
fn text(
    catalog: &Catalog,
    locale: Locale,
    key: &str,
    kwargs: &Kwargs,
    html: bool,
) -> Result<String, Error> {
    let mut args = Vec::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let arg = match (value.kind(), i64::try_from(value.clone())) {
            (ValueKind::Number, Ok(number)) => Arg::Number(number),
            _ if html && !value.is_safe() => Arg::from(HtmlEscape(&value.to_string()).to_string()),
            _ => Arg::from(value.to_string()),
        };
        args.push((name, arg));
    }
    kwargs.assert_all_used()?;
    catalog
        .try_text(locale, key, &args)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// One icon of the sprite in the layout. Always beside words, so hidden from readers of the screen.
fn icon(name: &str) -> Result<Value, Error> {
    if !ICONS.contains(&name) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("no icon {name}"),
        ));
    }
    Ok(Value::from_safe_string(format!(
        "<svg class=\"icon\" aria-hidden=\"true\" focusable=\"false\"><use href=\"#i-{name}\"/></svg>"
    )))
}

/// The icons of `components/icons.html`: ours, at most 26.
const ICONS: [&str; 25] = [
    "answer",
    "bookmark",
    "check",
    "copy",
    "delete",
    "discussion",
    "edit",
    "feed",
    "flag",
    "globe",
    "history",
    "info",
    "lock",
    "menu",
    "official",
    "person",
    "pin",
    "plus",
    "question",
    "practice",
    "quote",
    "reply",
    "search",
    "useful",
    "warning",
];

/// The name of a language in the reader's language, or its tag if it has no name here.
fn language_name(catalog: &Catalog, locale: Locale, tag: &str) -> String {
    let primary = tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
    catalog
        .try_text(locale, &format!("language-{primary}"), &[])
        .unwrap_or_else(|_| tag.to_owned())
}

fn date(locale: Locale, moment: &str, zone: &str, form: &str) -> Result<String, Error> {
    let invalid = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let moment: DateTime<Utc> = moment
        .parse()
        .map_err(|_| invalid(format!("{moment} is not a moment")))?;
    let form = match form {
        "short" => DateForm::Short,
        "medium" => DateForm::Medium,
        "long" => DateForm::Long,
        "full" => DateForm::Full,
        other => return Err(invalid(format!("{other} is not a form of date"))),
    };
    let zone: Tz = zone.parse().unwrap_or(Tz::Europe__Paris);
    Ok(date_text(locale, moment, zone, form))
}

/// The letter of someone's badge: the first letter or digit of the name, in upper case.
fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map_or_else(|| "?".to_owned(), |c| c.to_uppercase().collect())
}

/// The colour of someone's badge, 0 to 7, always the same for the same handle (FNV-1a).
fn hue(handle: &str) -> u32 {
    let hash = handle.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash >> 8) % 8
}
