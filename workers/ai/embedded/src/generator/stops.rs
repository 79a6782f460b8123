//! Cuts a text that grows where one of some words comes, and holds back what might become one.

pub(super) struct Stops<'a> {
    words: &'a [String],
    text: String,
    handed: usize,
    met: bool,
}

impl<'a> Stops<'a> {
    pub(super) fn new(words: &'a [String]) -> Self {
        Self { words, text: String::new(), handed: 0, met: false }
    }

    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        let first = self.words.iter().filter(|word| !word.is_empty()).filter_map(|word| self.text.find(word)).min();
        if let Some(at) = first {
            self.text.truncate(at);
            self.met = true;
        }
    }

    /// Whether one of the words came.
    pub(super) fn met(&self) -> bool {
        self.met
    }

    /// What can be handed on and was not yet.
    pub(super) fn ready(&mut self) -> String {
        let held =
            if self.met { 0 } else { self.words.iter().map(|word| begun(&self.text, word)).max().unwrap_or(0) };
        self.hand(self.text.len() - held)
    }

    /// The rest, since no more comes.
    pub(super) fn finish(&mut self) -> String {
        self.hand(self.text.len())
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn hand(&mut self, end: usize) -> String {
        let end = end.max(self.handed).min(self.text.len());
        let start = self.handed.min(end);
        self.handed = end;
        self.text[start..end].to_owned()
    }
}

/// How many bytes at the end of a text could be the beginning of a word.
fn begun(text: &str, word: &str) -> usize {
    let beginnings = word.char_indices().map(|(at, _)| &word[..at]);
    beginnings.filter(|beginning| text.ends_with(beginning)).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(words: &[&str], text: &[&str]) -> (Vec<String>, String, bool) {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut stops = Stops::new(&words);
        let mut handed = Vec::new();
        for piece in text {
            stops.push(piece);
            handed.push(stops.ready());
            if stops.met() {
                break;
            }
        }
        handed.push(stops.finish());
        let met = stops.met();
        (handed, stops.into_text(), met)
    }

    #[test]
    fn what_might_become_a_stop_is_held_back() {
        let (handed, text, met) = pieces(&["END"], &["one E", "N", "D two"]);
        assert_eq!((handed.concat().as_str(), text.as_str(), met), ("one ", "one ", true));
        let (handed, text, met) = pieces(&["END"], &["one E", "X", "ü"]);
        assert_eq!((handed[0].as_str(), handed.concat(), met), ("one ", text.clone(), false));
        assert_eq!(text, "one EXü");
    }

    #[test]
    fn the_first_of_several_cuts() {
        assert_eq!(pieces(&["b", "a", ""], &["xay b"]).1, "x");
        assert_eq!(pieces(&[], &["xay", " b"]).1, "xay b");
    }
}
