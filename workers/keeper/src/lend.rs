//! A secret for a fetch worker: sealed to the key of one process, for one request, for a short time.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::call;
use aipaygen_bus::outbound::{SealingKey, SealingKeyOf};
use aipaygen_bus::vault::Lent;
use aipaygen_sealed::{PublicKey, Secret};

use crate::worker::Deps;

/// How long a fetch worker may take to say its key.
const KEY_TIMEOUT: Duration = Duration::from_secs(2);

/// Seals a secret, bound to these words.
pub(crate) async fn lend(deps: &Deps, secret: Secret, bound_to: &str, sealed_ms: u64) -> Lent {
    let deadline = Instant::now() + KEY_TIMEOUT;
    let SealingKeyOf { worker, key } = match call(deps.bus.as_ref(), &SealingKey {}, deadline).await {
        Ok(key) => key,
        Err(error) => {
            tracing::warn!(%error, "no fetch worker to seal for");
            return Lent::Unavailable;
        }
    };
    let Ok(key) = PublicKey::try_from(key) else {
        tracing::error!("a fetch worker has announced what is no key");
        return Lent::Unavailable;
    };
    let sealed = key.seal(secret, bound_to, (deps.clock)().plus_ms(sealed_ms));
    Lent::Sealed { worker, sealed: serde_json::to_string(&sealed).expect("text") }
}
