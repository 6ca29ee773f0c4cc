//! Article files: the front matter, and what the files of one article and those it links to must agree on.

use std::collections::BTreeMap;

use model::{Catalogue, CatalogueFile, Problem};
use serde::Deserialize;

use super::markdown::{self, Block};
use super::{Article, ArticleText, Articles, Audience};

const FOLDER: &str = "knowledge/";
const FILE_BYTES_MAX: usize = 64 * 1024;
const TITLE_CHARS_MAX: usize = 100;
/// Together with the title it makes at most two text messages.
const SUMMARY_CHARS_MAX: usize = 200;
const FENCE: &str = "---";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    name: Box<str>,
    language: Box<str>,
    title: Box<str>,
    summary: Box<str>,
    #[serde(default)]
    labels: Vec<Box<str>>,
    #[serde(default)]
    audience: Audience,
    /// Where an article has several languages: the one for everybody else.
    #[serde(default)]
    default: bool,
}

/// A file that was read, before it is put together with the others of its article.
struct Read<'a> {
    file: &'a CatalogueFile,
    matter: FrontMatter,
    blocks: Vec<Block>,
    /// Articles it links to, with the line.
    links: Vec<(usize, Box<str>)>,
}

pub(super) fn read(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Articles {
    let files = catalogue.folder(FOLDER).filter(|file| file.path.ends_with(".md"));
    let read: Vec<Read<'_>> = files.filter_map(|file| read_one(file, problems)).collect();
    let mut together: BTreeMap<Box<str>, Vec<Read<'_>>> = BTreeMap::new();
    for own in read {
        together.entry(own.matter.name.clone()).or_default().push(own);
    }
    let audiences: BTreeMap<Box<str>, Audience> =
        together.iter().map(|(name, files)| (name.clone(), files[0].matter.audience)).collect();
    let mut articles = BTreeMap::new();
    for (name, files) in together {
        check_links(&files, &audiences, problems);
        articles.extend(put_together(files, problems).map(|article| (name, article)));
    }
    Articles(articles)
}

fn read_one<'a>(file: &'a CatalogueFile, problems: &mut Vec<Problem>) -> Option<Read<'a>> {
    let mut problem = |path: &str, message: String, remedy: &str| {
        problems.push(Problem::new(&file.path, path, message, remedy));
    };
    if file.text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", file.text.len());
        problem("", message, "Make several articles of it");
        return None;
    }
    let Some((matter, body, first_line)) = parts(&file.text) else {
        problem(
            "",
            "it has no front matter".into(),
            "Begin with `---`, `name`, `language`, `title`, `summary`, `---`",
        );
        return None;
    };
    let matter: FrontMatter = match files::parse(matter) {
        Ok(matter) => matter,
        Err(message) => {
            let remedy = "Write `name`, `language`, `title`, `summary`; if needed `labels`, `audience` (public or staff), `default`";
            problem("", message, remedy);
            return None;
        }
    };
    let before = problems.len();
    check_matter(file, &matter, problems);
    let parsed = markdown::parse(body);
    for mistake in &parsed.mistakes {
        let path = format!("line {}", mistake.line + first_line);
        problems.push(Problem::new(&file.path, path, mistake.message.clone(), mistake.remedy));
    }
    if parsed.blocks.is_empty() && parsed.mistakes.is_empty() {
        problems.push(Problem::new(
            &file.path,
            "",
            "the article says nothing",
            "Write it below the front matter",
        ));
    }
    let links = parsed.articles.into_iter().map(|(line, name)| (line + first_line, name)).collect();
    (problems.len() == before).then_some(Read { file, matter, blocks: parsed.blocks, links })
}

/// Front matter, body, and how many lines stand before the body.
fn parts(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.strip_prefix(FENCE)?.trim_start_matches('\r').strip_prefix('\n')?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            let matter = &rest[..at];
            return Some((matter, &rest[at + line.len()..], matter.lines().count() + 2));
        }
        at += line.len();
    }
    None
}

