//! Two sets of the same tables, row for row: each table is walked once in the order of its key.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt;

use aipaygen_journal::db::{DbError, Row, Tx, Value};
use serde::Serialize;

use super::tables::{Column, PAGE, Table};

/// How many differing rows are named.
const NAMED_MAX: usize = 10;

/// How one table was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// Rows that the log says.
    pub rows: u64,
    /// Rows that were missing, surplus or changed.
    pub differing: u64,
    /// Rows that the log says, and that were not there.
    pub missing: u64,
    /// Rows that were there, and that the log does not say.
    pub surplus: u64,
    /// Rows of which the log says something else.
    pub changed: u64,
    /// The keys of the first few rows that differ.
    pub examples: Vec<String>,
}

/// Compares one table, each side as of its transaction.
pub(super) async fn compare(live: &mut Tx, rebuilt: &mut Tx, table: &'static Table) -> Result<TableReport, DbError> {
    let mut report = TableReport { table: table.after.table, ..TableReport::default() };
    let (mut live, mut rebuilt) = (Walk::new(live, table), Walk::new(rebuilt, table));
    loop {
        let order = match (live.peek().await?, rebuilt.peek().await?) {
            (None, None) => return Ok(report),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(was), Some(is)) => was.key.cmp(&is.key),
        };
        let was = if order.is_le() { live.take() } else { None };
        let is = if order.is_ge() { rebuilt.take() } else { None };
        report.count(was.as_ref(), is.as_ref());
    }
}

impl TableReport {
    fn count(&mut self, was: Option<&Line>, is: Option<&Line>) {
        self.rows += u64::from(is.is_some());
        let (Some(line), true) = (was.or(is), differ(was, is)) else { return };
        self.differing += 1;
        self.missing += u64::from(was.is_none());
        self.surplus += u64::from(is.is_none());
        self.changed += u64::from(was.is_some() && is.is_some());
        if self.examples.len() < NAMED_MAX {
            self.examples.push(line.key.to_string());
        }
    }
}

fn differ(was: Option<&Line>, is: Option<&Line>) -> bool {
    was.map(|line| &line.content) != is.map(|line| &line.content)
}

/// A row as it is compared.
struct Line {
    key: Key,
    content: String,
}

/// A key; text is in the order of its bytes, here as in the databases.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Vec<Part>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Int(i64),
    Text(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { " " })?;
            match part {
                Part::Int(int) => write!(f, "{int}")?,
                Part::Text(text) => f.write_str(text)?,
            }
        }
        Ok(())
    }
}

impl Part {
    /// Below every key that is written.
    const fn least(column: Column) -> Self {
        match column {
            Column::Text(_) => Self::Text(String::new()),
            Column::Int(_) => Self::Int(i64::MIN),
        }
    }

    fn read(row: &Row, column: Column) -> Result<Self, DbError> {
        Ok(match column {
            Column::Text(name) => Self::Text(row.text(name)?),
            Column::Int(name) => Self::Int(row.i64(name)?),
        })
    }

    fn value(&self) -> Value {
        match self {
            Self::Int(int) => Value::from(*int),
            Self::Text(text) => Value::from(text.as_str()),
        }
    }
}

/// One side of a table, a page at a time.
struct Walk<'t> {
    tx: &'t mut Tx,
    table: &'static Table,
    last: Key,
    page: VecDeque<Line>,
    more: bool,
}

impl<'t> Walk<'t> {
    fn new(tx: &'t mut Tx, table: &'static Table) -> Self {
        let last = Key(table.key.iter().copied().map(Part::least).collect());
        Self { tx, table, last, page: VecDeque::new(), more: true }
    }

    async fn peek(&mut self) -> Result<Option<&Line>, DbError> {
        if self.page.is_empty() && self.more {
            self.turn().await?;
        }
        Ok(self.page.front())
    }

    fn take(&mut self) -> Option<Line> {
        self.page.pop_front()
    }

    async fn turn(&mut self) -> Result<(), DbError> {
        let after: Vec<_> = self.last.0.iter().map(Part::value).collect();
        let rows = self.tx.fetch_all(self.table.after.of(self.tx.backend()), &after).await?;
        self.page = rows.iter().map(|row| line(row, self.table)).collect::<Result<_, _>>()?;
        self.more = rows.len() == PAGE;
        if let Some(line) = self.page.back() {
            self.last = line.key.clone();
        }
        Ok(())
    }
}

fn line(row: &Row, table: &Table) -> Result<Line, DbError> {
    let key = table.key.iter().map(|column| Part::read(row, *column)).collect::<Result<_, _>>()?;
    Ok(Line { key: Key(key), content: row.text("content")? })
}
