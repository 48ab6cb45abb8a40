//! The words of mails: what `parvis-forum` wants said becomes a subject and a plain text in the person's language.
//!
//! Text only: no image, nothing fetched from elsewhere (A11Y-32). Links come from the forum, which makes them from the
//! public address alone. Not here: sending, and who gets which mail.

use std::borrow::Cow;

use parvis_forum::Config;
use parvis_forum::mail::{About, Mail, MailText};

use crate::i18n::{Catalog, Locale, TextError};

/// What a mail is made of, top to bottom.
struct Parts<'a> {
    kind: &'static str,
    name: &'a str,
    /// Number of a report, or of the recovery codes that are left.
    number: Cow<'a, str>,
    /// Between the two texts: a link on a line of its own, or words of somebody.
    middle: Option<Middle<'a>>,
    /// A link below the second text.
    end: Option<String>,
}

enum Middle<'a> {
    Link(&'a str),
    Words(&'a str),
}

/// Subject and text of a mail.
///
/// Errs only when a text is missing, which the tests of this file would have found.
pub fn text(catalog: &Catalog, config: &Config, mail: &Mail) -> Result<MailText, TextError> {
    let locale = Locale::from_tag(&mail.locale).unwrap_or_default();
    let site = config.node.name.as_str();
    let Parts {
        kind,
        name,
        number,
        middle,
        end,
    } = parts(config, &mail.about);
    let say = |key: &str| {
        let args = [
            ("name", name.into()),
            ("number", number.as_ref().into()),
            ("site", site.into()),
        ];
        catalog.try_text(locale, key, &args)
    };
    let mut paragraphs = Vec::new();
    // Moderators read about somebody else: a greeting with that name would be for the wrong person.
    match &mail.about {
        About::ApprovalRequested { .. } | About::ReportFiled { .. } => {}
        _ if name.is_empty() => paragraphs.push(say("mail-hello-nobody")?),
        _ => paragraphs.push(say("mail-hello")?),
    }
    paragraphs.push(say(&format!("mail-before-{kind}"))?);
    match middle {
        None => {}
        Some(Middle::Link(link)) => paragraphs.push(link.to_owned()),
        Some(Middle::Words(words)) if words.trim().is_empty() => {
            paragraphs.push(say("mail-no-reason")?);
        }
        Some(Middle::Words(words)) => paragraphs.push(quoted(words)),
    }
    paragraphs.push(say(&format!("mail-after-{kind}"))?);
    paragraphs.extend(end);
    let contact = config.local_url("/contact").to_string();
    let signature = catalog.try_text(
        locale,
        "mail-signature",
        &[("site", site.into()), ("contact", contact.as_str().into())],
    )?;
    Ok(MailText {
        subject: format!("[{site}] {}", say(&format!("mail-subject-{kind}"))?),
        text: format!("{}\n\n-- \n{signature}\n", paragraphs.join("\n\n")),
        html: None,
    })
}

fn parts<'a>(config: &Config, about: &'a About) -> Parts<'a> {
    let part = |kind, name: &'a str, middle| Parts {
        kind,
        name,
        number: Cow::Borrowed(""),
        middle,
        end: None,
    };
    // Who did not do it has to change the password.
    let changed = |kind, name: &'a str| Parts {
        end: Some(config.local_url("/password/forgotten").to_string()),
        ..part(kind, name, None)
    };
    match about {
        About::ConfirmEmail { name, link } => part("confirm-email", name, Some(Middle::Link(link))),
        About::AlreadyRegistered { name, link } => {
            part("already-registered", name, Some(Middle::Link(link)))
        }
        About::ResetPassword { name, link } => {
            part("reset-password", name, Some(Middle::Link(link)))
        }
        About::ConfirmNewEmail { name, link } => {
            part("confirm-new-email", name, Some(Middle::Link(link)))
        }
        About::EmailChanged { name } => part("email-changed", name, None),
        About::PasswordChanged { name } => changed("password-changed", name),
        About::AccountApproved { name, link } => {
            part("account-approved", name, Some(Middle::Link(link)))
        }
        About::AccountRefused { name, reason } => {
            part("account-refused", name, Some(Middle::Words(reason)))
        }
        About::ApprovalRequested { name, reason, link } => Parts {
            end: Some(link.clone()),
            ..part("approval-requested", name, Some(Middle::Words(reason)))
        },
        About::ReportFiled { number, link } => Parts {
            number: number.into(),
            ..part("report-filed", "", Some(Middle::Link(link)))
        },
        About::ReportDecided {
            name,
            number,
            link,
            removed,
            reason,
        } => {
            let kind = if *removed {
                "report-removed"
            } else {
                "report-kept"
            };
            Parts {
                number: number.into(),
                end: Some(link.clone()),
                ..part(kind, name, Some(Middle::Words(reason)))
            }
        }
        About::SecondFactorOn { name } => changed("second-factor-on", name),
        About::SecondFactorReplaced { name } => changed("second-factor-replaced", name),
        About::SecondFactorOff { name } => changed("second-factor-off", name),
        About::RecoveryCodesRenewed { name } => changed("recovery-codes-renewed", name),
        About::RecoveryCodeUsed { name, left } => Parts {
            number: left.to_string().into(),
            ..changed("recovery-code-used", name)
        },
        About::SecondFactorReset { name, reason } => Parts {
            end: Some(config.local_url("/settings/security").to_string()),
            ..part("second-factor-reset", name, Some(Middle::Words(reason)))
        },
        About::AccountSuspended { name, reason } => {
            part("account-suspended", name, Some(Middle::Words(reason)))
        }
    }
}

