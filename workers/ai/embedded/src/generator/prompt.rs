//! What a generation is asked: turns of a conversation, of which the first may be fixed.

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who says how the others talk.
    System,
    /// Who asks.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said. Nothing in it is taken for a mark of the template.
    pub content: String,
}

/// A conversation that the model is to continue.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The turns that every prompt of a tool begins with. What the model makes of them is remembered from call to
    /// call, so nothing of a caller's may be in them.
    pub fixed: Vec<Turn>,
    /// The turns of this call.
    pub turns: Vec<Turn>,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl Turn {
    /// A turn of `role` that says `content`.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}
