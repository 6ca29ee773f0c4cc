//! Keeps open windows with whom they belong to, as visitors are met and customers are found to be one.

use std::sync::Arc;
use std::time::Duration;

use channels::webchat::Ticket;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::anonymous;
use crate::state::Workspace;

/// Windows of visitors not met yet that are looked up at once; who writes is met in any case.
const STRANGERS_MAX: usize = 256;
/// How long changes are gathered before they are looked at.
const GATHER: Duration = Duration::from_millis(250);

/// Remembers who was seen last, and keeps open windows with their customers when customers are found to be one.
/// Looks at what changed four times a second, however much that is.
pub async fn follow_changes(workspace: Arc<Workspace>) {
    let mut changes = workspace.handle.changes();
    loop {
        let mut seen = match changes.recv().await {
            Ok(change) => vec![change.customer],
            Err(RecvError::Lagged(_)) => Vec::new(),
            Err(RecvError::Closed) => return,
        };
        tokio::time::sleep(GATHER).await;
        loop {
            match changes.try_recv() {
                Ok(change) => seen.push(change.customer),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        workspace.saw(&seen);
        follow_strangers(&workspace).await;
        follow_merges(&workspace).await;
    }
}

/// Gives windows to visitors who were met since they were opened, mostly by the page around them.
async fn follow_strangers(workspace: &Workspace) {
    let strangers = workspace.hub.strangers(STRANGERS_MAX);
    if strangers.is_empty() {
        return;
    }
    let read = workspace.handle.view(move |view| {
        let known = |ticket: Ticket| Some((ticket.session, view.find(&anonymous(&ticket)).ok()??));
        strangers.into_iter().filter_map(known).collect::<Vec<_>>()
    });
    for (session, customer) in read.await.unwrap_or_default() {
        workspace.hub.met(session, customer);
        workspace.chats_with(customer);
    }
}

async fn follow_merges(workspace: &Workspace) {
    let chatting = workspace.chatting();
    if chatting.is_empty() {
        return;
    }
    let read = workspace.handle.view(move |view| {
        let mut moved = Vec::new();
        for from in chatting {
            if let Ok(Some(held)) = view.customer(from)
                && held.id != from
            {
                moved.push((from, held.id));
            }
        }
        moved
    });
    for (from, to) in read.await.unwrap_or_default() {
        workspace.hub.move_windows(from, to, |_| true);
        workspace.chats_with(to);
    }
}
