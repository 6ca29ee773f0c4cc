//! Every setting in one table: its key, its default and what it means. The loader, the environment's
//! names, the example file and `docs/configuration.md` all come from here.

use std::fmt::Write;

/// What a value looks like; tells how the text of an environment variable is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    /// Several texts; separated by commas in the environment.
    List,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Dotted, as in TOML.
    pub key: &'static str,
    pub kind: Kind,
    /// As TOML writes it; empty where there is none.
    pub default: &'static str,
    /// For settings without default: what one may look like.
    pub example: &'static str,
    pub about: &'static str,
}

const fn setting(
    key: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    about: &'static str,
) -> Setting {
    Setting { key, kind, default, example, about }
}

use Kind::{Bool, List, Number, Text};

/// The settings in the order of the documentation. `[[webhooks]]` tables are described in [`WEBHOOK`].
pub const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        Text,
        "\"127.0.0.1:7171\"",
        "",
        "Where the server listens. Other addresses than loopback are refused unless `tls_in_front` is declared.",
    ),
    setting(
        "public_url",
        Text,
        "",
        "\"https://shop.example\"",
        "The address customers and staff use, for links in messages. Default: `http://` and `listen`.",
    ),
    setting(
        "chat_page",
        Text,
        "",
        "\"https://shop.example/chat\"",
        "The page that embeds the chat widget, where links in messages lead. Default: `public_url`.",
    ),
    setting(
        "tls_in_front",
        Bool,
        "false",
        "",
        "Declares that something in front of the server encrypts the traffic, so that it may listen elsewhere than on loopback.",
    ),
    setting("data", Text, "\"data\"", "", "The folder of ledgers and derived state."),
    setting(
        "keys",
        Text,
        "\"keys\"",
        "",
        "The folder of keys and token hashes. Must not lie inside `data`: who has a copy of the data must not have the keys.",
    ),
    setting(
        "studio_dir",
        Text,
        "",
        "\"studio/dist\"",
        "Serve the studio from this folder instead of the one inside the binary (for work on the studio).",
    ),
    setting(
        "workspaces",
        List,
        "[\"main\"]",
        "",
        "The workspaces (brands) of this server; each has its own ledger, state, keys and tokens.",
    ),
    setting(
        "log.format",
        Text,
        "\"text\"",
        "",
        "`text` for people, `json` for machines. Logs never hold personal data.",
    ),
    setting("log.level", Text, "\"info\"", "", "`error`, `warn`, `info` or `debug`."),
    setting(
        "email.host",
        Text,
        "",
        "\"mail.shop.example\"",
        "The mail server (SMTP) that sends for us. Without it, e-mails wait.",
    ),
    setting("email.port", Number, "", "587", "Its port."),
    setting("email.tls", Text, "", "\"starttls\"", "`none`, `starttls` or `implicit`."),
    setting("email.user", Text, "", "\"throughline\"", "The name to sign in with, if any."),
    setting("email.password", Text, "", "\"…\"", "Its password; better given in the environment."),
    setting(
        "email.ca_pem",
        Text,
        "",
        "\"-----BEGIN CERTIFICATE-----…\"",
        "The certificate authority of the mail server, where it is not a public one.",
    ),
    setting("email.from", Text, "", "\"Harbour Living <hello@shop.example>\"", "Who mails come from."),
    setting(
        "email.reply_local",
        Text,
        "",
        "\"reply\"",
        "The part of reply addresses before the plus. Default: `reply`.",
    ),
    setting(
        "email.reply_domain",
        Text,
        "",
        "\"mail.shop.example\"",
        "The domain whose mail the mail server hands to the LMTP listener.",
    ),
    setting(
        "email.trusted_server",
        Text,
        "",
        "\"mx.shop.example\"",
        "The name under which your mail server writes `Authentication-Results`; its `dmarc=pass` then proves who wrote. Set it only if that server removes such headers that came from outside.",
    ),
    setting(
        "lmtp.listen",
        Text,
        "",
        "\"127.0.0.1:2424\"",
        "Where a mail server hands over mail for customers' replies. Without it, no mail comes in. Loopback only, unless `tls_in_front`.",
    ),
    setting("lmtp.host_name", Text, "", "\"mail.shop.example\"", "What the listener calls itself."),
    setting(
        "sms.host",
        Text,
        "",
        "\"smsc.carrier.example\"",
        "The carrier's message centre (SMPP 3.4). Without it, text messages wait.",
    ),
    setting("sms.port", Number, "", "2775", "Its port. Default: 2775."),
    setting(
        "sms.tls",
        Text,
        "",
        "\"implicit\"",
        "`none` or `implicit`. Default: `none`, which is refused for public addresses.",
    ),
    setting(
        "sms.ca_pem",
        Text,
        "",
        "\"-----BEGIN CERTIFICATE-----…\"",
        "The certificate authority of the message centre, where it is not a public one.",
    ),
    setting("sms.system_id", Text, "", "\"harbour\"", "The login that the carrier gave."),
    setting("sms.password", Text, "", "\"…\"", "Its password, at most 8 characters."),
    setting(
        "sms.system_type",
        Text,
        "",
        "\"\"",
        "The system type, where the carrier asks for one. Default: empty.",
    ),
    setting(
        "sms.source",
        Text,
        "",
        "\"+4915199999999\"",
        "The sender that customers see: a number, a short code, or a name (which cannot be answered).",
    ),
    setting(
        "sms.alphabet",
        Text,
        "",
        "\"gsm7\"",
        "What the carrier takes its default alphabet to be: `gsm7`, `latin1`, or `ucs2` to send everything in UCS-2. Default: `gsm7`.",
    ),
    setting(
        "sms.joining",
        Text,
        "",
        "\"udh\"",
        "How the parts of a long message are joined: `udh` (a header) or `sar` (optional parameters). Default: `udh`.",
    ),
    setting(
        "sms.window",
        Number,
        "",
        "10",
        "Messages on their way without the carrier's answer. Default: 10.",
    ),
    setting("sms.per_second_max", Number, "", "50", "The most messages a second. Default: 50."),
    setting(
        "sms.message_ids",
        Text,
        "",
        "\"auto\"",
        "How receipts name messages: `same` text as at submission, or `auto`, which also finds the same number in decimal and hexadecimal. Default: `auto`.",
    ),
    setting(
        "sms.receipt_hours",
        Number,
        "",
        "72",
        "How long to wait for a delivery receipt; a message without one counts as sent. Default: 72.",
    ),
    setting(
        "sms.country_code",
        Text,
        "",
        "\"49\"",
        "The country code of senders whose numbers come in without one.",
    ),
    setting(
        "sms.workspace",
        Text,
        "",
        "\"main\"",
        "The workspace whose carrier this is. Default: the first.",
    ),
    setting(
        "letters.folder",
        Text,
        "",
        "\"/var/spool/letters\"",
        "The folder that a print shop empties: a PDF for each letter, with a JSON file beside it. Without it, letters wait.",
    ),
    setting(
        "letters.sender",
        List,
        "",
        "[\"Harbour Living\", \"Kai 1\", \"20457 Hamburg\"]",
        "The sender, as it stands above the address: name, street, place.",
    ),
    setting(
        "letters.report_days",
        Number,
        "",
        "14",
        "A letter of which the print shop says nothing for so many days counts as delivered. Default: 14.",
    ),
    setting(
        "letters.workspace",
        Text,
        "",
        "\"main\"",
        "The workspace whose letters these are. Default: the first.",
    ),
    setting("limits.event_bytes_max", Number, "32768", "", "The largest event; larger ones are quarantined."),
    setting(
        "limits.batch_bytes_max",
        Number,
        "512000",
        "",
        "The largest request body after decompression; larger ones are refused.",
    ),
    setting(
        "limits.batch_events_max",
        Number,
        "2500",
        "",
        "The most events of one batch; those beyond are quarantined.",
    ),
    setting("limits.connections_max", Number, "10000", "", "The most connections at a time."),
    setting(
        "limits.emails_at_once_max",
        Number,
        "16",
        "",
        "The most e-mails on their way to the mail server at a time.",
    ),
    setting(
        "limits.webhooks_at_once_max",
        Number,
        "16",
        "",
        "The most webhook calls at a time, per endpoint.",
    ),
];

