//! The folder between us and the print shop.
//!
//! A job is `{effect}.pdf` with `{effect}.json` beside it. Both are made in a folder of our own first; then a note says
//! durably that they are whole, and only then are they moved, one atomic rename each. Whoever finds the note after a
//! crash moves what is still there and makes nothing anew: a job is handed over once, also when the shop has already
//! taken it away.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::{CustomerId, Effect, EffectId, Letter, OutcomeKind, Span, WorkspaceName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::font::Font;
use super::{layout, pdf};
use crate::links::Links;

/// Where jobs are made, and the notes about those handed over.
const OWN: &str = ".throughline";
/// A print shop's report is read up to here.
const REASON_BYTES_MAX: usize = 500;
/// A full disk or a folder that is away may come back.
const RETRY: Span = Span(60_000);

/// Where letters go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterConfig {
    /// The folder that the print shop empties.
    pub folder: PathBuf,
    /// The sender, as it stands above the address: name, street, place.
    pub sender: Vec<String>,
    /// A letter of which nothing is heard for so long counts as delivered.
    #[serde(default = "fortnight")]
    pub report_days: u32,
    /// The workspace whose letters they are; the first unless stated.
    #[serde(default)]
    pub workspace: Option<WorkspaceName>,
}

fn fortnight() -> u32 {
    14
}

/// Why letters cannot be sent as configured.
#[derive(Debug, thiserror::Error)]
pub enum InvalidLetters {
    #[error("letters.sender has {0} lines; write 1 to 4: name, street, place")]
    Sender(usize),
    #[error("letters.folder `{path}` cannot be used: {error}; name a folder that this server may write in")]
    Folder {
        path: String,
        #[source]
        error: io::Error,
    },
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub effect: EffectId,
    pub customer: CustomerId,
    /// None where it was delivered.
    pub failed: Option<String>,
}

/// What our own note about a job says.
#[derive(Debug, Serialize, Deserialize)]
struct Handed {
    customer: CustomerId,
}

/// Hands letters over. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LetterBox {
    config: LetterConfig,
    links: Links,
}

impl LetterBox {
    pub fn new(config: LetterConfig, links: Links) -> Result<Self, InvalidLetters> {
        if !(1..=4).contains(&config.sender.len()) {
            return Err(InvalidLetters::Sender(config.sender.len()));
        }
        fs::create_dir_all(config.folder.join(OWN))
            .map_err(|error| InvalidLetters::Folder { path: config.folder.display().to_string(), error })?;
        Ok(Self { config, links })
    }

    /// Hands a letter over; again under the same effect it does nothing but finish what was begun. Waits for the disk.
    pub fn send(&self, effect: &Effect, letter: &Letter) -> OutcomeKind {
        let text = self.links.in_text(&letter.text, effect, letter.conversation);
        let font = Font::new();
        let sender = layout::Sender { lines: &self.config.sender };
        let made = layout::pages(letter, &text, effect.asked, &sender, &font)
            .and_then(|pages| Ok((pages.len(), pdf::write(&pages, &letter.subject, font)?)));
        let (pages, document) = match made {
            Ok(made) => made,
            Err(reason) => return OutcomeKind::Failed { reason },
        };
        match self.hand_over(effect, letter, &text, (pages, &document)) {
            Ok(()) => {
                let reference = effect.id.to_string();
                let wait = Span(i64::from(self.config.report_days) * Span::DAY.0);
                OutcomeKind::Accepted { references: vec![reference.clone()], awaited: vec![reference], wait }
            }
            Err(error) => {
                let reason = format!("the letter folder cannot be written: {error}");
                OutcomeKind::Retry { reason, after: Some(RETRY) }
            }
        }
    }

