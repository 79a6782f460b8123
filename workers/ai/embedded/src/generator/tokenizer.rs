//! Text to tokens and back, with the vocabulary that is in the model's own file, and the chat template around turns.

use std::path::Path;

use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::{AddedToken, PreTokenizerWrapper, Tokenizer};

use super::gguf::{Gguf, Wrong};
use super::prompt::{Prompt, Role, Turn};
use crate::LoadError;
use crate::weights::malformed;

const START: &str = "<|im_start|>";
const END: &str = "<|im_end|>";
const END_OF_TEXT: &str = "<|endoftext|>";
const KIND_NORMAL: i32 = 1;

/// The model was trained to hear this where nothing else is said first.
const SYSTEM: &str = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

pub(super) struct Tokens {
    pub(super) tokenizer: Tokenizer,
    start: u32,
    end: u32,
    ends: [u32; 2],
}

impl Tokens {
    pub(super) fn read(path: &Path, file: &Gguf) -> Result<Self, LoadError> {
        let refuse = |wrong: Wrong| malformed(path, wrong.0);
        let texts = |name: &str| file.texts(name).map_err(refuse);
        let vocabulary = texts("tokenizer.ggml.tokens")?;
        let merges = texts("tokenizer.ggml.merges")?;
        let special = special(&vocabulary, file).map_err(refuse)?;
        let tokenizer = byte_level(&vocabulary, &merges, special).map_err(|error| malformed(path, error))?;
        let id = |text: &str| tokenizer.token_to_id(text).ok_or_else(|| malformed(path, format!("has no {text}")));
        let (start, end) = (id(START)?, id(END)?);
        Ok(Self { start, end, ends: [end, id(END_OF_TEXT)?], tokenizer })
    }

    /// Whether the model says that it has said all.
    pub(super) fn ends(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// How many tokens a text is.
    pub(super) fn count(&self, text: &str) -> usize {
        self.text(text).len()
    }

    /// The turns that every call shares; empty if there are none.
    pub(super) fn fixed(&self, prompt: &Prompt) -> Vec<u32> {
        prompt.fixed.iter().flat_map(|turn| self.turn(turn)).collect()
    }

    /// The turns of this call, up to where the model is to speak.
    pub(super) fn rest(&self, prompt: &Prompt) -> Vec<u32> {
        let mut tokens = Vec::new();
        if !matches!(prompt.fixed.first().or(prompt.turns.first()), Some(Turn { role: Role::System, .. })) {
            tokens.extend(self.turn(&Turn::new(Role::System, SYSTEM)));
        }
        tokens.extend(prompt.turns.iter().flat_map(|turn| self.turn(turn)));
        tokens.push(self.start);
        tokens.extend(self.text("assistant\n"));
        tokens
    }

    fn turn(&self, turn: &Turn) -> Vec<u32> {
        let mut tokens = vec![self.start];
        tokens.extend(self.text(&format!("{}\n{}", turn.role.name(), turn.content)));
        tokens.push(self.end);
        tokens.extend(self.text("\n"));
        tokens
    }

    /// Whatever a text says, it is text: a caller cannot write a mark of the template.
    fn text(&self, text: &str) -> Vec<u32> {
        let encoding = self.tokenizer.encode_fast(text, false);
        encoding.map(|encoding| encoding.get_ids().to_vec()).expect("bytes have tokens, whatever they say")
    }
}

/// The tokens that are marks, not text.
fn special(vocabulary: &[String], file: &Gguf) -> super::gguf::Result<Vec<AddedToken>> {
    let kinds = file.kinds("tokenizer.ggml.token_type")?;
    let marks = vocabulary.iter().zip(kinds).filter(|(_, kind)| *kind != KIND_NORMAL);
    Ok(marks.map(|(text, _)| AddedToken::from(text.clone(), true)).collect())
}

fn byte_level(vocabulary: &[String], merges: &[String], special: Vec<AddedToken>) -> tokenizers::Result<Tokenizer> {
    let ids: Vocab = vocabulary.iter().cloned().zip(0..).collect();
    let pair = |merge: &String| merge.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
    let merges = merges.iter().filter_map(pair).collect();
    let mut tokenizer = Tokenizer::new(BPE::builder().vocab_and_merges(ids, merges).build()?);
    let byte_level = PreTokenizerWrapper::ByteLevel(ByteLevel::new(false, true, true));
    let digits = PreTokenizerWrapper::Digits(Digits::new(true));
    tokenizer.with_pre_tokenizer(Some(Sequence::new(vec![digits, byte_level])));
    tokenizer.with_decoder(Some(ByteLevel::new(false, true, true)));
    tokenizer.add_special_tokens(special)?;
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}
