//! The token's interface, and what its refusals mean.

use aipaygen_x402::Payment;
use alloy::primitives::U256;
use alloy::sol;
use alloy::sol_types::{Revert, SolError};

sol! {
    interface Token {
        function DOMAIN_SEPARATOR() returns (bytes32);
        function authorizationState(address authorizer, bytes32 nonce) returns (bool);
        function transferWithAuthorization(
            address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
            bytes signature
        );
        event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
        event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);
        event Transfer(address indexed from, address indexed to, uint256 value);
    }
}

/// The call that moves the money of a payment. Keys and contract wallets alike: the token tells them apart.
pub(in crate::x402) fn call_of(payment: &Payment) -> Token::transferWithAuthorizationCall {
    Token::transferWithAuthorizationCall {
        from: payment.payer,
        to: payment.pay_to,
        value: U256::from(payment.value),
        validAfter: U256::from(payment.valid_after),
        validBefore: U256::from(payment.valid_before),
        nonce: payment.nonce,
        signature: payment.signature.clone(),
    }
}

/// Why the token would not obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::x402) enum Obstacle {
    /// The nonce is used or cancelled.
    NonceUsed,
    /// The signature is not the payer's.
    Signature,
    /// The payer has too little.
    Funds,
    /// Not yet valid.
    Early,
    /// No longer valid.
    Expired,
    /// The issuer has frozen one of the two.
    Frozen,
    /// The issuer has stopped the token.
    Paused,
    /// Something else.
    Other,
}

/// What Circle's contracts say.
const WORDS: [(&str, Obstacle); 7] = [
    ("authorization is used or canceled", Obstacle::NonceUsed),
    ("invalid signature", Obstacle::Signature),
    ("amount exceeds balance", Obstacle::Funds),
    ("authorization is not yet valid", Obstacle::Early),
    ("authorization is expired", Obstacle::Expired),
    ("blacklisted", Obstacle::Frozen),
    ("paused", Obstacle::Paused),
];

impl Obstacle {
    /// What a revert of the token means.
    pub(in crate::x402) fn of_revert(data: &[u8]) -> Self {
        let reason = Revert::abi_decode(data).map(|revert| revert.reason).unwrap_or_default();
        let known = WORDS.iter().find(|(words, _)| reason.contains(words));
        known.map_or(Self::Other, |(_, obstacle)| *obstacle)
    }

    /// As a word, in the protocol's own where it has one.
    pub(in crate::x402) const fn word(self) -> &'static str {
        match self {
            Self::NonceUsed => "invalid_exact_evm_nonce_already_used",
            Self::Signature => "invalid_exact_evm_payload_signature",
            Self::Funds => "insufficient_funds",
            Self::Early => "invalid_exact_evm_payload_authorization_valid_after",
            Self::Expired => "invalid_exact_evm_payload_authorization_valid_before",
            Self::Frozen => "account_frozen",
            Self::Paused => "asset_paused",
            Self::Other => "invalid_exact_evm_transaction_simulation_failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_token_are_understood() {
        for (words, obstacle) in [
            ("FiatTokenV2: authorization is used or canceled", Obstacle::NonceUsed),
            ("FiatTokenV2: invalid signature", Obstacle::Signature),
            ("ECRecover: invalid signature 's' value", Obstacle::Signature),
            ("ERC20: transfer amount exceeds balance", Obstacle::Funds),
            ("FiatTokenV2: authorization is not yet valid", Obstacle::Early),
            ("FiatTokenV2: authorization is expired", Obstacle::Expired),
            ("Blacklistable: account is blacklisted", Obstacle::Frozen),
            ("Pausable: paused", Obstacle::Paused),
            ("anything", Obstacle::Other),
        ] {
            let revert = Revert { reason: words.to_owned() };
            assert_eq!(Obstacle::of_revert(&revert.abi_encode()), obstacle, "{words}");
        }
        assert_eq!(Obstacle::of_revert(&[]), Obstacle::Other);
    }
}
