//! What a facilitator's reason for a failure means for what comes next.
//!
//! Reasons come in three dialects: of the first SDKs (`insufficient_funds`), of the second
//! (`invalid_exact_evm_insufficient_balance`), and of Coinbase's service, which adds words of its own.

/// What may be done after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing was submitted, and this payment will not be.
    Terminal,
    /// Nothing was submitted; the same payment may be later.
    Retryable,
    /// It may have been submitted.
    Unknown,
}

/// What is wrong with the payment itself, or with its payer's money.
const TERMINAL: &[&str] = &[
    "account_frozen",
    "blocked_address",
    "eip6492_factory_not_allowed",
    "insufficient_balance",
    "insufficient_funds",
    "invalid_exact_evm_insufficient_balance",
    "invalid_exact_evm_payload_authorization_valid_after",
    "invalid_exact_evm_payload_authorization_valid_before",
    "invalid_exact_evm_payload_authorization_value",
    "invalid_exact_evm_payload_authorization_value_mismatch",
    "invalid_exact_evm_payload_authorization_value_too_low",
    "invalid_exact_evm_payload_recipient_mismatch",
    "invalid_exact_evm_payload_signature",
    "invalid_exact_evm_payload_signature_address",
    "invalid_exact_evm_payload_undeployed_smart_wallet",
    "invalid_exact_evm_signature",
    "invalid_exact_evm_valid_after",
    "invalid_exact_evm_valid_before",
    "invalid_exact_evm_token_name_mismatch",
    "invalid_exact_evm_token_version_mismatch",
    "invalid_exact_evm_transaction_simulation_failed",
    "invalid_network",
    "invalid_payload",
    "invalid_payment",
    "invalid_payment_requirements",
    "invalid_scheme",
    "invalid_x402_version",
    "network_mismatch",
    "payment_expired",
    "payer_blocked",
    "transaction_simulation_failed",
    "unsupported_network",
    "unsupported_scheme",
];

/// What is wrong with the facilitator at the moment.
const RETRYABLE: &[&str] = &[
    "balance_check_failed",
    "facilitator_unavailable",
    "invalid_exact_evm_failed_to_get_asset_info",
    "invalid_exact_evm_failed_to_get_network_config",
    "invalid_exact_evm_failed_to_verify_signature",
    "rate_limit_exceeded",
    "rate_limited",
    "service_unavailable",
];

/// The class of a reason. One that nobody knows may mean anything, and so does a nonce that is used: it may have been
/// used by the very settlement that was asked for.
pub(super) fn classify(reason: &str) -> Class {
    let is_in = |list: &[&str]| list.contains(&reason);
    if is_in(TERMINAL) {
        Class::Terminal
    } else if is_in(RETRYABLE) {
        Class::Retryable
    } else {
        Class::Unknown
    }
}

/// A reason as a word that may be written down. Text that is no word is somebody else's, and is not kept.
pub(super) fn word(reason: Option<&str>) -> String {
    let is_word = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    reason.filter(is_word).map_or_else(|| "facilitator_reason".to_owned(), str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_surely_unsent_may_have_been_sent() {
        for reason in ["settlement_pending", "transaction_failed", "duplicate_settlement", "anything", ""] {
            assert_eq!(classify(reason), Class::Unknown, "{reason}");
        }
        assert_eq!(classify("invalid_exact_evm_nonce_already_used"), Class::Unknown);
        assert_eq!(classify("invalid_exact_evm_transaction_failed"), Class::Unknown);
    }

    #[test]
    fn the_dialects_mean_the_same() {
        for reason in ["insufficient_funds", "invalid_exact_evm_insufficient_balance", "insufficient_balance"] {
            assert_eq!(classify(reason), Class::Terminal);
        }
        assert_eq!(classify("rate_limited"), Class::Retryable);
    }

    #[test]
    fn only_a_word_is_kept() {
        assert_eq!(word(Some("INSUFFICIENT_funds")), "insufficient_funds");
        for text in [None, Some(""), Some("call https://node/key failed"), Some("Ünbekannt")] {
            assert_eq!(word(text), "facilitator_reason");
        }
        assert_eq!(word(Some(&"x".repeat(65))), "facilitator_reason");
    }
}
