//! What the tree of settings takes, refuses and says.

use std::io::Write as _;

use super::*;

fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(None, env(pairs))
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

fn from_file(content: &str) -> Result<Config, ConfigError> {
    Config::load(Some(file(content).path()), env(&[]))
}

/// The refusal as an operator reads it, without the path of the temporary file.
fn refusal(result: Result<Config, ConfigError>) -> String {
    let text = result.unwrap_err().to_string();
    assert!(!text.contains('\n'), "one line: {text}");
    match text
        .split_once("/tmp")
        .and_then(|(before, rest)| Some((before, rest.split_once(", line")?.1)))
    {
        Some((before, after)) => format!("{before}FILE, line{after}"),
        None => text,
    }
}

#[test]
fn without_anything_the_defaults_run() {
    let config = from_env(&[]).unwrap();
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.server.public_url.to_string(),
        "http://localhost:8080"
    );
    assert_eq!(config.public_authority(), "localhost:8080");
    assert!(
        config
            .server
            .trusted_proxies
            .contains("127.0.0.1".parse().unwrap())
    );
    assert!(
        config
            .server
            .trusted_proxies
            .contains("::ffff:127.0.0.1".parse().unwrap())
    );
    assert!(
        !config
            .server
            .trusted_proxies
            .contains("10.0.0.1".parse().unwrap())
    );
    assert_eq!(config.database.url.as_str(), "sqlite://data/parvis.db");
    assert_eq!(config.storage.url.path(), Path::new("data/media"));
    assert!(
        config.federation.enabled && !config.federation.insecure && !config.federation.signed_fetch
    );
    assert_eq!(config.federation.mode, FederationMode::Open);
    assert_eq!(config.federation.concurrency, 64);
    assert_eq!(config.registration.mode, RegistrationMode::Approval);
    assert_eq!(config.ui.default_locale, Locale::French);
    assert_eq!(config.ui.time_zone.name(), "Europe/Paris");
    assert_eq!(config.node.name, "Forum");
    assert_eq!(config.node.institution, None);
    assert!(config.mail.url.is_none());
    assert_eq!(config.mail_from().to_string(), "Forum <no-reply@localhost>");
    assert_eq!(config.retention.outbox_days, Days(30));
    assert_eq!(config.content.licence.as_str(), "etalab-2.0");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = file(
        "[server]\nbind = \"127.0.0.1:9000\"\n[federation]\nconcurrency = 8\nmode = \"allowlist\"\n",
    );
    let config = Config::load(
        Some(file.path()),
        env(&[
            ("PARVIS_FEDERATION__CONCURRENCY", "16"),
            ("PARVIS_UI__DEFAULT_LOCALE", "en"),
            ("HOME", "/x"),
        ]),
    )
    .unwrap();
    assert_eq!(config.server.bind.port(), 9000);
    assert_eq!(config.federation.mode, FederationMode::Allowlist);
    assert_eq!(config.federation.concurrency, 16);
    assert_eq!(config.ui.default_locale, Locale::English);
}

#[test]
fn lists_come_with_commas_or_as_toml() {
    for word in ["10.0.0.0/8, fd00::/8", "[\"10.0.0.0/8\", \"fd00::/8\"]"] {
        let config = from_env(&[("PARVIS_FEDERATION__PRIVATE_NETWORKS", word)]).unwrap();
        assert!(
            config
                .federation
                .private_networks
                .contains("10.1.2.3".parse().unwrap()),
            "{word}"
        );
        assert!(
            config
                .federation
                .private_networks
                .contains("fd00::1".parse().unwrap()),
            "{word}"
        );
        assert!(
            !config
                .federation
                .private_networks
                .contains("192.168.0.1".parse().unwrap()),
            "{word}"
        );
    }
    let config = from_file("[registration]\nemail_domains = [\"Ville.Example.fr\"]\n").unwrap();
    assert!(
        config
            .registration
            .email_domains
            .match_address("a@ville.example.FR")
    );
    assert!(
        !config
            .registration
            .email_domains
            .match_address("a@sous.ville.example.fr")
    );
}

#[test]
fn an_unknown_key_names_the_nearest_and_the_line() {
    assert_eq!(
        refusal(from_file("[server]\n\nbimd = \"127.0.0.1:1\"\n")),
        "unknown key server.bimd (FILE, line 3): the nearest valid one is server.bind"
    );
    assert_eq!(
        refusal(from_file("[serveur]\nbind = \"127.0.0.1:1\"\n")),
        "unknown key serveur.bind (FILE, line 2): the nearest valid one is server.bind"
    );
    assert_eq!(
        refusal(from_file("public_url = \"http://a\"\n")),
        "unknown key public_url (FILE, line 1): the nearest valid one is server.public_url"
    );
    assert_eq!(
        refusal(from_file("[databse]\n")),
        "unknown section [databse] (FILE, line 1): the nearest valid one is [database]"
    );
    assert_eq!(
        refusal(from_env(&[("PARVIS_DATABASE__URI", "x")])),
        "unknown key database.uri (environment, PARVIS_DATABASE__URI): the nearest valid one is database.url"
    );
    assert_eq!(
        refusal(from_env(&[("PARVIS_DATABASE_URL", "x")])),
        "unknown variable PARVIS_DATABASE_URL: write PARVIS_DATABASE__URL"
    );
    assert_eq!(
        refusal(from_env(&[("PARVIS_RETENTION__OUTBOX_DAY", "3")])),
        "unknown key retention.outbox_day (environment, PARVIS_RETENTION__OUTBOX_DAY): the nearest valid one is retention.outbox_days"
    );
}

