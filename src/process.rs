//! What every process does before anything else, so that a payload in its memory stays there.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No core file, and no debugger of another process of the same user.
///
/// # Panics
/// If the kernel refuses: a process that could leave payloads on disk must not start.
pub fn harden() {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .expect("a process may always lower its own limit on core files");
    set_dumpable_behavior(DumpableBehavior::NotDumpable).expect("a process may always make itself undumpable");
}

/// The one implementation of TLS for whatever this process connects to.
pub fn choose_tls() {
    // A second choice in one process (tests of the library) keeps the first, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
