//! Authorization: a request is charged before any work, once, or is told why not.

mod idempotency;
mod payment;
mod prepaid;
mod voucher;

use std::time::Instant;

use aipaygen_bus::commands::{Authorization, Authorize, Payer, Refusal};
use aipaygen_events::account::Rejection;

use crate::error::Failure;
use crate::payments::Payments;
use crate::retry::Retry;

impl Payments {
    /// Charges a request, unless what pays for it or its idempotency key says otherwise.
    pub async fn authorize(&self, command: &Authorize, deadline: Instant) -> Authorization {
        let mut retry = Retry::until(deadline);
        loop {
            let failure = match self.authorize_once(command, deadline).await {
                Ok(authorization) => return authorization,
                Err(Failure::Stale) => match retry.pause().await {
                    Ok(()) => continue,
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            return Authorization::Refused(refusal(command, failure));
        }
    }

    async fn authorize_once(&self, command: &Authorize, deadline: Instant) -> Result<Authorization, Failure> {
        match &command.payer {
            Payer::Prepaid { account, key } => self.charge_account(command, *account, *key, deadline).await,
            Payer::X402 { payment, request_hash } => {
                self.charge_payment(command, payment, request_hash, deadline).await
            }
            Payer::Voucher { credit, hash } => self.charge_voucher(command, *credit, *hash).await,
        }
    }
}

fn refusal(command: &Authorize, failure: Failure) -> Refusal {
    match failure {
        Failure::Rejected(rejection) => refusal_of(command, rejection),
        Failure::Exists(_) | Failure::Stale | Failure::Overloaded | Failure::Unavailable => Refusal::Overloaded,
    }
}

fn refusal_of(command: &Authorize, rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::InsufficientFunds { price, available } => Refusal::InsufficientFunds { price, available },
        Rejection::NotOpen | Rejection::UnknownKey | Rejection::KeyRevoked | Rejection::KeyExpired => {
            Refusal::InvalidKey
        }
        Rejection::AlreadyOpen
        | Rejection::KeyExists
        | Rejection::NothingDeposited
        | Rejection::BalanceTooLarge
        | Rejection::AlreadyCharged
        | Rejection::NoOpenCharge
        | Rejection::PriceAboveCharge { .. } => {
            // Only a request id that is used twice leads here. Nothing was charged for this use of it.
            tracing::error!(request = %command.request, %rejection, "a request cannot be charged again");
            Refusal::Overloaded
        }
    }
}
