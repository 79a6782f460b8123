//! The rules of an account, each as a history, a command and what follows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::api_key::KeyHash;
use crate::{AccountId, CreditId, DepositId, KeyId, MicroUsd, RequestId, Timestamp};
use uuid::Uuid;

struct Given(Account);
struct When(Result<Vec<AccountEvent>, Rejection>);

fn given(history: impl IntoIterator<Item = AccountEvent>) -> Given {
    Given(history.into_iter().fold(Account::default(), |account, event| account.evolve(&event)))
}

impl Given {
    fn when(self, command: AccountCommand) -> When {
        When(decide(&self.0, command))
    }
}

impl When {
    fn then(self, events: impl IntoIterator<Item = AccountEvent>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    fn then_rejected(self, rejection: Rejection) {
        assert_eq!(self.0, Err(rejection));
    }
}

const ACCOUNT: AccountId = AccountId::from_uuid(Uuid::from_u128(1));
const REQUEST: RequestId = RequestId::from_uuid(Uuid::from_u128(2));
const DEADLINE: Timestamp = Timestamp::from_micros(60_000_000);
const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn usd(text: &str) -> MicroUsd {
    text.parse().unwrap()
}

fn key() -> KeyId {
    "k000000000000001".parse().unwrap()
}

fn opened() -> AccountEvent {
    AccountEvent::Opened(AccountOpened { account: ACCOUNT, label: "demo".into() })
}

fn issued_until(expires_at: Option<Timestamp>) -> AccountEvent {
    let label = String::new();
    AccountEvent::KeyIssued(KeyIssued { account: ACCOUNT, key: key(), hash: KeyHash::NONE, label, expires_at })
}

fn revoked() -> AccountEvent {
    AccountEvent::KeyRevoked(KeyRevoked { account: ACCOUNT, key: key() })
}

fn deposited(amount: &str) -> AccountEvent {
    AccountEvent::Deposited(FundsDeposited {
        account: ACCOUNT,
        deposit: DepositId::of_reference("grant", "welcome"),
        source: DepositSource::Grant,
        reference: "welcome".into(),
        amount: usd(amount),
    })
}

fn funded(amount: &str) -> Vec<AccountEvent> {
    vec![opened(), issued_until(None), deposited(amount)]
}

fn charged(amount: &str, pricing: Pricing) -> AccountEvent {
    AccountEvent::Charged(RequestCharged {
        account: ACCOUNT,
        key: Some(key()),
        request: REQUEST,
        endpoint: "POST /code/run".into(),
        amount: usd(amount),
        pricing,
        tender: Tender::Prepaid,
        deadline: DEADLINE,
        payment: None,
        voucher: None,
    })
}

fn in_flight(amount: &str, pricing: Pricing) -> Vec<AccountEvent> {
    [funded("1"), vec![charged(amount, pricing)]].concat()
}

fn completed(charged: &str, price: &str, released: &str) -> AccountEvent {
    AccountEvent::Completed(RequestCompleted {
        account: ACCOUNT,
        key: Some(key()),
        request: REQUEST,
        endpoint: "POST /code/run".into(),
        status: 200,
        charged: usd(charged),
        price: usd(price),
        released: usd(released),
        tokens: Tokens::default(),
        duration_ms: 12,
        payment: None,
        voucher: None,
    })
}

fn refunded(amount: &str) -> [AccountEvent; 2] {
    let credit = CreditId::of_request(REQUEST);
    [
        AccountEvent::Refunded(RequestRefunded {
            account: ACCOUNT,
            key: Some(key()),
            request: REQUEST,
            endpoint: "POST /code/run".into(),
            status: 502,
            reason: RefundReason::ToolFailed,
            amount: usd(amount),
            credit,
            tender: Tender::Prepaid,
            payment: None,
            voucher: None,
        }),
        AccountEvent::CreditApplied(CreditApplied {
            account: ACCOUNT,
            credit,
            request: REQUEST,
            amount: usd(amount),
        }),
    ]
}

fn charge(amount: &str) -> AccountCommand {
    AccountCommand::Charge(Charge {
        key: key(),
        request: REQUEST,
        endpoint: "POST /code/run".into(),
        amount: usd(amount),
        pricing: Pricing::Flat,
        deadline: DEADLINE,
        now: NOW,
    })
}

fn complete(price: Option<&str>) -> AccountCommand {
    let (tokens, duration_ms) = (Tokens::default(), 12);
    AccountCommand::Complete(Complete { request: REQUEST, status: 200, price: price.map(usd), tokens, duration_ms })
}

fn refund() -> AccountCommand {
    AccountCommand::Refund(Refund { request: REQUEST, status: 502, reason: RefundReason::ToolFailed })
}

fn open() -> AccountCommand {
    AccountCommand::Open { account: ACCOUNT, label: "demo".into() }
}

fn deposit(amount: MicroUsd) -> AccountCommand {
    let (source, reference) = (DepositSource::Grant, "welcome".to_owned());
    let deposit = DepositId::of_reference("grant", "welcome");
    AccountCommand::Deposit(Deposit { deposit, source, reference, amount })
}

#[test]
fn an_account_is_opened_once() {
    given([]).when(open()).then([opened()]);
    given([opened()]).when(open()).then([]);
    let other = AccountCommand::Open { account: AccountId::from_uuid(Uuid::from_u128(9)), label: "x".into() };
    given([opened()]).when(other).then_rejected(Rejection::AlreadyOpen);
}

#[test]
fn nothing_happens_to_an_account_that_is_not_open() {
    for command in [charge("0.02"), complete(None), refund(), deposit(usd("1"))] {
        given([]).when(command).then_rejected(Rejection::NotOpen);
    }
}

#[test]
fn a_deposit_is_above_zero_and_fits_with_what_is_in_flight() {
    given([opened()]).when(deposit(usd("5"))).then([deposited("5")]);
    given([opened()]).when(deposit(MicroUsd::ZERO)).then_rejected(Rejection::NothingDeposited);
    given([opened()]).when(deposit(MicroUsd::MAX)).then([deposited("9007199254.740991")]);
    let history = in_flight("1", Pricing::Flat);
    given(history).when(deposit(MicroUsd::MAX)).then_rejected(Rejection::BalanceTooLarge);
}

#[test]
fn a_charge_takes_the_price_from_the_balance() {
    given(funded("0.02")).when(charge("0.02")).then([charged("0.02", Pricing::Flat)]);
}

#[test]
fn nobody_spends_what_is_not_there() {
    let rejection = Rejection::InsufficientFunds { price: usd("0.02"), available: usd("0.019999") };
    given(funded("0.019999")).when(charge("0.02")).then_rejected(rejection);
}

#[test]
fn a_revoked_expired_or_unknown_key_pays_nothing() {
    given([opened(), deposited("1")]).when(charge("0.02")).then_rejected(Rejection::UnknownKey);
    let history = [funded("1"), vec![revoked()]].concat();
    given(history).when(charge("0.02")).then_rejected(Rejection::KeyRevoked);
    let history = [opened(), issued_until(Some(NOW)), deposited("1")];
    given(history).when(charge("0.02")).then_rejected(Rejection::KeyExpired);
}

#[test]
fn a_request_is_charged_once() {
    given(in_flight("0.02", Pricing::Flat)).when(charge("0.02")).then([]);
    given(in_flight("0.02", Pricing::Flat)).when(charge("0.03")).then_rejected(Rejection::AlreadyCharged);
}

#[test]
fn a_success_keeps_the_flat_price() {
    given(in_flight("0.02", Pricing::Flat)).when(complete(None)).then([completed("0.02", "0.02", "0")]);
}

#[test]
fn a_metered_success_keeps_the_actual_price_and_releases_the_rest() {
    let history = in_flight("0.5", Pricing::Metered);
    given(history.clone()).when(complete(Some("0.1"))).then([completed("0.5", "0.1", "0.4")]);
    let rejection = Rejection::PriceAboveCharge { price: usd("0.6"), charged: usd("0.5") };
    given(history).when(complete(Some("0.6"))).then_rejected(rejection);
}

#[test]
fn nobody_pays_for_a_failure() {
    given(in_flight("0.02", Pricing::Flat)).when(refund()).then(refunded("0.02"));
    let after = given([in_flight("0.02", Pricing::Flat), refunded("0.02").to_vec()].concat()).0;
    assert_eq!(after.balance, usd("1"));
}

#[test]
fn a_charge_ends_once() {
    for end in [vec![completed("0.02", "0.02", "0")], refunded("0.02").to_vec()] {
        let history = [in_flight("0.02", Pricing::Flat), end].concat();
        given(history.clone()).when(complete(None)).then_rejected(Rejection::NoOpenCharge);
        given(history).when(refund()).then_rejected(Rejection::NoOpenCharge);
    }
}

#[test]
fn the_two_ends_of_a_request_have_one_identity() {
    let [refunded, _] = refunded("0.02");
    assert_eq!(completed("0.02", "0.02", "0").id(), refunded.id());
}

#[test]
fn a_key_is_revoked_once_and_for_ever() {
    let revoke = AccountCommand::RevokeKey { key: key() };
    given(funded("1")).when(revoke.clone()).then([revoked()]);
    given([funded("1"), vec![revoked()]].concat()).when(revoke.clone()).then([]);
    given([opened()]).when(revoke).then_rejected(Rejection::UnknownKey);
    let issue = IssueKey { key: key(), hash: KeyHash::NONE, label: String::new(), expires_at: None };
    let issue = AccountCommand::IssueKey(issue);
    given([funded("1"), vec![revoked()]].concat()).when(issue.clone()).then_rejected(Rejection::KeyExists);
    given([opened()]).when(issue).then([issued_until(None)]);
}
