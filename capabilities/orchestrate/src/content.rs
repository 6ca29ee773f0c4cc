//! Content: one message in the words of each channel and language, `content/*.yaml` in the catalogue.
//!
//! A journey names a content and chooses a channel; the customer's language chooses the words: the language itself,
//! without its region, or the content's default. Blocks are there where their condition holds. Pages of e-mails
//! become templates at publish ([`page`]); a content can be looked at for any customer and channel ([`preview`]).

mod file;
mod page;
mod preview;

use std::collections::BTreeMap;

use minijinja::Environment as Templates;
use model::{Channel, Problem};
use regex::Captures;
use rules::{Scope, Symbols, Wanted};

use crate::channels::MessagingChannels;
use crate::compiler::{Compiler, JINJA_REMEDY};
use crate::media;
use crate::sight::Facts;
use crate::text::{self, Form, Text};
use crate::walk::Walk;
use file::{BlockWording, Content, Contents as Files};
pub(crate) use preview::Draft;
pub use preview::{ContentTitle, Missing, Preview, PreviewAsk, PreviewRefusal};

/// Where the customer's language stands, the first that is known; such as `de` or `de-AT`.
pub(crate) const LANGUAGE_TRAITS: [&str; 2] = ["profile.traits.locale", "profile.traits.language"];

/// Every content of one catalogue, with the templates of its pages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    files: Files,
    /// HTML templates, by content and language.
    pages: BTreeMap<(String, String), String>,
    /// Words that a channel would not take, as far as sample values tell.
    too_long: Vec<TooLong>,
}

#[derive(Debug, Clone)]
struct TooLong {
    content: String,
    language: String,
    channel: Channel,
    message: String,
}

/// What a message says on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Written {
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
}

/// A content compiled for the step that uses it.
#[derive(Debug)]
pub(crate) struct Rendering {
    default: Box<str>,
    languages: BTreeMap<Box<str>, Words>,
}

#[derive(Debug)]
struct Words {
    subject: Option<Text>,
    text: Option<Text>,
    page: Option<Text>,
    channels: BTreeMap<Channel, ChannelWords>,
}

#[derive(Debug)]
struct ChannelWords {
    subject: Option<Text>,
    text: Text,
}

/// The JSON Schema of a content file, for editors.
pub(crate) fn json_schema() -> serde_json::Value {
    Content::json_schema()
}

impl Contents {
    pub fn read(catalogue: &model::Catalogue, problems: &mut Vec<Problem>) -> Self {
        let files = Files::read(catalogue, problems);
        let mut pages = BTreeMap::new();
        for content in files.by_name.values() {
            let layout = content.layout.as_ref().and_then(|layout| files.layouts.get(layout));
            for (language, wording) in &content.languages {
                let Some(mjml) = &wording.mjml else { continue };
                match page::compile(content, language, mjml, layout.map(String::as_str)) {
                    Ok(html) => {
                        pages.insert((content.name.clone(), language.clone()), html);
                    }
                    Err(message) => {
                        let place = format!("languages.{language}.mjml");
                        let remedy = "Write it as MJML: the parts of `mj-body`, or a whole `mjml` document";
                        problems.push(Problem::new(&content.path, place, message, remedy));
                    }
                }
            }
        }
        Self { files, pages, too_long: Vec::new() }
    }

    /// Compiles each content alone, to be looked at and counted; what only journeys know has no value there.
    pub fn drafts(
        &mut self,
        templates: &mut Templates<'static>,
        scope: &Scope,
        symbols: &mut Symbols,
        problems: &mut Vec<Problem>,
    ) -> BTreeMap<String, Draft> {
        let mut drafts = BTreeMap::new();
        for content in self.files.by_name.values() {
            let rendering = self.compile(content, &mut |place, source, form| {
                let name = format!("{}/{place}", content.path);
                let paths = match text::add(templates, &name, source, form) {
                    Ok(paths) => paths,
                    Err(message) => {
                        problems.push(Problem::new(&content.path, place, message, JINJA_REMEDY));
                        return None;
                    }
                };
                let program = |path: &str, symbols: &mut Symbols| {
                    rules::compile(content.meaning(path), scope, symbols, Wanted::Any).ok()
                };
                let reads = paths.iter().map(|path| (path.as_str().into(), program(path, symbols))).collect();
                Some(Text { name: form.name(&name), reads, language: None })
            });
            if let Some(rendering) = rendering {
                drafts.insert(content.name.clone(), Draft::new(content, rendering));
            }
        }
        drafts
    }