    fn hand_over(
        &self,
        effect: &Effect,
        letter: &Letter,
        text: &str,
        (pages, document): (usize, &[u8]),
    ) -> io::Result<()> {
        let (own, id) = (self.own(), effect.id.to_string());
        let (job, about, note) =
            (format!("{id}.pdf"), format!("{id}.json"), own.join(format!("{id}.handed")));
        if !note.exists() {
            let described = json!({
                "id": id,
                "to": letter.to.lines(),
                "subject": letter.subject,
                "text": text,
                "pages": pages,
                "asked": effect.asked,
            });
            write_durably(&own.join(&job), document)?;
            write_durably(&own.join(&about), format!("{described:#}\n").as_bytes())?;
            let handed = serde_json::to_vec(&Handed { customer: effect.customer })?;
            let unfinished = own.join(format!("{id}.noting"));
            write_durably(&unfinished, &handed)?;
            fs::rename(&unfinished, &note)?;
            sync_folder(&own)?;
        }
        // The document last: with it the job is there.
        for name in [about, job] {
            let made = own.join(&name);
            if made.exists() {
                fs::rename(made, self.config.folder.join(&name))?;
            }
        }
        sync_folder(&self.config.folder)?;
        sync_folder(&own)
    }

    /// What the print shop has reported and nobody has settled: `{effect}.done`, or `{effect}.failed` with the reason.
    pub fn reports(&self) -> io::Result<Vec<Report>> {
        let mut reports = Vec::new();
        for entry in fs::read_dir(&self.config.folder)? {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let failed = match ending {
                "done" => None,
                "failed" => Some(reason(&path)?),
                _ => continue,
            };
            let effect = path.file_stem().and_then(|stem| stem.to_str()?.parse::<EffectId>().ok());
            let Some(effect) = effect else { continue };
            let note = self.own().join(format!("{effect}.handed"));
            // Without our note it is no letter of ours, or one that is settled.
            let Ok(handed) = fs::read(note) else { continue };
            let Handed { customer } = serde_json::from_slice(&handed)?;
            reports.push(Report { effect, customer, failed });
        }
        reports.sort_by_key(|report| report.effect);
        Ok(reports)
    }

    /// Forgets a job whose outcome is durable.
    pub fn settled(&self, effect: EffectId) -> io::Result<()> {
        for ending in ["done", "failed"] {
            remove(&self.config.folder.join(format!("{effect}.{ending}")))?;
        }
        sync_folder(&self.config.folder)?;
        remove(&self.own().join(format!("{effect}.handed")))
    }

    fn own(&self) -> PathBuf {
        self.config.folder.join(OWN)
    }
}

