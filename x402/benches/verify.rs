//! What a payment header costs before anything is written: reading it, and proving it.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use aipaygen_x402::{Asset, Envelope, Network, Offer, Resource, Terms, verify};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::Value;

fn verification(criterion: &mut Criterion) {
    let fixtures: Value = serde_json::from_str(include_str!("../tests/fixtures/payments.json")).unwrap();
    let vector = &fixtures["headers"][0];
    let (header, now) = (vector["header"].as_str().unwrap(), vector["signedAt"].as_u64().unwrap());
    let (offer, envelope) = (offer(), Envelope::parse(header).unwrap());

    let mut group = criterion.benchmark_group("x402");
    group.bench_function("read a header", |bench| bench.iter(|| Envelope::parse(black_box(header)).unwrap()));
    group.bench_function("verify a payment", |bench| {
        bench.iter(|| verify(&offer, black_box(&envelope), now).unwrap())
    });
    group.bench_function("refuse a wrong price", |bench| {
        let dearer = Offer { amount: offer.amount + 1, ..offer.clone() };
        bench.iter(|| verify(&dearer, black_box(&envelope), now).unwrap_err());
    });
    group.bench_function("make the 402 header", |bench| {
        bench.iter(|| offer.required("payment required", serde_json::Map::new()).header_value());
    });
    group.finish();
}

fn offer() -> Offer {
    let terms = Terms {
        network: Network::Base,
        asset: Asset::usdc(Network::Base),
        pay_to: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C".parse().unwrap(),
        max_timeout_s: 120,
        valid_for_s_min: 15,
        valid_for_s_max: 3_600,
        contract_wallets: false,
    };
    let (url, description, mime_type) = ("https://example.com/ping", "Answers.", "application/json");
    let resource = Resource { url: url.into(), description: description.into(), mime_type: mime_type.into() };
    Offer { terms: Arc::new(terms), resource, amount: 10_000 }
}

criterion_group!(benches, verification);
criterion_main!(benches);
