//! Attributes, what classes define, and calls that name attributes by text or make classes.

use ruff_python_ast::visitor::source_order::SourceOrderVisitor;
use ruff_python_ast::{Arguments, Expr, ExprAttribute, ExprCall, ExprStringLiteral, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextSize};

use super::Walk;
use crate::policy::finding::Rule;
use crate::policy::{format_fields, names};

/// The metaclasses that ordinary programs name.
const METACLASSES: &[&str] = &["ABCMeta", "EnumMeta", "EnumType"];
/// Callables that take the names of attributes as text.
const NAMERS: &[&str] = &["attrgetter", "hasattr", "methodcaller"];

impl<'a> Walk<'a> {
    /// An attribute, a keyword of a call or of a pattern. The built-ins' names are harmless here.
    pub(super) fn member(&mut self, name: &str, at: TextSize) {
        if names::is_metaclass_hook(name) {
            self.findings.about(Rule::Metaclass, name, at);
        } else if names::is_internal(name) {
            self.findings.about(Rule::InternalAttribute, name, at);
        } else if names::is_dunder(name) && !names::is_dunder_member_allowed(name) {
            self.findings.about(Rule::DunderAttribute, name, at);
        }
    }

    /// What a class binds: its methods and fields.
    pub(super) fn definition(&mut self, name: &str, at: TextSize) {
        if !names::is_dunder_definition_allowed(name) {
            self.member(name, at);
        }
    }

    /// Checks an attribute and returns what it is an attribute of.
    pub(super) fn attribute(&mut self, attribute: &'a ExprAttribute) -> &'a Expr {
        self.module_attribute(attribute);
        self.member(&attribute.attr, attribute.attr.start());
        match class_of(attribute) {
            Some(object) => object,
            None => &attribute.value,
        }
    }

    pub(super) fn function(&mut self, function: &'a StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        self.bind(&function.name, function.name.start());
        if let Some(parameters) = &function.type_params {
            self.visit_type_params(parameters);
        }
        self.visit_parameters(&function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_annotation(returns);
        }
        self.body_of(false, &function.body);
    }

    pub(super) fn class(&mut self, class: &'a StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        self.bind(&class.name, class.name.start());
        if let Some(parameters) = &class.type_params {
            self.visit_type_params(parameters);
        }
        if let Some(arguments) = &class.arguments {
            self.metaclass(arguments);
            self.visit_arguments(arguments);
        }
        self.body_of(true, &class.body);
    }

    pub(super) fn call(&mut self, call: &'a ExprCall) {
        let Some(name) = last_name(&call.func) else { return };
        if name == "type" && call.func.is_name_expr() && makes_a_class(&call.arguments) {
            self.findings.about(Rule::Metaclass, name, call.start());
        }
        if NAMERS.contains(&name) {
            for text in call.arguments.args.iter().filter_map(Expr::as_string_literal_expr) {
                self.names_attributes(text);
            }
        }
    }

    /// A whole text, its implicit concatenation included.
    pub(super) fn text(&mut self, literal: &'a ExprStringLiteral) {
        if let Some(name) = format_fields::forbidden(literal.value.to_str()) {
            self.findings.about(Rule::FormatField, name, literal.start());
        }
    }

    fn names_attributes(&mut self, text: &'a ExprStringLiteral) {
        let path = text.value.to_str();
        if format_fields::names_forbidden(path) {
            self.findings.about(Rule::InternalAttribute, path, text.start());
        }
    }

    fn metaclass(&mut self, arguments: &'a Arguments) {
        let named = arguments.keywords.iter().filter(|k| k.arg.as_ref().is_some_and(|arg| arg == "metaclass"));
        let named = named.filter(|k| !last_name(&k.value).is_some_and(|name| METACLASSES.contains(&name)));
        // `**` may hold one.
        let hidden = arguments.keywords.iter().filter(|k| k.arg.is_none());
        let inherited = arguments.args.iter().filter(|base| last_name(base) == Some("type"));
        let places: Vec<_> = named.chain(hidden).map(Ranged::start).chain(inherited.map(Ranged::start)).collect();
        for at in places {
            self.findings.add(Rule::Metaclass, Rule::Metaclass.sentence().to_owned(), at);
        }
    }
}

/// `x` of `x.__class__.__name__`: printing the name of a type is what programs want `__class__` for.
fn class_of(attribute: &ExprAttribute) -> Option<&Expr> {
    let inner = attribute.value.as_attribute_expr()?;
    let names_it = matches!(attribute.attr.as_str(), "__name__" | "__qualname__");
    (names_it && &inner.attr == "__class__").then_some(&*inner.value)
}

fn last_name(expr: &Expr) -> Option<&str> {
    match (expr.as_name_expr(), expr.as_attribute_expr()) {
        (Some(name), _) => Some(&name.id),
        (_, Some(attribute)) => Some(&attribute.attr),
        (None, None) => None,
    }
}

/// `type(x)` asks; with more, or with something unpacked, it makes.
fn makes_a_class(arguments: &Arguments) -> bool {
    arguments.args.len() != 1 || !arguments.keywords.is_empty() || arguments.args[0].is_starred_expr()
}
