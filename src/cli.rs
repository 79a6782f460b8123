//! The command line: what a person or a script can ask, and with what exit code it ends.
//!
//! Exit codes: 0 done · 1 asked and the answer is no (a finding, books that do not balance) · 2 cannot be done as
//! asked (usage, configuration, a server that is not there).

mod apis;
mod audit;
mod config;
mod credits;
mod keys;
mod ledger;
pub(crate) mod output;
mod payments;
mod projections;
mod refunds;
mod sandbox;
mod ssrf;
mod vault;
mod webhooks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::{logging, roles};

/// Sells calls to AI agents: charges, runs, refunds, and keeps books that can be proven whole.
///
/// Without a command, or with `serve`, every role runs in this process on the embedded default: SQLite in the
/// data directory and an in-process bus. With `database.url` and `bus` configured for Postgres and NATS, each role
/// runs in processes of its own, as many as wanted.
#[derive(Debug, Parser)]
#[command(name = "aipaygen", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Global {
    /// A TOML file that overrides the built-in defaults (`aipaygen config print` shows them)
    #[arg(long, global = true, env = "AIPAYGEN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the embedded databases and the generated secrets live
    #[arg(long, global = true, env = "AIPAYGEN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every role in this process (the default)
    Serve(Listen),
    /// Run the HTTP ingress
    Api(Listen),
    /// Run one kind of worker
    #[command(subcommand)]
    Worker(Worker),
    /// Keep the read models up with the log
    Projector,
    /// Create or upgrade the tables of the log, of the read models and of the vault
    Migrate,
    /// Issue, revoke and list API keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Give credit to accounts
    #[command(subcommand)]
    Credits(credits::Credits),
    /// Find, explain and replay refund credits
    #[command(subcommand)]
    Refunds(refunds::Refunds),
    /// Find and explain x402 payments
    #[command(subcommand)]
    Payments(payments::Payments),
    /// Ask the double-entry ledger
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Look after the read models
    #[command(subcommand)]
    Projections(projections::Projections),
    /// Prove that the log is whole, and that it agrees with the chain
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Try the Python sandbox without a server
    #[command(subcommand)]
    Sandbox(sandbox::SandboxCommand),
    /// Look after the catalogue of third parties' APIs
    #[command(subcommand)]
    Apis(apis::ApisCommand),
    /// See and take up deliveries to webhooks that were given up
    #[command(subcommand)]
    Webhooks(webhooks::Webhooks),
    /// Look after the keys of the vault
    #[command(subcommand)]
    Vault(vault::Vault),
    /// Test the guard against server-side request forgery
    #[command(subcommand)]
    Ssrf(ssrf::Ssrf),
    /// Check and show the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

#[derive(Debug, Args, Default)]
struct Listen {
    /// Where to serve HTTP, overriding `server.listen`; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// When ready, print one line of JSON with `url`, `key` and `admin_url` instead of text for people
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Worker {
    /// Charge, complete and refund: the only writer of the log
    Payments,
    /// Run Python in the sandbox; needs no database and no secrets
    Code,
    /// Fetch and read web pages; needs no database
    Fetch,
    /// Answer the tool `ping`
    Ping,
    /// Answer the AI tools, with the models of `ai.providers` and the embedded ones
    Ai,
}

/// Runs what the command line names.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match try_run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::fail(&error);
            ExitCode::from(2)
        }
    }
}

fn try_run(cli: Cli) -> anyhow::Result<ExitCode> {
    let command = cli.command.unwrap_or_else(|| Command::Serve(Listen::default()));
    let listen = match &command {
        Command::Serve(listen) | Command::Api(listen) => listen.listen.as_deref(),
        Command::Worker(_)
        | Command::Projector
        | Command::Migrate
        | Command::Keys(_)
        | Command::Credits(_)
        | Command::Refunds(_)
        | Command::Payments(_)
        | Command::Ledger(_)
        | Command::Projections(_)
        | Command::Audit(_)
        | Command::Sandbox(_)
        | Command::Apis(_)
        | Command::Webhooks(_)
        | Command::Vault(_)
        | Command::Ssrf(_)
        | Command::Config(_) => None,
    };
    let config = Config::load(cli.global.config.as_deref(), cli.global.data_dir.as_deref(), listen)?;
    if let Command::Config(command) = command {
        return config::run(command, &config);
    }
    config.validate()?;
    logging::init(&config.log)?;
    // The sandbox's own process gives up what it must not have before it has a second thread.
    let mut runtime = if matches!(command, Command::Sandbox(sandbox::SandboxCommand::Process)) {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = runtime.enable_all().build()?;
    runtime.block_on(dispatch(command, config))
}

async fn dispatch(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(listen) => roles::serve::run(config, listen.json).await.map(|()| ExitCode::SUCCESS),
        Command::Api(listen) => roles::api::run(config, listen.json).await.map(|()| ExitCode::SUCCESS),
        Command::Worker(Worker::Payments) => roles::payments::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Worker(Worker::Code) => roles::code::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Worker(Worker::Fetch) => roles::fetch::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Worker(Worker::Ping) => roles::ping::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Worker(Worker::Ai) => roles::ai::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Projector => roles::projector::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate => roles::migrate(&config).await.map(|()| ExitCode::SUCCESS),
        Command::Keys(command) => keys::run(command, &config).await,
        Command::Credits(command) => credits::run(command, &config).await,
        Command::Refunds(command) => refunds::run(command, &config).await,
        Command::Payments(command) => payments::run(command, &config).await,
        Command::Ledger(command) => ledger::run(command, &config).await,
        Command::Projections(command) => projections::run(command, &config).await,
        Command::Audit(command) => audit::run(command, &config).await,
        Command::Sandbox(command) => sandbox::run(command, &config).await,
        Command::Apis(command) => apis::run(command, &config).await,
        Command::Webhooks(command) => webhooks::run(command, &config).await,
        Command::Vault(command) => vault::run(command, &config).await,
        Command::Ssrf(command) => ssrf::run(command, &config).await,
        Command::Config(_) => unreachable!("answered before the runtime starts"),
    }
}
