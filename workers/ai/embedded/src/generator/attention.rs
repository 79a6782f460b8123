//! Attention: what each token takes from those before it. And the other small sums between two matrices.

#![expect(clippy::float_arithmetic, reason = "a model is arithmetic on floats")]

use rayon::prelude::*;

use super::model::Shape;
use super::states::Layer;

const LANES: usize = 8;

/// What the tokens from `position` on take, token by token, head by head.
pub(super) fn attend(shape: Shape, queries: &[f32], layer: &Layer, position: usize) -> Vec<f32> {
    let width = shape.heads * shape.head;
    let mut taken = vec![0.0; queries.len()];
    let tokens = queries.par_chunks(width).zip(taken.par_chunks_mut(width)).enumerate();
    tokens.for_each(|(n, (queries, taken))| {
        let mut weights = Vec::new();
        let heads = queries.chunks_exact(shape.head).zip(taken.chunks_exact_mut(shape.head)).enumerate();
        for (head, (query, taken)) in heads {
            let kv_head = head / (shape.heads / shape.kv_heads);
            one_head(shape, query, layer, (kv_head, position + n + 1), &mut weights, taken);
        }
    });
    taken
}

fn one_head(
    shape: Shape,
    query: &[f32],
    layer: &Layer,
    (kv_head, seen): (usize, usize),
    weights: &mut Vec<f32>,
    taken: &mut [f32],
) {
    let width = shape.kv_heads * shape.head;
    let place = kv_head * shape.head..(kv_head + 1) * shape.head;
    let scale = 1.0 / (shape.head as f32).sqrt();
    let keys = layer.keys.chunks_exact(width).take(seen);
    weights.clear();
    weights.extend(keys.map(|key| scale * dot(query, &key[place.clone()])));
    to_shares(weights);
    for (weight, value) in weights.iter().zip(layer.values.chunks_exact(width)) {
        taken.iter_mut().zip(&value[place.clone()]).for_each(|(taken, value)| *taken += weight * value);
    }
}

/// Softmax.
fn to_shares(weights: &mut [f32]) {
    let largest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    weights.iter_mut().for_each(|weight| *weight = (*weight - largest).exp());
    let total: f32 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
}

/// Sums in lanes, so that the compiler can use wide registers.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (one, other) in one.chunks_exact(LANES).zip(other.chunks_exact(LANES)) {
        for lane in 0..LANES {
            lanes[lane] += one[lane] * other[lane];
        }
    }
    lanes.iter().sum()
}

/// Rotates neighbours, 2i with 2i + 1, of each head by the angles of its token's position.
pub(super) fn rotate(heads: &mut [f32], head: usize, cosines: &[f32], sines: &[f32]) {
    for head in heads.chunks_exact_mut(head) {
        for ((pair, cosine), sine) in head.as_chunks_mut::<2>().0.iter_mut().zip(cosines).zip(sines) {
            let [x, y] = *pair;
            *pair = [x * cosine - y * sine, x * sine + y * cosine];
        }
    }
}

/// Scales each vector to a mean square of 1, then by the weights (RMS norm).
pub(super) fn normalise(values: &[f32], weights: &[f32], epsilon: f32) -> Vec<f32> {
    let mut normalised = Vec::with_capacity(values.len());
    for vector in values.chunks_exact(weights.len()) {
        let scale = 1.0 / (dot(vector, vector) / weights.len() as f32 + epsilon).sqrt();
        normalised.extend(vector.iter().zip(weights).map(|(value, weight)| value * scale * weight));
    }
    normalised
}

/// The gate of a feed-forward layer (SwiGLU).
pub(super) fn gate(gates: &mut [f32], values: &[f32]) {
    for (gate, value) in gates.iter_mut().zip(values) {
        *gate = *gate / (1.0 + (-*gate).exp()) * value;
    }
}

pub(super) fn add(values: &mut [f32], others: &[f32]) {
    values.iter_mut().zip(others).for_each(|(value, other)| *value += other);
}
