//! The product of a quantised matrix and vectors, block by block of 32 weights, straight from the mapped file.
//!
//! The vectors are quantised to bytes first, so that a block is a few integer instructions. On x86-64 with AVX2 they
//! are written out here, elsewhere the compiler chooses.

#![expect(clippy::float_arithmetic, reason = "a model is arithmetic on floats")]

use half::f16;

/// Weights of a block, and values of an input block.
pub(super) const BLOCK: usize = 32;
/// Vectors that a block of weights is multiplied with at a time.
const TILE: usize = 4;
const BYTE_MAX: f32 = 127.0;

/// How the weights of a matrix are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A factor and an offset as f16, then 32 times 4 bits: the low halves of 16 bytes, then their high halves.
    Q4_1,
    /// A factor as f16, then 32 signed bytes.
    Q8_0,
}

/// Vectors as bytes, with the factor of each block and that times the sum of its bytes.
pub(super) struct Inputs {
    count: usize,
    blocks: usize,
    bytes: Vec<[i8; BLOCK]>,
    factors: Vec<[f32; 2]>,
}

impl Kind {
    /// The bytes of a block.
    pub(super) const fn block_bytes(self) -> usize {
        match self {
            Self::Q4_1 => 20,
            Self::Q8_0 => 34,
        }
    }

    /// The weights of a block as floats.
    pub(super) fn weights(self, block: &[u8]) -> [f32; BLOCK] {
        let factor = half(block, 0);
        match self {
            Self::Q4_1 => {
                let offset = half(block, 2);
                let bits = |n: usize| if n < 16 { block[4 + n] & 15 } else { block[4 + n - 16] >> 4 };
                std::array::from_fn(|n| factor * f32::from(bits(n)) + offset)
            }
            Self::Q8_0 => std::array::from_fn(|n| factor * f32::from(block[2 + n].cast_signed())),
        }
    }
}

impl Inputs {
    /// Quantises vectors that stand one after the other, each of `width` values.
    pub(super) fn quantise(values: &[f32], width: usize) -> Self {
        let quantised = values.chunks_exact(BLOCK).map(quantise);
        let (bytes, factors) = quantised.unzip();
        Self { count: values.len() / width, blocks: width / BLOCK, bytes, factors }
    }

    /// How many vectors there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

/// Rounding to bytes: 127 stands for the largest value of a block.
fn quantise(values: &[f32]) -> ([i8; BLOCK], [f32; 2]) {
    let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let factor = largest / BYTE_MAX;
    let inverse = if largest > 0.0 { BYTE_MAX / largest } else { 0.0 };
    let bytes: [i8; BLOCK] = std::array::from_fn(|n| (values[n] * inverse).round_ties_even() as i8);
    let sum: i32 = bytes.iter().map(|byte| i32::from(*byte)).sum();
    (bytes, [factor, factor * sum as f32])
}

/// Multiplies rows of a matrix with every vector. `products` holds, row by row, one for each vector.
pub(super) fn multiply(kind: Kind, rows: &[u8], inputs: &Inputs, products: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        return avx2::multiply(kind, rows, inputs, products);
    }
    portable(kind, rows, inputs, products);
}

fn portable(kind: Kind, rows: &[u8], inputs: &Inputs, products: &mut [f32]) {
    let row_bytes = inputs.blocks * kind.block_bytes();
    for (row, products) in rows.chunks_exact(row_bytes).zip(products.chunks_exact_mut(inputs.count)) {
        for (vector, product) in products.iter_mut().enumerate() {
            let blocks = row.chunks_exact(kind.block_bytes()).enumerate();
            *product = blocks.map(|(n, block)| portable_block(kind, block, inputs, vector * inputs.blocks + n)).sum();
        }
    }
}

fn portable_block(kind: Kind, block: &[u8], inputs: &Inputs, at: usize) -> f32 {
    let (bytes, [factor, _]) = (&inputs.bytes[at], inputs.factors[at]);
    let weights = kind.weights(block);
    factor * weights.iter().zip(bytes).map(|(weight, byte)| weight * f32::from(*byte)).sum::<f32>()
}

