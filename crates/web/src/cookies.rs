//! The cookies of the node, and where a redirect may lead.
//!
//! All are `HttpOnly; SameSite=Lax` on `/`. Over https they are `Secure` and carry the `__Host-` prefix; over plain
//! http their name ends with the port, because browsers share cookies between the ports of a host. A visitor gets none
//! by reading: only signing in, choosing a language or colours, and the message after an action set one.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use parvis_forum::Config;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Who is signed in.
    Session,
    /// Whose sign-in waits for a code.
    SignIn,
    /// The message shown after a redirect.
    Notice,
    /// The language that was chosen.
    Language,
    /// The colours that were chosen.
    Theme,
    /// The visitor's own server, for following from there.
    Server,
    /// Where the answer to a visitor's report goes, for the page that says so.
    Receipt,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::SignIn => "sign-in",
            Self::Notice => "notice",
            Self::Language => "language",
            Self::Theme => "theme",
            Self::Server => "server",
            Self::Receipt => "receipt",
        }
    }
}

/// How cookies of this node are named and written.
#[derive(Clone, Debug)]
pub struct Cookies {
    secure: bool,
    suffix: String,
}

impl Cookies {
    /// For a node with this public address.
    pub fn new(config: &Config) -> Self {
        let secure = config.is_https();
        let suffix = if secure {
            String::new()
        } else {
            let port = config
                .public_authority()
                .rsplit_once(':')
                .map_or("80", |(_, port)| port);
            format!("_{port}")
        };
        Self { secure, suffix }
    }

    /// Name of a cookie: `__Host-parvis_session` over https, `parvis_session_8080` over http.
    pub fn name(&self, purpose: Purpose) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}parvis_{}{}", purpose.word(), self.suffix)
    }

    /// The value that the browser sent.
    pub fn read<'h>(&self, headers: &'h HeaderMap, purpose: Purpose) -> Option<&'h str> {
        let name = self.name(purpose);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The language and the colours that a visitor chose, empty where none was. None when the browser sent another cookie
    /// of ours: then the answer is for nobody else.
    pub fn choices<'h>(&self, headers: &'h HeaderMap) -> Option<(&'h str, &'h str)> {
        let others = [
            Purpose::Session,
            Purpose::SignIn,
            Purpose::Notice,
            Purpose::Server,
            Purpose::Receipt,
        ];
        if others
            .iter()
            .any(|purpose| self.read(headers, *purpose).is_some())
        {
            return None;
        }
        let choice = |purpose| self.read(headers, purpose).unwrap_or_default();
        Some((choice(Purpose::Language), choice(Purpose::Theme)))
    }

    /// A `Set-Cookie` that lasts `seconds`; none for one that ends with the browser.
    ///
    /// # Panics
    ///
    /// Never: whatever is not printable ASCII is left out of the value.
    pub fn set(&self, purpose: Purpose, value: &str, seconds: Option<i64>) -> HeaderValue {
        let name = self.name(purpose);
        let life = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let secure = if self.secure { "; Secure" } else { "" };
        let value: String = value
            .chars()
            .filter(|c| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"' | '\\'))
            .collect();
        HeaderValue::from_str(&format!(
            "{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}"
        ))
        .expect("printable ASCII only")
    }

    /// A `Set-Cookie` that takes the cookie away.
    pub fn forget(&self, purpose: Purpose) -> HeaderValue {
        self.set(purpose, "", Some(0))
    }
}

/// Adds a `Set-Cookie` to an answer.
pub fn add(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.append(SET_COOKIE, cookie);
}

/// The target of a redirect if it is a path of this node: one `/` first, then neither `/` nor `\`, no control
/// character and no backslash anywhere (browsers drop the first and turn the second).
pub fn local_path(target: &str) -> Option<&str> {
    let rest = target.strip_prefix('/')?;
    let plain = !rest.starts_with('/')
        && target.len() <= 2000
        && target
            .chars()
            .all(|c| c != '\\' && !c.is_control() && !c.is_whitespace());
    plain.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_nodes_on_one_host_do_not_share_cookies() {
        let mut config = Config::default();
        let cookies = Cookies::new(&config);
        assert_eq!(cookies.name(Purpose::Session), "parvis_session_8080");
        let set = cookies.set(Purpose::Session, "abc", Some(60));
        let set = set.to_str().unwrap();
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Lax"),
            "{set}"
        );
        assert!(
            set.contains("Max-Age=60") && !set.contains("Secure"),
            "{set}"
        );

        config.server.public_url = "https://forum.example.fr".parse().unwrap();
        let cookies = Cookies::new(&config);
        assert_eq!(cookies.name(Purpose::Session), "__Host-parvis_session");
        let set = cookies.set(Purpose::Session, "abc", None);
        assert!(set.to_str().unwrap().contains("Secure"));
        assert!(set.to_str().unwrap().contains("Path=/"));
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let cookies = Cookies::new(&Config::default());
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            "parvis_session_8081=other; parvis_session_8080=mine"
                .parse()
                .unwrap(),
        );
        assert_eq!(cookies.read(&headers, Purpose::Session), Some("mine"));
        assert_eq!(cookies.read(&headers, Purpose::Notice), None);
    }

    #[test]
    fn redirects_stay_here() {
        for good in ["/", "/t/1/velo?page=2#p-3", "/search?q=a%20b"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "https:evil",
            "https://evil.example/",
            "/\t/evil.example",
            "/a\\b",
            "javascript:alert(1)",
            "",
            "t/1",
            "/a\r\nSet-Cookie: x=1",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
