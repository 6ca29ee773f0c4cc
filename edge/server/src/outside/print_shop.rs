//! The print shop and the post: empties the folder of letters, brings each to the customer's letter box and reports it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::resources::demo::{Delivered, Devices};
use model::{EffectId, Timestamp};
use serde::Deserialize;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What stands beside a document, as far as the post reads it.
#[derive(Debug, Deserialize)]
struct Job {
    id: EffectId,
    to: Vec<String>,
    subject: String,
    text: String,
    pages: usize,
    asked: Timestamp,
}

/// Brings letters as long as the demo runs, and first those that were brought before it was started.
pub async fn bring_letters(shop: PathBuf, letter_box: PathBuf, devices: Devices) {
    if let Err(error) = fs::create_dir_all(&letter_box) {
        return tracing::warn!(%error, "the letter box cannot be made");
    }
    let mut brought = jobs(&letter_box);
    brought.sort_by_key(|job| (job.asked, job.id));
    for job in brought {
        devices.post(delivered(job, &letter_box));
    }
    loop {
        let (from, to) = (shop.clone(), letter_box.clone());
        match tokio::task::spawn_blocking(move || empty(&from, &to)).await {
            Ok(letters) => letters.into_iter().for_each(|job| devices.post(delivered(job, &letter_box))),
            Err(_) => return,
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Takes every whole job out of the folder; one that cannot be taken stays for the next look.
fn empty(shop: &Path, letter_box: &Path) -> Vec<Job> {
    let mut taken = Vec::new();
    for job in jobs(shop) {
        match take(&job, shop, letter_box) {
            Ok(()) => taken.push(job),
            Err(error) => tracing::warn!(%error, letter = %job.id, "a letter cannot be brought"),
        }
    }
    taken.sort_by_key(|job| (job.asked, job.id));
    taken
}

/// The description first: a job without its document is no job.
fn take(job: &Job, shop: &Path, letter_box: &Path) -> io::Result<()> {
    for ending in ["json", "pdf"] {
        let name = format!("{}.{ending}", job.id);
        fs::rename(shop.join(&name), letter_box.join(&name))?;
    }
    fs::write(shop.join(format!("{}.done", job.id)), "")
}

/// The jobs in a folder: documents with a description beside them.
fn jobs(folder: &Path) -> Vec<Job> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let documents = entries.flatten().map(|entry| entry.path());
    let documents = documents.filter(|path| path.extension().is_some_and(|ending| ending == "pdf"));
    documents
        .filter_map(|path| serde_json::from_slice(&fs::read(path.with_extension("json")).ok()?).ok())
        .collect()
}

fn delivered(job: Job, letter_box: &Path) -> Delivered {
    let file = letter_box.join(format!("{}.pdf", job.id));
    let Job { id, to, subject, text, pages, asked } = job;
    // Whoever has the secret address of a document may read it.
    let secret = api::ingest::credential::new_write_key();
    Delivered { id, to, subject, text, pages, time: asked, file, secret }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "eff_0000000000000000000000002a";

    #[test]
    fn a_whole_job_is_taken_once_and_reported() {
        let (shop, letter_box) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (shop, letter_box) = (shop.path(), letter_box.path());
        let about = format!(
            r#"{{"id":"{ID}","to":["Łucja"],"subject":"Hello","text":"Hi","pages":1,"asked":"2026-03-01T10:00:00Z"}}"#
        );
        fs::write(shop.join(format!("{ID}.json")), about).unwrap();
        assert_eq!(empty(shop, letter_box).len(), 0, "the document is not there yet");
        fs::write(shop.join(format!("{ID}.pdf")), "%PDF").unwrap();
        let taken = empty(shop, letter_box);
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].to, ["Łucja"]);
        assert!(shop.join(format!("{ID}.done")).exists());
        assert!(!shop.join(format!("{ID}.pdf")).exists());
        assert_eq!(empty(shop, letter_box).len(), 0);
        // What was brought is in the letter box after the next start, too.
        assert_eq!(jobs(letter_box).len(), 1);
    }
}
