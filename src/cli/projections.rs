//! `aipaygen projections`: the read models, dropped and replayed from the log.

use std::process::ExitCode;

use aipaygen_projections::{compare, rebuild};
use clap::Subcommand;

use super::output;
use crate::config::Config;
use crate::operator;

/// What can be done with the read models.
#[derive(Debug, Subcommand)]
pub(crate) enum Projections {
    /// Replay the log into new tables beside the live ones, compare row for row, and put the new ones in place.
    /// Exit code 1 if the old ones differed
    Rebuild {
        /// Compare, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: Projections, config: &Config) -> anyhow::Result<ExitCode> {
    let Projections::Rebuild { dry_run, json } = command;
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let report = if dry_run {
        compare(&operator.journal, &operator.read_models).await?
    } else {
        rebuild(&operator.journal, &operator.read_models).await?
    };
    operator.close().await;
    if json {
        output::json(&report)?;
    } else {
        let rows = report
            .tables
            .iter()
            .map(|t| [t.table.to_owned(), t.rows.to_string(), t.differing.to_string(), t.examples.join(" ")]);
        output::table(["TABLE", "ROWS", "DIFFERING", "SUCH AS"], rows);
        let done = if dry_run { "compared" } else { "rebuilt" };
        output::text(format_args!("{done} as of position {}", report.position));
    }
    Ok(if report.is_identical() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
