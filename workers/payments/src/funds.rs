//! Funds put on an account: each outside reference once, however often it is delivered.

use aipaygen_events::account::{AccountCommand, AccountEvent, Deposit, DepositSource, FundsDeposited};
use aipaygen_events::{AccountId, DepositId, Event, MicroUsd};
use aipaygen_journal::Recorded;

use crate::error::{CommandError, Failure};
use crate::lookup;
use crate::payments::Payments;

impl Payments {
    /// Gives an account promotional credit. The same reference again changes nothing.
    pub async fn grant(&self, account: AccountId, amount: MicroUsd, reference: &str) -> Result<(), CommandError> {
        self.deposit(account, DepositSource::Grant, reference, amount).await
    }

    /// Credits what was paid under this reference. The same deposit again changes nothing; another one under
    /// the same reference is refused.
    pub async fn deposit(
        &self,
        account: AccountId,
        source: DepositSource,
        reference: &str,
        amount: MicroUsd,
    ) -> Result<(), CommandError> {
        let deposit = DepositId::of_reference(source.as_str(), reference);
        let command = Deposit { deposit, source, reference: reference.to_owned(), amount };
        match self.administer(account, AccountCommand::Deposit(command.clone())).await {
            Err(Failure::Exists(existing)) => compare(account, command, &existing),
            done_or_failed => done_or_failed.map_err(CommandError::from),
        }
    }
}

fn compare(account: AccountId, command: Deposit, existing: &Recorded) -> Result<(), CommandError> {
    let Deposit { deposit, source, reference, amount } = command;
    let asked = AccountEvent::Deposited(FundsDeposited { account, deposit, source, reference, amount });
    let same = lookup::decode(existing)? == Event::Account(asked);
    if same { Ok(()) } else { Err(CommandError::ReferenceUsed) }
}
