//! Accounts and their API keys: opened, issued, revoked.

use aipaygen_events::account::{AccountCommand, IssueKey, Rejection};
use aipaygen_events::api_key::{ApiKey, ENTROPY_LEN};
use aipaygen_events::{AccountId, KeyId, Timestamp};

use crate::accounts::Order;
use crate::error::{CommandError, Failure};
use crate::payments::Payments;

impl Payments {
    /// Opens an account of this id, which the caller has made. Opening it again changes nothing.
    pub async fn open_account(&self, account: AccountId, label: String) -> Result<(), CommandError> {
        match self.administer(account, AccountCommand::Open { account, label }).await {
            Err(Failure::Exists(_)) => Ok(()),
            done_or_failed => done_or_failed.map_err(CommandError::from),
        }
    }

    /// Makes an API key. What is returned is the only copy.
    pub async fn issue_key(
        &self,
        account: AccountId,
        label: String,
        expires_at: Option<Timestamp>,
    ) -> Result<ApiKey, CommandError> {
        let key = draw_key()?;
        let hash = key.hash(&self.pepper);
        let command = AccountCommand::IssueKey(IssueKey { key: key.id(), hash, label, expires_at });
        match self.administer(account, command).await {
            // 96 random bits have met: the log kept the first key, and this one was never made.
            Err(Failure::Exists(_)) => Err(Rejection::KeyExists.into()),
            done_or_failed => done_or_failed.map(|()| key).map_err(CommandError::from),
        }
    }

    /// Stops an API key, from the very next charge on. Revoking it again changes nothing.
    pub async fn revoke_key(&self, account: AccountId, key: KeyId) -> Result<(), CommandError> {
        match self.administer(account, AccountCommand::RevokeKey { key }).await {
            Err(Failure::Exists(_)) => Ok(()),
            done_or_failed => done_or_failed.map_err(CommandError::from),
        }
    }

    /// Does a command of an operator, which no requester's deadline bounds.
    pub(crate) async fn administer(&self, account: AccountId, command: AccountCommand) -> Result<(), Failure> {
        self.perform(&Order::new(account, command), self.deadline()).await.map(|_| ())
    }
}

fn draw_key() -> Result<ApiKey, CommandError> {
    let mut entropy = zeroize::Zeroizing::new([0; ENTROPY_LEN]);
    getrandom::fill(entropy.as_mut_slice()).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        CommandError::Unavailable
    })?;
    Ok(ApiKey::from_entropy(&entropy))
}