/// Words of somebody, marked as such at the beginning of each line.
fn quoted(words: &str) -> String {
    words
        .trim()
        .lines()
        .map(|line| format!("> {}", line.trim_end()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reason: &str) -> Vec<About> {
        let name = "jeanne".to_owned();
        let link = "https://forum.example.fr/somewhere?token=abc".to_owned();
        let reason = reason.to_owned();
        vec![
            About::ConfirmEmail {
                name: name.clone(),
                link: link.clone(),
            },
            About::AlreadyRegistered {
                name: name.clone(),
                link: link.clone(),
            },
            About::ResetPassword {
                name: name.clone(),
                link: link.clone(),
            },
            About::PasswordChanged { name: name.clone() },
            About::AccountApproved {
                name: name.clone(),
                link: link.clone(),
            },
            About::AccountRefused {
                name: name.clone(),
                reason: reason.clone(),
            },
            About::ApprovalRequested {
                name: name.clone(),
                reason: reason.clone(),
                link: link.clone(),
            },
            About::AccountSuspended {
                name: name.clone(),
                reason: reason.clone(),
            },
            About::ReportFiled {
                number: "12".to_owned(),
                link: link.clone(),
            },
            About::ReportDecided {
                name: name.clone(),
                number: "12".to_owned(),
                link: link.clone(),
                removed: true,
                reason: reason.clone(),
            },
            About::ReportDecided {
                name: String::new(),
                number: "12".to_owned(),
                link: link.clone(),
                removed: false,
                reason,
            },
            About::EmailChanged { name: name.clone() },
            About::SecondFactorOn { name: name.clone() },
            About::SecondFactorReplaced { name: name.clone() },
            About::SecondFactorOff { name: name.clone() },
            About::RecoveryCodesRenewed { name: name.clone() },
            About::RecoveryCodeUsed {
                name: name.clone(),
                left: 9,
            },
            About::SecondFactorReset {
                name: name.clone(),
                reason: "Téléphone perdu.".to_owned(),
            },
            About::ConfirmNewEmail { name, link },
        ]
    }

    fn config() -> Config {
        let mut config = Config::default();
        config.server.public_url = "https://forum.example.fr".parse().unwrap();
        config.node.name = "Forum de l’Exemple".to_owned();
        config
    }

    fn write(locale: &str, about: About) -> MailText {
        let mail = Mail {
            to: "jeanne@ville.example".to_owned(),
            locale: locale.to_owned(),
            about,
        };
        text(&Catalog::load().unwrap(), &config(), &mail).unwrap()
    }

    #[test]
    fn every_mail_has_words_in_both_languages_and_links_on_the_public_address() {
        for locale in ["fr", "en"] {
            for about in all("Une raison.") {
                let mail = write(locale, about);
                assert!(
                    mail.subject.starts_with("[Forum de l’Exemple] "),
                    "{}",
                    mail.subject
                );
                assert_eq!(
                    mail.text.matches("http").count(),
                    mail.text.matches("https://forum.example.fr/").count(),
                    "{}",
                    mail.text
                );
                assert!(mail.text.contains("https://forum.example.fr/contact"));
                assert!(!mail.text.contains("{ $"), "{}", mail.text);
            }
        }
    }

    #[test]
    fn a_link_stands_on_a_line_of_its_own() {
        let mail = write("fr", all("").remove(0));
        assert!(
            mail.text
                .lines()
                .any(|line| line == "https://forum.example.fr/somewhere?token=abc"),
            "{}",
            mail.text
        );
    }

    #[test]
    fn the_words_of_an_applicant_are_marked_as_theirs() {
        let about = all("Bonjour.\nhttps://evil.example/").remove(6);
        let mail = write("fr", about);
        assert!(
            mail.text.contains("> Bonjour.\n> https://evil.example/"),
            "{}",
            mail.text
        );
        assert!(!mail.text.contains("Bonjour jeanne"), "{}", mail.text);
    }

    #[test]
    fn a_decision_names_the_report_and_gives_the_reasons() {
        let removed = write("fr", all("Diffamatoire.").remove(9));
        assert!(
            removed.subject.contains("n°\u{a0}12"),
            "{}",
            removed.subject
        );
        assert!(removed.text.contains("Bonjour jeanne"), "{}", removed.text);
        assert!(removed.text.contains("> Diffamatoire."), "{}", removed.text);
        let kept = write("fr", all("Une opinion.").remove(10));
        assert!(kept.text.starts_with("Bonjour,\n"), "{}", kept.text);
        assert!(kept.text.contains("> Une opinion."), "{}", kept.text);
    }

    #[test]
    fn a_missing_reason_is_said_to_be_missing() {
        let mail = write("en", all("  ").remove(5));
        assert!(mail.text.contains("No reason was given."), "{}", mail.text);
    }
}
