//! The llama architecture over quantised weights: tokens in, the score of each next token out.
//!
//! Weights are used where they lie in the mapped file: nothing is read before it is needed, and nothing twice.

#![expect(clippy::float_arithmetic, reason = "a model is arithmetic on floats")]

use super::attention::{add, attend, gate, normalise, rotate};
use super::gguf::{Gguf, Result, Wrong};
use super::kernel::Inputs;
use super::matrix::Matrix;
use super::states::States;

/// The sizes of a model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) kv_heads: usize,
    pub(super) head: usize,
    epsilon: f32,
}

pub(super) struct Model {
    pub(super) shape: Shape,
    embedding: Matrix,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    /// Where the file has none, the embedding is used for both.
    output: Option<Matrix>,
    /// Of every position, the angles of a head.
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

struct Layer {
    attention_norm: Vec<f32>,
    queries: Matrix,
    keys: Matrix,
    values: Matrix,
    attention_output: Matrix,
    forward_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

impl Model {
    /// The model of a file. `positions` is how many tokens a context has at most.
    pub(super) fn read(file: &Gguf, positions: usize) -> Result<Self> {
        let shape = Shape::read(file)?;
        let (cosines, sines) = rotations(shape.head, file.float("llama.rope.freq_base")?, positions);
        Ok(Self {
            shape,
            embedding: file.matrix("token_embd.weight")?,
            layers: (0..shape.layers).map(|n| Layer::read(file, n)).collect::<Result<_>>()?,
            norm: file.vector("output_norm.weight")?,
            output: file.has("output.weight").then(|| file.matrix("output.weight")).transpose()?,
            cosines,
            sines,
        })
    }

    /// Takes in tokens that follow what `states` holds, and scores every token as the one after the last of them.
    pub(super) fn score(&self, tokens: &[u32], states: &mut States) -> Vec<f32> {
        let hidden = self.take_in(tokens, states);
        let last = &hidden[hidden.len() - self.embedding.width()..];
        let last = normalise(last, &self.norm, self.shape.epsilon);
        self.output.as_ref().unwrap_or(&self.embedding).times(&Inputs::quantise(&last, self.embedding.width()))
    }

    /// Takes in tokens that follow what `states` holds.
    pub(super) fn take_in(&self, tokens: &[u32], states: &mut States) -> Vec<f32> {
        let row = |token: &u32| usize::try_from(*token).ok().filter(|row| *row < self.embedding.rows());
        let mut hidden: Vec<_> =
            tokens.iter().flat_map(|token| self.embedding.row(row(token).unwrap_or(0))).collect();
        for (n, layer) in self.layers.iter().enumerate() {
            let taken = self.attention(layer, &hidden, n, states);
            add(&mut hidden, &taken);
            let forward = self.forward(layer, &hidden);
            add(&mut hidden, &forward);
        }
        states.advance(tokens.len());
        hidden
    }

    fn attention(&self, layer: &Layer, hidden: &[f32], n: usize, states: &mut States) -> Vec<f32> {
        let (shape, position) = (self.shape, states.len());
        let inputs =
            Inputs::quantise(&normalise(hidden, &layer.attention_norm, shape.epsilon), layer.queries.width());
        let (mut queries, mut keys) = (layer.queries.times(&inputs), layer.keys.times(&inputs));
        self.rotate(&mut queries, shape.heads, position);
        self.rotate(&mut keys, shape.kv_heads, position);
        let remembered = states.extend(n, &keys, &layer.values.times(&inputs));
        let taken = attend(shape, &queries, remembered, position);
        layer.attention_output.times(&Inputs::quantise(&taken, layer.attention_output.width()))
    }

    fn forward(&self, layer: &Layer, hidden: &[f32]) -> Vec<f32> {
        let inputs =
            Inputs::quantise(&normalise(hidden, &layer.forward_norm, self.shape.epsilon), layer.gate.width());
        let mut gated = layer.gate.times(&inputs);
        gate(&mut gated, &layer.up.times(&inputs));
        layer.down.times(&Inputs::quantise(&gated, layer.down.width()))
    }

    fn rotate(&self, vectors: &mut [f32], heads: usize, position: usize) {
        let angles = self.shape.head / 2;
        for (n, vector) in vectors.chunks_exact_mut(heads * self.shape.head).enumerate() {
            let place = (position + n) * angles..(position + n + 1) * angles;
            rotate(vector, self.shape.head, &self.cosines[place.clone()], &self.sines[place]);
        }
    }
}

impl Shape {
    fn read(file: &Gguf) -> Result<Self> {
        let number = |name: &str| file.number(&format!("llama.{name}"));
        let (width, heads, kv_heads) =
            (number("embedding_length")?, number("attention.head_count")?, number("attention.head_count_kv")?);
        if heads == 0 || kv_heads == 0 || !width.is_multiple_of(2 * heads) || !heads.is_multiple_of(kv_heads) {
            return Err(Wrong("the heads do not share the width".to_owned()));
        }
        let epsilon = file.float("llama.attention.layer_norm_rms_epsilon")?;
        Ok(Self { layers: number("block_count")?, heads, kv_heads, head: width / heads, epsilon })
    }
}

impl Layer {
    fn read(file: &Gguf, n: usize) -> Result<Self> {
        let matrix = |name: &str| file.matrix(&format!("blk.{n}.{name}.weight"));
        let vector = |name: &str| file.vector(&format!("blk.{n}.{name}.weight"));
        Ok(Self {
            attention_norm: vector("attn_norm")?,
            queries: matrix("attn_q")?,
            keys: matrix("attn_k")?,
            values: matrix("attn_v")?,
            attention_output: matrix("attn_output")?,
            forward_norm: vector("ffn_norm")?,
            gate: matrix("ffn_gate")?,
            up: matrix("ffn_up")?,
            down: matrix("ffn_down")?,
        })
    }
}

/// Cosine and sine of every angle: position × frequency.
fn rotations(head: usize, base: f32, positions: usize) -> (Vec<f32>, Vec<f32>) {
    let frequencies: Vec<_> = (0..head / 2).map(|pair| base.powf(-((2 * pair) as f32) / head as f32)).collect();
    let angles =
        (0..positions).flat_map(|position| frequencies.iter().map(move |frequency| position as f32 * frequency));
    angles.map(|angle| (angle.cos(), angle.sin())).unzip()
}