#[test]
fn variables_that_are_no_settings_are_left_alone() {
    from_env(&[
        ("PARVIS_CONFIG", "x"),
        ("PARVIS_LOG", "debug"),
        ("PARVIS_TEST_DATABASE__URL", "x"),
        ("PARVIS_SERVICE_HOST", "10.0.0.1"),
    ])
    .unwrap();
}

#[test]
fn a_value_out_of_range_names_key_value_and_range() {
    assert_eq!(
        refusal(from_file("[federation]\nconcurrency = 4096\n")),
        "federation.concurrency = 4096 (FILE, line 2): must be 1 to 1024"
    );
    assert_eq!(
        refusal(from_env(&[("PARVIS_FEDERATION__CONCURRENCY", "0")])),
        "federation.concurrency = \"0\" (environment, PARVIS_FEDERATION__CONCURRENCY): must be 1 to 1024"
    );
    assert_eq!(
        refusal(from_file("[federation]\nconcurrency = \"8\"\n")),
        "federation.concurrency = \"8\" (FILE, line 2): must be a whole number, zero or more"
    );
    assert_eq!(
        refusal(from_env(&[("PARVIS_FEDERATION__ENABLED", "oui")])),
        "federation.enabled = \"oui\" (environment, PARVIS_FEDERATION__ENABLED): must be true or false"
    );
    assert_eq!(
        refusal(from_env(&[("PARVIS_RETENTION__INBOX_DAYS", "0")])),
        "retention.inbox_days = \"0\" (environment, PARVIS_RETENTION__INBOX_DAYS): must be 1 to 3650 days"
    );
    assert_eq!(
        refusal(from_file("[ui]\ndefault_locale = \"de\"\n")),
        "ui.default_locale = \"de\" (FILE, line 2): must be one of fr, en"
    );
    assert_eq!(
        refusal(from_env(&[(
            "PARVIS_FEDERATION__PRIVATE_NETWORKS",
            "0.0.0.0/0"
        )])),
        "federation.private_networks = \"0.0.0.0/0\" (environment, PARVIS_FEDERATION__PRIVATE_NETWORKS): \"0.0.0.0/0\" would cover every address"
    );
}

#[test]
fn a_fault_of_syntax_names_the_line() {
    let text = refusal(from_file("[server]\nbind = \n"));
    assert!(text.starts_with("FILE, line 2: "), "{text}");
}

