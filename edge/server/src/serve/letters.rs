//! What the print shop reports about letters becomes outcomes.

use std::sync::Arc;
use std::time::Duration;

use api::state::Workspace;
use channels::letter::{LetterBox, Report};
use model::{Outcome, OutcomeKind};
use shard::Order;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Takes reports as long as the server runs. A report is forgotten when its outcome is durable.
pub async fn follow_reports(letters: LetterBox, workspace: Arc<Workspace>) {
    loop {
        let own = letters.clone();
        match tokio::task::spawn_blocking(move || own.reports()).await {
            Ok(Ok(reports)) => {
                for report in reports {
                    settle(&letters, &workspace, report).await;
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "the letter folder cannot be read"),
            Err(_) => return,
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn settle(letters: &LetterBox, workspace: &Workspace, report: Report) {
    let Report { effect, customer, failed } = report;
    let kind = match failed {
        Some(reason) => OutcomeKind::Failed { reason },
        None => OutcomeKind::Done { reference: Some(effect.to_string()), answer: None },
    };
    let outcome = Outcome { effect, customer, kind };
    if let Err(refused) = workspace.handle.order(Order::Outcome(outcome)).await {
        tracing::warn!(%effect, %refused, "a report about a letter could not be taken now");
        return;
    }
    let own = letters.clone();
    let forgotten = tokio::task::spawn_blocking(move || own.settled(effect)).await;
    if let Ok(Err(error)) = forgotten {
        tracing::warn!(%effect, %error, "a settled letter's report cannot be deleted");
    }
}
