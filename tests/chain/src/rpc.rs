//! JSON-RPC as it is on the wire: a test sees what a node says, not what a library makes of it.

use alloy_primitives::{Address, B256, Bytes};
use serde_json::{Value, json};

use crate::anvil::TestChain;

/// What a node says instead of a result.
#[derive(Clone, Debug)]
pub struct RpcError {
    /// The code of JSON-RPC.
    pub code: i64,
    /// The node's words.
    pub message: String,
}

impl TestChain {
    /// Calls a method; an error panics.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        self.try_rpc(method, params).await.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// Calls a method.
    pub async fn try_rpc(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut answer: Value = self.http.post(self.url()).json(&body).send().await.unwrap().json().await.unwrap();
        match answer.get("error") {
            None => Ok(answer["result"].take()),
            Some(error) => Err(RpcError {
                code: error["code"].as_i64().unwrap(),
                message: error["message"].as_str().unwrap().to_owned(),
            }),
        }
    }

    /// Calls a contract without a transaction.
    pub async fn call(&self, to: Address, input: Vec<u8>) -> Bytes {
        let called = self.rpc("eth_call", json!([{ "to": to, "input": Bytes::from(input) }, "latest"])).await;
        serde_json::from_value(called).unwrap()
    }

    /// Sends a transaction from an account that the node holds the key of.
    pub async fn try_send(&self, from: Address, to: Option<Address>, input: Vec<u8>) -> Result<B256, RpcError> {
        let mut transaction = json!({ "from": from, "input": Bytes::from(input), "gas": "0x5b8d80" });
        if let Some(to) = to {
            transaction["to"] = json!(to);
        }
        let sent = self.try_rpc("eth_sendTransaction", json!([transaction])).await?;
        Ok(serde_json::from_value(sent).unwrap())
    }

    /// Sends a transaction from the node's first account and sees that it has succeeded, in a block of its own if
    /// none comes by itself.
    pub async fn send(&self, to: Option<Address>, input: Vec<u8>) -> Value {
        let hash = self.try_send(self.operator(), to, input).await.unwrap();
        let receipt = match self.receipt(hash).await {
            Some(receipt) => receipt,
            None => {
                self.mine(1).await;
                self.receipt(hash).await.expect("a mined block takes what waits")
            }
        };
        assert_eq!(receipt["status"], "0x1", "the transaction was reverted");
        receipt
    }

    /// The receipt of a transaction, once it is in a block.
    pub async fn receipt(&self, hash: B256) -> Option<Value> {
        Some(self.rpc("eth_getTransactionReceipt", json!([hash])).await).filter(|receipt| !receipt.is_null())
    }

    /// The number of the newest block.
    pub async fn block_number(&self) -> u64 {
        quantity(&self.rpc("eth_blockNumber", json!([])).await)
    }

    /// The time of the newest block, in Unix seconds.
    pub async fn time(&self) -> u64 {
        quantity(&self.rpc("eth_getBlockByNumber", json!(["latest", false])).await["timestamp"])
    }

    /// Makes blocks, with what waits in the first of them.
    pub async fn mine(&self, blocks: u64) {
        self.rpc("anvil_mine", json!([format!("{blocks:#x}")])).await;
    }

    /// Whether each transaction gets a block at once.
    pub async fn set_automine(&self, on: bool) {
        self.rpc("evm_setAutomine", json!([on])).await;
    }

    /// Moves the clock of the next block on, and makes that block.
    pub async fn pass(&self, seconds: u64) {
        self.rpc("evm_increaseTime", json!([seconds])).await;
        self.mine(1).await;
    }

    /// Replaces the newest blocks by as many empty ones: what was in them has not happened, and nobody sends it again.
    pub async fn reorg(&self, depth: u64) {
        self.rpc("anvil_reorg", json!([depth, []])).await;
    }

    /// The hashes of the transactions that wait for a block.
    pub async fn waiting(&self) -> Vec<B256> {
        let pool = self.rpc("txpool_content", json!([])).await;
        let senders = ["pending", "queued"].into_iter().filter_map(|kind| pool[kind].as_object());
        let transactions = senders.flat_map(|senders| senders.values()).filter_map(Value::as_object);
        transactions.flat_map(|by_nonce| by_nonce.values()).map(hash).collect()
    }

    /// Forgets a transaction that waits.
    pub async fn forget(&self, transaction: B256) {
        self.rpc("anvil_dropTransaction", json!([transaction])).await;
    }

    /// Gives an address a hundred ether for gas.
    pub async fn give_gas(&self, to: Address) {
        self.rpc("anvil_setBalance", json!([to, "0x56bc75e2d63100000"])).await;
    }
}

fn hash(transaction: &Value) -> B256 {
    serde_json::from_value(transaction["hash"].clone()).unwrap()
}

pub(crate) fn quantity(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}