    /// Counts what each content takes on channels with limits, with its sample values.
    pub fn count(
        &mut self,
        drafts: &BTreeMap<String, Draft>,
        templates: &Templates<'static>,
        channels: &MessagingChannels,
        problems: &mut Vec<Problem>,
    ) {
        for content in self.files.by_name.values() {
            let Some(draft) = drafts.get(&content.name) else { continue };
            for (language, wording) in &content.languages {
                for channel in channels.iter().map(|own| &own.channel) {
                    let Some(text) = draft.sampled(templates, language, channel) else { continue };
                    let Err(message) = channels.fits(channel, &text) else { continue };
                    if wording.channels.contains_key(channel) {
                        let place = format!("languages.{language}.channels.{channel}");
                        let remedy = "Shorten it, or raise the limit in channels.yaml";
                        problems.push(Problem::new(&content.path, place, message, remedy));
                        continue;
                    }
                    let (content, language) = (content.name.clone(), language.clone());
                    self.too_long.push(TooLong { content, language, channel: channel.clone(), message });
                }
            }
        }
    }

    /// Compiles the words of every language; `None` where something in them is wrong.
    fn compile(
        &self,
        content: &Content,
        text: &mut dyn FnMut(&str, &str, Form) -> Option<Text>,
    ) -> Option<Rendering> {
        let mut languages = BTreeMap::new();
        for (language, wording) in &content.languages {
            // Days are written out in the words of the language.
            let mut text = |part: &str, source: &str, form: Form| {
                let own = text(&format!("languages.{language}.{part}"), source, form)?;
                Some(Text { language: Some(language.as_str().into()), ..own })
            };
            let mut plain = |part: &str, source: &String, channel: Option<&Channel>| {
                text(part, &with_blocks(content, language, channel, source), Form::Plain)
            };
            let subject = match &wording.subject {
                Some(subject) => Some(plain("subject", subject, None)?),
                None => None,
            };
            let general = match &wording.text {
                Some(general) => Some(plain("text", general, None)?),
                None => None,
            };
            let mut channels = BTreeMap::new();
            for (channel, words) in &wording.channels {
                let subject = match words.subject() {
                    Some(subject) => {
                        Some(plain(&format!("channels.{channel}.subject"), subject, Some(channel))?)
                    }
                    None => None,
                };
                let own = plain(&format!("channels.{channel}"), &words.text().to_owned(), Some(channel))?;
                channels.insert(channel.clone(), ChannelWords { subject, text: own });
            }
            let page = match self.pages.get(&(content.name.clone(), language.clone())) {
                Some(page) => Some(text("mjml", page, Form::Page)?),
                None => None,
            };
            languages.insert(language.as_str().into(), Words { subject, text: general, page, channels });
        }
        Some(Rendering { default: content.default.as_str().into(), languages })
    }
}

impl Compiler<'_> {
    /// A content with the names that the journey knows, named at `path`. `channels` are those that the message names.
    pub fn content(&mut self, path: &str, name: &str, channels: &[Channel]) -> Option<Rendering> {
        let contents = self.contents;
        let Some(content) = contents.files.by_name.get(name) else {
            let known: Vec<&str> = contents.files.by_name.keys().map(String::as_str).collect();
            let remedy = match known.is_empty() {
                true => "Write it in content/, or write `text` here".to_owned(),
                false => format!("Name one of: {}", known.join(", ")),
            };
            self.problem(path, format!("there is no content `{name}`"), remedy);
            return None;
        };
        for (language, wording) in &content.languages {
            for channel in wording.channels.keys() {
                if self.channels.get(channel).is_none() {
                    let message = format!("messages cannot be sent by `{channel}`");
                    let names = self.channels.names();
                    let place = format!("{path} ({}: languages.{language}.channels.{channel})", content.path);
                    self.problem(&place, message, format!("Use {names}, or declare it in channels.yaml"));
                }
            }
        }
        let own = |too_long: &&TooLong| too_long.content == name && channels.contains(&too_long.channel);
        for TooLong { language, channel, message, .. } in contents.too_long.iter().filter(own) {
            let place = format!("{path} ({}: languages.{language}.text)", content.path);
            let remedy = format!(
                "Write shorter words under `channels.{channel}`, or raise the limit in channels.yaml"
            );
            self.problem(&place, message.clone(), remedy);
        }
        contents.compile(content, &mut |place, source, form| {
            let place = format!("{path} ({}: {place})", content.path);
            self.text_as(&place, source, form, &|read| content.meaning(read).to_owned())
        })
    }
}

