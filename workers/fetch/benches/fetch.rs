//! What the guard costs: a verdict, and a fetch through it beside plain reqwest on the same pages.
#![expect(clippy::unwrap_used, reason = "a benchmark is no interface")]

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
mod support;

use std::hint::black_box;
use std::net::IpAddr;

use aipaygen_fetch::guard::{Policy, Target};
use aipaygen_fetch::outbound::Errand;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use support::dns::{Dns, Says};
use support::server::{WebServer, page};
use support::{ALLOWED, outbound, settings, settings_with};
use tokio::runtime::Runtime;

const AT_ONCE: usize = 16;

fn judge(criterion: &mut Criterion) {
    let policy = Policy::new(settings().guard);
    let answer: Vec<IpAddr> = ["93.184.216.34", "2606:4700:4700::1111"].map(|text| text.parse().unwrap()).into();
    for (name, url) in [
        ("name", "https://www.example.com/a/page?with=a&query=too#and-more"),
        ("literal", "http://93.184.216.34/"),
        ("octal", "http://0177.0.0.1/"),
        ("wide", "http://１２７.０.０.１/"),
        ("long", &format!("https://www.example.com/{}", "a".repeat(2_000))),
    ] {
        criterion.bench_function(&format!("judge/{name}"), |bench| {
            bench.iter(|| Target::parse(&policy, black_box(url))?.check(&policy, black_box(&answer)));
        });
    }
}

/// Each server closes after its answer, so that every fetch is a look-up, a connection and a request.
fn fetch(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let html = format!("<p>{}</p>", "word ".repeat(2_000));
    let web = runtime.block_on(WebServer::allowed(move |_| page(&html)));
    let dns = runtime.block_on(Dns::start([("a.example.com", vec![Says::Addresses(vec![ALLOWED])])].into()));
    let guarded = outbound(settings_with(dns.address, &[]));
    let provider = rustls::crypto::ring::default_provider();
    let _ = provider.install_default();
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut group = criterion.benchmark_group("fetch");
    group.sample_size(20).throughput(Throughput::Elements(AT_ONCE as u64));
    let url = web.url("/");
    group.bench_function("plain_reqwest", |bench| {
        bench.to_async(&runtime).iter(|| async {
            join_all((0..AT_ONCE).map(|_| async { plain.get(&url).send().await.unwrap().bytes().await.unwrap() }))
                .await
        });
    });
    for (name, url) in [("guarded_address", web.url("/")), ("guarded_name", web.named("a.example.com", "/"))] {
        group.bench_function(name, |bench| {
            bench.to_async(&runtime).iter(|| async {
                join_all((0..AT_ONCE).map(|_| async { guarded.fetch(Errand::get(&url)).await.unwrap().body })).await
            });
        });
    }
    group.finish();
}

criterion_group!(benches, judge, fetch);
criterion_main!(benches);
