//! A corpus of URLs with the verdicts that are expected of them.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::note::Note;

/// All cases of a file.
pub(super) struct Corpus {
    pub(super) cases: Vec<Case>,
}

/// One line.
pub(super) struct Case {
    pub(super) url: String,
    pub(super) allowed: bool,
    pub(super) note: Note,
}

impl Corpus {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let mut bytes = Vec::new();
        if file == Path::new("-") {
            std::io::stdin().read_to_end(&mut bytes).context("standard input")?;
        } else {
            bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        }
        Self::parse(&String::from_utf8_lossy(&bytes)).with_context(|| format!("{}", file.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().zip(1_usize..);
        let (header, _) = lines.next().context("the file is empty")?;
        let columns: Vec<_> = header.split('\t').map(str::trim).collect();
        ensure!(
            columns.starts_with(&["url", "verdict"]),
            "line 1 is not the header url, verdict, note with tabs between"
        );
        let cases = lines.filter(|(line, _)| !line.is_empty());
        let cases = cases.map(|(line, at)| Case::parse(line).with_context(|| format!("line {at}")));
        Ok(Self { cases: cases.collect::<anyhow::Result<_>>()? })
    }
}

impl Case {
    fn parse(line: &str) -> anyhow::Result<Self> {
        let mut columns = line.splitn(3, '\t');
        let url = columns.next().unwrap_or_default().to_owned();
        let allowed = match columns.next().map(str::trim) {
            Some("allow") => true,
            Some("block") => false,
            Some(_) | None => bail!("the verdict is block or allow"),
        };
        Ok(Self { url, allowed, note: Note::parse(columns.next().unwrap_or_default())? })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_corpus_is_read_and_what_is_none_is_refused_by_its_line() {
        let corpus =
            Corpus::parse("url\tverdict\tnote\r\nhttp://a.b/\tallow\n\n x\tblock\ta note [dns=1.1.1.1]\n").unwrap();
        let cases: Vec<_> = corpus.cases.iter().map(|case| (case.url.as_str(), case.allowed)).collect();
        assert_eq!(cases, [("http://a.b/", true), (" x", false)]);
        for (text, says) in [
            ("", "empty"),
            ("http://a.b/\tallow\t\n", "line 1"),
            ("url\tverdict\tnote\nhttp://a.b/\tmaybe\t\n", "line 2"),
            ("url\tverdict\tnote\nhttp://a.b/\n", "line 2"),
            ("url\tverdict\tnote\n\nx\tblock\t[dns=nonsense]\n", "line 3"),
        ] {
            let error = format!("{:#}", Corpus::parse(text).map(|_| ()).unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