impl Content {
    /// The expression that a name in its texts stands for: a block's condition, or the name itself.
    fn meaning<'c>(&'c self, read: &'c str) -> &'c str {
        let block = read.strip_prefix("blocks.").and_then(|name| self.blocks.get(name));
        block.map_or(read, |block| &block.when)
    }
}

/// The text with each block where it is named, under its condition, in the words for the channel.
fn with_blocks(content: &Content, language: &str, channel: Option<&Channel>, source: &str) -> String {
    let words = |own: &BlockWording| {
        let special = channel.and_then(|channel| own.channels.get(channel));
        special.unwrap_or(&own.text).trim().to_owned()
    };
    let place = |found: &Captures<'_>| match content.blocks.get(&found[1]) {
        Some(block) => {
            let own = content.block(block, language).map(words).unwrap_or_default();
            format!("{{% if blocks.{} %}}{own}{{% endif %}}", &found[1])
        }
        // An unknown one is named when the template's names are checked.
        None => found[0].to_owned(),
    };
    page::PLACEHOLDER.replace_all(source, place).into_owned()
}

/// Where a text is written from: a run, or the values of a preview.
type Write<'a> = &'a dyn Fn(&Text) -> Result<String, String>;

impl Rendering {
    /// The words for the customer of a run on a channel; on failure, what is missing.
    pub fn write(&self, walk: &Walk<'_>, channel: &Channel, facts: &Facts) -> Result<Written, String> {
        let (language, words) = self.words_for(walk, channel);
        words.write(language, channel, &|text| walk.write_with(text, facts))
    }

    /// Whether those words name any of these.
    pub fn reads_any(&self, walk: &Walk<'_>, channel: &Channel, names: &[&str]) -> bool {
        let (_, words) = self.words_for(walk, channel);
        words.text(channel).is_some_and(|text| text.reads_any(names))
    }

    fn words_for(&self, walk: &Walk<'_>, channel: &Channel) -> (&str, &Words) {
        let wanted = walk.journeys.languages.iter().find_map(|program| {
            let value = walk.value(program);
            value.as_text().map(str::to_owned)
        });
        self.words(wanted.as_deref().unwrap_or_default(), channel)
    }

    /// The wanted language, where it has words for the channel; else the default.
    fn words(&self, wanted: &str, channel: &Channel) -> (&str, &Words) {
        let usable = |language: &str| {
            let (name, words) = self.languages.get_key_value(language)?;
            (words.text.is_some() || words.channels.contains_key(channel)).then_some((&**name, words))
        };
        let wanted = wanted.trim().replace('_', "-");
        let bare = wanted.split('-').next().unwrap_or_default().to_lowercase();
        let default = self.languages.get_key_value(&*self.default).expect("it was checked at publish");
        usable(&wanted).or_else(|| usable(&bare)).unwrap_or((&**default.0, default.1))
    }
}

impl Words {
    fn text(&self, channel: &Channel) -> Option<&Text> {
        self.channels.get(channel).map(|own| &own.text).or(self.text.as_ref())
    }

