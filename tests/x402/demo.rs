//! `make demo-x402`: an agent with a wallet and no account pays for a run of Python, on a chain of its own. Prints what
//! happens on each step.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a demonstration says what it does, and fails loudly")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aipaygen_testchain::{Mining, TestChain, UNITS, Wallet};
use aipaygen_x402::{Address, Network, PaymentRequired, SettleResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The second account of every development node, which has ether for gas.
const FACILITATOR_KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const PROGRAM: &str = "print(sum(n * n for n in range(10)))";

/// A process that ends with the demonstration.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main]
async fn main() {
    let (shop, buyer) = (Wallet::named("shop"), Wallet::named("buyer"));
    step(1, "A chain of our own, with the id of Base and Circle's USDC where Base has it");
    let chain = TestChain::start(Network::Base, Mining::AtOnce).await;
    chain.mint(buyer.address(), UNITS).await;
    println!("   node       {}", chain.url());
    println!("   buyer      {} has {} USDC", buyer.address(), usd(chain.balance(buyer.address()).await));
    println!("   shop       {} has {} USDC", shop.address(), usd(chain.balance(shop.address()).await));

    step(2, "The official facilitator (npm @x402/core and @x402/evm)");
    let mut command = node("facilitator.mjs");
    let (_facilitator, facilitator_url) = start(command.args([chain.url(), FACILITATOR_KEY, "eip155:8453"]));
    println!("   settles at {facilitator_url}");

    step(3, "The server, which sells and knows nobody");
    let data = tempfile::tempdir().unwrap();
    let (_server, ready) = start(&mut server(data.path(), shop.address(), &facilitator_url, chain.url()));
    let url = serde_json::from_str::<Value>(&ready).unwrap()["url"].as_str().unwrap().to_owned();
    println!("   sells at   {url}");

    step(4, "A request without a payment: 402, with an offer for every known buyer");
    let body = json!({ "code": PROGRAM });
    demand(&format!("{url}/code/run"), &body).await;

    step(5, "The official buyer (npm @x402/fetch) reads the offer, signs, and sends the request again");
    let mut command = node("buy_v2.mjs");
    let bought = command.args([format!("{url}/code/run"), buyer.private_key(), body.to_string()]).output().unwrap();
    assert!(bought.status.success(), "{}", String::from_utf8_lossy(&bought.stderr));
    let bought: Value = serde_json::from_slice(&bought.stdout).unwrap();
    let settled = answered(&bought);

    step(6, "What the chain says, whatever was claimed");
    for transfer in chain.transfers_to(shop.address()).await {
        println!("   Transfer   {} USDC in block {}", usd(transfer.value), transfer.block);
        println!("   from       {}\n   to         {}", transfer.from, transfer.to);
        println!("   in         {}", transfer.transaction);
        assert_eq!(transfer.transaction.to_string(), settled.transaction, "it is the transaction that was told");
    }
    println!("   buyer has  {} USDC", usd(chain.balance(buyer.address()).await));
    println!("   shop has   {} USDC", usd(chain.balance(shop.address()).await));
    println!("\nThat is all: one signature, one transfer, one answer.");
}

async fn demand(url: &str, body: &Value) {
    let answer = reqwest::Client::builder().no_proxy().build().unwrap().post(url).json(body).send().await.unwrap();
    let required: PaymentRequired = decoded(answer.headers()["payment-required"].to_str().unwrap());
    println!("   status     {}", answer.status());
    println!("   error      {}", required.error);
    for accepted in required.accepts {
        println!("   accepts    {} units of {} on {}", accepted.amount, accepted.asset, accepted.network);
        println!("   pay to     {}", accepted.pay_to);
    }
}

fn answered(bought: &Value) -> SettleResponse {
    let header = |name: &str| bought["headers"][name].as_str().unwrap_or_default().to_owned();
    println!("   status     {}", bought["status"]);
    println!("   stdout     {}", bought["body"]["stdout"].as_str().unwrap_or_default().trim_end());
    let settled: SettleResponse = decoded(&header("payment-response"));
    println!("   settled    {} on {} by {}", settled.success, settled.network, settled.payer.as_deref().unwrap());
    println!("   receipt    {}…", &header("x-payment-receipt")[..60]);
    settled
}

fn server(data: &Path, pay_to: Address, facilitator_url: &str, rpc_url: &str) -> Command {
    let mut command = bound(&repository().join("target/debug/aipaygen"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--json"]).current_dir(repository());
    command.env("AIPAYGEN_DATA_DIR", data).env("AIPAYGEN_LOG__LEVEL", "error");
    command.env("AIPAYGEN_X402__PAY_TO", pay_to.to_string());
    command.env("AIPAYGEN_X402__FACILITATOR_URL", facilitator_url);
    command.env("AIPAYGEN_X402__RPC_URL", rpc_url);
    command
}

/// Starts a process and waits for the line that says where it serves.
fn start(command: &mut Command) -> (Running, String) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "it ended before it served");
    (Running(child), line.trim_end().to_owned())
}

fn node(script: &str) -> Command {
    let mut command = bound(Path::new("node"));
    command.args(["--preserve-symlinks", "--preserve-symlinks-main"]);
    command.arg(repository().join("target/npm/peers").join(script));
    command
}

/// Ends with us, however we end.
fn bound(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn decoded<T: DeserializeOwned>(header: &str) -> T {
    serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap()
}

fn step(number: u8, what: &str) {
    println!("\n{number}. {what}");
}

fn usd(units: u64) -> String {
    format!("{}.{:06}", units / UNITS, units % UNITS)
}
