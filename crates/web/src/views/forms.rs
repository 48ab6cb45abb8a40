//! Parts of forms: the problem of a field, choices of a list.

use serde::Serialize;

use crate::extract::kept::KeptForm;
use crate::i18n::{Catalog, Locale};

/// A field that has to be corrected. The summary on top of the form links to the field of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Name of the field in the form; empty for the form as a whole.
    pub field: String,
    /// The cure, in the reader's language.
    pub message: String,
}

impl FieldError {
    /// A problem of a field, said in the reader's language.
    pub fn new(catalog: &Catalog, locale: Locale, field: &str, problem: &Problem) -> Self {
        Self {
            field: field.to_owned(),
            message: problem.text(catalog, locale),
        }
    }
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was written.
    Empty,
    /// More signs than allowed.
    TooLong {
        /// The limit.
        max: u32,
    },
    /// Fewer signs than asked for.
    TooShort {
        /// The limit.
        min: u32,
    },
    /// None of the choices was taken.
    NotChosen,
    /// Not a number of days that a ban may last.
    Days,
    /// A box that has to be ticked was not.
    NotTicked,
    /// Not an e-mail address.
    Email,
    /// One's e-mail address already.
    EmailUnchanged,
    /// Not a name that a handle may have.
    HandleForm,
    /// The handle is taken.
    HandleTaken,
    /// Not a slug that a category may have.
    SlugForm,
    /// The slug is taken.
    SlugTaken,
    /// The two passwords differ.
    PasswordsDiffer,
    /// The password is on the list of common ones, or has one's own name in it.
    PasswordWeak,
    /// The present password is not right.
    PasswordWrong,
    /// E-mail or password is wrong: it is not said which.
    Credentials,
    /// The code of the second factor is wrong, or was used.
    CodeWrong,
    /// The recovery code is wrong, or was used.
    RecoveryCodeWrong,
    /// The password was given too long ago for the code.
    SignInOver,
    /// The account waits, is suspended or was refused.
    AccountClosed,
    /// Not a Fediverse address.
    RemoteAddress,
    /// The other server was not found.
    RemoteHost,
    /// The other server has no such account.
    RemoteAccount,
    /// The other server does not offer to follow from elsewhere.
    RemoteUnsupported,
    /// The other server did not answer in time.
    RemoteTimeout,
    /// The other server is blocked here.
    RemoteBlocked,
    /// The last administrator stays one.
    LastAdmin,
    /// Nobody of that name is known here.
    PersonUnknown,
    /// The other address doesn't say that it was this one.
    MoveUnconfirmed,
    /// The other address has moved itself.
    MoveMoved,
    /// A person is no category.
    MoveKind,
    /// The address is one's own.
    MoveOneself,
    /// Too many former addresses.
    MoveAliases,
    /// The last move is too recent.
    MoveLater {
        /// Days to wait.
        days: u32,
    },
    /// The same message was sent a moment ago.
    Duplicate,
    /// More links than a new member may send.
    TooManyLinks {
        /// The limit.
        max: u32,
    },
    /// More mentions than a new member may send.
    TooManyMentions {
        /// The limit.
        max: u32,
    },
    /// A new member wrote as much as they may within a day.
    NewMember {
        /// Minutes to wait.
        minutes: u32,
    },
    /// Too many messages in a short time.
    TooFast,
    /// More tags than allowed.
    TooManyTags {
        /// The limit.
        max: u32,
    },
    /// More drafts than are kept.
    TooManyDrafts {
        /// The limit.
        max: u32,
    },
    /// A type of file that is not taken.
    FileRefused,
    /// A picture that can't be read.
    FileBroken,
    /// A file that is too heavy.
    FileTooLarge {
        /// The limit, in megabytes.
        max: u32,
    },
    /// A picture with too many pixels.
    TooManyPixels {
        /// The limit, in millions.
        max: u32,
    },
    /// More files than a post may have.
    TooManyFiles {
        /// The limit.
        max: u32,
    },
    /// Too many files in a short time.
    TooManyUploads {
        /// How long to wait.
        minutes: u32,
    },
    /// A file waited too long for its post, or was attached to another one.
    FileGone,
    /// A picture without an alternative, which is not said to decorate only.
    NoAlternative,
    /// A poll needs other choices, or another end.
    Poll,
    /// The topic, post or category is not there any more.
    TargetGone,
    /// Anything else.
    Invalid,
}