    fn write(&self, language: &str, channel: &Channel, write: Write<'_>) -> Result<Written, String> {
        let own = self.channels.get(channel);
        let text = self
            .text(channel)
            .ok_or_else(|| format!("the content has no words for {channel} in `{language}`"))?;
        let subject = own.and_then(|own| own.subject.as_ref()).or(self.subject.as_ref());
        let subject = subject.filter(|_| media::of(channel).subject);
        let page = self.page.as_ref().filter(|_| *channel == Channel::EMAIL);
        Ok(Written {
            subject: subject.map(write).transpose()?,
            text: without_gaps(&write(text)?),
            html: page.map(write).transpose()?,
        })
    }
}

/// A block that is not there leaves no gap.
fn without_gaps(text: &str) -> String {
    let mut closed = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            closed.push_str(line);
            closed.push('\n');
        }
    }
    closed.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::PreviewAsk;
    use crate::world::{Show, World, check, check_problems, compiled, journey};

    const VISIT: &str = "# content
name: visit
title: A visit
default: en
languages:
  en:
    subject: Your visit, {{ profile.traits.first_name|default('dear customer') }}
    text: We come on {{ entry.properties.kind }}.
    channels:
      sms: '{{ entry.properties.kind }}! Harbour'
  de:
    subject: Ihr Besuch
    text: Wir kommen am {{ entry.properties.kind }}.
  de-AT:
    channels:
      email: Servus, {{ entry.properties.kind }}.
