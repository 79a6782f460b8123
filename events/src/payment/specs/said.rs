//! The commands and the events of the specs.

use super::*;

pub(super) const ID: PaymentId =
    PaymentId { chain: 8453, asset: Hex([1; 20]), payer: Hex([2; 20]), nonce: Hex([3; 32]) };
pub(super) const FIRST: RequestId = RequestId::from_uuid(Uuid::from_u128(1));
pub(super) const AGAIN: RequestId = RequestId::from_uuid(Uuid::from_u128(2));
pub(super) const DEADLINE: Timestamp = Timestamp::from_micros(60_000_000);
pub(super) const TRANSACTION: Hash = Hex([4; 32]);

pub(super) fn account() -> AccountId {
    AccountId::of_payer(ID.chain, ID.payer)
}

pub(super) fn price() -> MicroUsd {
    "0.02".parse().unwrap()
}

pub(super) fn by(request: RequestId, request_hash: &str) -> Use {
    Use { request, request_hash: request_hash.into() }
}

pub(super) fn authorization() -> SignedAuthorization {
    SignedAuthorization {
        pay_to: Hex([5; 20]),
        value: price(),
        valid_after: 0,
        valid_before: 100,
        signature: HexBytes(vec![6; 65]),
        contract: false,
        version: 2,
        asset_name: "USD Coin".into(),
        asset_version: "2".into(),
        resource: "https://aipaygen.example/code/run".into(),
        max_timeout_s: 60,
    }
}

pub(super) fn claim(request: RequestId, request_hash: &str) -> PaymentCommand {
    PaymentCommand::Claim(Box::new(Claim {
        payment: ID,
        account: account(),
        by: by(request, request_hash),
        endpoint: "POST /code/run".into(),
        deadline: DEADLINE,
        topup: None,
        authorization: authorization(),
    }))
}

pub(super) fn claimed() -> PaymentEvent {
    claimed_for(None)
}

pub(super) fn claimed_for(topup: Option<AccountId>) -> PaymentEvent {
    PaymentEvent::Claimed(Box::new(PaymentClaimed {
        payment: ID,
        account: account(),
        request: FIRST,
        request_hash: "same".into(),
        endpoint: "POST /code/run".into(),
        deadline: DEADLINE,
        topup,
        authorization: authorization(),
    }))
}

pub(super) fn pay(request: RequestId) -> PaymentCommand {
    let by = by(request, "same");
    PaymentCommand::Pay(Pay { by, deadline: DEADLINE, transaction: TRANSACTION, block: Some(7) })
}

pub(super) fn settled(request: RequestId) -> PaymentEvent {
    PaymentEvent::Settled(PaymentSettled {
        payment: ID,
        account: account(),
        request,
        amount: price(),
        transaction: TRANSACTION,
        block: Some(7),
    })
}

pub(super) fn paid(request: RequestId) -> [PaymentEvent; 2] {
    let charged = RequestCharged {
        account: account(),
        key: None,
        request,
        endpoint: "POST /code/run".into(),
        amount: price(),
        pricing: Pricing::Flat,
        tender: Tender::X402,
        deadline: DEADLINE,
        payment: Some(ID),
        voucher: None,
    };
    [settled(request), PaymentEvent::Charged(charged)]
}

pub(super) fn told() -> PaymentCommand {
    PaymentCommand::Fail { reason: "insufficient_funds".into(), evidence: Evidence::Told }
}

pub(super) fn shown_by_the_chain() -> PaymentCommand {
    PaymentCommand::Fail { reason: "expired".into(), evidence: Evidence::Chain }
}

pub(super) fn failed(reason: &str, evidence: Evidence) -> PaymentEvent {
    PaymentEvent::Failed(PaymentFailed { payment: ID, account: account(), reason: reason.into(), evidence })
}

pub(super) fn doubt() -> PaymentCommand {
    PaymentCommand::Doubt { reason: "timeout".into(), transaction: Some(TRANSACTION) }
}

pub(super) fn unknown() -> PaymentEvent {
    let transaction = Some(TRANSACTION);
    PaymentEvent::Unknown(PaymentUnknown { payment: ID, account: account(), reason: "timeout".into(), transaction })
}

pub(super) fn complete(price: Option<MicroUsd>) -> PaymentCommand {
    let tokens = Tokens::default();
    PaymentCommand::Complete(Complete { request: FIRST, status: 200, price, tokens, duration_ms: 12 })
}

pub(super) fn completed() -> PaymentEvent {
    PaymentEvent::Completed(RequestCompleted {
        account: account(),
        key: None,
        request: FIRST,
        endpoint: "POST /code/run".into(),
        status: 200,
        charged: price(),
        price: price(),
        released: MicroUsd::ZERO,
        tokens: Tokens::default(),
        duration_ms: 12,
        payment: Some(ID),
        voucher: None,
    })
}

pub(super) fn refund() -> PaymentCommand {
    PaymentCommand::Refund(Refund { request: FIRST, status: 502, reason: RefundReason::ToolFailed })
}

pub(super) fn refunded() -> PaymentEvent {
    PaymentEvent::Refunded(RequestRefunded {
        account: account(),
        key: None,
        request: FIRST,
        endpoint: "POST /code/run".into(),
        status: 502,
        reason: RefundReason::ToolFailed,
        amount: price(),
        credit: CreditId::of_request(FIRST),
        tender: Tender::X402,
        payment: Some(ID),
        voucher: None,
    })
}

pub(super) fn replay(request: RequestId, request_hash: &str, later_ms: u64) -> PaymentCommand {
    let completed_at = Timestamp::from_micros(5_000_000);
    let request_hash = request_hash.into();
    PaymentCommand::Replay { request, request_hash, completed_at, now: completed_at.plus_ms(later_ms) }
}

pub(super) fn replayed() -> PaymentEvent {
    PaymentEvent::Replayed(PaymentReplayed { payment: ID, account: account(), request: FIRST, replay: AGAIN })
}