fn check_matter(file: &CatalogueFile, matter: &FrontMatter, problems: &mut Vec<Problem>) {
    let mut problem = |path: &str, message: String, remedy: &str| {
        problems.push(Problem::new(&file.path, path, message, remedy));
    };
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if matter.name.is_empty() || matter.name.len() > 60 || !matter.name.bytes().all(legal) {
        let remedy = "Use up to 60 lower-case letters, digits, `-` and `_`";
        problem("name", format!("`{}` is no name", matter.name), remedy);
    }
    if !is_language(&matter.language) {
        problem("language", format!("`{}` is no language", matter.language), "Write such as `en` or `de-AT`");
    }
    for (path, text, most) in
        [("title", &matter.title, TITLE_CHARS_MAX), ("summary", &matter.summary, SUMMARY_CHARS_MAX)]
    {
        let chars = text.trim().chars().count();
        if chars == 0 {
            problem(path, "it is empty".into(), "Write at least a word");
        }
        if chars > most {
            problem(path, format!("it has {chars} characters; at most {most} fit"), "Say it shorter");
        }
    }
}

fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    language
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn check_links(files: &[Read<'_>], audiences: &BTreeMap<Box<str>, Audience>, problems: &mut Vec<Problem>) {
    for own in files {
        for (line, name) in &own.links {
            let (message, remedy) = match (own.matter.audience, audiences.get(name)) {
                (_, None) => {
                    let known: Vec<&str> = audiences.keys().map(|name| &**name).collect();
                    (format!("there is no article `{name}`"), format!("Link to one of: {}", known.join(", ")))
                }
                (Audience::Public, Some(Audience::Staff)) => (
                    format!("the article `{name}` is for staff, and this one is public"),
                    "Delete the link, or make both of one audience".to_owned(),
                ),
                (_, Some(_)) => continue,
            };
            problems.push(Problem::new(&own.file.path, format!("line {line}"), message, remedy));
        }
    }
}

fn put_together(files: Vec<Read<'_>>, problems: &mut Vec<Problem>) -> Option<Article> {
    let first = files.first()?;
    let (name, audience, labels) =
        (first.matter.name.clone(), first.matter.audience, first.matter.labels.clone());
    let before = problems.len();
    let mut problem = |file: &CatalogueFile, path: &str, message: String, remedy: &str| {
        problems.push(Problem::new(&file.path, path, message, remedy));
    };
    let defaults: Vec<&Read<'_>> = files.iter().filter(|own| own.matter.default).collect();
    let default = match (&defaults[..], &files[..]) {
        ([one], _) => one.matter.language.clone(),
        ([], [one]) => one.matter.language.clone(),
        ([], [..]) => {
            let message = format!("`{name}` has {} languages, and none for everybody else", files.len());
            problem(first.file, "default", message, "Write `default: true` in one of them");
            first.matter.language.clone()
        }
        ([_, second, ..], _) => {
            let message = format!("another file of `{name}` is the default, too");
            problem(second.file, "default", message, "Keep one of them");
            first.matter.language.clone()
        }
    };
    let mut languages = BTreeMap::new();
    for own in files {
        let Read { file, matter, blocks, .. } = own;
        if matter.audience != audience {
            problem(
                file,
                "audience",
                format!("other files of `{name}` say otherwise"),
                "Write the same in all of them",
            );
        }
        if matter.labels != labels {
            problem(
                file,
                "labels",
                format!("other files of `{name}` have others"),
                "Write the same in all of them",
            );
        }
        let text =
            ArticleText { title: matter.title.trim().into(), summary: matter.summary.trim().into(), blocks };
        if languages.insert(matter.language.clone(), text).is_some() {
            let message = format!("another file has `{name}` in `{}`, too", matter.language);
            problem(file, "language", message, "Delete one, or give it another name or language");
        }
    }
    (problems.len() == before).then_some(Article { name, audience, labels, default, languages })
}