";
    const STEPS: &str = "steps:\n  - {id: say, kind: message, channel: [sms, email], content: visit}\n";

    #[test]
    fn each_channel_and_language_has_its_own_words_and_falls_back() {
        check(
            &[&journey(STEPS), VISIT],
            Show::Ends,
            r#"10:00:00 phone +4915112345678
               address ada@example.com
               web does Go {"kind":"Monday"}
               undeliverable switched off
               delivered
               trait locale=de-AT
               web does Go {"kind":"Monday"}
               undeliverable switched off
               trait locale=de_CH
               web does Go {"kind":"Monday"}
               trait locale=fr
               web does Go {"kind":"Monday"}
               web does Go"#,
            expect![[r#"
                10:00:00 service SMS: Monday! Harbour
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service e-mail “Your visit, dear customer”: We come on Monday.
                10:00:00 service SMS: Wir kommen am Monday.
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service e-mail “Test”: Servus, Monday.
                10:00:00 service SMS: Wir kommen am Monday.
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service SMS: Monday! Harbour
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (Held a service message by SMS: the text could not be completed (`entry.properties.kind` has no value).)
                10:00:00 (Held a service message by e-mail: the text could not be completed (`entry.properties.kind` has no value).)
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    const LAYOUT: &str = "<mjml><mj-body><mj-section><mj-column>{{ content }}<mj-text><a href=\"throughline:unsubscribe\">Stop</a></mj-text></mj-column></mj-section></mj-body></mjml>";
    const PAGE: &str = "# content
name: page
title: A page
layout: layout
default: en
blocks:
  lamp:
    when: in_segment(\"vip\")
    image: https://shop.example/lamp.png
    languages:
      en: {alt: 'A \"brass\" lamp', text: 'A lamp for {{ profile.traits.first_name|default(\"you\") }} & yours', channels: {sms: Lamp!}}
languages:
  en:
    subject: Hello
    text: |
      Hello {{ profile.traits.first_name }}

      {{ blocks.lamp }}

      Goodbye
    channels:
      sms: 'Hello. {{ blocks.lamp }}'
    mjml: |
      <mj-text>Hello <b>{{ profile.traits.first_name }}</b> {{ entry.properties.number > 1 and '<many>' or 'one' }}</mj-text>
      {{ blocks.lamp }}
      <mj-button href=\"{{ journey.chat_link }}\">Talk</mj-button>
";

    #[test]
    fn pages_have_blocks_by_condition_and_values_that_are_never_markup() {
        let steps = "steps:\n  - {id: mail, kind: message, channel: email, content: page}\n  - {id: sms, kind: message, channel: sms, content: page}\n";
        let mut world = World::new(&[&journey(steps), PAGE, LAYOUT], Show::Ends);
        world.run(
            "10:00:00 phone +4915112345678
             address ada@example.com
             trait first_name=<script>alert(1)</script>
             web does Go {\"number\":2}
             segment vip
             web does Go {\"number\":1}",
        );
        expect![[r#"
            10:00:00 service e-mail “Hello”: Hello <script>alert(1)</script>

            Goodbye
            10:00:00 service SMS: Hello.
            10:00:00 (The journey “test” ended: its last step was done.)
            10:00:00 service e-mail “Hello”: Hello <script>alert(1)</script>

            A lamp for <script>alert(1)</script> & yours

            Goodbye
            10:00:00 service SMS: Hello. Lamp!
            10:00:00 (The journey “test” ended: its last step was done.)
        "#]]
        .assert_eq(&world.text());
        let pages: Vec<&str> = world.pages().collect();
        let shown = |page: &str| {
            let body = page.split("<body").nth(1).unwrap_or_default();
            let lines = body.split(['<', '>']).map(str::trim).filter(|part| {
                ["img", "a ", "b", "/b", "script"]
                    .iter()
                    .any(|tag| part.starts_with(tag) && !part.starts_with("br"))
                    || part.contains("&lt;")
                    || part.contains("amp")
            });
            lines.map(|line| format!("{line}\n")).collect::<String>()
        };
        expect![[r#"
            b
            &lt;script&gt;alert(1)&lt;&#x2f;script&gt;
            /b
            &lt;many&gt;
            a href="throughline:chat" target="_blank" style="display:inline-block;background:#414141;color:#ffffff;font-family:Ubuntu, Helvetica, Arial, sans-serif;font-size:13px;font-weight:normal;line-height:120%;margin:0;text-decoration:none;text-transform:none;padding:10px 25px;mso-padding-alt:0px;border-radius:3px;"
            a href="throughline:unsubscribe"
            /body
        "#]].assert_eq(&shown(pages[0]));
        expect![[r#"
            b
            &lt;script&gt;alert(1)&lt;&#x2f;script&gt;
            /b
            img alt="A &quot;brass&quot; lamp" height="auto" src="https://shop.example/lamp.png" width="550" style="border:0;display:block;outline:none;text-decoration:none;height:auto;width:100%;font-size:13px;" /
            A lamp for &lt;script&gt;alert(1)&lt;&#x2f;script&gt; &amp; yours
            a href="throughline:chat" target="_blank" style="display:inline-block;background:#414141;color:#ffffff;font-family:Ubuntu, Helvetica, Arial, sans-serif;font-size:13px;font-weight:normal;line-height:120%;margin:0;text-decoration:none;text-transform:none;padding:10px 25px;mso-padding-alt:0px;border-radius:3px;"
            a href="throughline:unsubscribe"
            /body
        "#]].assert_eq(&shown(pages[1]));
        assert!(
            pages.iter().all(|page| !page.contains("<script") && !page.contains("googleapis")),
            "{pages:?}"
        );
    }

    #[test]
    fn a_page_is_the_same_however_often_it_is_compiled() {
        let steps = "steps:\n  - {id: mail, kind: message, channel: email, content: page}\n";
        let written = || {
            let mut world = World::new(&[&journey(steps), PAGE, LAYOUT], Show::Ends);
            world.run("address ada@example.com\ntrait first_name=Ada\nweb does Go {\"number\":1}");
            world.pages().map(str::to_owned).collect::<Vec<_>>()
        };
        let first = written();
        assert!(first.len() == 1 && (0..20).all(|_| written() == first));
    }

    #[test]
    fn pages_that_would_let_values_out_are_refused() {
        let page = |mjml: &str| {
            format!(
                "# content\nname: visit\ntitle: A\ndefault: en\nlanguages:\n  en:\n    text: x\n    mjml: |\n      {mjml}\n"
            )
        };
        let whole = |own: &str| {
            page(&format!(
                "<mjml><mj-body><mj-section><mj-column>{own}</mj-column></mj-section></mj-body></mjml>"
            ))
        };
        let pages = [
            whole("<mj-text>{{ profile.traits.first_name|safe }}</mj-text>"),
            whole(
                "<mj-text>{% autoescape false %}{{ profile.traits.first_name }}{% endautoescape %}</mj-text>",
            ),
            whole("<mj-button href=\"{{ profile.traits.city }}\">Go</mj-button>"),
            whole("<mj-include path=\"https://evil.example/x.mjml\" />"),
            whole("<mj-txt>x</mj-txt>"),
            whole("<mj-text>{{ blocks.lamp }}</mj-text>"),
            page("<mj-text>no document</mj-text>"),
        ];
        let text = "text: x\n";
        let mut files = vec![journey("steps:\n  - {id: a, kind: message, content: visit}\n")];
        files.extend(
            pages
                .iter()
                .enumerate()
                .map(|(place, page)| page.replace("name: visit", &format!("name: visit{place}"))),
        );
        files.push(PAGE.replace(text, "").replace("    text: |\n      Hello {{ profile.traits.first_name }}\n\n      {{ blocks.lamp }}\n\n      Goodbye\n", ""));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        check_problems(
            &files,
            expect![[r#"
            content/8.yaml: layout: there is no layout `layout`. Add content/layouts/layout.mjml; there are: 
            content/8.yaml: languages.en.mjml: a page alone is no e-mail. Write `text` too: it is sent beside the page, and shown where pages are not
            content/8.yaml: languages.en.mjml: unexpected token in root template at position 0:8. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            content/1.yaml: languages.en.mjml: customers' values are always escaped here; nothing may switch that off. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            content/2.yaml: languages.en.mjml: customers' values are always escaped here; nothing may switch that off. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            content/3.yaml: languages.en.mjml: an address begins with a customer's value, {{ profile.traits.city }}; write how it begins, such as https://. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            content/4.yaml: languages.en.mjml: unable to load included template in root template at position 39:49. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            content/5.yaml: languages.en.mjml: a block or an element stands inside a text; put it beside `mj-text`. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            content/7.yaml: languages.en.mjml: unexpected token in root template at position 0:8. Write it as MJML: the parts of `mj-body`, or a whole `mjml` document
            journeys/0.yaml: steps.a.content: there is no content `visit`. Name one of: page, visit0, visit1, visit2, visit3, visit4, visit5, visit6
        "#]],
        );
    }

    #[test]
    fn what_is_too_long_is_said_at_publish_and_goes_elsewhere_when_it_is_sent() {
        const CHANNELS: &str =
            "channels:\n  sms: {cost: 0.1, max_parts: 1}\n  push: {address: device_id, max_chars: 20}\n";
        let long = format!(
            "# content\nname: long\ntitle: Long\ndefault: en\nsample: {{entry: {{properties: {{kind: {}}}}}}}\nlanguages:\n  en:\n    text: '{{{{ entry.properties.kind }}}}'\n    channels: {{push: {{subject: Hi, text: 'A push of more than twenty letters'}}}}\n",
            "x".repeat(161)
        );
        check_problems(
            &[
                &journey(
                    "steps:\n  - {id: a, kind: message, channel: [sms, email], content: long}\n  - {id: b, kind: message, channel: email, content: long}\n",
                ),
                CHANNELS,
                &long,
            ],
            expect![[r#"
                content/2.yaml: languages.en.channels.push: 34 characters by push; at most 20. Shorten it, or raise the limit in channels.yaml
                journeys/0.yaml: steps.a.content (content/2.yaml: languages.en.text): 2 parts by sms; at most 1. Write shorter words under `channels.sms`, or raise the limit in channels.yaml
            "#]],
        );
        let steps = "steps:\n  - {id: a, kind: message, channel: [sms, email], text: '{{ entry.properties.kind }}'}\n";
        check(
            &[&journey(steps), CHANNELS],
            Show::Ends,
            &format!(
                "10:00:00 phone +4915112345678\naddress ada@example.com\nweb does Go {{\"kind\":\"{}\"}}\nweb does Go {{\"kind\":\"Ж\"}}",
                "ж".repeat(71)
            ),
            expect![[r#"
                10:00:00 (Held a service message by SMS: the text could not be completed (2 parts by sms; at most 1).)
                10:00:00 service e-mail “Test”: жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service SMS: Ж
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn a_content_is_looked_at_on_any_channel_with_what_is_missing() {
        let journeys = compiled(&[PAGE, LAYOUT, "channels:\n  sms: {cost: 0.1}\n"]);
        let look = |channel: &str, values: serde_json::Value| {
            let channel = channel.parse().unwrap();
            let ask = PreviewAsk {
                content: "page",
                channel: &channel,
                language: Some("de"),
                values: &values,
                sample: true,
            };
            let own = journeys.preview(&ask, &Nobody).unwrap();
            let missing: Vec<String> =
                own.missing.iter().map(|own| format!("{}: {}", own.place, own.name)).collect();
            format!(
                "{} {:?} {:?} parts {:?} cost {:?} missing {missing:?}\n{}\n",
                own.language, own.subject, own.encoding, own.parts, own.cost, own.text
            )
        };
        let values = serde_json::json!({"profile.traits.first_name": "Ада", "blocks": {"lamp": true}, "entry": {"properties": {"number": 3}}});
        let all = [
            look("sms", serde_json::json!({})),
            look("email", serde_json::json!({})),
            look("sms", values.clone()),
            look("email", values),
        ];
        expect![[r#"
            en None Some(Gsm7) parts Some(1) cost Some(0.1) missing []
            Hello.
            en Some("Hello") None parts None cost Some(0.0) missing ["text: profile.traits.first_name", "page: entry.properties.number", "page: profile.traits.first_name"]
            Hello [profile.traits.first_name]

            Goodbye
            en None Some(Gsm7) parts Some(1) cost Some(0.1) missing []
            Hello. Lamp!
            en Some("Hello") None parts None cost Some(0.0) missing []
            Hello Ада

            A lamp for Ада & yours

            Goodbye
        "#]].assert_eq(&all.concat());
        let channel = "fax".parse().unwrap();
        let ask = PreviewAsk {
            content: "page",
            channel: &channel,
            language: None,
            values: &serde_json::Value::Null,
            sample: false,
        };
        expect!["messages cannot be sent by `fax`; use email, sms, webchat, or declare it in channels.yaml"]
            .assert_eq(&journeys.preview(&ask, &Nobody).unwrap_err().to_string());
    }

    /// Knows nothing of anybody.
    struct Nobody;

    impl rules::Environment for Nobody {
        fn field(&self, _: rules::FieldSlot) -> std::borrow::Cow<'_, model::Value> {
            std::borrow::Cow::Owned(model::Value::Null)
        }

        fn behaviour(&self, _: rules::BehaviourSlot) -> model::Value {
            model::Value::Int(0)
        }

        fn in_segment(&self, _: rules::SegmentSlot) -> bool {
            false
        }

        fn now(&self) -> model::Timestamp {
            model::Timestamp(0)
        }
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[
                &journey(
                    "steps:\n  - {id: a, kind: message, content: vist}\n  - {id: b, kind: message, content: visit, text: x}\n  - {id: c, kind: message}\n  - {id: d, kind: message, content: other}\n",
                ),
                VISIT,
                "# content\nname: other\ntitle: Other\ndefault: fr\nlanguages:\n  en: {text: '{{ slots.rom }}', channels: {fax: x}}\n  de: {}\n",
                "# content\nname: visit\n",
            ],
            expect![[r#"
                content/2.yaml: default: there is no language `fr`. Name one of: de, en
                content/2.yaml: languages.de: it has no words. Write `text`, or texts under `channels`
                content/3.yaml: missing field `title`. Write `name`, `title`, `default` and `languages`, each with `text`, or texts under `channels`
                journeys/0.yaml: steps.a.content: there is no content `vist`. Name one of: other, visit
                journeys/0.yaml: steps.b.content: there is a `text`, too. Keep one of the two
                journeys/0.yaml: steps.c.text: the message says nothing. Write `text`, or name a `content`
                journeys/0.yaml: steps.d.content (content/2.yaml: languages.en.channels.fax): messages cannot be sent by `fax`. Use email, sms, webchat, or declare it in channels.yaml
                journeys/0.yaml: steps.d.content (content/2.yaml: languages.en.text) (column 1): `slots.rom` is not known here. Did you mean `entry.properties.room`?
            "#]],
        );
    }
}
