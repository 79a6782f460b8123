//! The sentences of a text.

use unicode_segmentation::UnicodeSegmentation;

/// What ends in a full stop and no sentence, in lower case.
const ABBREVIATIONS: &[&str] = &[
    "a.m.", "al.", "approx.", "art.", "bzw.", "ca.", "cf.", "dr.", "e.g.", "ed.", "eq.", "etc.", "fig.", "gen.",
    "gov.", "i.e.", "inc.", "jr.", "lt.", "ltd.", "mr.", "mrs.", "ms.", "mt.", "no.", "p.m.", "pp.", "prof.", "rev.",
    "sen.", "sr.", "st.", "u.k.", "u.s.", "v.", "vol.", "vs.", "z.b.",
];

/// The sentences of a text in order, each on one line. A blank line ends a sentence, a mere line break does not.
#[must_use]
pub fn of(text: &str) -> Vec<String> {
    let paragraphs = paragraphs(text);
    paragraphs.iter().flat_map(|paragraph| in_paragraph(paragraph)).collect()
}

/// Paragraphs, and items of lists, each on one line.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['-', '*', '•', '#']) {
            paragraphs.push(String::new());
        }
        if let Some(paragraph) = paragraphs.last_mut() {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn in_paragraph(paragraph: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut open = false;
    for piece in paragraph.split_sentence_bounds() {
        let ends_early = abbreviated(piece);
        match sentences.last_mut() {
            Some(last) if open => last.push_str(piece),
            Some(_) | None => sentences.push(piece.to_owned()),
        }
        open = ends_early;
    }
    let trimmed = sentences.iter().map(|sentence| sentence.trim().to_owned());
    trimmed.filter(|sentence| sentence.chars().any(char::is_alphanumeric)).collect()
}

/// Whether a piece ends in an abbreviation, or in the initial of a name, so that its sentence goes on.
fn abbreviated(piece: &str) -> bool {
    let Some(word) = piece.split_whitespace().next_back() else { return false };
    let initial =
        word.len() == 2 && word.ends_with('.') && word.starts_with(|c: char| c.is_ascii_uppercase() && c != 'I');
    initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn abbreviations_initials_and_line_breaks_end_no_sentence() {
        let text = "Dr. Smith met J. R. Hale at 9 a.m. in\nBonn. They talked, e.g. about rain!  Did it help?";
        assert_eq!(
            of(text),
            ["Dr. Smith met J. R. Hale at 9 a.m. in Bonn.", "They talked, e.g. about rain!", "Did it help?"]
        );
    }

    #[test]
    fn blank_lines_and_lists_do() {
        assert_eq!(of("# Title\nA line\n\nanother\n- one\n- two"), ["# Title A line", "another", "- one", "- two"]);
        assert!(of(" \n\n . ").is_empty());
    }
}
