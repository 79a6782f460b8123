//! What commands print: a table for people, JSON for scripts. The only place that writes to standard output.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where a command line speaks")]

use std::io::Write;

use serde::Serialize;

/// One line of JSON, flushed, so that a script that reads lines gets it at once.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let line = serde_json::to_string(value)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// Text for people.
pub(crate) fn text(text: impl std::fmt::Display) {
    println!("{text}");
}

/// Text for people, beside what scripts read.
pub(crate) fn remark(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

/// Why the command could not be done, on standard error: every cause that the one before does not quote.
pub(crate) fn fail(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    eprintln!("aipaygen: {text}");
}

/// Columns for people; the first row is the heading.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = std::iter::once(heading.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}
