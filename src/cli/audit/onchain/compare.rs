//! The comparison itself: two lists, and what stands alone in either.

use std::collections::HashMap;
use std::fmt;

use aipaygen_events::PaymentId;
use aipaygen_payments::x402::Movement;
use aipaygen_projections::payments::{PaymentRow, PaymentStatus};
use serde::Serialize;

/// The chain, the token, and who is paid.
type Subject = (u64, aipaygen_x402::Address, aipaygen_x402::Address);

/// One thing that the books or the chain have alone.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Difference {
    /// A payment that is settled by the books, and the chain does not show its transfer.
    NoTransfer {
        /// The payment.
        payment: PaymentId,
        /// The transaction that the books name.
        transaction: String,
    },
    /// A transfer of a payment that was claimed, and is not settled by the books.
    NotSettled {
        /// The payment.
        payment: PaymentId,
        /// How it stands in the books.
        status: PaymentStatus,
        /// The transfer.
        transfer: Movement,
    },
    /// A transfer that is no payment of ours: sent by hand, or authorized for something else.
    NoPayment {
        /// The transfer.
        transfer: Movement,
    },
}

/// What stands alone: settled payments of the span without a transfer at any time, and transfers of the span without a
/// settled payment of any time.
pub(super) fn compare(
    subject: Subject,
    payments: &[PaymentRow],
    is_within: impl Fn(&&PaymentRow) -> bool,
    moved: &[Movement],
    within: &[Movement],
) -> Vec<Difference> {
    let of_subject = |payment: &&PaymentRow| is_of(subject, payment);
    let transfers: HashMap<_, _> = moved.iter().filter_map(|one| Some((key(one)?, one))).collect();
    let known: HashMap<_, _> = payments.iter().filter(of_subject).map(|one| (key_of(one), one)).collect();

    let settled = payments.iter().filter(of_subject).filter(is_within).filter(|payment| is_settled(payment));
    let without = settled.filter(|payment| !transfers.get(&key_of(payment)).is_some_and(|one| proves(one, payment)));
    let alone = within.iter().filter_map(|one| unsettled(one, key(one).and_then(|key| known.get(&key).copied())));
    without.map(no_transfer).chain(alone).collect()
}

pub(super) const fn is_settled(payment: &PaymentRow) -> bool {
    match payment.status {
        PaymentStatus::Settled => true,
        PaymentStatus::Claimed | PaymentStatus::Unknown | PaymentStatus::Failed => false,
    }
}

fn is_of((chain, asset, pay_to): Subject, payment: &PaymentRow) -> bool {
    let id = &payment.payment;
    (id.chain, id.asset.0, payment.pay_to.0) == (chain, asset.0.0, pay_to.0.0)
}

/// Payer and nonce: what makes a payment this one, on one chain and in one token.
type Key = ([u8; 20], [u8; 32]);

fn key(movement: &Movement) -> Option<Key> {
    movement.nonce.map(|nonce| (movement.payer.0.0, nonce.0))
}

fn key_of(payment: &PaymentRow) -> Key {
    (payment.payment.payer.0, payment.payment.nonce.0)
}

fn proves(movement: &Movement, payment: &PaymentRow) -> bool {
    movement.value == Some(payment.amount.micro_usd())
}

fn no_transfer(payment: &PaymentRow) -> Difference {
    let transaction = payment.transaction.map(|hash| hash.to_string()).unwrap_or_default();
    Difference::NoTransfer { payment: payment.payment, transaction }
}

/// What is wrong with a transfer, if anything. One in another transaction than the books name has come back after a
/// reorganisation.
fn unsettled(movement: &Movement, payment: Option<&PaymentRow>) -> Option<Difference> {
    let transfer = movement.clone();
    match payment {
        None => Some(Difference::NoPayment { transfer }),
        Some(payment) if is_settled(payment) => None,
        Some(PaymentRow { payment, status, .. }) => {
            Some(Difference::NotSettled { payment: *payment, status: *status, transfer })
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTransfer { payment, transaction } => {
                write!(
                    f,
                    "no transfer: payment {payment} is settled in {transaction}, and the chain does not show it"
                )
            }
            Self::NotSettled { payment, status, transfer } => {
                write!(f, "not settled: payment {payment} is {} and ", status.as_str())?;
                moved(f, transfer)
            }
            Self::NoPayment { transfer } => {
                write!(f, "no payment: ")?;
                moved(f, transfer)
            }
        }
    }
}

