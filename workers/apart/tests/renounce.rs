//! What a process gives up before it has a second thread is gone, for the threads to come as well. A test harness has
//! threads, so that this is a program of its own.

use std::net::{TcpListener, TcpStream};
use std::{env, fs, io, thread};

use aipaygen_apart::{RenounceError, Renounced, renounce};
use rustix::process::{Uid, geteuid};
use rustix::thread::set_thread_res_uid;

const USER: u32 = 65_534;

fn main() {
    if env::args().any(|argument| argument == "--list") {
        return list();
    }
    let is_alone = thread::spawn(|| renounce(USER)).join().expect("it does not panic");
    assert!(matches!(is_alone, Err(RenounceError::Threads)), "a second thread would keep everything: {is_alone:?}");
    let listener = TcpListener::bind("127.0.0.1:0").expect("nothing is given up yet");
    let address = listener.local_addr().expect("it listens");
    let was_root = geteuid().is_root();
    let Renounced { user, landlock } = renounce(USER).expect("a kernel may know less, and that is no error");
    assert_eq!(user, was_root, "root becomes another user, and nobody else can");
    let confined = move || {
        assert!(!was_root || geteuid() == Uid::from_raw(USER));
        assert!(!was_root || set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).is_err(), "there is no way back");
        if landlock {
            assert!(is_refused(fs::read("/etc/passwd")));
            assert!(is_refused(fs::read_dir("/")));
            assert!(is_refused(fs::write("/tmp/aipaygen-renounced", "")));
            assert!(is_refused(TcpStream::connect(address)));
            assert!(is_refused(TcpListener::bind("127.0.0.1:0")));
        }
    };
    confined();
    thread::spawn(confined).join().expect("threads are born without it");
}

/// What a test runner asks for.
#[expect(clippy::print_stdout, reason = "the answer to a test runner")]
fn list() {
    if !env::args().any(|argument| argument == "--ignored") {
        println!("what_was_given_up_is_gone: test");
    }
}

fn is_refused<T>(result: io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}
