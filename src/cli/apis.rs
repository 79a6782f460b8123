//! `aipaygen apis`: the catalogue of third parties' APIs, as an operator adds to it and authenticates us.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aipaygen_catalog::{ApiEntry, Apis, Auth};
use aipaygen_payments::Clock;
use aipaygen_sealed::Hidden;
use aipaygen_vault::Vault;
use anyhow::{Context, ensure};
use clap::Subcommand;
use serde_json::{Value, json};

use super::output;
use crate::config::Config;
use crate::roles;

/// What can be done with APIs.
#[derive(Debug, Subcommand)]
pub(crate) enum ApisCommand {
    /// Add an API, or put it in the place of one with its id. A credential of that one is destroyed
    Add {
        /// A TOML file like those in catalog/apis, or - for standard input
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List all APIs
    List {
        /// Print JSON, one API a line
        #[arg(long)]
        json: bool,
    },
    /// Show one API
    Show {
        /// Its id
        api: String,
    },
    /// Remove an API that was added, and its credential
    Remove {
        /// Its id
        api: String,
    },
    /// Set, change or destroy what authenticates us to an API
    #[command(subcommand)]
    Credential(CredentialCommand),
}

/// What can be done with the credential of an API.
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Keep a credential, read from standard input: a line, of basic authentication `user:password`
    Set {
        /// The API
        api: String,
    },
    /// The same, if there is one already
    Rotate {
        /// The API
        api: String,
    },
    /// Destroy it
    Delete {
        /// The API
        api: String,
    },
}

pub(crate) async fn run(command: ApisCommand, config: &Config) -> anyhow::Result<ExitCode> {
    let vault = roles::vault(config).await?;
    match command {
        ApisCommand::Add { file, json } => add(&vault, &file, json, config).await?,
        ApisCommand::List { json } => list(&vault, json, config).await?,
        ApisCommand::Show { api } => {
            let (apis, with_credential) = all(&vault, config).await?;
            let entry = apis.get(&api).with_context(|| format!("there is no API {api}"))?;
            output::json(&describe(entry, &with_credential))?;
        }
        ApisCommand::Remove { api } => {
            ensure!(vault.remove_api(&api).await?, "no API {api} was added");
            output::text(format_args!("removed {api}"));
        }
        ApisCommand::Credential(command) => credential(&vault, command, config).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(vault: &Vault, file: &Path, json: bool, config: &Config) -> anyhow::Result<()> {
    let text = read(file)?;
    let entry = ApiEntry::parse(&text, &config.apis.plain_hosts).with_context(|| file.display().to_string())?;
    vault.add_api(&entry, &text, Clock::system().now()).await?;
    if json {
        return output::json(&json!({ "api": entry.id }));
    }
    output::text(format_args!("added {}", entry.id));
    Ok(())
}

async fn list(vault: &Vault, json: bool, config: &Config) -> anyhow::Result<()> {
    let (apis, with_credential) = all(vault, config).await?;
    if json {
        return apis.iter().try_for_each(|entry| output::json(&describe(entry, &with_credential)));
    }
    let rows = apis.iter().map(|entry| {
        let credential = if with_credential.contains(&entry.id) { "set" } else { "" };
        [entry.id.clone(), entry.auth.kind().to_owned(), credential.to_owned(), entry.summary.clone()]
    });
    output::table(["API", "AUTH", "CREDENTIAL", "SUMMARY"], rows);
    Ok(())
}

async fn credential(vault: &Vault, command: CredentialCommand, config: &Config) -> anyhow::Result<()> {
    let (apis, with_credential) = all(vault, config).await?;
    let known = |api: &str| apis.get(api).cloned().with_context(|| format!("there is no API {api}"));
    match command {
        CredentialCommand::Set { api } => keep(vault, &known(&api)?).await?,
        CredentialCommand::Rotate { api } => {
            ensure!(with_credential.contains(&api), "{api} has no credential");
            keep(vault, &known(&api)?).await?;
        }
        CredentialCommand::Delete { api } => {
            ensure!(vault.delete_credential(&api).await?, "{api} has no credential");
            output::text(format_args!("destroyed the credential of {api}"));
        }
    }
    Ok(())
}

/// A credential does not stand on a command line, where others could see it.
async fn keep(vault: &Vault, entry: &ApiEntry) -> anyhow::Result<()> {
    ensure!(entry.auth != Auth::None, "{} asks for no credential", entry.id);
    let text = Hidden::new(read(Path::new("-"))?);
    let value = Hidden::new(text.expose().trim_end_matches(['\r', '\n']));
    let printable = !value.expose().is_empty() && value.expose().bytes().all(|byte| (0x20..0x7f).contains(&byte));
    ensure!(printable, "a credential is one line of printable ASCII on standard input");
    let pair = entry.auth != Auth::Basic || value.expose().contains(':');
    ensure!(pair, "a credential of basic authentication is user:password");
    vault.set_credential(&entry.id, &value, Clock::system().now()).await?;
    output::text(format_args!("kept the credential of {}", entry.id));
    Ok(())
}

async fn all(vault: &Vault, config: &Config) -> anyhow::Result<(Apis, Vec<String>)> {
    let mut apis = Apis::built_in()?;
    for stored in vault.apis().await? {
        apis.put(ApiEntry::parse(&stored.entry, &config.apis.plain_hosts).with_context(|| stored.api.clone())?);
    }
    Ok((apis, vault.apis_with_credential().await?))
}

fn describe(entry: &ApiEntry, with_credential: &[String]) -> Value {
    json!({
        "api": entry.id, "name": entry.name, "base_url": entry.base_url, "auth": entry.auth,
        "auth_optional": entry.auth_optional, "credential": with_credential.contains(&entry.id),
        "categories": entry.categories, "endpoints": entry.endpoints, "docs_url": entry.docs_url,
    })
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    Ok(text)
}