fn moved(f: &mut fmt::Formatter<'_>, transfer: &Movement) -> fmt::Result {
    let Movement { payer, transaction, block, value, .. } = transfer;
    let value = value.map_or_else(|| "more than can be counted".to_owned(), |value| value.to_string());
    write!(f, "{payer} moved {value} to us in {transaction} of block {block}")
}

#[cfg(test)]
mod tests {
    use aipaygen_events::{AccountId, Hex, MicroUsd, RequestId, Timestamp};
    use aipaygen_x402::{Address, B256};
    use uuid::Uuid;

    use super::*;

    const SUBJECT: Subject = (84_532, Address::repeat_byte(1), Address::repeat_byte(2));

    fn payment(nonce: u8, status: PaymentStatus) -> PaymentRow {
        let (asset, payer, nonce) = (Hex([1; 20]), Hex([3; 20]), Hex([nonce; 32]));
        PaymentRow {
            payment: PaymentId { chain: 84_532, asset, payer, nonce },
            account: AccountId::from_uuid(Uuid::nil()),
            request: RequestId::from_uuid(Uuid::nil()),
            endpoint: "POST /ping".to_owned(),
            topup: None,
            amount: MicroUsd::dollars(1),
            pay_to: Hex([2; 20]),
            valid_before: 0,
            deadline: Timestamp::from_micros(0),
            status,
            evidence: None,
            reason: None,
            transaction: Some(Hex([9; 32])),
            block: None,
            claimed_at: Timestamp::from_micros(0),
            claimed_position: 0,
            changed_at: Timestamp::from_micros(0),
            changed_position: 0,
        }
    }

    fn transfer(nonce: Option<u8>) -> Movement {
        Movement {
            payer: Address::repeat_byte(3),
            value: Some(1_000_000),
            transaction: B256::repeat_byte(9),
            block: 1,
            log: 1,
            nonce: nonce.map(B256::repeat_byte),
        }
    }

    fn differences(payments: &[PaymentRow], within: &[Movement]) -> Vec<Difference> {
        compare(SUBJECT, payments, |_| true, within, within)
    }

    #[test]
    fn a_payment_and_its_transfer_agree() {
        assert!(differences(&[payment(1, PaymentStatus::Settled)], &[transfer(Some(1))]).is_empty());
        assert!(
            differences(&[payment(1, PaymentStatus::Failed), payment(2, PaymentStatus::Claimed)], &[]).is_empty()
        );
    }

    #[test]
    fn what_either_has_alone_is_told() {
        let settled = payment(1, PaymentStatus::Settled);
        let told = differences(std::slice::from_ref(&settled), &[transfer(Some(2)), transfer(None)]);
        let transaction = settled.transaction.map(|hash| hash.to_string()).unwrap_or_default();
        let alone = |nonce| Difference::NoPayment { transfer: transfer(nonce) };
        let missing = Difference::NoTransfer { payment: settled.payment, transaction };
        assert_eq!(told, [missing, alone(Some(2)), alone(None)]);
    }

    #[test]
    fn money_that_the_books_do_not_know_of_is_told() {
        for status in [PaymentStatus::Claimed, PaymentStatus::Unknown, PaymentStatus::Failed] {
            let row = payment(1, status);
            let told = differences(std::slice::from_ref(&row), &[transfer(Some(1))]);
            assert_eq!(told, [Difference::NotSettled { payment: row.payment, status, transfer: transfer(Some(1)) }]);
        }
    }

    #[test]
    fn another_amount_is_not_the_payments_transfer() {
        let other = Movement { value: Some(999_999), ..transfer(Some(1)) };
        let told = differences(&[payment(1, PaymentStatus::Settled)], &[other]);
        assert!(matches!(told.as_slice(), [Difference::NoTransfer { .. }]));
    }

    #[test]
    fn a_transfer_outside_the_span_proves_a_payment_inside() {
        let outside = [transfer(Some(1))];
        assert!(compare(SUBJECT, &[payment(1, PaymentStatus::Settled)], |_| true, &outside, &[]).is_empty());
    }

    #[test]
    fn what_was_paid_to_another_address_is_not_looked_for() {
        let elsewhere = PaymentRow { pay_to: Hex([7; 20]), ..payment(1, PaymentStatus::Settled) };
        assert!(differences(&[elsewhere], &[]).is_empty());
    }
}
