//! Who listens to what is broadcast.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::{LISTENER_BACKLOG_MAX, Message};

/// The listeners of a process, by subject.
#[derive(Default)]
pub(super) struct Topics {
    listeners: Mutex<HashMap<String, Vec<mpsc::Sender<Message>>>>,
}

impl Topics {
    /// A new listener.
    pub(super) fn listen(&self, subject: &str) -> mpsc::Receiver<Message> {
        let (sender, receiver) = mpsc::channel(LISTENER_BACKLOG_MAX);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.entry(subject.to_owned()).or_default().push(sender);
        receiver
    }

    /// Tells every listener; one that is behind slows the teller rather than miss a word.
    pub(super) async fn broadcast(&self, subject: &str, message: &Message) {
        for listener in self.present(subject) {
            // It has gone since we looked.
            let _ = listener.send(message.clone()).await;
        }
    }

    fn present(&self, subject: &str) -> Vec<mpsc::Sender<Message>> {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(present) = listeners.get_mut(subject) else { return Vec::new() };
        present.retain(|listener| !listener.is_closed());
        present.clone()
    }
}
