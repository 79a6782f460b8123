//! The shipped settings, and what is wrong with others.

use aipaygen_x402::{Address, Asset, Network, Settings, SettingsError, Settle};

const PAY_TO: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const KEY: &str = "0x0101010101010101010101010101010101010101010101010101010101010101";

/// The shipped settings, of which some are others.
fn settings(changed: &[(&str, &str)]) -> Settings {
    let shipped: toml::Table = include_str!("../../config.default.toml").parse().unwrap();
    let mut section = shipped["x402"].as_table().unwrap().clone();
    for (key, value) in changed {
        let value: toml::Table = format!("value = {value}").parse().unwrap();
        assert!(section.insert((*key).to_owned(), value["value"].clone()).is_some(), "{key}");
    }
    toml::Value::Table(section).try_into().unwrap()
}

/// A seller who settles by itself, of whose settings some are others.
fn selling(changed: &[(&str, &str)]) -> Settings {
    let (pay_to, key) = (format!("\"{PAY_TO}\""), format!("\"{KEY}\""));
    let mut all = vec![("pay_to", pay_to.as_str()), ("settle", "\"self\""), ("gas_key", &key)];
    all.push(("rpc_url", "\"http://127.0.0.1:8545\""));
    all.extend_from_slice(changed);
    settings(&all)
}

#[test]
fn nothing_is_offered_as_shipped() {
    assert_eq!(settings(&[]).terms(), Ok(None));
    assert_eq!(settings(&[]).validate(), Ok(()));
}

#[test]
fn an_address_is_all_that_an_offer_needs() {
    let terms = settings(&[("pay_to", &format!("\"{PAY_TO}\""))]).terms().unwrap().unwrap();
    assert_eq!((terms.network, &terms.asset), (Network::Base, &Asset::usdc(Network::Base)));
    assert_eq!(terms.pay_to, PAY_TO.parse::<Address>().unwrap());
}

#[test]
fn an_address_carries_its_checksum() {
    let lower = PAY_TO.to_lowercase();
    let typo = PAY_TO.replace("2096", "2097");
    for text in ["0x", "7", &lower, &typo, &PAY_TO[2..]] {
        let settings = settings(&[("pay_to", &format!("\"{text}\""))]);
        assert_eq!(settings.validate(), Err(SettingsError::Address { setting: "pay_to" }), "{text}");
    }
    let asset = selling(&[("asset", &format!("\"{lower}\""))]);
    assert_eq!(asset.terms(), Err(SettingsError::Address { setting: "asset" }));
}

#[test]
fn another_token_needs_a_domain_and_usdc_has_one() {
    let (asset, name, version) = (format!("\"{PAY_TO}\""), ("asset_name", "\"EURC\""), ("asset_version", "\"2\""));
    let other = selling(&[("asset", &asset), name, version]).terms().unwrap().unwrap();
    assert_eq!((other.asset.name.as_ref(), other.asset.version.as_ref()), ("EURC", "2"));
    assert_eq!(selling(&[("asset", &asset), name]).terms(), Err(SettingsError::Domain));
    assert_eq!(selling(&[name, version]).terms(), Err(SettingsError::Domain));
}

#[test]
fn the_windows_fit_into_each_other() {
    for changed in [("valid_for_s_min", "120"), ("max_timeout_s", "7201"), ("valid_for_s_max", "86401")] {
        assert_eq!(selling(&[changed]).terms(), Err(SettingsError::Window), "{changed:?}");
    }
}

#[test]
fn nobody_on_the_way_may_read_or_change_a_settlement() {
    for url in ["", "http://example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "https://"] {
        let quoted = format!("\"{url}\"");
        let facilitator = selling(&[("settle", "\"facilitator\""), ("facilitator_url", &quoted)]);
        assert_eq!(facilitator.validate(), Err(SettingsError::Url { setting: "facilitator_url" }), "{url}");
        if !url.is_empty() {
            let refused = selling(&[("rpc_url", &quoted)]).validate_settlement();
            assert_eq!(refused, Err(SettingsError::Url { setting: "rpc_url" }), "{url}");
        }
    }
}

#[test]
fn settling_needs_a_chain_and_a_key_to_settle_with() {
    assert_eq!(selling(&[]).validate_settlement(), Ok(()));
    assert_eq!(selling(&[("rpc_url", "\"\"")]).validate_settlement(), Err(SettingsError::Rpc));
    assert_eq!(selling(&[("gas_key", "\"\"")]).validate_settlement(), Err(SettingsError::GasKey));
    let twice = selling(&[("gas_key_file", "\"/run/key\"")]).validate_settlement();
    assert_eq!(twice, Err(SettingsError::Twice { setting: "gas_key" }));
    let (id, secret) = (("cdp_key_id", "\"id\""), ("cdp_key_secret", "\"secret\""));
    let coinbase = |changed: &[(&str, &str)]| {
        selling(&[&[("settle", "\"facilitator\"")], changed].concat()).validate_settlement()
    };
    assert_eq!(coinbase(&[]), Err(SettingsError::Cdp));
    assert_eq!(coinbase(&[id]), Err(SettingsError::Cdp));
    assert_eq!(coinbase(&[secret]), Err(SettingsError::Cdp));
    assert_eq!(coinbase(&[id, secret]), Ok(()));
    assert_eq!(coinbase(&[("cdp_key_file", "\"/run/cdp.json\"")]), Ok(()));
    assert_eq!(coinbase(&[("facilitator_url", "\"http://127.0.0.1:4021\"")]), Ok(()));
}

#[test]
fn bounds_let_something_through() {
    for setting in ["facilitator_timeout_ms", "rpc_timeout_ms", "rpc_logs_blocks_max", "confirmations"] {
        assert_eq!(selling(&[(setting, "0")]).validate_settlement(), Err(SettingsError::Zero { setting }));
    }
    let unconfirmed = selling(&[("confirmations", "601")]).validate_settlement();
    assert_eq!(unconfirmed, Err(SettingsError::Final));
}

#[test]
fn who_settles_is_one_of_two() {
    assert_eq!(settings(&[]).settle, Settle::Facilitator);
    assert_eq!(selling(&[]).settle, Settle::Ourselves);
}
