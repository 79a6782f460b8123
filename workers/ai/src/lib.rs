//! The AI tools: model providers, the embedded model, and what is sold on top of them.