/// The fields of a `[[channels]]` table.
pub const CHANNEL: &[Setting] = &[
    setting("name", Text, "", "\"whatsapp\"", "The channel, as `channels.yaml` in the catalogue calls it."),
    setting("url", Text, "", "\"https://provider.example/messages\"", "Where messages go."),
    setting(
        "secret",
        Text,
        "",
        "\"whsec_…\"",
        "Signs the calls in both directions (Standard Webhooks). From the environment: `THROUGHLINE_CHANNEL_<NAME>_SECRET`.",
    ),
    setting("workspace", Text, "", "\"main\"", "The workspace whose channel it is. Default: the first."),
    setting(
        "allow_private",
        Bool,
        "false",
        "",
        "Whether the address may be on a private network or on this machine.",
    ),
];

/// The lists of tables, each with its fields and what they are for.
pub const TABLES: &[(&str, &[Setting], &str)] = &[
    ("webhooks", WEBHOOK, "Back-office systems that journeys may call."),
    ("channels", CHANNEL, "Channels that providers serve."),
];

/// The fields of a `[[webhooks]]` table.
pub const WEBHOOK: &[Setting] = &[
    setting("name", Text, "", "\"backoffice\"", "The name journeys call it by."),
    setting("url", Text, "", "\"https://backoffice.example/hooks\"", "Where calls go."),
    setting(
        "secret",
        Text,
        "",
        "\"whsec_…\"",
        "Signs the calls (Standard Webhooks). From the environment: `THROUGHLINE_WEBHOOK_<NAME>_SECRET`.",
    ),
    setting("workspace", Text, "", "\"main\"", "The workspace whose journeys may call it. Default: all."),
    setting(
        "allow_private",
        Bool,
        "false",
        "",
        "Whether the address may be on a private network or on this machine.",
    ),
];

