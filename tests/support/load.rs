//! Callers that keep paying while a test breaks things, and what each of them was told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;

use super::http::{Answer, Client};

/// Running callers.
pub(crate) struct Load {
    callers: JoinSet<()>,
    stop: Arc<AtomicBool>,
    told: Arc<Mutex<Vec<Answer>>>,
}

impl Load {
    /// Starts `callers` callers, each of which pays for one `ping` after another.
    pub(crate) fn start(client: &Client, callers: usize) -> Self {
        let (stop, told) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            tasks.spawn(call(client.clone(), Arc::clone(&stop), Arc::clone(&told)));
        }
        Self { callers: tasks, stop, told }
    }

    /// How many calls have succeeded so far.
    pub(crate) fn successes(&self) -> usize {
        self.count(|answer| answer.status == 200)
    }

    /// How many calls were answered with a failure of ours so far.
    pub(crate) fn failures(&self) -> usize {
        self.count(|answer| answer.status >= 500)
    }

    fn count(&self, of: impl Fn(&Answer) -> bool) -> usize {
        self.told.lock().unwrap().iter().filter(|answer| of(answer)).count()
    }

    /// Stops the callers and returns every answer that one of them received.
    pub(crate) async fn stop(mut self) -> Vec<Answer> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

async fn call(client: Client, stop: Arc<AtomicBool>, told: Arc<Mutex<Vec<Answer>>>) {
    while !stop.load(Ordering::Relaxed) {
        match client.try_ping().await {
            Ok(answer) => told.lock().unwrap().push(answer),
            // Nobody was told anything; a caller that finds the door closed knocks again shortly.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
