//! What an operator decides about addresses: ports, denials on top of the table, and private targets that are allowed.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::address;
use super::names;
use super::rule::{Grant, Rule};

/// The part of the section `fetch` that is about addresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Ports that may be asked.
    pub ports: Vec<u16>,
    /// Networks that are denied on top of the table.
    pub denied: Vec<IpNet>,
    /// Names that are denied, with all below them.
    pub denied_names: Vec<String>,
    /// Private targets that are allowed: a network, and the ports where they are others than `ports`.
    pub allowed: Vec<Allowance>,
    /// Names that may be looked up although they are single labels or set aside; their addresses are judged all the
    /// same.
    pub allowed_names: Vec<String>,
}

/// A private target that is allowed, such as `10.1.2.0/24` or `10.1.2.3/32 8080,9000-9100`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Allowance {
    net: IpNet,
    ports: Vec<RangeInclusive<u16>>,
}

/// Judges by the table and by what an operator has decided.
#[derive(Clone, Debug)]
pub struct Policy(Settings);

impl Policy {
    /// The policy of these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(settings)
    }

    /// Whether a port may be asked of any address at all.
    pub(super) fn require_port(&self, port: u16) -> Result<(), Rule> {
        let somewhere = self.0.allowed.iter().any(|allowance| allowance.has_port(port));
        if somewhere || self.0.ports.contains(&port) { Ok(()) } else { Err(Rule::Port) }
    }

    /// Whether a name may be looked up.
    pub(super) fn require_name(&self, name: &str) -> Result<(), Rule> {
        if self.0.denied_names.iter().any(|denied| names::is_at_or_below(name, denied)) {
            return Err(Rule::DeniedName);
        }
        if self.0.allowed_names.iter().any(|allowed| names::is_at_or_below(name, allowed)) {
            return Ok(());
        }
        names::require_public(name)
    }

    /// Whether an address may be connected to. Denials come first: an allowance has no power over them.
    pub(super) fn require_address(&self, address: SocketAddr) -> Result<Grant, Rule> {
        let meant = meant(address.ip());
        if self.0.denied.iter().any(|net| net.contains(&address.ip()) || net.contains(&meant)) {
            return Err(Rule::DeniedRange);
        }
        if self.0.allowed.iter().any(|allowance| self.allows(allowance, meant, address.port())) {
            return Ok(Grant::AllowList);
        }
        if !self.0.ports.contains(&address.port()) {
            return Err(Rule::Port);
        }
        address::require_public(address.ip()).map(|()| Grant::Public)
    }

    fn allows(&self, allowance: &Allowance, address: IpAddr, port: u16) -> bool {
        let port = if allowance.ports.is_empty() { self.0.ports.contains(&port) } else { allowance.has_port(port) };
        port && allowance.net.contains(&address)
    }
}

/// The address that is reached: of an IPv6 address that stands for an IPv4 address, that one.
fn meant(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => address::meant(v6).map_or(address, IpAddr::V4),
    }
}

impl Allowance {
    fn has_port(&self, port: u16) -> bool {
        self.ports.iter().any(|range| range.contains(&port))
    }
}

/// Why a text is no allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a network, and ports if they are not the usual ones: \"10.1.2.0/24\" or \"10.1.2.3/32 8080,9000-9100\"")]
pub struct NoAllowance;

impl FromStr for Allowance {
    type Err = NoAllowance;

    fn from_str(text: &str) -> Result<Self, NoAllowance> {
        let (net, ports) = text.split_once(' ').map_or((text, None), |(net, ports)| (net, Some(ports)));
        let ports = ports.map_or(Ok(Vec::new()), |ports| ports.split(',').map(range).collect())?;
        Ok(Self { net: net.parse().map_err(|_| NoAllowance)?, ports })
    }
}

fn range(text: &str) -> Result<RangeInclusive<u16>, NoAllowance> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse().map_err(|_| NoAllowance);
    let (first, last) = (number(first)?, number(last)?);
    if first <= last { Ok(first..=last) } else { Err(NoAllowance) }
}

impl TryFrom<String> for Allowance {
    type Error = NoAllowance;

    fn try_from(text: String) -> Result<Self, NoAllowance> {
        text.parse()
    }
}

impl From<Allowance> for String {
    fn from(allowance: Allowance) -> Self {
        allowance.to_string()
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.net)?;
        for (at, range) in self.ports.iter().enumerate() {
            let separator = if at == 0 { ' ' } else { ',' };
            write!(f, "{separator}{}-{}", range.start(), range.end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
