//! What the child gives up once its sandbox is up: files, sockets, other programs, other processes.
//!
//! Nothing here is needed while WebAssembly holds. Should it ever not, whoever is out of it is in a process that
//! can compute, and talk to its parent over the socket it has.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads,
};
use thiserror::Error;

/// The child has its socket, its runner, its event loop and its standard error.
const DESCRIPTORS_MAX: u64 = 64;

/// System calls that lead out of a process. The list names what is refused rather than what is allowed: which
/// harmless calls a C library makes changes with its version.
#[rustfmt::skip]
const REFUSED: &[i64] = &[
    // Files, by name.
    libc::SYS_openat, libc::SYS_openat2, libc::SYS_open_by_handle_at, libc::SYS_name_to_handle_at,
    libc::SYS_unlinkat, libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_mkdirat, libc::SYS_mknodat, libc::SYS_linkat,
    libc::SYS_symlinkat, libc::SYS_readlinkat, libc::SYS_fchmodat, libc::SYS_fchownat, libc::SYS_utimensat,
    libc::SYS_truncate, libc::SYS_chdir, libc::SYS_fchdir, libc::SYS_chroot, libc::SYS_setxattr, libc::SYS_getxattr,
    libc::SYS_mount, libc::SYS_umount2, libc::SYS_pivot_root, libc::SYS_fsopen, libc::SYS_fsmount, libc::SYS_open_tree,
    libc::SYS_move_mount, libc::SYS_statfs, libc::SYS_inotify_init1, libc::SYS_fanotify_init,
    // The network.
    libc::SYS_socket, libc::SYS_socketpair, libc::SYS_connect, libc::SYS_bind, libc::SYS_listen, libc::SYS_accept,
    libc::SYS_accept4,
    // Programs and processes.
    libc::SYS_execve, libc::SYS_execveat, libc::SYS_kill, libc::SYS_tkill, libc::SYS_pidfd_open, libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal, libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev,
    libc::SYS_process_madvise, libc::SYS_kcmp, libc::SYS_unshare, libc::SYS_setns, libc::SYS_setpgid, libc::SYS_setsid,
    libc::SYS_setuid, libc::SYS_setgid, libc::SYS_setreuid, libc::SYS_setregid, libc::SYS_setresuid, libc::SYS_setresgid,
    libc::SYS_setgroups, libc::SYS_capset, libc::SYS_personality, libc::SYS_prlimit64, libc::SYS_setpriority,
    // The kernel.
    libc::SYS_bpf, libc::SYS_perf_event_open, libc::SYS_userfaultfd, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register, libc::SYS_keyctl, libc::SYS_add_key, libc::SYS_request_key, libc::SYS_init_module,
    libc::SYS_finit_module, libc::SYS_delete_module, libc::SYS_kexec_load, libc::SYS_reboot, libc::SYS_swapon,
    libc::SYS_swapoff, libc::SYS_sethostname, libc::SYS_setdomainname, libc::SYS_settimeofday, libc::SYS_clock_settime,
    libc::SYS_clock_adjtime, libc::SYS_adjtimex, libc::SYS_acct, libc::SYS_quotactl, libc::SYS_syslog,
    libc::SYS_shmget, libc::SYS_shmat, libc::SYS_msgget, libc::SYS_semget, libc::SYS_mq_open,
];

/// The older names of the same calls, where the processor's ABI still has them.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const REFUSED_OLDER: &[i64] = &[
    libc::SYS_open, libc::SYS_creat, libc::SYS_unlink, libc::SYS_rename, libc::SYS_mkdir, libc::SYS_rmdir,
    libc::SYS_mknod, libc::SYS_link, libc::SYS_symlink, libc::SYS_readlink, libc::SYS_chmod, libc::SYS_chown,
    libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_fork, libc::SYS_vfork, libc::SYS_ioperm,
    libc::SYS_iopl, libc::SYS_modify_ldt, libc::SYS_inotify_init,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_OLDER: &[i64] = &[];

/// Why the child could not be confined.
#[derive(Debug, Error)]
pub(super) enum ConfineError {
    /// The kernel has no filter for system calls, or none for this processor.
    #[error("the kernel does not filter system calls: {0}")]
    Filter(#[from] seccompiler::Error),
    /// A limit cannot be lowered.
    #[error("a resource limit cannot be lowered: {0}")]
    Limit(#[from] rustix::io::Errno),
}

/// Confines every thread of this process, those to come included, and for good.
pub(super) fn confine() -> Result<(), ConfineError> {
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, DESCRIPTORS_MAX)?;
    // `clone3` hides what it makes; told that there is none, C libraries use `clone`, which can be looked at.
    apply_filter_all_threads(&program(always(&[libc::SYS_clone3]), libc::ENOSYS)?)?;
    apply_filter_all_threads(&program(refusals()?, libc::EPERM)?)?;
    Ok(())
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn limit(resource: Resource, most: u64) -> Result<(), ConfineError> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

fn always(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn refusals() -> Result<Rules, ConfineError> {
    let mut rules = always(REFUSED);
    rules.extend(always(REFUSED_OLDER));
    // Threads may be started, processes may not.
    let thread = u64::try_from(libc::CLONE_THREAD).expect("a flag is no negative number");
    let no_thread = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0);
    let process = SeccompRule::new(vec![no_thread.map_err(seccompiler::Error::from)?]);
    rules.insert(libc::SYS_clone, vec![process.map_err(seccompiler::Error::from)?]);
    Ok(rules)
}

/// Answers these calls with an error and lets every other pass.
fn program(rules: Rules, errno: i32) -> Result<BpfProgram, seccompiler::Error> {
    let errno = u32::try_from(errno).expect("an error number is no negative number");
    let processor = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), processor)?;
    Ok(filter.try_into()?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;
    use std::{env, io, thread};

    use super::*;
    use crate::program::Program;
    use crate::runtime::Sandbox;
    use crate::settings::Settings;

    const IN_CHILD: &str = "AIPAYGEN_TEST_CONFINED";

    fn is_refused<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    }

    fn settings() -> Settings {
        Settings {
            runner: concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/sandbox/runner.cwasm").into(),
            runs_in_parallel: 2,
            runs_waiting_max: 16,
            timeout_ms_max: 10_000,
            timeout_ms_default: 10_000,
            memory_bytes_max: 128 * 1024 * 1024,
            output_bytes_max: 64 * 1024,
            source_bytes_max: 64 * 1024,
        }
    }

    /// A process is confined for good: the test starts itself again as another.
    #[test]
    fn a_confined_process_computes_and_does_nothing_else() {
        if env::var_os(IN_CHILD).is_some() {
            return confined();
        }
        let this = env::current_exe().expect("a test is a program");
        let test = "process::confine::tests::a_confined_process_computes_and_does_nothing_else";
        let child = Command::new(this).args(["--exact", test, "--nocapture"]).env(IN_CHILD, "1").output();
        let child = child.expect("the test starts once more");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    }

    fn confined() {
        let sandbox = Sandbox::try_new(settings()).expect("the runner is built");
        let listener = TcpListener::bind("127.0.0.1:0").expect("not confined yet");
        let address = listener.local_addr().expect("it listens");
        confine().expect("this kernel filters system calls");
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
            assert_eq!(crate::policy::check_source(&code), []);
            let outcome = runtime.block_on(sandbox.run(Program { code, ..Program::default() })).expect("it runs");
            assert_eq!(outcome.stdout, "2\n");
        }
        // Other threads are confined as well, those that were there before included.
        assert!(thread::spawn(|| is_refused(File::open("/etc/passwd"))).join().expect("it does not panic"));
    }
}
