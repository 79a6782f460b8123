//! The table of rules, and a place in a program where one is broken.

use ruff_source_file::LineIndex;
use ruff_text_size::TextSize;
use serde::{Serialize, Serializer};

/// A rule of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// More bytes than a program may have.
    SourceTooLong,
    /// Brackets and blocks inside each other.
    NestingTooDeep,
    /// Operators, attributes and calls strung together.
    ChainTooLong,
    /// Branches of one `if`.
    TooManyBranches,
    /// More parts than a program may have.
    TooComplex,
    /// Not Python 3.14.
    SyntaxError,
    /// A module that is not on the list.
    ImportNotAllowed,
    /// `from m import *`.
    ImportStar,
    /// `from . import m`.
    ImportRelative,
    /// A built-in that reaches past the program.
    NameBlocked,
    /// A `__name__` that is not an ordinary one.
    DunderName,
    /// An attribute `.__name__` that is not an ordinary one.
    DunderAttribute,
    /// An attribute of the interpreter's own objects.
    InternalAttribute,
    /// A module's private attribute, or a module inside a module.
    ModuleAttribute,
    /// A format string that reaches into its arguments.
    FormatField,
    /// A template string.
    TemplateString,
    /// A type alias or a type parameter.
    TypeParameter,
    /// A metaclass, or a hook of one.
    Metaclass,
    /// No verdict.
    Unchecked,
}

impl Rule {
    /// Every rule, in the order of the table.
    pub const ALL: &[Self] = &[
        Self::SourceTooLong,
        Self::NestingTooDeep,
        Self::ChainTooLong,
        Self::TooManyBranches,
        Self::TooComplex,
        Self::SyntaxError,
        Self::ImportNotAllowed,
        Self::ImportStar,
        Self::ImportRelative,
        Self::NameBlocked,
        Self::DunderName,
        Self::DunderAttribute,
        Self::InternalAttribute,
        Self::ModuleAttribute,
        Self::FormatField,
        Self::TemplateString,
        Self::TypeParameter,
        Self::Metaclass,
        Self::Unchecked,
    ];

    /// Its name on the wire, for ever.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// What it says to the caller.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::SourceTooLong => ("source-too-long", "The program is longer than a program may be."),
            Self::NestingTooDeep => ("nesting-too-deep", "Brackets and blocks are nested too deeply."),
            Self::ChainTooLong => ("chain-too-long", "Too many operators, attributes or calls are strung together."),
            Self::TooManyBranches => ("too-many-branches", "One `if` has too many branches."),
            Self::TooComplex => ("too-complex", "The program has too many parts."),
            Self::SyntaxError => ("syntax-error", "This is not Python 3.14."),
            Self::ImportNotAllowed => {
                ("import-not-allowed", "This module is not on the list of modules a program may import.")
            }
            Self::ImportStar => ("import-star", "Import the names you need; `*` is not allowed."),
            Self::ImportRelative => {
                ("import-relative", "A program is one file: there is nothing to import relative to it.")
            }
            Self::NameBlocked => {
                ("name-blocked", "This built-in is not available, and its name cannot be used for a variable.")
            }
            Self::DunderName => ("dunder-name", "This name with double underscores is not available."),
            Self::DunderAttribute => ("dunder-attribute", "This attribute with double underscores is not available."),
            Self::InternalAttribute => {
                ("internal-attribute", "This attribute belongs to the interpreter and is not available.")
            }
            Self::ModuleAttribute => ("module-attribute", "This part of the module is not available."),
            Self::FormatField => ("format-field", "A format string may not reach into what it formats this way."),
            Self::TemplateString => ("template-string", "Template strings are not available; use an f-string."),
            Self::TypeParameter => {
                ("type-parameter", "Type aliases and type parameters are not available; use the module `typing`.")
            }
            Self::Metaclass => {
                ("metaclass", "Metaclasses, their hooks and classes made at run time are not available.")
            }
            Self::Unchecked => ("unchecked", "The program could not be checked."),
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// A place where a program breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What is wrong, in a sentence; it may quote the program.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Finding {
    /// About the program as a whole.
    pub(super) fn at_start(rule: Rule) -> Self {
        Self { rule, message: rule.sentence().to_owned(), line: 1, column: 1 }
    }
}

/// Collects findings, and turns offsets into lines and columns.
pub(super) struct Findings<'a> {
    source: &'a str,
    index: LineIndex,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, index: LineIndex::from_source_text(source), found: Vec::new() }
    }

    /// Adds one that quotes what it is about.
    pub(super) fn about(&mut self, rule: Rule, quoted: &str, at: TextSize) {
        self.add(rule, format!("`{quoted}`: {}", rule.sentence()), at);
    }

    pub(super) fn add(&mut self, rule: Rule, message: String, at: TextSize) {
        let place = self.index.line_column(at, self.source);
        self.found.push(Finding { rule, message, line: place.line.get(), column: place.column.get() });
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}
