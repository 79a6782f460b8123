//! What a model answers, at once or bit by bit.

use aipaygen_events::account::Tokens;

use crate::prompt::FunctionCall;

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) text: String,
    pub(crate) calls: Vec<FunctionCall>,
    pub(crate) finish: Finish,
    pub(crate) tokens: Tokens,
}

/// Why an answer is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Finish {
    /// All is said.
    #[default]
    Stop,
    /// There was no room for more.
    Length,
    /// Functions are to be called.
    Calls,
    /// The provider will not say more.
    Filter,
}

impl Finish {
    /// As `OpenAI` writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Calls => "tool_calls",
            Self::Filter => "content_filter",
        }
    }
}

/// A bit of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delta {
    Text(String),
    /// More of the call at this place; the id and the name come with its first bit.
    Call {
        place: usize,
        id: Option<String>,
        name: Option<String>,
        arguments: String,
    },
}

impl Generated {
    /// The whole that these bits make.
    pub(crate) fn add(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) => self.text.push_str(text),
            Delta::Call { place, id, name, arguments } => {
                while self.calls.len() <= *place {
                    self.calls.push(FunctionCall::default());
                }
                let call = &mut self.calls[*place];
                if let Some(id) = id {
                    call.id.clone_from(id);
                }
                if let Some(name) = name {
                    call.name.clone_from(name);
                }
                call.arguments.push_str(arguments);
            }
        }
    }

    /// How many bytes the model has written.
    pub(crate) fn bytes(&self) -> usize {
        let calls = self.calls.iter().map(|call| call.name.len() + call.arguments.len());
        self.text.len() + calls.sum::<usize>()
    }
}
