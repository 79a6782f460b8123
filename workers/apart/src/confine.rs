//! What the child gives up once it is up: files, other programs, other processes, and sockets, unless the network is
//! what it is for.
//!
//! Nothing here is needed while what the child runs holds. Should it ever not, whoever is out of it is in a process
//! that can compute, talk to its parent over the socket it has, and no more.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads,
};
use thiserror::Error;

/// What a confined process keeps.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Whether it may connect to others over IPv4 and IPv6. Nobody may connect to it in either case.
    pub network: bool,
    /// How many descriptors it may hold: its socket, its event loop, its standard error and what it works with.
    pub descriptors_max: u64,
    /// How much memory it may write to, if that is bounded here; what goes beyond ends the process.
    pub memory_bytes_max: Option<u64>,
}

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
    // Being connected to.
    libc::SYS_socketpair, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4,
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

/// Connecting to others.
const NETWORK: &[i64] = &[libc::SYS_socket, libc::SYS_connect, libc::SYS_bind];

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
pub enum ConfineError {
    /// The kernel has no filter for system calls, or none for this processor.
    #[error("the kernel does not filter system calls: {0}")]
    Filter(#[from] seccompiler::Error),
    /// A limit cannot be lowered.
    #[error("a resource limit cannot be lowered: {0}")]
    Limit(#[from] rustix::io::Errno),
}

/// Confines every thread of this process, those to come included, and for good.
pub fn confine(reach: Reach) -> Result<(), ConfineError> {
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, reach.descriptors_max)?;
    if let Some(bytes) = reach.memory_bytes_max {
        limit(Resource::Data, bytes)?;
    }
    // `clone3` hides what it makes; told that there is none, C libraries use `clone`, which can be looked at.
    apply_filter_all_threads(&program(always(&[libc::SYS_clone3]), libc::ENOSYS)?)?;
    apply_filter_all_threads(&program(refusals(reach)?, libc::EPERM)?)?;
    Ok(())
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn limit(resource: Resource, most: u64) -> Result<(), ConfineError> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

fn always(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn refusals(reach: Reach) -> Result<Rules, ConfineError> {
    let mut rules = always(REFUSED);
    rules.extend(always(REFUSED_OLDER));
    if reach.network {
        rules.insert(libc::SYS_socket, other_sockets()?);
    } else {
        rules.extend(always(NETWORK));
    }
    // Threads may be started, processes may not.
    let thread = u64::try_from(libc::CLONE_THREAD).expect("a flag is no negative number");
    let no_thread = condition(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0)?;
    rules.insert(libc::SYS_clone, vec![rule(vec![no_thread])?]);
    Ok(rules)
}

/// Sockets that are neither TCP nor UDP over the internet protocols: raw ones, and those of the kernel and the machine.
fn other_sockets() -> Result<Vec<SeccompRule>, ConfineError> {
    const KIND: u64 = 0xf;
    let [inet, inet6, raw] = [libc::AF_INET, libc::AF_INET6, libc::SOCK_RAW]
        .map(|number| u64::try_from(number).expect("a constant of the kernel is no negative number"));
    let is_not = |family| condition(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family);
    let is_raw = condition(1, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(KIND), raw)?;
    Ok(vec![rule(vec![is_not(inet)?, is_not(inet6)?])?, rule(vec![is_raw])?])
}

fn condition(
    argument: u8,
    length: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, ConfineError> {
    Ok(SeccompCondition::new(argument, length, operator, value).map_err(seccompiler::Error::from)?)
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, ConfineError> {
    Ok(SeccompRule::new(conditions).map_err(seccompiler::Error::from)?)
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
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixDatagram;
    use std::process::Command;
    use std::{env, io, thread};

    use super::*;

    const IN_CHILD: &str = "AIPAYGEN_TEST_CONFINED";

    fn is_refused<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    }

    /// A process is confined for good: the test starts itself again as another.
    #[test]
    fn with_the_network_a_process_connects_and_does_nothing_else() {
        if env::var_os(IN_CHILD).is_some() {
            return confined();
        }
        let this = env::current_exe().expect("a test is a program");
        let test = "confine::tests::with_the_network_a_process_connects_and_does_nothing_else";
        let child = Command::new(this).args(["--exact", test, "--nocapture"]).env(IN_CHILD, "1").output();
        let child = child.expect("the test starts once more");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    }

    fn confined() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("not confined yet");
        let address = listener.local_addr().expect("it listens");
        let reach = Reach { network: true, descriptors_max: 16, memory_bytes_max: Some(1 << 30) };
        confine(reach).expect("this kernel filters system calls");
        assert!(TcpStream::connect(address).is_ok());
        assert!(UdpSocket::bind("127.0.0.1:0").is_ok());
        assert!(is_refused(UnixDatagram::unbound()));
        assert!(is_refused(TcpListener::bind("127.0.0.1:0")));
        assert!(is_refused(listener.accept()));
        assert!(is_refused(File::open("/etc/passwd")));
        assert!(is_refused(File::create("/tmp/aipaygen-confined")));
        assert!(is_refused(Command::new("/bin/true").spawn()));
        assert!(thread::spawn(|| is_refused(File::open("/etc/passwd"))).join().expect("it does not panic"));
        let many: Vec<_> = (0..16).filter_map(|_| TcpStream::connect(address).ok()).collect();
        assert!(many.len() < 16, "descriptors are bounded");
    }
}