/// The name of the environment variable of a setting.
pub fn variable(key: &str) -> String {
    format!("THROUGHLINE_{}", key.replace('.', "_").to_ascii_uppercase())
}

/// An example file with every setting; what has a default shows it.
pub fn example() -> String {
    let mut text = String::from("# Throughline: every setting, with its default or, behind #, an example.\n");
    let mut section = "";
    for setting in SETTINGS {
        let (table, name) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
        if table != section {
            section = table;
            let optional = if setting.default.is_empty() { "# " } else { "" };
            let _ = write!(text, "\n{optional}[{table}]");
        }
        let _ = write!(text, "\n# {}\n", setting.about);
        let _ = match setting.default {
            "" => writeln!(text, "# {name} = {}", setting.example),
            default => writeln!(text, "{name} = {default}"),
        };
    }
    for (table, fields, about) in TABLES {
        let _ = write!(text, "\n# {about}\n# [[{table}]]\n");
        for field in *fields {
            let value = if field.default.is_empty() { field.example } else { field.default };
            let _ = writeln!(text, "# {} = {value}    # {}", field.key, field.about);
        }
    }
    text
}

/// The tables of `docs/configuration.md`.
pub fn reference() -> String {
    let mut text = String::from("| setting | environment | default | meaning |\n| --- | --- | --- | --- |\n");
    for Setting { key, default, about, .. } in SETTINGS {
        let default = if default.is_empty() { "–".into() } else { format!("`{default}`") };
        let _ = writeln!(text, "| `{key}` | `{}` | {default} | {about} |", variable(key));
    }
    for (table, fields, _) in TABLES {
        let _ = write!(
            text,
            "\nFields of each `[[{table}]]` table:\n\n| field | default | meaning |\n| --- | --- | --- |\n"
        );
        for Setting { key, default, about, .. } in *fields {
            let default = if default.is_empty() { "–".into() } else { format!("`{default}`") };
            let _ = writeln!(text, "| `{key}` | {default} | {about} |");
        }
    }
    text
}
