//! What a 402 tells buyers of every kind, and what other documents say of the same.

use aipaygen_x402::Version;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::wallets::{decoded, terms};
use crate::support::{Answer, House};

#[tokio::test]
async fn one_402_tells_every_known_buyer_how_to_pay() {
    let house = House::paid_by_wallets().await;
    let answer = house.demand("/echo/run").await;
    let body = answer.is_problem(402, "payment-required");
    let pay_to = terms().pay_to.to_string();

    let required: Value = decoded(answer.header("payment-required"));
    assert_eq!(required["x402Version"], 2);
    assert_eq!(required["resource"]["url"], format!("{}/echo/run", house.url));
    let [accepted] = required["accepts"].as_array().unwrap().as_slice() else { panic!("{required}") };
    assert_eq!((&accepted["scheme"], &accepted["network"]), (&"exact".into(), &"eip155:8453".into()));
    assert_eq!((&accepted["amount"], &accepted["payTo"]), (&"20000".into(), &pay_to.as_str().into()));
    assert_eq!(accepted["asset"], "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913");
    assert_eq!(accepted["extra"]["name"], "USD Coin");

    assert_eq!(body["x402Version"], 1);
    let [accepted] = body["accepts"].as_array().unwrap().as_slice() else { panic!("{body}") };
    assert_eq!((&accepted["network"], &accepted["maxAmountRequired"]), (&"base".into(), &"20000".into()));
    assert_eq!(accepted["resource"], format!("{}/echo/run", house.url));
    assert!(accepted["description"].is_string() && accepted["mimeType"].is_string());
    assert_eq!(accepted.get("outputSchema"), None, "null would not parse");

    let plain = ["x-payment-required", "x-price-usdc", "x-pay-to", "x-network", "x-facilitator-url"];
    let expected = ["true", "0.02", pay_to.as_str(), "eip155:8453", "https://facilitator.example"];
    assert_eq!(plain.map(|name| answer.header(name)), expected);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("link").contains("/.well-known/x402"));
}

#[tokio::test]
async fn the_extensions_say_how_to_call_and_that_a_buyer_may_name_its_payment() {
    let house = House::paid_by_wallets().await;
    let required: Value = decoded(house.demand("/tools/echo").await.header("payment-required"));
    let bazaar = &required["extensions"]["bazaar"];
    assert_eq!(bazaar["info"]["input"]["body"], json!({ "say": "hello" }));
    assert_eq!(bazaar["info"]["output"]["example"], json!({ "say": "hello" }));
    assert_eq!(bazaar["schema"]["properties"]["input"]["properties"]["body"]["required"], json!(["say"]));
    assert_eq!(required["extensions"]["payment-identifier"]["info"]["required"], false);
}

#[tokio::test]
async fn what_is_missing_and_how_to_pay_are_in_words_too() {
    let house = House::paid_by_wallets().await;
    let body = house.demand("/tools/echo").await.json();
    let sentence = body["error"].as_str().unwrap();
    assert_eq!(body["detail"], sentence);
    for word in ["POST /tools/echo costs 0.02 USD", "No payment was shown", "x402", "API key", "voucher"] {
        assert!(sentence.contains(word), "{sentence}");
    }
    assert!(body["how_to_pay"]["x402"].is_string() && body["how_to_pay"]["authorization"].is_string());
    assert_eq!(body["how_to_pay"]["voucher"], "X-Refund-Credit: rc_…");
    assert_eq!(body["security"]["data_handling"]["request_logging"], "metadata_only");
}

#[tokio::test]
async fn without_an_address_to_pay_to_keys_and_vouchers_are_offered_and_it_says_so() {
    let house = House::open().await;
    let answer = house.demand("/tools/echo").await;
    let body = answer.is_problem(402, "payment-required");
    assert!(body["error"].as_str().unwrap().contains("x402 payments are not taken here"), "{body}");
    assert_eq!((&body["accepts"], &body["how_to_pay"]["x402"]), (&json!([]), &Value::Null));
    for name in ["payment-required", "x-pay-to", "x-network", "x-facilitator-url"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
    assert_eq!((answer.header("x-payment-required"), answer.header("x-price-usdc")), ("true", "0.02"));
    for path in ["/.well-known/x402", "/credits/topup"] {
        Answer::to(house.request(Method::GET, path)).await.is_problem(404, "not-found");
    }
}

#[tokio::test]
async fn every_document_tells_the_same_terms() {
    let house = House::paid_by_wallets().await;
    let get = async |path: &str| Answer::to(house.request(Method::GET, path)).await.expect(200).json();
    let known = get("/.well-known/x402").await;
    let terms = &known["payment"];
    assert_eq!(terms["pay_to"], crate::support::wallets::terms().pay_to.to_string());
    assert_eq!(&get("/.well-known/agent.json").await["payment"]["x402"], terms);
    assert_eq!(&get("/pricing").await["x402"], terms);
    assert_eq!(&get("/security").await["x402"], terms);
    assert_eq!(get("/pricing").await["tenders"], json!(["x402", "prepaid", "voucher"]));

    let items = known["items"].as_array().unwrap();
    assert_eq!(items.len(), known["resources"].as_array().unwrap().len());
    for item in items {
        let path = item["resource"].as_str().unwrap().strip_prefix(&house.url).unwrap();
        let required: Value = decoded(house.demand(path).await.header("payment-required"));
        assert_eq!((&item["accepts"], &item["resource"]), (&required["accepts"], &required["resource"]["url"]));
    }
}

#[tokio::test]
async fn another_spelling_of_a_route_never_skips_payment() {
    let house = House::paid_by_wallets().await;
    let spellings = ["/%65cho/run", "/echo/ru%6e", "/echo/run?paid=1", "//echo/run", "/echo/run/", "/ECHO/run"];
    let spellings = spellings.into_iter().chain(["/echo%2Frun", "/x/../echo/run", "/echo/run;x", "/tools/echo/"]);
    for path in spellings {
        for method in [Method::POST, Method::GET, Method::HEAD, Method::PUT] {
            let answer = Answer::to(house.request(method.clone(), path).body(r#"{"say":"hi"}"#)).await;
            assert!(matches!(answer.status, 402 | 404 | 405), "{method} {path}: {answer:?}");
        }
    }
    assert!(house.payments.asked().is_empty());
    let versions = [Version::V1, Version::V2].map(u8::from);
    let known = Answer::to(house.request(Method::GET, "/.well-known/x402")).await.json();
    assert_eq!(known["x402Versions"], json!(versions));
}
