//! Why a URL may be fetched or not, in words that stay. A caller is told none of them: every refusal is the same.

use std::fmt;

/// Why a URL is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Not a URL, or longer than one may be.
    Url,
    /// Neither http nor https.
    Scheme,
    /// A name or a password before the host.
    Userinfo,
    /// A port that is not asked.
    Port,
    /// A host that is no name in the DNS.
    Host,
    /// A name of one label, which only a local search list completes.
    SingleLabel,
    /// A name that is set aside for private use, or means the machine itself.
    SpecialUse,
    /// A name that the operator denies.
    DeniedName,
    /// A name without an address.
    Unresolved,
    /// An address of this row of the table.
    Range(&'static str),
    /// An address that the operator denies.
    DeniedRange,
    /// A redirect from https to http.
    Downgrade,
    /// One redirect too many.
    Redirects,
}

/// Why a URL is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Its addresses are public.
    Public,
    /// The operator allows its private address.
    AllowList,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "url",
            Self::Scheme => "scheme",
            Self::Userinfo => "userinfo",
            Self::Port => "port",
            Self::Host => "host",
            Self::SingleLabel => "single-label",
            Self::SpecialUse => "special-use-name",
            Self::DeniedName => "denied-name",
            Self::Unresolved => "unresolved",
            Self::Range(row) => row,
            Self::DeniedRange => "denied-range",
            Self::Downgrade => "downgrade",
            Self::Redirects => "redirects",
        })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::AllowList => "allow-list",
        })
    }
}
