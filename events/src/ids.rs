//! Identities: typed, prefixed, and derived from what must not repeat wherever something must not.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Address, PaymentId};

/// Text that is not an identity of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} id")]
pub struct IdError {
    /// What was asked for, such as `request`.
    pub kind: &'static str,
}

/// The namespace of every derived identity of this log. It never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0f_3c1e_52d4_4b6a_9d6e_2f64_9c0b_71aa);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an identity that the shell has made.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The 128 bits inside.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Only the one spelling that `Display` writes: prefix and 32 lower-case hex digits.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let canonical = |hex: &&str| {
                    hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                };
                text.strip_prefix($prefix)
                    .filter(canonical)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(IdError { kind: $kind })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

uuid_id!(
    /// Who pays: `acct_` and 32 hex digits.
    AccountId, "account", "acct_"
);
uuid_id!(
    /// One request of a caller, ours and never the caller's choice: `req_` and a UUIDv7 in hex.
    RequestId, "request", "req_"
);
uuid_id!(
    /// One refund credit: `cr_` and 32 hex digits, derived from the request that it makes good.
    CreditId, "credit", "cr_"
);
uuid_id!(
    /// One deposit: `dep_` and 32 hex digits, derived from what must not be credited twice.
    DepositId, "deposit", "dep_"
);
uuid_id!(
    /// One event: `evt_` and 32 hex digits, derived from what must not happen twice.
    EventId, "event", "evt_"
);

uuid_id!(
    /// One webhook of an account: `wh_` and 32 hex digits.
    WebhookId, "webhook", "wh_"
);
uuid_id!(
    /// One delivery to a webhook: `msg_` and 32 hex digits, derived from what it tells.
    DeliveryId, "delivery", "msg_"
);

impl DeliveryId {
    /// The one delivery in which a webhook is told this of an event.
    #[must_use]
    pub fn of_event(webhook: WebhookId, told: &str, event: EventId) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("delivery:{webhook}:{told}:{event}").as_bytes()))
    }
}

impl EventId {
    /// The identity of the one event that may bear this name, such as `request.ended:req_…`.
    ///
    /// The log holds an identity once: two events that exclude each other share a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }
}

impl AccountId {
    /// The one account of a wallet: who pays by x402 owns requests, and what is topped up without a key.
    #[must_use]
    pub fn of_payer(chain: u64, payer: Address) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("payer:eip155:{chain}:{payer}").as_bytes()))
    }
}

impl CreditId {
    /// The one credit that a refused or failed request can yield.
    #[must_use]
    pub fn of_request(request: RequestId) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("credit:{request}").as_bytes()))
    }
}

impl DepositId {
    /// The one deposit that an outside reference (a Stripe event, a grant's own name) can yield.
    #[must_use]
    pub fn of_reference(source: &str, reference: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("deposit:{source}:{reference}").as_bytes()))
    }
}

/// The public part of an API key: 16 base62 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; Self::LEN]);

impl KeyId {
    /// How many characters.
    pub const LEN: usize = 16;

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("only base62 characters are let in")
    }
}

impl FromStr for KeyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        <[u8; Self::LEN]>::try_from(text.as_bytes())
            .ok()
            .filter(|bytes| bytes.iter().all(u8::is_ascii_alphanumeric))
            .map(Self)
            .ok_or(IdError { kind: "key" })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of a stream: what must be decided in order stands in one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(String);

impl StreamId {
    /// An account: its keys, its funds and the charges that it pays.
    #[must_use]
    pub fn account(account: AccountId) -> Self {
        Self(format!("account-{}", account.uuid().simple()))
    }

    /// One `Idempotency-Key` of an account, named by the keyed hash of the key.
    #[must_use]
    pub fn idempotency(account: AccountId, key_hash: &str) -> Self {
        Self(format!("idempotency-{}-{key_hash}", account.uuid().simple()))
    }

    /// An x402 payment: its claim, its settlement, and the request that it pays.
    #[must_use]
    pub fn payment(payment: PaymentId) -> Self {
        Self(format!("x402-{payment}"))
    }

    /// A refund voucher, and the charges that it pays.
    #[must_use]
    pub fn credit(credit: CreditId) -> Self {
        Self(format!("credit-{}", credit.uuid().simple()))
    }

    /// A name as the log gives it back.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