fn reason(path: &Path) -> io::Result<String> {
    let bytes = fs::read(path)?;
    let said = String::from_utf8_lossy(&bytes[..bytes.len().min(REASON_BYTES_MAX)]).trim().to_owned();
    Ok(if said.is_empty() { "the print shop could not deliver it".to_owned() } else { said })
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use model::{ConversationId, EffectKind, PostalAddress, Purpose, Resend, StrandId, Timestamp};

    use super::*;
    use crate::signing::Signer;

    fn letter(name: &str, text: &str) -> (Effect, Letter) {
        let to = PostalAddress {
            name: name.into(),
            street: "Hafenstraße 7".into(),
            postal_code: "20457".into(),
            city: "Hamburg".into(),
            country: None,
        };
        let letter =
            Letter { conversation: ConversationId(7), to, subject: "Your policy".into(), text: text.into() };
        let effect = Effect {
            id: EffectId(74),
            customer: CustomerId(5),
            strand: StrandId(1),
            asked: Timestamp(0),
            run: None,
            purpose: Purpose::Service,
            resend: Resend::Always,
            kind: EffectKind::Letter(letter.clone()),
        };
        (effect, letter)
    }

    fn letter_box(folder: &Path) -> LetterBox {
        let links = Links::new(
            Signer::new(&[5; 32]),
            "https://tl.example".parse().unwrap(),
            "https://shop.example".parse().unwrap(),
        );
        let sender = vec!["Harbour Living".into(), "Kai 1".into(), "20457 Hamburg".into()];
        let config = LetterConfig { folder: folder.into(), sender, report_days: 14, workspace: None };
        LetterBox::new(config, links).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != OWN)
            .collect();
        names.sort();
        names
    }

    const PDF: &str = "eff_0000000000000000000000002a.pdf";

    #[test]
    fn a_letter_is_handed_over_once_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let own = letter_box(folder.path());
        let (effect, letter) = letter("Łucja Ćwiklińska", "Dear Łucja,\n\nthe Ж and the ω are there.");
        assert!(matches!(own.send(&effect, &letter), OutcomeKind::Accepted { .. }));
        assert_eq!(names(folder.path()), ["eff_0000000000000000000000002a.json", PDF]);
        let first = fs::read(folder.path().join(PDF)).unwrap();
        assert!(first.starts_with(b"%PDF-"));
        // The print shop takes it away before the outcome is known, and the server asks again after a crash.
        fs::remove_file(folder.path().join(PDF)).unwrap();
        assert!(matches!(own.send(&effect, &letter), OutcomeKind::Accepted { .. }));
        assert_eq!(names(folder.path()), ["eff_0000000000000000000000002a.json"]);
    }

    #[test]
    fn what_a_crash_left_is_finished_and_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let own = letter_box(folder.path());
        let (effect, letter) = letter("Ada", "Hello");
        own.send(&effect, &letter);
        let first = fs::read(folder.path().join(PDF)).unwrap();
        // Between the note and the rename.
        fs::rename(folder.path().join(PDF), folder.path().join(OWN).join(PDF)).unwrap();
        own.send(&effect, &letter);
        assert_eq!(fs::read(folder.path().join(PDF)).unwrap(), first);
        // Before the note: made anew, the same.
        fs::remove_file(folder.path().join(OWN).join("eff_0000000000000000000000002a.handed")).unwrap();
        fs::rename(folder.path().join(PDF), folder.path().join(OWN).join(PDF)).unwrap();
        fs::write(folder.path().join(OWN).join(PDF), "half of").unwrap();
        own.send(&effect, &letter);
        assert_eq!(fs::read(folder.path().join(PDF)).unwrap(), first);
    }

    #[test]
    fn reports_are_read_until_they_are_settled() {
        let folder = tempfile::tempdir().unwrap();
        let own = letter_box(folder.path());
        let (effect, letter) = letter("Ada", "Hello");
        own.send(&effect, &letter);
        fs::write(folder.path().join("eff_0000000000000000000000002a.failed"), "moved away\n").unwrap();
        fs::write(folder.path().join("eff_0000000000000000000000002b.done"), "").unwrap();
        fs::write(folder.path().join("readme.done"), "").unwrap();
        let report =
            Report { effect: effect.id, customer: effect.customer, failed: Some("moved away".into()) };
        assert_eq!(own.reports().unwrap(), [report]);
        own.settled(effect.id).unwrap();
        assert_eq!(own.reports().unwrap(), []);
    }

    #[test]
    fn what_cannot_be_printed_fails_and_names_the_character() {
        let folder = tempfile::tempdir().unwrap();
        let (effect, letter) = letter("李小龍", "Hello");
        let reason = "the font has no “李” (U+674E)".to_owned();
        assert_eq!(letter_box(folder.path()).send(&effect, &letter), OutcomeKind::Failed { reason });
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn long_letters_have_several_pages_and_no_line_leaves_the_paper() {
        let font = Font::new();
        let text = format!("{}\n\n{}", "word ".repeat(900), "x".repeat(300));
        let (_, letter) = letter(&"Maximiliane Wilhelmine ".repeat(3), &text);
        let lines = vec!["Harbour Living".to_owned()];
        let pages =
            layout::pages(&letter, &text, Timestamp(0), &layout::Sender { lines: &lines }, &font).unwrap();
        assert_eq!(pages.len(), 2);
        for line in pages.iter().flat_map(|page| &page.lines) {
            assert!(line.x + font.width(&line.text, line.size) <= layout::PAPER.0 - 56.0, "{line:?}");
            assert!(line.y > 20.0, "{line:?}");
        }
    }
}
