//! Finds `{0.__class__}` and its like in text that `str.format` may be asked to fill in.

use super::names::{is_dunder, is_dunder_member_allowed, is_internal};

/// The first attribute in a replacement field that a program could not have written as an attribute.
pub(super) fn forbidden(text: &str) -> Option<&str> {
    text.split('{').skip(1).find_map(|field| {
        let field = &field[..field.find('}').unwrap_or(field.len())];
        field.split('.').skip(1).map(leading_name).find(|name| is_forbidden(name))
    })
}

/// Whether a text that names attributes, such as `attrgetter`'s, names one of them.
pub(super) fn names_forbidden(path: &str) -> bool {
    path.split('.').any(is_forbidden)
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

fn is_forbidden(name: &str) -> bool {
    (is_dunder(name) && !is_dunder_member_allowed(name)) || is_internal(name)
}
