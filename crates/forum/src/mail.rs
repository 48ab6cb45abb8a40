//! Mail of the node: what is to be said, to whom; not its words, which `parvis-web` writes.
//!
//! A mail is a job in the transaction that calls for it, once per cause. Links are made from the configured
//! public address alone. Headers are built by the mail library from text without control characters (S-094).

use std::time::Duration;

use lettre::message::{Mailbox, MultiPart, SinglePart, header};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::jobs::{self, Job};
use crate::{Config, Error, Forum, Person, Result, Tx};

/// Name of the job that sends a mail.
pub const JOB: &str = "mail";

/// A mail to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Address.
    pub to: String,
    /// Language of the person, `fr` or `en`.
    pub locale: String,
    /// What is said.
    pub about: About,
}

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum About {
    /// Confirm your address.
    ConfirmEmail {
        /// Name of the account.
        name: String,
        /// Where to confirm, within 48 hours.
        link: String,
    },
    /// Somebody asked for an account with your address, but you have one.
    AlreadyRegistered {
        /// Name of the account.
        name: String,
        /// Where to sign in.
        link: String,
    },
    /// Choose a new password.
    ResetPassword {
        /// Name of the account.
        name: String,
        /// Where to choose it, within a quarter of an hour.
        link: String,
    },
    /// Confirm the address that your account is to have.
    ConfirmNewEmail {
        /// Name of the account.
        name: String,
        /// Where to confirm, within 48 hours.
        link: String,
    },
    /// To the address before: your account has another one.
    EmailChanged {
        /// Name of the account.
        name: String,
    },
    /// Your password was changed.
    PasswordChanged {
        /// Name of the account.
        name: String,
    },
    /// Your account is open.
    AccountApproved {
        /// Name of the account.
        name: String,
        /// Where to sign in.
        link: String,
    },
    /// Your account was refused.
    AccountRefused {
        /// Name that was asked for.
        name: String,
        /// Why, in the words of who decided; may be empty.
        reason: String,
    },
    /// To moderators: somebody waits for an account.
    ApprovalRequested {
        /// Name of the account.
        name: String,
        /// What the person wrote.
        reason: String,
        /// Where to decide.
        link: String,
    },
    /// To moderators: something was reported.
    ReportFiled {
        /// Number of the report.
        number: String,
        /// Where to decide.
        link: String,
    },
    /// What was decided about something that you reported.
    ReportDecided {
        /// Name of the account, or the name that a visitor gave; may be empty.
        name: String,
        /// Number of the report.
        number: String,
        /// What was reported.
        link: String,
        /// Whether it was removed.
        removed: bool,
        /// Why, in the words of who decided.
        reason: String,
    },
    /// A second factor is asked for from now on.
    SecondFactorOn {
        /// Name of the account.
        name: String,
    },
    /// The second factor has another key.
    SecondFactorReplaced {
        /// Name of the account.
        name: String,
    },
    /// No second factor is asked for any more.
    SecondFactorOff {
        /// Name of the account.
        name: String,
    },
    /// An administrator took the second factor away.
    SecondFactorReset {
        /// Name of the account.
        name: String,
        /// Why; may be empty.
        reason: String,
    },
    /// There are other recovery codes.
    RecoveryCodesRenewed {
        /// Name of the account.
        name: String,
    },
    /// Somebody signed in with a recovery code.
    RecoveryCodeUsed {
        /// Name of the account.
        name: String,
        /// Codes that are left.
        left: u64,
    },
    /// Your account is suspended.
    AccountSuspended {
        /// Name of the account.
        name: String,
        /// Why.
        reason: String,
    },
}

/// The words of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML, if any.
    pub html: Option<String>,
}

/// Adds a mail to `person`, due at once. `unique_key` names its cause: nothing is added a second time.
pub async fn enqueue(tx: &Tx, person: &Person, about: About, unique_key: &str) -> Result<()> {
    enqueue_to(tx, &person.email, &person.locale, about, unique_key).await
}

/// The same, to somebody without an account.
pub(crate) async fn enqueue_to(
    tx: &Tx,
    email: &str,
    locale: &str,
    about: About,
    unique_key: &str,
) -> Result<()> {
    let mail = Mail {
        to: email.to_owned(),
        locale: locale.to_owned(),
        about,
    };
    jobs::enqueue(tx, JOB, &mail, Some(&format!("mail:{unique_key}"))).await?;
    Ok(())
}

/// Reads the mail of a job.
pub fn of_job(job: &Job) -> Result<Mail> {
    jobs::payload(job)
}

/// The Message-ID of a job's mail: the same at each try.
pub fn message_id(config: &Config, job: &Job) -> String {
    format!("<job-{}@{}>", job.id, config.server.public_url.host())
}

