//! What the embedded models take: a prompt read, tokens written with and without a remembered beginning, vectors.
//!
//! `scripts/bench_llama.py` measures llama.cpp on the same file; docs/PERFORMANCE.md puts the two side by side.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use aipaygen_embedded::{Generation, Generator, Prompt, Role, Sampling, Settings, Turn, Vectors, keywords, summary};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

const SAMPLING: Sampling = Sampling { temperature: 0.0, top_p: 1.0, repetition_penalty: 1.0, seed: 1 };
const TEXT: &str = "The library opens at nine and closes at six. ";

fn settings(threads: usize) -> Settings {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/models");
    Settings {
        enabled: true,
        model: models.join("smollm2-135m-instruct.gguf"),
        vectors: models.join("wordllama-256.safetensors"),
        vectors_tokenizer: models.join("wordllama-256.tokenizer.json"),
        context_tokens_max: 2_048,
        answer_tokens_max: 256,
        threads,
        generations_in_parallel: 1,
        generations_waiting_max: 0,
        prefix_tokens_max: 2_048,
    }
}

fn generation(fixed: Option<&str>, question: &str, tokens_max: usize) -> Generation {
    let fixed = fixed.map(|text| Turn::new(Role::System, text)).into_iter().collect();
    let prompt = Prompt { fixed, turns: vec![Turn::new(Role::User, question)] };
    Generation { prompt, sampling: SAMPLING, tokens_max, stops: Vec::new() }
}

fn language_model(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads can be started");
    for threads in [1, 2] {
        let generator = Generator::load(&settings(threads)).expect("scripts/models.sh fetched the weights");
        let run = |generation: &Generation| {
            let deadline = Instant::now() + Duration::from_secs(600);
            let never = CancellationToken::new();
            let said = generator.generate(generation.clone(), deadline, &never, None);
            runtime.block_on(said).expect("it fits, and nobody leaves").usage
        };
        let mut group = c.benchmark_group(format!("language model, threads {threads}"));
        group.sample_size(10);
        let prompt = generation(None, &TEXT.repeat(40), 1);
        group.throughput(Throughput::Elements(run(&prompt).input as u64));
        group.bench_function("prompt tokens", |b| b.iter(|| run(&prompt)));
        let answer = generation(None, "Tell me a long story about a fox and a goose.", 128);
        group.throughput(Throughput::Elements(run(&answer).output as u64));
        group.bench_function("tokens written", |b| b.iter(|| run(&answer)));
        let remembered = generation(Some(&TEXT.repeat(40)), "When does it open?", 1);
        group.throughput(Throughput::Elements(run(&remembered).input as u64));
        group.bench_function("prompt tokens, all but the question remembered", |b| b.iter(|| run(&remembered)));
        group.finish();
    }
}

fn statistics(c: &mut Criterion) {
    let vectors = Vectors::load(&settings(1)).expect("scripts/models.sh fetched the weights");
    let text = TEXT.repeat(100);
    c.bench_function("vector of a sentence", |b| b.iter(|| vectors.embed(black_box(TEXT))));
    c.bench_function("summary of 100 sentences", |b| b.iter(|| summary::of(&vectors, black_box(&text), 3)));
    c.bench_function("keywords of 100 sentences", |b| b.iter(|| keywords::of(black_box(&text), 10)));
}

criterion_group!(benches, language_model, statistics);
criterion_main!(benches);
