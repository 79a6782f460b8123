//! Every official buyer against every official facilitator.

use serde_json::json;

use crate::x402::buyers::Buyer;
use crate::x402::market::{Market, Settler};

#[tokio::test]
async fn every_official_buyer_buys_through_the_facilitator_of_npm() {
    everybody_buys(Settler::Npm).await;
}

#[tokio::test]
async fn every_official_buyer_buys_through_the_facilitator_of_pypi() {
    everybody_buys(Settler::PyPi).await;
}

#[tokio::test]
async fn every_official_buyer_buys_from_us_who_settle_ourselves() {
    everybody_buys(Settler::Ourselves).await;
}

async fn everybody_buys(settler: Settler) {
    let market = Market::open(settler).await;
    let mut transactions = Vec::new();
    for buyer in Buyer::ALL {
        let wallet = market.wallet(&format!("{buyer:?}")).await;
        let url = format!("http://{}/code/run", market.app.address());
        let bought = buyer.buy(url, &wallet, &json!({ "code": "print(6 * 7)" })).await;
        assert_eq!((bought.status, &bought.body["stdout"]), (200, &"42\n".into()), "{buyer:?}: {bought:?}");
        let header = match buyer {
            Buyer::NpmV2 | Buyer::PyPiV2 => "payment-response",
            Buyer::NpmV1 | Buyer::PyPiV1 => "x-payment-response",
        };
        let settled: serde_json::Value = crate::x402::market::decoded(bought.header(header));
        assert_eq!(settled["success"], true, "{buyer:?}");
        transactions.push(settled["transaction"].as_str().unwrap().to_owned());
        assert_eq!(market.chain.balance(wallet.address()).await, 10_000_000 - 20_000);
    }
    let moved: Vec<_> = market.transfers().await.iter().map(|transfer| transfer.transaction.to_string()).collect();
    assert_eq!(moved, transactions);
    market.app.settled().await;
    assert_eq!(market.wallet_in_the_books().await, 4 * 20_000);
}