fn half(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    #![expect(
        unsafe_code,
        reason = "what a processor can do is asked at run time, and memory is loaded 32 bytes at once"
    )]

    use std::arch::x86_64::*;

    use super::{BLOCK, Inputs, Kind, TILE};

    pub(super) fn is_there() -> bool {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
    }

    pub(super) fn multiply(kind: Kind, rows: &[u8], inputs: &Inputs, products: &mut [f32]) {
        assert!(is_there(), "the processor was asked before");
        // SAFETY: the processor can do what the function is compiled for.
        unsafe { all_rows(kind, rows, inputs, products) }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn all_rows(kind: Kind, rows: &[u8], inputs: &Inputs, products: &mut [f32]) {
        let row_bytes = inputs.blocks * kind.block_bytes();
        for (row, products) in rows.chunks_exact(row_bytes).zip(products.chunks_exact_mut(inputs.count)) {
            let mut tiles = products.chunks_exact_mut(TILE);
            let mut vector = 0;
            for tile in &mut tiles {
                tile.copy_from_slice(&tile_of::<TILE>(kind, row, inputs, vector));
                vector += TILE;
            }
            for product in tiles.into_remainder() {
                [*product] = tile_of::<1>(kind, row, inputs, vector);
                vector += 1;
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn tile_of<const N: usize>(kind: Kind, row: &[u8], inputs: &Inputs, vector: usize) -> [f32; N] {
        match kind {
            Kind::Q4_1 => q4_1(row, inputs, vector),
            Kind::Q8_0 => q8_0(row, inputs, vector),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn q4_1<const N: usize>(row: &[u8], inputs: &Inputs, vector: usize) -> [f32; N] {
        let (low, ones) = (_mm256_set1_epi8(15), _mm256_set1_epi16(1));
        let mut sums = [_mm256_setzero_ps(); N];
        let mut offsets = [_mm_setzero_ps(); N];
        for (at, block) in row.as_chunks::<{ Kind::Q4_1.block_bytes() }>().0.iter().enumerate() {
            let factor_offset =
                _mm_cvtph_ps(_mm_cvtsi32_si128(i32::from_le_bytes([block[0], block[1], block[2], block[3]])));
            // SAFETY: 16 bytes of the block follow its first four.
            let packed = unsafe { _mm_loadu_si128(block.as_ptr().add(4).cast()) };
            let weights = _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16::<4>(packed), packed), low);
            for n in 0..N {
                let (bytes, factors) = input(inputs, (vector + n) * inputs.blocks + at);
                let product = _mm256_madd_epi16(_mm256_maddubs_epi16(weights, bytes), ones);
                let scaled = _mm_mul_ps(factor_offset, factors);
                offsets[n] = _mm_add_ps(offsets[n], scaled);
                sums[n] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(product), _mm256_broadcastss_ps(scaled), sums[n]);
            }
        }
        std::array::from_fn(|n| total(sums[n]) + _mm_cvtss_f32(_mm_movehdup_ps(offsets[n])))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn q8_0<const N: usize>(row: &[u8], inputs: &Inputs, vector: usize) -> [f32; N] {
        let ones = _mm256_set1_epi16(1);
        let mut sums = [_mm256_setzero_ps(); N];
        for (at, block) in row.as_chunks::<{ Kind::Q8_0.block_bytes() }>().0.iter().enumerate() {
            let factor = _mm_cvtph_ps(_mm_cvtsi32_si128(i32::from(u16::from_le_bytes([block[0], block[1]]))));
            // SAFETY: 32 bytes of the block follow its first two.
            let weights = unsafe { _mm256_loadu_si256(block.as_ptr().add(2).cast()) };
            let sizes = _mm256_abs_epi8(weights);
            for (n, sum) in sums.iter_mut().enumerate() {
                let (bytes, factors) = input(inputs, (vector + n) * inputs.blocks + at);
                let signed = _mm256_sign_epi8(bytes, weights);
                let product = _mm256_madd_epi16(_mm256_maddubs_epi16(sizes, signed), ones);
                let scaled = _mm256_broadcastss_ps(_mm_mul_ps(factor, factors));
                *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(product), scaled, *sum);
            }
        }
        std::array::from_fn(|n| total(sums[n]))
    }

    /// A block of a vector: its bytes, and its two factors in the lowest places.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn input(inputs: &Inputs, at: usize) -> (__m256i, __m128) {
        let (bytes, factors): (&[i8; BLOCK], &[f32; 2]) = (&inputs.bytes[at], &inputs.factors[at]);
        // SAFETY: these are 32 and 8 bytes.
        unsafe {
            (_mm256_loadu_si256(bytes.as_ptr().cast()), _mm_castsi128_ps(_mm_loadl_epi64(factors.as_ptr().cast())))
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn total(sums: __m256) -> f32 {
        let four = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that look like weights: factors near a hundredth, everything else at random.
    fn rows(kind: Kind, blocks: usize) -> Vec<u8> {
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let mut rows = Vec::new();
        for _ in 0..blocks {
            let start = rows.len();
            rows.extend((0..kind.block_bytes()).map(|_| random()));
            rows[start..start + 2].copy_from_slice(&f16::from_f32(0.01).to_le_bytes());
            if kind == Kind::Q4_1 {
                rows[start + 2..start + 4].copy_from_slice(&f16::from_f32(-0.07).to_le_bytes());
            }
        }
        rows
    }

    #[test]
    fn the_written_out_product_is_the_plain_one() {
        let (width, rows_count) = (64, 3);
        let values: Vec<_> = (0..6 * width).map(|n| ((n * 37 % 101) as f32 - 50.0) / 25.0).collect();
        let inputs = Inputs::quantise(&values, width);
        for kind in [Kind::Q4_1, Kind::Q8_0] {
            let rows = rows(kind, rows_count * width / BLOCK);
            let (mut quick, mut plain) = (vec![0.0; rows_count * 6], vec![0.0; rows_count * 6]);
            multiply(kind, &rows, &inputs, &mut quick);
            portable(kind, &rows, &inputs, &mut plain);
            let exact = exactly(kind, &rows, &values, width);
            for ((quick, plain), exact) in quick.iter().zip(&plain).zip(&exact) {
                assert!((quick - plain).abs() < 1e-3, "{kind:?}: {quick} is not {plain}");
                assert!((plain - exact).abs() < 0.2, "{kind:?}: {plain} is far from {exact}");
            }
        }
    }

    fn exactly(kind: Kind, rows: &[u8], values: &[f32], width: usize) -> Vec<f32> {
        let weights: Vec<_> = rows.chunks_exact(kind.block_bytes()).flat_map(|block| kind.weights(block)).collect();
        let row = |row: &[f32]| {
            let products =
                values.chunks_exact(width).map(|vector| row.iter().zip(vector).map(|(w, v)| w * v).sum::<f32>());
            products.collect::<Vec<_>>()
        };
        weights.chunks_exact(width).flat_map(row).collect()
    }
}
