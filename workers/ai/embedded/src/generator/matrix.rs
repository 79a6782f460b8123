//! A matrix of the mapped file, and its product with vectors on every core that the model may use.

use std::ops::Range;
use std::sync::Arc;

use memmap2::Mmap;
use rayon::prelude::*;

use super::kernel::{BLOCK, Inputs, Kind, multiply};

/// Rows that a core works on at a time.
const ROWS: usize = 96;

pub(super) struct Matrix {
    file: Arc<Mmap>,
    place: Range<usize>,
    rows: usize,
    width: usize,
    kind: Kind,
}

impl Matrix {
    /// The matrix at a place of a file; `None` if it does not fit there.
    pub(super) fn new(file: Arc<Mmap>, start: usize, rows: usize, width: usize, kind: Kind) -> Option<Self> {
        let bytes = rows.checked_mul(width / BLOCK)?.checked_mul(kind.block_bytes())?;
        let place = start..start.checked_add(bytes)?;
        let fits = width > 0 && rows > 0 && width.is_multiple_of(BLOCK) && place.end <= file.len();
        fits.then_some(Self { file, place, rows, width, kind })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// One row as floats.
    pub(super) fn row(&self, row: usize) -> Vec<f32> {
        let bytes = self.row_bytes();
        let row = &self.bytes()[row * bytes..(row + 1) * bytes];
        row.chunks_exact(self.kind.block_bytes()).flat_map(|block| self.kind.weights(block)).collect()
    }

    /// The product with each vector, vector by vector.
    pub(super) fn times(&self, inputs: &Inputs) -> Vec<f32> {
        let count = inputs.count();
        let mut products = vec![0.0; self.rows * count];
        let parts = self.bytes().par_chunks(ROWS * self.row_bytes()).zip(products.par_chunks_mut(ROWS * count));
        parts.for_each(|(rows, products)| multiply(self.kind, rows, inputs, products));
        if count == 1 { products } else { turned(&products, count) }
    }

    fn bytes(&self) -> &[u8] {
        &self.file[self.place.clone()]
    }

    fn row_bytes(&self) -> usize {
        self.width / BLOCK * self.kind.block_bytes()
    }
}

/// From row by row to vector by vector.
fn turned(products: &[f32], count: usize) -> Vec<f32> {
    let rows = products.len() / count;
    let mut turned = vec![0.0; products.len()];
    for (row, products) in products.chunks_exact(count).enumerate() {
        for (vector, product) in products.iter().enumerate() {
            turned[vector * rows + row] = *product;
        }
    }
    turned
}
