//! Hears of revoked keys, so that a revocation is effective at once and not when a cache runs out.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::commands::{KEY_REVOKED, KeyRevokedNotice, decode};
use aipaygen_bus::{BusError, Message};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::ingress::Ingress;

/// Between two attempts to listen again.
const PAUSE: Duration = Duration::from_millis(200);

/// Listens from now on, until the shutdown. A connection that was lost may have lost notices with it: then every
/// key is asked for anew.
pub(crate) async fn hear_revocations(ingress: Arc<Ingress>, shutdown: CancellationToken) -> Result<(), BusError> {
    let notices = ingress.bus.listen(KEY_REVOKED).await?;
    ingress.lasting.runtime.clone().spawn(async move {
        let work = async { futures::join!(hear(&ingress, notices), follow_connection(&ingress)) };
        shutdown.run_until_cancelled(work).await;
    });
    Ok(())
}

async fn hear(ingress: &Ingress, mut notices: mpsc::Receiver<Message>) {
    loop {
        while let Some(notice) = notices.recv().await {
            if let Some(KeyRevokedNotice { key }) = decode(&notice) {
                ingress.keys.revoke(key).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
        if let Ok(again) = ingress.bus.listen(KEY_REVOKED).await {
            notices = again;
            ingress.keys.forget();
        }
    }
}

async fn follow_connection(ingress: &Ingress) {
    let mut connected = ingress.bus.connected();
    while connected.changed().await.is_ok() {
        ingress.keys.forget();
    }
}
