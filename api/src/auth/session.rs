//! Sessions of wallets: a challenge (EIP-4361) that the wallet signs becomes a short-lived token, without an account and
//! without anything being stored.
//!
//! A nonce carries a keyed hash of what it was made for, so that any process of ours knows its own. What a process has
//! taken once it takes no more; another process would make the same token from it, with the same end.

use std::time::Duration;

use aipaygen_events::api_key::Pepper;
use aipaygen_events::{AccountId, Hex};
use aipaygen_x402::{Address, SignIn, Terms, has_signed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moka::future::Cache;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcDateTime};
use uuid::Uuid;

use crate::settings::Settings;

/// How a token begins.
pub(super) const PREFIX: &str = "ses_";
/// An account, a moment, and the keyed hash of both.
const TOKEN_LEN: usize = 16 + 8 + 32;
/// A random id, and half of a keyed hash: 64 hex digits.
const RANDOM_DIGITS: usize = 32;
const NONCE_DIGITS: usize = 64;

/// What makes and knows challenges and tokens.
pub(crate) struct Sessions {
    pepper: Pepper,
    domain: String,
    uri: String,
    challenge: Duration,
    session: Duration,
    taken: Cache<String, ()>,
}

/// A token, and until when it is good.
pub(crate) struct Session {
    pub(crate) account: AccountId,
    pub(crate) token: String,
    pub(crate) expires_at: OffsetDateTime,
}

/// A message to sign, and until when.
pub(crate) struct Challenge {
    pub(crate) message: String,
    pub(crate) expires_at: String,
}

/// Why a signed message gives no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSession {
    /// It is no message of ours.
    NotOurs,
    /// It was signed too late.
    Expired,
    /// It has been used.
    Used,
    /// Another key has signed it, or none.
    NotSigned,
}

impl Sessions {
    pub(crate) fn new(pepper: Pepper, public_url: &str, settings: &Settings) -> Self {
        let (challenge, session) =
            (Duration::from_secs(settings.challenge_s), Duration::from_secs(settings.session_s));
        let domain = public_url.split_once("://").map_or(public_url, |(_, host)| host).to_owned();
        let taken = Cache::builder().max_capacity(settings.key_cache_entries_max).time_to_live(challenge).build();
        Self { pepper, domain, uri: public_url.to_owned(), challenge, session, taken }
    }

    /// A message for this wallet to sign.
    pub(crate) fn challenge(&self, terms: &Terms, address: Address) -> Challenge {
        let issued_at = now();
        let (issued, expires) = (text(issued_at), text(issued_at + self.challenge));
        let random = Uuid::now_v7().simple().to_string();
        let nonce = format!("{random}{}", self.mark(address, &random, &issued));
        let message = self.message(terms, address, &nonce, &issued, &expires);
        Challenge { message, expires_at: expires }
    }

    /// The session of whoever has signed a message of ours.
    pub(crate) async fn open(&self, terms: &Terms, message: &str, signature: &str) -> Result<Session, NoSession> {
        let (address, issued_at) = self.read(terms, message)?;
        if now() >= issued_at + self.challenge {
            return Err(NoSession::Expired);
        }
        if !has_signed(address, message, signature) {
            return Err(NoSession::NotSigned);
        }
        // Of several at once one inserts.
        if !self.taken.entry(message.to_owned()).or_insert(()).await.is_fresh() {
            return Err(NoSession::Used);
        }
        let account = AccountId::of_payer(terms.network.chain_id(), Hex(address.0.0));
        Ok(self.session(account, issued_at + self.session))
    }

    /// Whose token this is, if it is good.
    pub(super) fn account(&self, token: &str) -> Option<AccountId> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let bytes: [u8; TOKEN_LEN] = bytes.try_into().ok()?;
        let account = AccountId::from_uuid(Uuid::from_slice(&bytes[..16]).ok()?);
        let expires_at =
            OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(bytes[16..24].try_into().ok()?)).ok()?;
        // Both keyed hashes are compared in constant time, as hashes of keys are.
        let session = self.session(account, expires_at);
        let same =
            self.pepper.mac(b"same", &[session.token.as_bytes()]) == self.pepper.mac(b"same", &[token.as_bytes()]);
        (same && now() < expires_at).then_some(account)
    }

    fn session(&self, account: AccountId, expires_at: OffsetDateTime) -> Session {
        let end = expires_at.unix_timestamp().to_be_bytes();
        let uuid = account.uuid().into_bytes();
        let mac = self.pepper.mac(b"session", &[&uuid, &end]);
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&uuid[..], &end, &mac].concat()));
        Session { account, token, expires_at }
    }

    /// The wallet and the moment of a message that is ours to the byte.
    fn read(&self, terms: &Terms, message: &str) -> Result<(Address, OffsetDateTime), NoSession> {
        let value = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).ok_or(NoSession::NotOurs);
        let address = message.lines().nth(1).and_then(|line| line.parse().ok()).ok_or(NoSession::NotOurs)?;
        let (nonce, issued) = (value("Nonce: ")?, value("Issued At: ")?);
        let issued_at = OffsetDateTime::parse(issued, &Rfc3339).map_err(|_| NoSession::NotOurs)?;
        let random = nonce.get(..RANDOM_DIGITS).filter(|_| nonce.len() == NONCE_DIGITS).ok_or(NoSession::NotOurs)?;
        let ours = format!("{random}{}", self.mark(address, random, issued));
        let expires = text(issued_at + self.challenge);
        if message == self.message(terms, address, &ours, issued, &expires) {
            Ok((address, issued_at))
        } else {
            Err(NoSession::NotOurs)
        }
    }

    /// What only we can put behind the random half of a nonce.
    fn mark(&self, address: Address, random: &str, issued_at: &str) -> String {
        let mac = self.pepper.mac(b"sign-in", &[address.as_slice(), random.as_bytes(), issued_at.as_bytes()]);
        mac[..(NONCE_DIGITS - RANDOM_DIGITS) / 2].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn message(&self, terms: &Terms, address: Address, nonce: &str, issued_at: &str, expires_at: &str) -> String {
        let (domain, uri, chain_id) = (self.domain.as_str(), self.uri.as_str(), terms.network.chain_id());
        SignIn { domain, uri, chain_id, address, nonce, issued_at, expires_at }.message()
    }
}

/// To the second, as the messages have it.
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn text(at: OffsetDateTime) -> String {
    UtcDateTime::from(at).format(&Rfc3339).unwrap_or_default()
}
