//! Visits every identifier of a program, wherever the grammar puts one.
//!
//! Whatever is no attribute, keyword or import is checked as a variable, so that a position forgotten here is
//! checked too strictly rather than not at all.

mod imports;
mod members;

use std::collections::HashMap;

use ruff_python_ast::visitor::source_order::{
    SourceOrderVisitor, walk_expr, walk_interpolated_string_element, walk_pattern, walk_stmt,
};
use ruff_python_ast::{
    Alias, Expr, ExprContext, Identifier, InterpolatedStringElement, Keyword, ModModule, Pattern, PatternKeyword,
    Stmt, StringLiteral, TypeParams,
};
use ruff_text_size::{Ranged, TextSize};

use super::finding::{Finding, Findings, Rule};
use super::{format_fields, names};

/// Statements, expressions and patterns inside each other; a chain that leans to the left is one of them.
const DEPTH_MAX: usize = 180;
const NODES_MAX: usize = 50_000;
/// CPython compiles `elif` as nested blocks.
const BRANCHES_MAX: usize = 400;

/// All findings of a program, in no order.
pub(super) fn check(module: &ModModule, source: &str) -> Vec<Finding> {
    let mut walk = Walk {
        findings: Findings::new(source),
        modules: imports::bound(module),
        in_class: false,
        depth: 0,
        nodes: 0,
        too_complex: false,
    };
    walk.visit_body(&module.body);
    walk.findings.into_vec()
}

struct Walk<'a> {
    findings: Findings<'a>,
    /// The modules a name may stand for, wherever in the program it is bound.
    modules: HashMap<String, Vec<String>>,
    /// The innermost function or class is a class: what is bound here is a member.
    in_class: bool,
    depth: usize,
    nodes: usize,
    too_complex: bool,
}

impl<'a> Walk<'a> {
    /// Counts a node, and says whether to go on into it.
    fn enter(&mut self, at: TextSize) -> bool {
        self.depth += 1;
        self.nodes += 1;
        if self.nodes > NODES_MAX && !self.too_complex {
            self.too_complex = true;
            self.broken(Rule::TooComplex, at);
        }
        if self.depth == DEPTH_MAX + 1 {
            self.broken(Rule::NestingTooDeep, at);
        }
        self.depth <= DEPTH_MAX && !self.too_complex
    }

    fn broken(&mut self, rule: Rule, at: TextSize) {
        self.findings.add(rule, rule.sentence().to_owned(), at);
    }

    fn variable(&mut self, name: &str, at: TextSize) {
        if names::is_blocked(name) {
            self.findings.about(Rule::NameBlocked, name, at);
        } else if names::is_dunder(name) && !names::is_dunder_name_allowed(name) {
            self.findings.about(Rule::DunderName, name, at);
        }
    }

    /// A name that is bound here: a variable, or in a class a member.
    fn bind(&mut self, name: &str, at: TextSize) {
        if self.in_class { self.definition(name, at) } else { self.variable(name, at) }
    }

    fn body_of(&mut self, is_class: bool, body: &'a [Stmt]) {
        let outside = std::mem::replace(&mut self.in_class, is_class);
        self.visit_body(body);
        self.in_class = outside;
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other statements bind through what they hold")]
    fn statement(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::TypeAlias(alias) => self.broken(Rule::TypeParameter, alias.start()),
            Stmt::If(branches) if branches.elif_else_clauses.len() > BRANCHES_MAX => {
                self.broken(Rule::TooManyBranches, stmt.start());
            }
            _ => walk_stmt(self, stmt),
        }
    }

    /// Checks an expression and what it holds, but for the expression it leans on, which it returns.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other expressions bind through what they hold")]
    fn expression(&mut self, expr: &'a Expr) -> Option<&'a Expr> {
        match expr {
            Expr::Attribute(attribute) => return Some(self.attribute(attribute)),
            Expr::Call(call) => {
                self.call(call);
                self.visit_arguments(&call.arguments);
                return Some(&call.func);
            }
            Expr::Subscript(subscript) => {
                self.visit_expr(&subscript.slice);
                return Some(&subscript.value);
            }
            Expr::BinOp(operation) => {
                self.visit_expr(&operation.right);
                return Some(&operation.left);
            }
            Expr::Name(name) if matches!(name.ctx, ExprContext::Store) => self.bind(&name.id, name.start()),
            // `__rmul__ = __mul__`: a class refers to its own members.
            Expr::Name(name) if self.in_class && names::is_dunder_member_allowed(&name.id) => {}
            Expr::Name(name) => self.variable(&name.id, name.start()),
            Expr::TString(template) => self.broken(Rule::TemplateString, template.start()),
            Expr::StringLiteral(literal) => self.text(literal),
            _ => walk_expr(self, expr),
        }
        None
    }
}

impl<'a> SourceOrderVisitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.enter(stmt.start()) {
            self.statement(stmt);
        }
        self.depth -= 1;
    }

    /// A chain leans to the left: it is walked in a loop, and is one level deep.
    fn visit_expr(&mut self, expr: &'a Expr) {
        let mut link = self.enter(expr.start()).then_some(expr);
        while let Some(expr) = link {
            self.nodes += 1;
            link = self.expression(expr);
        }
        self.depth -= 1;
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        if self.enter(pattern.start()) {
            walk_pattern(self, pattern);
        }
        self.depth -= 1;
    }

    fn visit_keyword(&mut self, keyword: &'a Keyword) {
        if let Some(name) = &keyword.arg {
            self.member(name, name.start());
        }
        self.visit_expr(&keyword.value);
    }

    fn visit_pattern_keyword(&mut self, keyword: &'a PatternKeyword) {
        self.member(&keyword.attr, keyword.attr.start());
        self.visit_pattern(&keyword.pattern);
    }

    /// The other name is a module's, or a module's attribute's: `import` has seen it.
    fn visit_alias(&mut self, alias: &'a Alias) {
        let bound = alias.asname.as_ref().unwrap_or(&alias.name);
        self.bind(bound, bound.start());
    }

    fn visit_type_params(&mut self, parameters: &'a TypeParams) {
        self.broken(Rule::TypeParameter, parameters.start());
    }

    fn visit_interpolated_string_element(&mut self, element: &'a InterpolatedStringElement) {
        let text = element.as_literal().and_then(|literal| format_fields::forbidden(&literal.value));
        match text {
            Some(name) => self.findings.about(Rule::FormatField, name, element.start()),
            None => walk_interpolated_string_element(self, element),
        }
    }

    fn visit_string_literal(&mut self, literal: &'a StringLiteral) {
        if let Some(name) = format_fields::forbidden(&literal.value) {
            self.findings.about(Rule::FormatField, name, literal.start());
        }
    }

    fn visit_identifier(&mut self, identifier: &'a Identifier) {
        self.variable(identifier, identifier.start());
    }
}
