//! A text with places for the members of a request: `{{field}}`, and `{{#field}}…{{/field}}` for what is said only
//! where the field is there.
//!
//! What a caller sends is put in once and never read as a template.

use serde_json::{Map, Value};

/// A text with places in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
    Section(String, Vec<Piece>),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("a {{{{ has no }}}}")]
    Unclosed,
    /// `{{#a}}` without `{{/a}}`, or the other way round.
    #[error("the section {0} does not begin and end in the same place")]
    Section(String),
}

impl Template {
    /// Reads the text of a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut rest = text;
        Ok(Self(pieces(&mut rest, None)?))
    }

    /// The fields that it has places for, in order, with repeats.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        collect(&self.0, &mut fields);
        fields
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text for these members. A string stands as it is, anything else as JSON, and what is not there, or is
    /// null, as nothing.
    #[must_use]
    pub fn render(&self, members: &Map<String, Value>) -> String {
        let mut text = String::new();
        write(&self.0, members, &mut text);
        text
    }
}

/// The pieces up to the end of a section, or of the text.
fn pieces(rest: &mut &str, section: Option<&str>) -> Result<Vec<Piece>, TemplateError> {
    let mut found = Vec::new();
    while let Some((text, after)) = rest.split_once("{{") {
        if !text.is_empty() {
            found.push(Piece::Text(text.to_owned()));
        }
        let (tag, after) = after.split_once("}}").ok_or(TemplateError::Unclosed)?;
        *rest = after;
        match tag.trim() {
            tag if tag.starts_with('#') => {
                let name = tag[1..].trim();
                found.push(Piece::Section(name.to_owned(), pieces(rest, Some(name))?));
            }
            tag if tag.starts_with('/') => {
                let name = tag[1..].trim();
                return if section == Some(name) { Ok(found) } else { Err(TemplateError::Section(name.to_owned())) };
            }
            tag => found.push(Piece::Field(tag.to_owned())),
        }
    }
    if let Some(open) = section {
        return Err(TemplateError::Section(open.to_owned()));
    }
    if !rest.is_empty() {
        found.push(Piece::Text((*rest).to_owned()));
    }
    Ok(found)
}

fn collect<'a>(pieces: &'a [Piece], fields: &mut Vec<&'a str>) {
    for piece in pieces {
        match piece {
            Piece::Text(_) => {}
            Piece::Field(name) => fields.push(name),
            Piece::Section(name, inner) => {
                fields.push(name);
                collect(inner, fields);
            }
        }
    }
}

fn write(pieces: &[Piece], members: &Map<String, Value>, text: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Field(name) => text.push_str(&said(members.get(name))),
            Piece::Section(name, inner) if is_there(members.get(name)) => write(inner, members, text),
            Piece::Section(..) => {}
        }
    }
}

fn said(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn is_there(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Null | Value::Bool(false)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    fn rendered(template: &str, members: &Value) -> String {
        Template::parse(template).unwrap().render(members.as_object().unwrap())
    }

    #[test]
    fn members_are_put_in_their_places() {
        let members = json!({ "text": "a {{b}} c", "n": 3, "list": ["x", "y"], "nothing": null });
        assert_eq!(
            rendered("<{{text}}> {{ n }} {{list}}{{nothing}}{{gone}}", &members),
            r#"<a {{b}} c> 3 ["x","y"]"#
        );
        assert_eq!(rendered("no places", &members), "no places");
    }

    #[test]
    fn a_section_is_said_only_where_its_field_is_there() {
        let template = "Rewrite{{#tone}} in a {{tone}} tone{{/tone}}.";
        assert_eq!(rendered(template, &json!({ "tone": "warm" })), "Rewrite in a warm tone.");
        assert_eq!(rendered(template, &json!({})), "Rewrite.");
        assert_eq!(rendered(template, &json!({ "tone": null })), "Rewrite.");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        assert_eq!(Template::parse("{{a"), Err(TemplateError::Unclosed));
        assert_eq!(Template::parse("{{#a}}x"), Err(TemplateError::Section("a".to_owned())));
        assert_eq!(Template::parse("{{#a}}{{#b}}{{/a}}{{/b}}"), Err(TemplateError::Section("a".to_owned())));
        assert_eq!(Template::parse("x{{/a}}"), Err(TemplateError::Section("a".to_owned())));
    }

    #[test]
    fn its_fields_are_known() {
        assert_eq!(Template::parse("{{a}}{{#b}}{{c}}{{/b}}").unwrap().fields(), ["a", "b", "c"]);
    }
}