#[test]
fn a_password_is_never_shown() {
    let text = refusal(from_env(&[("PARVIS_MAIL__URL", "http://user:secret@mail")]));
    assert!(
        text.contains("mail.url") && !text.contains("secret"),
        "{text}"
    );
    let config = from_env(&[
        ("PARVIS_MAIL__URL", "smtps://user:secret@mail.example.fr"),
        ("PARVIS_DATABASE__URL", "postgres://user:secret@db/parvis"),
    ])
    .unwrap();
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn what_is_promised_for_later_is_refused() {
    for (name, value, what) in [
        (
            "PARVIS_STORAGE__URL",
            "s3://media?region=x",
            "storage.url = \"s3://media?region=x\"",
        ),
        ("PARVIS_UI__THEME", "dsfr", "ui.theme = \"dsfr\""),
        (
            "PARVIS_REGISTRATION__MODE",
            "invite",
            "registration.mode = \"invite\"",
        ),
        (
            "PARVIS_OIDC__PROCONNECT__ISSUER",
            "https://x",
            "oidc.proconnect.issuer",
        ),
        ("PARVIS_TRANSLATION__URL", "https://x", "translation.url"),
        ("PARVIS_RETENTION__DRAFTS", "90", "retention.drafts"),
    ] {
        let text = refusal(from_env(&[(name, value)]));
        assert_eq!(
            text,
            format!("{what} is not available in this version (environment, {name})")
        );
    }
    let text = refusal(from_file("[oidc.agents]\nissuer = \"https://x\"\n"));
    assert_eq!(
        text,
        "oidc.agents.issuer is not available in this version (FILE, line 2)"
    );
    let text = refusal(from_file("[oidc.agents]\n"));
    assert_eq!(
        text,
        "[oidc.agents] is not available in this version (FILE, line 1)"
    );
}

#[test]
fn figures_have_an_address_of_their_own_when_asked_for() {
    assert_eq!(Config::default().metrics.bind, None);
    let config = from_env(&[("PARVIS_METRICS__BIND", "127.0.0.1:9464")]).unwrap();
    assert_eq!(config.metrics.bind, Some("127.0.0.1:9464".parse().unwrap()));
    refusal(from_env(&[("PARVIS_METRICS__BIND", "9464")]));
}

#[test]
fn a_public_url_is_scheme_and_authority() {
    for (given, shown) in [
        ("https://Forum.Example.FR/", "https://forum.example.fr"),
        ("https://forum.example.fr:443", "https://forum.example.fr"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("http://[::1]:8081/", "http://[::1]:8081"),
        ("https://été.example", "https://xn--t-9fab.example"),
    ] {
        assert_eq!(given.parse::<PublicUrl>().unwrap().to_string(), shown);
    }
    for given in [
        "forum.example.fr",
        "ftp://forum.example.fr",
        "https://forum.example.fr/forum",
        "https://forum.example.fr?x",
        "https://forum.example.fr#x",
        "https://a:b@forum.example.fr",
        "https://forum.example.fr.",
        "",
    ] {
        given.parse::<PublicUrl>().unwrap_err();
    }
}

#[test]
fn a_path_never_leaves_the_node() {
    let config = from_env(&[("PARVIS_SERVER__PUBLIC_URL", "https://forum.example.fr")]).unwrap();
    assert_eq!(
        config.local_url("/t/1?page=2").as_str(),
        "https://forum.example.fr/t/1?page=2"
    );
    for path in [
        "",
        "/",
        "//ailleurs.example/x",
        "https://ailleurs.example",
        "/\\ailleurs.example",
        "@ailleurs.example",
    ] {
        assert_eq!(
            config.local_url(path).host_str(),
            Some("forum.example.fr"),
            "{path}"
        );
    }
}

#[test]
fn insecure_is_refused_over_https() {
    let text = refusal(from_env(&[
        ("PARVIS_SERVER__PUBLIC_URL", "https://forum.example.fr"),
        ("PARVIS_FEDERATION__INSECURE", "true"),
    ]));
    assert!(
        text.starts_with("federation.insecure: refused while server.public_url is https"),
        "{text}"
    );
    from_env(&[("PARVIS_FEDERATION__INSECURE", "true")]).unwrap();
}

#[test]
fn the_file_of_authorities_must_hold_one() {
    let text = refusal(from_env(&[(
        "PARVIS_FEDERATION__CA_FILE",
        "/nowhere/ca.pem",
    )]));
    assert!(
        text.starts_with("federation.ca_file: /nowhere/ca.pem can't be read"),
        "{text}"
    );
    let other = file("nothing");
    from_env(&[("PARVIS_FEDERATION__CA_FILE", other.path().to_str().unwrap())]).unwrap_err();
    let right = file("-----BEGIN CERTIFICATE-----\n");
    from_env(&[("PARVIS_FEDERATION__CA_FILE", right.path().to_str().unwrap())]).unwrap();
}

#[test]
fn mail_is_sent_by_smtp_alone() {
    for given in [
        "smtp://localhost:1025",
        "smtps://u:p@mail.example.fr:465",
        "smtp://mail.example.fr?tls=required",
    ] {
        from_env(&[("PARVIS_MAIL__URL", given)]).unwrap();
    }
    for given in [
        "mail.example.fr",
        "https://mail.example.fr",
        "smtp://mail/x",
        "smtp://mail?tls=never",
        "smtp://",
    ] {
        from_env(&[("PARVIS_MAIL__URL", given)]).unwrap_err();
    }
    let config = from_env(&[("PARVIS_MAIL__FROM", "Mairie <forum@ville.example.fr>")]).unwrap();
    assert_eq!(
        config.mail_from().to_string(),
        "Mairie <forum@ville.example.fr>"
    );
    let config = from_env(&[("PARVIS_SERVER__PUBLIC_URL", "http://127.0.0.1:8081")]).unwrap();
    assert!(
        config
            .mail_from()
            .email
            .to_string()
            .starts_with("no-reply@")
    );
}

#[test]
fn the_example_with_every_setting_shown_is_the_default() {
    let shown: String = example_file()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let read = from_file(&shown).unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", Config::default()));
    assert!(shown.contains("\nconcurrency = 64\n"));
}

#[test]
fn the_committed_reference_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (path, text) in [
        ("config/parvis.example.toml", example_file()),
        ("docs/configuration.md", reference_page()),
    ] {
        let committed = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        assert!(committed == text, "{path} isn't current: run `just docs`");
    }
}

#[test]
fn a_second_factor_is_demanded_over_https_alone() {
    let demands = |url: &str, word: &str| {
        let config = from_env(&[
            ("PARVIS_SERVER__PUBLIC_URL", url),
            ("PARVIS_SIGN_IN__SECOND_FACTOR", word),
        ])
        .unwrap();
        [Staff::Yes, Staff::No].map(|staff| config.demands_second_factor(staff))
    };
    let secure = "https://forum.example.fr";
    assert_eq!(demands(secure, "offered"), [false, false]);
    assert_eq!(demands(secure, "staff"), [true, false]);
    assert_eq!(demands(secure, "all"), [true, true]);
    assert_eq!(demands("http://localhost:8080", "all"), [false, false]);
    assert_eq!(Config::default().sign_in.second_factor, SecondFactor::Staff);
}
