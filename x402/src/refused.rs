//! Why a payment header is no payment for an offer of ours.

/// A reason, and the field that it is about. None of them quotes what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Longer than any payment is.
    #[error("the payment header is longer than {} bytes", crate::HEADER_BYTES_MAX)]
    TooLarge,
    /// Not base64.
    #[error("the payment header is not padded base64 of the standard alphabet")]
    NotBase64,
    /// Not a JSON object.
    #[error("the payment header does not hold a JSON object")]
    NotJson,
    /// Neither version 1 nor 2.
    #[error("x402Version must be 1 or 2")]
    Version,
    /// A field that must be there is not.
    #[error("{field} is missing")]
    Missing {
        /// Its path in the envelope.
        field: &'static str,
    },
    /// A field is not what its kind is written as.
    #[error("{field} is not written as it must be")]
    Malformed {
        /// Its path in the envelope.
        field: &'static str,
    },
    /// Another scheme than `exact`.
    #[error("{field} must be exact")]
    Scheme {
        /// Its path in the envelope.
        field: &'static str,
    },
    /// Another network than the offer's.
    #[error("{field} is not the network that was offered")]
    Network {
        /// Its path in the envelope.
        field: &'static str,
    },
    /// Another token than the offer's.
    #[error("{} is not the asset that was offered", self.field())]
    Asset,
    /// The accepted terms pay someone else.
    #[error("{} is not the address that was offered", self.field())]
    AcceptedPayTo,
    /// The accepted terms have another price.
    #[error("{} is not the price that was offered", self.field())]
    AcceptedAmount,
    /// The payment was quoted for another resource.
    #[error("{} is not the resource that is asked for", self.field())]
    Resource,
    /// The authorization pays someone else.
    #[error("{} is not the address to be paid", self.field())]
    Recipient,
    /// The authorization is not over the price exactly.
    #[error("{} is not the price exactly", self.field())]
    Value,
    /// The recipient pays itself.
    #[error("{} is the address to be paid", self.field())]
    SelfPayment,
    /// Not yet valid.
    #[error("{} has not passed yet", self.field())]
    Early,
    /// No longer valid, or not for as long as settlement takes.
    #[error("{} has passed, or is too near to settle before it", self.field())]
    Expired,
    /// Valid for longer than anyone needs.
    #[error("{} is too far away", self.field())]
    TooLong,
    /// The signature's last byte is no recovery id.
    #[error("{} must end in 0, 1, 27 or 28", self.field())]
    RecoveryId,
    /// The other of the two forms of a signature, which the contract refuses.
    #[error("{} has a high s", self.field())]
    HighS,
    /// The key that signed is not the payer's; a contract wallet's signature, where those are not taken, is one such.
    #[error("{} is not the payer's over these terms", self.field())]
    Signature,
    /// The signature of a wallet that is yet to be deployed (ERC-6492).
    #[error("{} is of a wallet that is not deployed", self.field())]
    Undeployed,
}

impl Refused {
    /// The path of the field in the envelope; empty for the header as a whole.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::NotBase64 | Self::NotJson => "",
            Self::Version => "x402Version",
            Self::Missing { field }
            | Self::Malformed { field }
            | Self::Scheme { field }
            | Self::Network { field } => field,
            Self::Asset => "accepted.asset",
            Self::AcceptedPayTo => "accepted.payTo",
            Self::AcceptedAmount => "accepted.amount",
            Self::Resource => "resource.url",
            Self::Recipient => "payload.authorization.to",
            Self::Value => "payload.authorization.value",
            Self::SelfPayment => "payload.authorization.from",
            Self::Early => "payload.authorization.validAfter",
            Self::Expired | Self::TooLong => "payload.authorization.validBefore",
            Self::RecoveryId | Self::HighS | Self::Signature | Self::Undeployed => "payload.signature",
        }
    }

    /// The reason in the words of the protocol, for the `error` of a 402.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::NotBase64 | Self::NotJson | Self::Missing { .. } | Self::Malformed { .. } => {
                "invalid_payload"
            }
            Self::Version => "invalid_x402_version",
            Self::Scheme { .. } => "invalid_scheme",
            Self::Network { .. } => "invalid_network",
            Self::Asset | Self::AcceptedPayTo | Self::AcceptedAmount | Self::Resource => {
                "invalid_payment_requirements"
            }
            Self::Recipient | Self::SelfPayment => "invalid_exact_evm_payload_recipient_mismatch",
            Self::Value => "invalid_exact_evm_payload_authorization_value",
            Self::Early => "invalid_exact_evm_payload_authorization_valid_after",
            Self::Expired | Self::TooLong => "invalid_exact_evm_payload_authorization_valid_before",
            Self::RecoveryId | Self::HighS | Self::Signature => "invalid_exact_evm_payload_signature",
            Self::Undeployed => "invalid_exact_evm_payload_undeployed_smart_wallet",
        }
    }
}