impl Problem {
    /// What the forum says of a field.
    pub fn of(error: &parvis_forum::FieldError) -> Self {
        match (error.field, error.code) {
            ("affiliation" | "subtype" | "affiliation_subtype", "blank" | "unknown") => {
                Self::NotChosen
            }
            ("days", _) => Self::Days,
            ("file", "refused" | "blank") => Self::FileRefused,
            ("file", "broken") => Self::FileBroken,
            ("file", "too-large") => Self::FileTooLarge {
                max: error.limit.unwrap_or_default(),
            },
            ("file", "too-many-pixels") => Self::TooManyPixels {
                max: error.limit.unwrap_or_default(),
            },
            ("poll", _) => Self::Poll,
            (_, "blank") => Self::Empty,
            ("tags", "too-long") => Self::TooManyTags {
                max: error.limit.unwrap_or_default(),
            },
            (_, "too-many-links") => Self::TooManyLinks {
                max: error.limit.unwrap_or_default(),
            },
            (_, "too-many-mentions") => Self::TooManyMentions {
                max: error.limit.unwrap_or_default(),
            },
            ("draft", "too-many") => Self::TooManyDrafts {
                max: error.limit.unwrap_or_default(),
            },
            (_, "too-long") => Self::TooLong {
                max: error.limit.unwrap_or_default(),
            },
            (_, "too-short") => Self::TooShort {
                min: error.limit.unwrap_or_default(),
            },
            ("reply_to" | "category" | "quote", "unknown") => Self::TargetGone,
            ("target", "unconfirmed") => Self::MoveUnconfirmed,
            ("target", "moved") => Self::MoveMoved,
            ("target", "kind") => Self::MoveKind,
            ("target", "oneself") => Self::MoveOneself,
            ("alias", "too-many") => Self::MoveAliases,
            ("slug", "taken" | "reserved") => Self::SlugTaken,
            ("slug", "format") => Self::SlugForm,
            ("name", "taken" | "reserved") => Self::HandleTaken,
            ("name", "format") => Self::HandleForm,
            ("email", "format") => Self::Email,
            ("email", "unchanged") => Self::EmailUnchanged,
            (_, "common") => Self::PasswordWeak,
            ("password" | "current", "mismatch") => Self::PasswordWrong,
            _ => Self::Invalid,
        }
    }

