//! Bounds a program before it is parsed: the parser, the walk and the drop of a tree recurse, and twenty
//! kilobytes of minus signs would take the process with them. Looks at tokens, one after the other.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;
use ruff_text_size::TextSize;

use super::finding::{Finding, Findings, Rule};

/// CPython itself stops at 100 blocks and 200 brackets.
const NESTING_MAX: usize = 90;
/// How deep a tree without brackets can get: one token of a chain is one level.
const CHAIN_MAX: usize = 1_600;

/// Whether it is safe to parse this.
pub(super) fn check(source: &str, source_bytes_max: usize) -> Result<(), Finding> {
    if source.len() > source_bytes_max {
        return Err(Finding::at_start(Rule::SourceTooLong));
    }
    let Err(rule) = measure(source) else { return Ok(()) };
    let mut findings = Findings::new(source);
    findings.add(rule, rule.sentence().to_owned(), first_offence(source));
    Err(findings.into_vec().remove(0))
}

/// The end of the shortest beginning that is refused. The lexer gives no positions away; it is quick.
fn first_offence(source: &str) -> TextSize {
    let ends: Vec<usize> = source.char_indices().map(|(start, _)| start).collect();
    let refused = ends.partition_point(|&end| measure(&source[..end]).is_ok());
    let last = ends.get(refused.saturating_sub(1)).copied().unwrap_or_default();
    TextSize::try_from(last).unwrap_or_default()
}

fn measure(source: &str) -> Result<(), Rule> {
    let mut lexer = lex(source, Mode::Module);
    let mut depth = Depth::default();
    loop {
        let token = lexer.next_token();
        if token.is_eof() {
            return Ok(());
        }
        depth.take(token)?;
    }
}

/// How deep the tree may be at the present token.
#[derive(Default)]
struct Depth {
    blocks: usize,
    /// One for each open bracket.
    outer: Vec<Level>,
    level: Level,
    chained: usize,
}

/// What has been strung together since a bracket opened.
#[derive(Default)]
struct Level {
    /// Ends with a comma.
    links: usize,
    /// Does not: the parameters of a lambda have commas of their own.
    lambdas: usize,
}

impl Depth {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a token not thought of counts as one that makes a tree deeper"
    )]
    fn take(&mut self, token: TokenKind) -> Result<(), Rule> {
        match token {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.link();
                self.outer.push(std::mem::take(&mut self.level));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.close();
            }
            TokenKind::Indent => self.blocks += 1,
            TokenKind::Dedent => self.blocks = self.blocks.saturating_sub(1),
            TokenKind::Comma => self.chained -= std::mem::take(&mut self.level.links),
            TokenKind::Newline | TokenKind::Semi => self.forget(),
            TokenKind::Lambda => {
                self.level.lambdas += 1;
                self.chained += 1;
            }
            token if is_operand(token) => {}
            _ => self.link(),
        }
        if self.blocks + self.outer.len() > NESTING_MAX {
            return Err(Rule::NestingTooDeep);
        }
        if self.chained > CHAIN_MAX { Err(Rule::ChainTooLong) } else { Ok(()) }
    }

    fn link(&mut self) {
        self.level.links += 1;
        self.chained += 1;
    }

    fn forget(&mut self) {
        let Level { links, lambdas } = std::mem::take(&mut self.level);
        self.chained -= links + lambdas;
    }

    fn close(&mut self) {
        self.forget();
        self.level = self.outer.pop().unwrap_or_default();
        // A bracket too many: the syntax error is the parser's to tell.
        self.chained = self.chained.max(self.level.links + self.level.lambdas);
    }
}

/// Tokens that no tree gets deeper by.
fn is_operand(token: TokenKind) -> bool {
    matches!(
        token,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::True
            | TokenKind::False
            | TokenKind::None
            | TokenKind::Ellipsis
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
    )
}
