//! The webhooks of accounts.

use aipaygen_bus::vault::{
    AddWebhook, Changed, LendTarget, Lent, ListWebhooks, RemoveWebhook, RotateWebhook, WebhookAdded, WebhookRotated,
    WebhookShown,
};
use aipaygen_events::{AccountId, WebhookId};
use aipaygen_sealed::{Hidden, Secret, Target};
use aipaygen_vault::{NewWebhook, VaultError};
use async_trait::async_trait;
use uuid::Uuid;

use super::{Answer, Desk, failed};
use crate::lend::lend;

#[async_trait]
impl Answer<AddWebhook> for Desk {
    async fn answer(&self, command: AddWebhook) -> WebhookAdded {
        if !self.deps.webhooks.plain_http && !command.url.starts_with("https://") {
            return WebhookAdded::PlainHttp;
        }
        let id = WebhookId::from_uuid(Uuid::now_v7());
        // What happens from now on is for it.
        let Ok(head) = self.deps.log.head().await else { return WebhookAdded::Unavailable };
        let new = NewWebhook {
            id,
            account: command.account,
            url: Hidden::new(command.url),
            events: command.events,
            low_balance: command.low_balance,
            after_position: head.position,
        };
        let max = self.deps.webhooks.per_account_max;
        match self.deps.vault.add_webhook(&new, max, self.now()).await {
            Ok(Some(secret)) => WebhookAdded::Added { webhook: id, secret: secret.expose().to_owned() },
            Ok(None) => WebhookAdded::TooMany { max },
            Err(error) => {
                failed("adding a webhook", &error);
                WebhookAdded::Unavailable
            }
        }
    }
}

#[async_trait]
impl Answer<ListWebhooks> for Desk {
    async fn answer(&self, command: ListWebhooks) -> Option<Vec<WebhookShown>> {
        self.shown(command.account).await.inspect_err(|error| failed("listing webhooks", error)).ok()
    }
}

#[async_trait]
impl Answer<RemoveWebhook> for Desk {
    async fn answer(&self, command: RemoveWebhook) -> Changed {
        match self.deps.vault.remove_webhook(command.account, command.webhook).await {
            Ok(true) => Changed::Done,
            Ok(false) => Changed::Unknown,
            Err(error) => {
                failed("removing a webhook", &error);
                Changed::Unavailable
            }
        }
    }
}

#[async_trait]
impl Answer<RotateWebhook> for Desk {
    async fn answer(&self, command: RotateWebhook) -> WebhookRotated {
        let grace_ms = self.deps.webhooks.rotation_grace_s.saturating_mul(1_000);
        let previous_until = self.now().plus_ms(grace_ms);
        match self.deps.vault.rotate_webhook(command.account, command.webhook, previous_until).await {
            Ok(Some(secret)) => WebhookRotated::Rotated { secret: secret.expose().to_owned(), previous_until },
            Ok(None) => WebhookRotated::Unknown,
            Err(error) => {
                failed("rotating the secret of a webhook", &error);
                WebhookRotated::Unavailable
            }
        }
    }
}

#[async_trait]
impl Answer<LendTarget> for Desk {
    async fn answer(&self, command: LendTarget) -> Lent {
        match self.target(command.account, command.webhook).await {
            Ok(Some(target)) => {
                let sealed_ms = self.deps.webhooks.attempt_timeout_ms;
                lend(&self.deps, Secret::Target(target), &command.message, sealed_ms).await
            }
            Ok(None) => Lent::Nothing,
            Err(error) => {
                failed("lending a webhook", &error);
                Lent::Unavailable
            }
        }
    }
}

impl Desk {
    async fn shown(&self, account: AccountId) -> Result<Vec<WebhookShown>, VaultError> {
        let mut shown = Vec::new();
        for (webhook, url) in self.deps.vault.webhooks_of(account).await? {
            let (waiting, dead) = self.deps.vault.counts(webhook.id).await?;
            shown.push(WebhookShown {
                webhook: webhook.id,
                url: url.expose().to_owned(),
                events: webhook.events,
                low_balance: webhook.low_balance,
                made_at: webhook.made_at,
                previous_secret_until: webhook.previous_until.filter(|until| self.now() < *until),
                waiting,
                dead,
            });
        }
        Ok(shown)
    }

    /// Where a webhook of the account is; of the oldest one, unless one is named.
    async fn target(&self, account: AccountId, webhook: Option<WebhookId>) -> Result<Option<Target>, VaultError> {
        let vault = &self.deps.vault;
        let id = match webhook {
            Some(id) => Some(id),
            None => vault.webhooks_of(account).await?.first().map(|(webhook, _)| webhook.id),
        };
        let Some(id) = id else { return Ok(None) };
        let found = vault.webhook(id, self.now()).await?;
        Ok(found.filter(|(webhook, _)| webhook.account == account).map(|(_, target)| target))
    }
}
