//! What the loader accepts, what it refuses, and what it says then.

use std::io::Write;

use super::*;

fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    load(Some(file.path()), environment, Vec::new()).map_err(|error| error.to_string())
}

fn refused(text: &str, environment: &[(&str, &str)]) -> String {
    load_text(text, environment).unwrap_err()
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = load_text("", &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:7171");
    assert_eq!(config.public_url().as_str(), "http://127.0.0.1:7171/");
    assert_eq!(config.workspaces[0].as_str(), "main");
    assert!(config.email.is_none() && config.lmtp.is_none());
}

#[test]
fn the_example_is_a_configuration_also_with_its_examples_switched_on() {
    load_text(&super::super::example(), &[]).unwrap();
    let all_on: Vec<&str> = super::super::settings::SETTINGS.iter().map(|setting| setting.key).collect();
    assert!(all_on.contains(&"email.from"));
    let text = super::super::example()
        .lines()
        .filter(|line| !line.contains("ca_pem"))
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[')
                    || rest.split_once(" = ").is_some_and(|(name, _)| !name.contains(' ')) =>
            {
                rest
            }
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let config = load_text(&text, &[]).unwrap();
    assert_eq!(config.webhooks[0].name, "backoffice");
    assert_eq!(config.email.unwrap().port, 587);
}

#[test]
fn the_environment_stands_over_the_file_and_flags_over_both() {
    let config = load_text(
        "listen = '127.0.0.1:1'\n[[webhooks]]\nname='back-office'\nurl='https://x.example'\nsecret='a'",
        &[
            ("THROUGHLINE_LISTEN", "127.0.0.1:2"),
            ("THROUGHLINE_WORKSPACES", "a, b"),
            ("THROUGHLINE_LOG_LEVEL", "debug"),
            ("THROUGHLINE_WEBHOOK_BACK_OFFICE_SECRET", "from-env"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.workspaces.len(), 2);
    assert_eq!(config.webhooks[0].secret.0, "from-env");
    let flags = load(
        None,
        [("THROUGHLINE_LISTEN".into(), "127.0.0.1:2".into())].into_iter(),
        vec![("listen", "127.0.0.1:3".into())],
    );
    assert_eq!(flags.unwrap().listen.port(), 3);
}

#[test]
fn unknown_keys_are_refused_with_a_suggestion() {
    assert!(refused("lisen = 'x'", &[]).contains("did you mean `listen`?"));
    assert!(refused("[log]\nlevle = 'info'", &[]).contains("did you mean `log.level`?"));
    assert!(refused("[[webhooks]]\nulr = 'x'", &[]).contains("did you mean `url`?"));
    assert!(refused("[databases]\nx = 1", &[]).contains("config-example"));
    assert!(refused("", &[("THROUGHLINE_LISTENS", "x")]).contains("did you mean `THROUGHLINE_LISTEN`?"));
}

#[test]
fn what_would_be_unsafe_is_refused() {
    assert!(refused("listen = '0.0.0.0:80'", &[]).contains("tls_in_front = true"));
    load_text("listen = '0.0.0.0:80'\ntls_in_front = true", &[]).unwrap();
    assert!(refused("data = 'd'\nkeys = 'd/keys'", &[]).contains("lies inside `data`"));
    assert!(refused("data = 'd'\nkeys = 'd/../d/./k'", &[]).contains("lies inside `data`"));
    load_text("data = '.demo/data'\nkeys = '.demo/keys'", &[]).unwrap();
    assert!(refused("[limits]\nbatch_events_max = 0", &[]).contains("at least 1"));
    assert!(refused("workspaces = ['Main']", &[]).contains("harbour-living"));
    assert!(refused("", &[("THROUGHLINE_TLS_IN_FRONT", "yes")]).contains("use true or false"));
    assert!(refused("[email]\nhost = 'x'", &[]).contains("port"));
}

#[test]
fn the_trusted_mail_server_is_one_name() {
    let email = |server: &str| {
        let base = "host = 'x'\nport = 25\ntls = 'none'\nfrom = 'a@b.example'\nreply_domain = 'b.example'";
        load_text(&format!("[email]\n{base}\ntrusted_server = '{server}'"), &[])
    };
    assert_eq!(email("mx.b.example").unwrap().email.unwrap().trusted_server.as_deref(), Some("mx.b.example"));
    for wrong in ["", "mx.b.example; dmarc=pass", "two names"] {
        let error = email(wrong).unwrap_err();
        assert!(error.contains("`email.trusted_server`") && error.contains("mx.shop.example"), "{error}");
    }
}

#[test]
fn the_documentation_lists_every_setting() {
    let page = include_str!("../../../../docs/configuration.md");
    let reference = super::super::reference();
    assert!(
        page.contains(reference.trim()),
        "docs/configuration.md lacks the table that `throughline config-reference` prints"
    );
}
