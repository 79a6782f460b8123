//! What attention remembers of the tokens that a model has taken in: keys and values, layer by layer.

/// The states of one context. Cloning them is how a beginning is remembered.
#[derive(Clone, Default)]
pub(super) struct States {
    layers: Vec<Layer>,
    len: usize,
}

#[derive(Clone, Default)]
pub(super) struct Layer {
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
}

impl States {
    pub(super) fn new(layers: usize) -> Self {
        Self { layers: vec![Layer::default(); layers], len: 0 }
    }

    /// How many tokens are remembered.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a layer's keys and values of further tokens, which count once [`Self::advance`] says so.
    pub(super) fn extend(&mut self, layer: usize, keys: &[f32], values: &[f32]) -> &Layer {
        let layer = &mut self.layers[layer];
        layer.keys.extend_from_slice(keys);
        layer.values.extend_from_slice(values);
        layer
    }

    pub(super) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}