/// Sends a mail, or writes it to the log when no mail server is configured.
pub async fn send(forum: &Forum, to: &str, text: &MailText, message_id: &str) -> Result<()> {
    let config = forum.config();
    let Some(url) = &config.mail.url else {
        // Without a mail server this is the only way by which a link reaches its reader.
        tracing::info!(
            mail.to = to,
            mail.subject = one_line(&text.subject),
            "mail is not configured, this one is not sent:\n{}",
            text.text
        );
        return Ok(());
    };
    let message = build(config, to, text, message_id, forum)?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
        .map_err(|e| Error::External(format!("mail.url: {e}")))?
        .timeout(Some(Duration::from_secs(30)))
        .build();
    transport
        .send(message)
        .await
        .map_err(|e| Error::External(format!("mail server {}: {e}", url.host())))?;
    Ok(())
}

fn build(
    config: &Config,
    to: &str,
    text: &MailText,
    message_id: &str,
    forum: &Forum,
) -> Result<Message> {
    let address: Address = to
        .parse()
        .map_err(|_| Error::External("a mail has an unreadable address".to_owned()))?;
    let from = config.mail_from();
    let from = Mailbox::new(from.name.as_deref().map(one_line), from.email);
    let builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, address))
        .subject(one_line(&text.subject))
        .message_id(Some(one_line(message_id)))
        .date(forum.now().datetime().into())
        .header(AutoSubmitted);
    let message = match &text.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(
            text.text.clone(),
            html.clone(),
        )),
        None => builder.singlepart(SinglePart::plain(text.text.clone())),
    };
    message.map_err(|e| Error::External(format!("cannot write a mail: {e}")))
}

/// `Auto-Submitted: auto-generated` (RFC 3834): holiday messages don't answer.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The text without control characters: one header line whatever somebody typed.
fn one_line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_database;

    /// A mail server on this machine that takes one mail; returns its address and what it was told.
    async fn mail_server() -> (String, impl Future<Output = String>) {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let talk = async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 here\r\n").await.unwrap();
            let (mut told, mut in_data) = (String::new(), false);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap() == 0 {
                    return told;
                }
                told.push_str(&line);
                let answer = match line.trim_end() {
                    "." => {
                        in_data = false;
                        "250 taken"
                    }
                    _ if in_data => continue,
                    "DATA" => {
                        in_data = true;
                        "354 go on"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 fine",
                };
                stream
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .await
                    .unwrap();
            }
        };
        (format!("smtp://{address}"), talk)
    }

    #[tokio::test]
    async fn a_mail_reaches_the_server_with_the_id_of_its_job() {
        let (url, talk) = mail_server().await;
        let dir = tempfile::tempdir().unwrap();
        let db = crate::Db::connect(&format!("sqlite://{}/t.db", dir.path().display()), None)
            .await
            .unwrap();
        let mut config = Config::default();
        config.mail.url = Some(url.parse().unwrap());
        let forum = Forum::new(db, config, crate::Clock::system());
        let text = MailText {
            subject: "Élections".to_owned(),
            text: "Bonjour".to_owned(),
            html: None,
        };
        let (sent, told) = tokio::join!(
            send(&forum, "jeanne@ville.example", &text, "<job-1@localhost>"),
            talk
        );
        sent.unwrap();
        assert!(told.contains("RCPT TO:<jeanne@ville.example>"), "{told}");
        assert!(told.contains("Message-ID: <job-1@localhost>"), "{told}");
        assert!(told.contains("\r\nBonjour"), "{told}");
    }

    #[tokio::test]
    async fn typed_text_stays_in_one_header_line() {
        let mut config = Config::default();
        config.node.name = "Forum\r\nBcc: x@evil.example".to_owned();
        on_each_database(config, async |forum| {
            let text = MailText {
                subject: "Bonjour\r\nBcc: x@evil.example\r\n\r\nBuy".to_owned(),
                text: "Le texte".to_owned(),
                html: None,
            };
            let config = forum.config();
            let id = "<job-1@localhost>\r\nX: y";
            let mail = build(config, "jeanne@ville.example", &text, id, &forum).unwrap();
            let mail = String::from_utf8(mail.formatted()).unwrap();
            let (head, _) = mail.split_once("\r\n\r\n").unwrap();
            for line in head.split("\r\n") {
                assert!(
                    !line.starts_with("Bcc") && !line.starts_with("X:"),
                    "{head}"
                );
            }
            assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
            for to in ["jeanne@ville.example\r\nBcc: x@evil.example", "nobody", ""] {
                assert!(build(config, to, &text, "<1@x>", &forum).is_err(), "{to}");
            }
        })
        .await;
    }
}