    /// The sentence that names the cure.
    pub fn text(&self, catalog: &Catalog, locale: Locale) -> String {
        let plain = |key| catalog.text(locale, key, &[]);
        match self {
            Self::Empty => plain("problem-empty"),
            Self::TooLong { max } => {
                catalog.text(locale, "problem-too-long", &[("max", (*max).into())])
            }
            Self::TooShort { min } => {
                catalog.text(locale, "problem-too-short", &[("min", (*min).into())])
            }
            Self::NotChosen => plain("problem-not-chosen"),
            Self::Days => plain("problem-days"),
            Self::NotTicked => plain("problem-not-ticked"),
            Self::Email => plain("problem-email"),
            Self::EmailUnchanged => plain("problem-email-unchanged"),
            Self::HandleForm => plain("problem-handle-form"),
            Self::HandleTaken => plain("problem-handle-taken"),
            Self::SlugForm => plain("problem-slug-form"),
            Self::SlugTaken => plain("problem-slug-taken"),
            Self::PasswordsDiffer => plain("problem-passwords-differ"),
            Self::PasswordWeak => plain("problem-password-weak"),
            Self::PasswordWrong => plain("problem-password-wrong"),
            Self::Credentials => plain("problem-credentials"),
            Self::CodeWrong => plain("problem-code-wrong"),
            Self::RecoveryCodeWrong => plain("problem-recovery-code-wrong"),
            Self::SignInOver => plain("problem-sign-in-over"),
            Self::AccountClosed => plain("problem-account-closed"),
            Self::RemoteAddress => plain("problem-remote-address"),
            Self::RemoteHost => plain("problem-remote-host"),
            Self::RemoteAccount => plain("problem-remote-account"),
            Self::RemoteUnsupported => plain("problem-remote-unsupported"),
            Self::RemoteTimeout => plain("problem-remote-timeout"),
            Self::RemoteBlocked => plain("problem-remote-blocked"),
            Self::LastAdmin => plain("problem-last-admin"),
            Self::PersonUnknown => plain("problem-person-unknown"),
            Self::MoveUnconfirmed => plain("problem-move-unconfirmed"),
            Self::MoveMoved => plain("problem-move-moved"),
            Self::MoveKind => plain("problem-move-kind"),
            Self::MoveOneself => plain("problem-move-oneself"),
            Self::MoveAliases => plain("problem-move-aliases"),
            Self::MoveLater { days } => {
                catalog.text(locale, "problem-move-later", &[("n", (*days).into())])
            }
            Self::Duplicate => plain("problem-duplicate"),
            Self::TooManyLinks { max } => {
                catalog.text(locale, "problem-too-many-links", &[("max", (*max).into())])
            }
            Self::TooManyMentions { max } => catalog.text(
                locale,
                "problem-too-many-mentions",
                &[("max", (*max).into())],
            ),
            Self::NewMember { minutes } if *minutes > 90 => {
                let hours = minutes.div_ceil(60);
                catalog.text(locale, "problem-new-member-hours", &[("n", hours.into())])
            }
            Self::NewMember { minutes } => catalog.text(
                locale,
                "problem-new-member-minutes",
                &[("n", (*minutes).into())],
            ),
            Self::TooFast => plain("problem-too-fast"),
            Self::TooManyTags { max } => {
                catalog.text(locale, "problem-too-many-tags", &[("max", (*max).into())])
            }
            Self::TooManyDrafts { max } => {
                catalog.text(locale, "problem-too-many-drafts", &[("max", (*max).into())])
            }
            Self::FileRefused => plain("problem-file-refused"),
            Self::FileBroken => plain("problem-file-broken"),
            Self::FileTooLarge { max } => {
                catalog.text(locale, "problem-file-too-large", &[("max", (*max).into())])
            }
            Self::TooManyPixels { max } => {
                catalog.text(locale, "problem-too-many-pixels", &[("max", (*max).into())])
            }
            Self::TooManyFiles { max } => {
                catalog.text(locale, "problem-too-many-files", &[("max", (*max).into())])
            }
            Self::TooManyUploads { minutes } => catalog.text(
                locale,
                "problem-too-many-uploads",
                &[("n", (*minutes).into())],
            ),
            Self::FileGone => plain("problem-file-gone"),
            Self::NoAlternative => plain("problem-no-alternative"),
            Self::Poll => plain("problem-poll"),
            Self::TargetGone => plain("problem-target-gone"),
            Self::Invalid => plain("problem-invalid"),
        }
    }
}

/// A form that was not taken, with all that was filled in, to be sent again.
#[derive(Clone, Debug, Serialize)]
pub struct Resend {
    /// Where it goes.
    pub action: String,
    /// Fields that are sent along unseen.
    pub hidden: Vec<Field>,
    /// The long text, which can still be changed.
    pub text: Option<Field>,
}

/// A field with its value.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

impl Field {
    pub(crate) fn new((name, value): (String, String)) -> Self {
        Self { name, value }
    }
}

impl Resend {
    pub(crate) fn of(form: &KeptForm) -> Self {
        let mut fields = form.fields.clone();
        let text = form.longest().map(|place| Field::new(fields.remove(place)));
        Self {
            action: form.action.clone(),
            hidden: fields.into_iter().map(Field::new).collect(),
            text,
        }
    }
}

/// An entry of a list to choose from.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the reader sees.
    pub label: String,
}

/// Languages that the composer offers, as BCP 47 tags; their names come from the texts.
pub const POST_LANGUAGES: [&str; 14] = [
    "fr", "en", "de", "es", "it", "pt", "nl", "pl", "ro", "br", "oc", "ca", "ar", "uk",
];
