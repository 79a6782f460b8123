//! Static word vectors: the mean of a text's token vectors is what the text is about, near enough to compare texts.
//!
//! The table stays in the mapped file as f16; nothing of a text is kept.

#![expect(clippy::float_arithmetic, reason = "vectors are floats")]

use std::ops::Range;
use std::sync::Arc;

use half::f16;
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use tokenizers::Tokenizer;

use crate::weights::{malformed, map};
use crate::{LoadError, Settings};

const TABLE: &str = "embedding.weight";
const BYTES: usize = 2;

/// Word vectors in memory. Cloning them is cheap, and shares them.
#[derive(Clone)]
pub struct Vectors {
    shared: Arc<Shared>,
}

struct Shared {
    file: Mmap,
    table: Range<usize>,
    rows: usize,
    dimensions: usize,
    tokenizer: Tokenizer,
}

impl Vectors {
    /// Maps the table and reads the tokenizer. Blocks for some tens of milliseconds.
    pub fn load(settings: &Settings) -> Result<Self, LoadError> {
        let (path, tokenizer) = (&settings.vectors, &settings.vectors_tokenizer);
        let file = map(path)?;
        let (table, rows, dimensions) = table(&file).map_err(|reason| malformed(path, reason))?;
        let tokenizer = Tokenizer::from_bytes(&*map(tokenizer)?).map_err(|error| malformed(tokenizer, error))?;
        Ok(Self { shared: Arc::new(Shared { file, table, rows, dimensions, tokenizer }) })
    }

    /// How many numbers a vector has.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.shared.dimensions
    }

    /// How many tokens a text is.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.shared.ids(text).len()
    }

    /// The vector of a text, of length 1; all zero for a text without a word.
    #[must_use]
    pub fn embed(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.shared.dimensions];
        for row in self.shared.ids(text).iter().filter_map(|id| self.shared.row(*id)) {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        normalised(sum)
    }

    /// How alike two texts are in meaning, from -1 to 1.
    #[must_use]
    pub fn similarity(&self, one: &str, other: &str) -> f32 {
        cosine(&self.embed(one), &self.embed(other))
    }
}

impl Shared {
    fn ids(&self, text: &str) -> Vec<u32> {
        // The tokenizer falls back to bytes: it fails for no text.
        self.tokenizer.encode_fast(text, false).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
    }

    fn row(&self, id: u32) -> Option<impl Iterator<Item = f32>> {
        let row = usize::try_from(id).ok().filter(|row| *row < self.rows)?;
        let width = self.dimensions * BYTES;
        let bytes = &self.file[self.table.clone()][row * width..(row + 1) * width];
        Some(bytes.chunks_exact(BYTES).map(|value| f16::from_le_bytes([value[0], value[1]]).to_f32()))
    }
}

/// Where the one table of a file is, and its rows and columns.
fn table(file: &[u8]) -> Result<(Range<usize>, usize, usize), String> {
    let tensors = SafeTensors::deserialize(file).map_err(|error| error.to_string())?;
    let table = tensors.tensor(TABLE).map_err(|error| error.to_string())?;
    let &[rows, dimensions] = table.shape() else { return Err(format!("{TABLE} is no table")) };
    if table.dtype() != Dtype::F16 {
        return Err(format!("{TABLE} is not of f16"));
    }
    // The data come last in the format, so that where they begin is told by how much follows.
    let start = table.data().as_ptr().addr() - file.as_ptr().addr();
    Ok((start..start + table.data().len(), rows, dimensions))
}

/// The cosine of the angle between two vectors of length 1.
#[must_use]
pub(crate) fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The vector in the same direction of length 1; one of length 0 stays.
pub(crate) fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = cosine(&vector, &vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    vector
}
