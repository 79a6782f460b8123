//! `aipaygen ssrf`: what the guard says of URLs, decided by the very code that stands before every fetch, so that anyone
//! can test it. Nothing is looked up and nothing is connected to.

mod corpus;
mod note;

use std::path::PathBuf;
use std::process::ExitCode;

use aipaygen_fetch::guard::{Policy, Rule, Target};
use clap::Subcommand;

use super::output;
use crate::config::Config;
use corpus::Corpus;
use note::{Answer, Note};

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Ssrf {
    /// Say which URLs would be fetched: one line each, `block|allow`, the rule and the URL, with tabs between
    ///
    /// Nothing is connected to and nothing is looked up: in a corpus a name has the addresses that the note of its line
    /// gives it, and a name without any is judged by itself. Exit code 1 if a verdict is not the one of the corpus.
    Check {
        /// A TSV of `url`, `verdict` (block or allow) and `note` with a header line, or - for standard input. Notes may
        /// hold `[dns=ip,ip]`, `[rebind=first>second]` and `[redirect=hop > hop|ip]`
        #[arg(long, value_name = "FILE", conflicts_with = "urls", required_unless_present = "urls")]
        corpus: Option<PathBuf>,
        /// URLs
        urls: Vec<String>,
    },
    /// Be the half of a fetch worker that reaches servers; the worker is at the other end of standard input
    #[command(hide = true)]
    Process,
    /// Be a half of a fetch worker that reads documents
    #[command(hide = true)]
    Reader,
}

/// Why a URL passes or does not, in the words of the guard.
type Verdict = Result<String, Rule>;

pub(crate) async fn run(command: Ssrf, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Ssrf::Check { corpus: Some(file), .. } => check_corpus(&Corpus::read(&file)?, config),
        Ssrf::Check { corpus: None, urls } => {
            let judge = Judge::new(config);
            urls.iter().for_each(|url| print(&judge.judge(url, &Note::default()), url));
            Ok(ExitCode::SUCCESS)
        }
        Ssrf::Process => aipaygen_fetch::serve_fetches().await.map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Ssrf::Reader => aipaygen_fetch::serve_reads().await.map(|()| ExitCode::SUCCESS).map_err(Into::into),
    }
}

fn check_corpus(corpus: &Corpus, config: &Config) -> anyhow::Result<ExitCode> {
    let judge = Judge::new(config);
    let mut mismatches = 0_usize;
    for case in &corpus.cases {
        let verdict = judge.judge(&case.url, &case.note);
        print(&verdict, &case.url);
        if verdict.is_ok() != case.allowed {
            mismatches += 1;
        }
    }
    output::remark(format_args!("{mismatches} of {} verdicts are not those of the corpus", corpus.cases.len()));
    Ok(if mismatches == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(verdict: &Verdict, url: &str) {
    let url: String =
        url.chars().map(|c| if c.is_control() { c.escape_default().collect() } else { c.to_string() }).collect();
    match verdict {
        Ok(grant) => output::text(format_args!("allow\t{grant}\t{url}")),
        Err(rule) => output::text(format_args!("block\t{rule}\t{url}")),
    }
}

/// The guard, with what notes tell it instead of a name server.
struct Judge {
    policy: Policy,
    redirects_max: usize,
}

impl Judge {
    fn new(config: &Config) -> Self {
        Self { policy: Policy::new(config.fetch.guard.clone()), redirects_max: config.fetch.redirects_max }
    }

    /// A fetch, without the connections: every answer that the name gives, and every hop, is judged.
    fn judge(&self, url: &str, note: &Note) -> Verdict {
        let mut target = Target::parse(&self.policy, url)?;
        let first_name = target.name().map(str::to_owned);
        let mut verdict = self.check(&target, &note.answers)?;
        for (hop, nth) in note.hops.iter().zip(1..) {
            target = target.follow(&self.policy, &hop.location, nth, self.redirects_max)?;
            let same_name = target.name().is_some() && target.name() == first_name.as_deref();
            let answers = if hop.answers.is_empty() && same_name { &note.answers } else { &hop.answers };
            verdict = self.check(&target, answers)?;
        }
        Ok(verdict)
    }

    fn check(&self, target: &Target, answers: &[Answer]) -> Verdict {
        if target.name().is_some() && answers.is_empty() {
            return Ok("not-looked-up".to_owned());
        }
        let mut verdict = String::new();
        for answer in answers.iter().map(Vec::as_slice).chain(answers.is_empty().then_some(&[][..])) {
            verdict = target.clone().check(&self.policy, answer)?.grant().to_string();
        }
        Ok(verdict)
    }
}
