//! Strangers who pay by x402 and by vouchers, as the deciders have it.

use aipaygen_events::account::{AccountCommand, Complete, DepositSource, Refund, RefundReason, Tokens};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::credit::{self, Charge, Credit, CreditCommand, CreditEvent, Issue};
use aipaygen_events::payment::{
    self, Claim, Evidence, Pay, Payment, PaymentCommand, PaymentEvent, SignedAuthorization, Use,
};
use aipaygen_events::{AccountId, CreditId, Event, Hash, Hex, HexBytes, MicroUsd, PaymentId, Timestamp};

use super::events::{Customer, SECOND, deposit, request, usd};

/// One payment, which decides what can happen to it.
pub(crate) struct Stranger {
    n: u8,
    topup: Option<AccountId>,
    state: Payment,
}

pub(crate) const TRANSACTION: Hash = Hex([7; 32]);

impl Stranger {
    pub(crate) fn new(n: u8) -> Self {
        Self { n, topup: None, state: Payment::default() }
    }

    pub(crate) fn topping_up(n: u8) -> Self {
        let stranger = Self::new(n);
        Self { topup: Some(stranger.account()), ..stranger }
    }

    pub(crate) fn id(&self) -> PaymentId {
        PaymentId { chain: 8453, asset: Hex([1; 20]), payer: Hex([self.n; 20]), nonce: Hex([self.n; 32]) }
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::of_payer(8453, Hex([self.n; 20]))
    }

    fn by(&self) -> Use {
        Use { request: request(self.n.into()), request_hash: "same".into() }
    }

    fn does(&mut self, command: PaymentCommand) -> Vec<PaymentEvent> {
        let events = payment::decide(&self.state, command).unwrap();
        assert!(!events.is_empty());
        self.state = events.iter().fold(std::mem::take(&mut self.state), Payment::evolve);
        events
    }

    pub(crate) fn claims(&mut self, micro: u64) -> Vec<Event> {
        let claim = Claim {
            payment: self.id(),
            account: self.account(),
            by: self.by(),
            endpoint: "POST /code/run".into(),
            deadline: Timestamp::from_micros(30 * SECOND),
            topup: self.topup,
            authorization: SignedAuthorization {
                pay_to: Hex([9; 20]),
                value: usd(micro),
                valid_after: 0,
                valid_before: 60,
                signature: HexBytes(vec![6; 65]),
                contract: false,
                version: 2,
                asset_name: "USD Coin".into(),
                asset_version: "2".into(),
                resource: "https://aipaygen.example/code/run".into(),
                max_timeout_s: 60,
            },
        };
        all(self.does(PaymentCommand::Claim(Box::new(claim))))
    }

    pub(crate) fn settles(&mut self) -> Vec<Event> {
        let deadline = Timestamp::from_micros(30 * SECOND);
        let pay = Pay { by: self.by(), deadline, transaction: TRANSACTION, block: Some(12) };
        all(self.does(PaymentCommand::Pay(pay)))
    }

    /// What settles a top-up, and the deposit that goes with it.
    pub(crate) fn is_topped_up(&mut self, micro: u64) -> Vec<Event> {
        let (account, label) = (self.account(), String::new());
        let opened = AccountCommand::Open { account, label };
        let mut customer = Customer::new(0);
        let opened = customer.tries(opened);
        let deposited = customer.tries(deposit(DepositSource::X402, &self.id().to_string(), micro));
        [all(opened), self.settles(), all(deposited)].concat()
    }

    pub(crate) fn is_unknown(&mut self) -> Vec<Event> {
        all(self.does(PaymentCommand::Doubt { reason: "timeout".into(), transaction: None }))
    }

    pub(crate) fn fails(&mut self, evidence: Evidence) -> Vec<Event> {
        all(self.does(PaymentCommand::Fail { reason: "insufficient_funds".into(), evidence }))
    }

    pub(crate) fn is_answered(&mut self) -> Vec<Event> {
        all(self.does(PaymentCommand::Complete(complete(self.n.into()))))
    }

    /// The refund, and the voucher that it becomes.
    pub(crate) fn is_refunded(&mut self) -> (Vec<Event>, Voucher) {
        let refunded = self.does(PaymentCommand::Refund(refund(self.n.into())));
        let amount = self.state.charge.as_ref().unwrap().amount;
        let (voucher, issued) = Voucher::of(self.n.into(), self.account(), amount);
        ([all(refunded), issued].concat(), voucher)
    }
}

/// One voucher, which decides what can happen to it.
pub(crate) struct Voucher {
    state: Credit,
}

impl Voucher {
    fn of(failed: u128, account: AccountId, amount: MicroUsd) -> (Self, Vec<Event>) {
        let id = CreditId::of_request(request(failed));
        let mut voucher = Self { state: Credit::default() };
        let now = Timestamp::from_micros(SECOND);
        let (hash, expires_at) = (Some(KeyHash::NONE), Timestamp::from_micros(99 * SECOND));
        let issue = Issue { credit: id, account, request: request(failed), amount, hash, now, expires_at };
        let issued = voucher.does(CreditCommand::Issue(issue));
        (voucher, issued)
    }

    fn does(&mut self, command: CreditCommand) -> Vec<Event> {
        let events: Vec<CreditEvent> = credit::decide(&self.state, command).unwrap();
        self.state = events.iter().fold(std::mem::take(&mut self.state), Credit::evolve);
        all(events)
    }

    pub(crate) fn is_coded(&mut self) -> Vec<Event> {
        self.does(CreditCommand::Code { hash: KeyHash::NONE, now: Timestamp::from_micros(2 * SECOND) })
    }

    pub(crate) fn pays(&mut self, n: u128, micro: u64) -> Vec<Event> {
        let (hash, endpoint) = (KeyHash::NONE, "POST /scrape".to_owned());
        let (deadline, now) = (Timestamp::from_micros(30 * SECOND), Timestamp::from_micros(SECOND));
        let charge = Charge { hash, request: request(n), endpoint, amount: usd(micro), deadline, now };
        self.does(CreditCommand::Charge(charge))
    }

    pub(crate) fn is_answered(&mut self, n: u128) -> Vec<Event> {
        self.does(CreditCommand::Complete(complete(n)))
    }

    pub(crate) fn is_refunded(&mut self, n: u128) -> (Vec<Event>, Self) {
        let (amount, account) = (self.state.open[&request(n)].amount, self.state.issued.as_ref().unwrap().account);
        let refunded = self.does(CreditCommand::Refund(refund(n)));
        let (voucher, issued) = Self::of(n, account, amount);
        ([refunded, issued].concat(), voucher)
    }

    pub(crate) fn expires(&mut self) -> Vec<Event> {
        self.does(CreditCommand::Expire { now: Timestamp::from_micros(100 * SECOND) })
    }
}

fn complete(n: u128) -> Complete {
    Complete { request: request(n), status: 200, price: None, tokens: Tokens::default(), duration_ms: 12 }
}

fn refund(n: u128) -> Refund {
    Refund { request: request(n), status: 502, reason: RefundReason::ToolFailed }
}

fn all<E: Into<Event>>(events: Vec<E>) -> Vec<Event> {
    events.into_iter().map(Into::into).collect()
}
