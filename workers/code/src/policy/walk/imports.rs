//! Imports, and which names stand for modules.

use std::collections::HashMap;

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_stmt};
use ruff_python_ast::{Expr, ExprAttribute, ModModule, Stmt, StmtImport, StmtImportFrom};
use ruff_text_size::Ranged;

use super::Walk;
use crate::policy::finding::Rule;
use crate::policy::modules::{is_allowed, is_attribute_allowed, is_known};

/// `xml.etree.ElementTree` is the longest of them.
const MODULE_PATH_MAX: usize = 2;

/// Every name that an import binds to a module, wherever it stands, and the modules.
pub(super) fn bound(module: &ModModule) -> HashMap<String, Vec<String>> {
    let mut bound = Bound::default();
    bound.visit_body(&module.body);
    bound.0
}

#[derive(Default)]
struct Bound(HashMap<String, Vec<String>>);

impl Bound {
    fn bind(&mut self, name: &str, module: &str) {
        if is_known(module) {
            self.0.entry(name.to_owned()).or_default().push(module.to_owned());
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Bound {
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other statement imports")]
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let root = module.split('.').next().unwrap_or(module);
                    match &alias.asname {
                        Some(name) => self.bind(name.as_str(), module),
                        None => self.bind(root, root),
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let from = import.module.as_ref().map_or("", |module| module.as_str());
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.bind(name.as_str(), &format!("{from}.{}", alias.name));
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _expr: &'a Expr) {}
}

impl<'a> Walk<'a> {
    pub(super) fn import(&mut self, import: &'a StmtImport) {
        for alias in &import.names {
            if !is_allowed(&alias.name) {
                self.findings.about(Rule::ImportNotAllowed, &alias.name, alias.start());
            }
            self.visit_alias(alias);
        }
    }

    pub(super) fn import_from(&mut self, import: &'a StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        if import.level > 0 {
            self.findings.about(Rule::ImportRelative, module, import.start());
        } else if !is_known(module) {
            self.findings.about(Rule::ImportNotAllowed, module, import.start());
        }
        for alias in &import.names {
            let name = alias.name.as_str();
            if name == "*" {
                self.findings.about(Rule::ImportStar, module, alias.start());
            } else if !is_allowed(module) && !is_known(&format!("{module}.{name}")) {
                // `from urllib import request`: the package is known, this part of it is not.
                self.findings.about(Rule::ImportNotAllowed, &format!("{module}.{name}"), alias.start());
            } else {
                self.module_member(module, name, alias.start());
            }
            self.visit_alias(alias);
        }
    }

    /// Checks an attribute of something that may be a module.
    pub(super) fn module_attribute(&mut self, attribute: &'a ExprAttribute) {
        for module in self.modules_of(&attribute.value) {
            if !is_attribute_allowed(&module, &attribute.attr) {
                let path = format!("{module}.{}", attribute.attr);
                self.findings.about(Rule::ModuleAttribute, &path, attribute.attr.start());
                return;
            }
        }
    }

    fn module_member(&mut self, module: &str, name: &str, at: ruff_text_size::TextSize) {
        if !is_attribute_allowed(module, name) {
            self.findings.about(Rule::ModuleAttribute, &format!("{module}.{name}"), at);
        } else {
            self.member(name, at);
        }
    }

    /// The modules an expression may stand for: a bound name, or a path of at most two attributes below one.
    fn modules_of(&self, expr: &Expr) -> Vec<String> {
        let mut path = Vec::new();
        let mut expr = expr;
        while let Some(attribute) = expr.as_attribute_expr() {
            if path.len() == MODULE_PATH_MAX {
                return Vec::new();
            }
            path.push(attribute.attr.as_str());
            expr = &attribute.value;
        }
        let bound = expr.as_name_expr().and_then(|name| self.modules.get(name.id.as_str()));
        let below =
            |module: &String| path.iter().rev().fold(module.clone(), |outer, inner| format!("{outer}.{inner}"));
        bound.into_iter().flatten().map(below).filter(|path| is_known(path)).collect()
    }
}
