//! What a child gives up while it still has one thread, so that all the others are born without it: the user that
//! started it, and by Landlock whatever can be reached by a name, in the file system or on the network.

use std::time::Duration;
use std::{fs, thread};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError, RulesetStatus,
    Scope,
};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Gid, Uid, geteuid, set_dumpable_behavior};
use rustix::thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use thiserror::Error;

/// How often, and how soon again, it is looked whether a thread that ended is gone.
const LOOKS_MAX: usize = 200;
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// What this Landlock refuses; a kernel that knows less of it refuses what it knows.
const NEWEST: ABI = ABI::V6;

/// Why something could not be given up. Whoever hears of it must not start.
#[derive(Debug, Error)]
pub enum RenounceError {
    /// There are other threads, which would keep everything.
    #[error("a process must renounce before it has a second thread")]
    Threads,
    /// The user stays what it was.
    #[error("the sandbox process cannot become user {0}: {1}")]
    User(u32, #[source] Errno),
    /// The process could still get more than it has.
    #[error("the sandbox process cannot give up what it might become: {0}")]
    Privileges(#[source] Errno),
    /// The kernel's Landlock failed; a kernel without one is no error.
    #[error("Landlock cannot be put around the sandbox process: {0}")]
    Landlock(#[from] RulesetError),
}

/// What was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renounced {
    /// Whether the process is now the user that it was to become.
    pub user: bool,
    /// Whether Landlock is around it, at least in part.
    pub landlock: bool,
}

/// Gives up all that can be, for good: whatever is needed by name must be open. Only root can become another user; for
/// anybody else, and with 0, it stays as it is.
pub fn renounce(user_id: u32) -> Result<Renounced, RenounceError> {
    if !is_alone() {
        return Err(RenounceError::Threads);
    }
    let user = user_id != 0 && geteuid().is_root();
    if user {
        become_user(user_id).map_err(|error| RenounceError::User(user_id, error))?;
    }
    set_no_new_privs(true).map_err(RenounceError::Privileges)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(RenounceError::Privileges)?;
    Ok(Renounced { user, landlock: landlock()? })
}

/// Whether this is the only thread. One that has been joined may be counted for a moment more, while the kernel takes it
/// down; without `/proc` it cannot be told, and is believed.
fn is_alone() -> bool {
    (0..LOOKS_MAX).any(|_| {
        let alone = fs::read_dir("/proc/self/task").map_or(true, |threads| threads.count() == 1);
        if !alone {
            thread::sleep(LOOK_AGAIN);
        }
        alone
    })
}

/// Until it renounces, a process may look at its own page map, which the kernel hides of one that must not be dumped.
pub fn show_page_map() -> Result<(), RenounceError> {
    set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(RenounceError::Privileges)
}

/// For the calling thread: in a process of one thread, for the process.
fn become_user(id: u32) -> Result<(), Errno> {
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)
}

/// No rule allows anything, so that everything it handles is refused.
fn landlock() -> Result<bool, RulesetError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}
