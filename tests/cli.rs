//! The command line, as a person and as a script use it.

use crate::support::cli::{self, run};

#[test]
fn an_unknown_key_of_the_configuration_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = cli::settings(dir.path());
    settings.push(("AIPAYGEN_SERVER__LISTNE".to_owned(), "127.0.0.1:0".to_owned()));
    let said = run(&settings, &["config", "check"]).expect(2);
    assert!(said.stderr.contains("listne"), "{said:?}");
    let said = run(&settings, &["serve", "--json"]).expect(2);
    assert!(said.stderr.contains("listne"), "{said:?}");
    assert_eq!(said.stdout, "");
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = cli::settings(dir.path());
    let secrets = [
        ("PAYMENTS__KEY_PEPPER", "hush-pepper-0123456789-0123456789-0123456789"),
        ("PAYMENTS__RECEIPT_SIGNING_KEY", "aHVzaGh1c2hodXNoaHVzaGh1c2hodXNoaHVzaGh1c2g="),
        ("DATABASE__URL", "postgres://user:hush-password@127.0.0.1/books"),
        ("BUS__URL", "nats://user:hush-password@127.0.0.1"),
    ];
    settings.extend(secrets.map(|(name, value)| (format!("AIPAYGEN_{name}"), value.to_owned())));
    let said = run(&settings, &["config", "print"]).expect(0);
    assert!(said.stdout.contains("[redacted]"));
    for (_, secret) in secrets {
        assert!(!said.stdout.contains(secret), "{secret} is shown");
    }
    assert!(!said.stdout.contains("hush"), "{said:?}");
    said.stdout.parse::<toml::Table>().unwrap();
}

#[test]
fn a_single_role_is_refused_on_a_bus_that_ends_at_its_process() {
    let dir = tempfile::tempdir().unwrap();
    for role in
        [&["api"][..], &["worker", "payments"], &["worker", "code"], &["worker", "fetch"], &["worker", "ping"]]
    {
        let said = run(&cli::settings(dir.path()), role).expect(2);
        assert!(said.stderr.contains("bus") && said.stderr.contains("serve"), "{said:?}");
    }
}

#[test]
fn help_names_every_command() {
    let help = run(&Vec::new(), &["--help"]).expect(0).stdout;
    for command in
        ["serve", "api", "worker", "projector", "migrate", "keys", "credits", "refunds", "ledger", "config"]
    {
        assert!(help.contains(&format!("\n  {command}")), "{command} is not in {help}");
    }
}
