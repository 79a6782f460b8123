//! What can be told of a text without a language model: its sentences, its language, its sentiment, its keywords,
//! which of its sentences say most, what it is nearest to.

pub mod compare;
pub mod keywords;
pub mod language;
pub mod nearest;
pub mod sentences;
pub mod sentiment;
pub mod summary;
