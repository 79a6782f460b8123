//! The second wall around the sandbox: its process computes, and reaches nothing.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::{env, io, thread};

use aipaygen_apart::confine;
use aipaygen_code::{Program, Sandbox, check_source, confinement};

use crate::support::settings;

const IN_CHILD: &str = "AIPAYGEN_TEST_CONFINED";

fn is_refused<T>(result: io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// A process is confined for good: the test starts itself again as another.
#[test]
fn a_confined_process_computes_and_does_nothing_else() {
    if env::var_os(IN_CHILD).is_some() {
        return confined();
    }
    let this = env::current_exe().expect("a test is a program");
    let test = "confined::a_confined_process_computes_and_does_nothing_else";
    let child = Command::new(this).args(["--exact", test, "--nocapture"]).env(IN_CHILD, "1").output();
    let child = child.expect("the test starts once more");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
}

fn confined() {
    let sandbox = Sandbox::try_new(settings()).expect("the runner is built");
    let listener = TcpListener::bind("127.0.0.1:0").expect("not confined yet");
    let address = listener.local_addr().expect("it listens");
    confine(confinement()).expect("this kernel filters system calls");
    assert!(is_refused(File::open("/etc/passwd")));
    assert!(is_refused(File::create("/tmp/aipaygen-confined")));
    assert!(is_refused(TcpStream::connect(address)));
    assert!(is_refused(TcpListener::bind("127.0.0.1:0")));
    assert!(is_refused(Command::new("/bin/true").spawn()));
    assert!(is_refused(std::fs::remove_file("/tmp/aipaygen-confined")));
    assert!(thread::spawn(|| 1).join().is_ok(), "threads still start");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("made of what is there");
    for _ in 0..20 {
        let code = "print(1 + 1)".to_owned();
        assert_eq!(check_source(&code), []);
        let outcome = runtime.block_on(sandbox.run(Program { code, ..Program::default() })).expect("it runs");
        assert_eq!(outcome.stdout, "2\n");
    }
    // Other threads are confined as well, those that were there before included.
    assert!(thread::spawn(|| is_refused(File::open("/etc/passwd"))).join().expect("it does not panic"));
}
