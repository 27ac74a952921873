//! Watching a process from outside: every system call with which it changes a file or makes it safe, in order.
//!
//! Linux on x86-64 only, since the registers are read; the store's code is the same everywhere.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Child;

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// One call, at the moment before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCall {
    pub name: &'static str,
    /// The file that an open handle stands for; empty for calls that take a path.
    pub path: PathBuf,
}

/// How the watched process ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    ByItself,
    Killed,
}

/// Lets a child that has said `ready` go on, and shows each file call before it is done; kills it at the one for which
/// `kill` is true.
pub fn watch(mut child: Child, mut kill: impl FnMut(&FileCall) -> bool) -> Option<Ended> {
    let pid = pid_of(&child);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "the child ended before it was ready");
    }
    // All its threads are there and wait; those that it starts from now on are watched by themselves.
    let options = Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_EXITKILL;
    for thread in threads(pid) {
        if let Err(why) = ptrace::seize(thread, options) {
            eprintln!("SKIPPED: this system does not let one process watch another ({why})");
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        ptrace::interrupt(thread).unwrap();
    }
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let ended = follow(pid, &mut kill);
    drop(out.read_to_end(&mut Vec::new()));
    Some(ended)
}

fn follow(pid: Pid, kill: &mut dyn FnMut(&FileCall) -> bool) -> Ended {
    let mut killed = BTreeSet::new();
    loop {
        // Only what this thread has started or watches: other tests have children of their own.
        let status = match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
            Ok(status) => status,
            Err(Errno::EINTR) => continue,
            Err(Errno::ECHILD) => return Ended::Killed,
            Err(why) => panic!("{why}"),
        };
        match status {
            WaitStatus::PtraceSyscall(thread) => {
                if let Some(call) = call_about_to_be_made(thread)
                    && killed.is_empty()
                    && kill(&call)
                {
                    killed.insert(pid);
                    nix::sys::signal::kill(pid, Signal::SIGKILL).unwrap();
                    continue;
                }
                go_on(thread, None);
            }
            WaitStatus::PtraceEvent(thread, ..) => go_on(thread, None),
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
            WaitStatus::Exited(thread, code) if thread == pid => {
                assert_eq!(code, 0, "the child failed");
                return Ended::ByItself;
            }
            WaitStatus::Signaled(thread, signal, _) if thread == pid => {
                assert_eq!(signal, Signal::SIGKILL);
                return Ended::Killed;
            }
            _ => {}
        }
    }
}

/// A thread that is gone in the meantime is told by the next wait.
fn go_on(thread: Pid, signal: Option<Signal>) {
    match ptrace::syscall(thread, signal) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(why) => panic!("{why}"),
    }
}

fn call_about_to_be_made(thread: Pid) -> Option<FileCall> {
    let registers = ptrace::getregs(thread).ok()?;
    // That is what the kernel puts there before a call; afterwards it is the result.
    if registers.rax != (-i64::from(libc::ENOSYS)) as u64 {
        return None;
    }
    let by_handle = |name| {
        let path = fs::read_link(format!("/proc/{thread}/fd/{}", registers.rdi)).unwrap_or_default();
        Some(FileCall { name, path })
    };
    let by_path = |name| Some(FileCall { name, path: PathBuf::new() });
    match i64::try_from(registers.orig_rax).ok()? {
        libc::SYS_write => by_handle("write"),
        libc::SYS_pwrite64 => by_handle("pwrite"),
        libc::SYS_writev => by_handle("writev"),
        libc::SYS_ftruncate => by_handle("ftruncate"),
        libc::SYS_fsync => by_handle("fsync"),
        libc::SYS_fdatasync => by_handle("fdatasync"),
        libc::SYS_sync_file_range => by_handle("sync_file_range"),
        libc::SYS_fallocate => by_handle("fallocate"),
        libc::SYS_openat if registers.rdx & (libc::O_CREAT as u64) != 0 => by_path("create"),
        libc::SYS_mkdir | libc::SYS_mkdirat => by_path("mkdir"),
        libc::SYS_rename | libc::SYS_renameat | libc::SYS_renameat2 => by_path("rename"),
        libc::SYS_unlink | libc::SYS_unlinkat | libc::SYS_rmdir => by_path("unlink"),
        libc::SYS_chmod | libc::SYS_fchmodat | libc::SYS_fchmod => by_path("chmod"),
        _ => None,
    }
}

fn threads(pid: Pid) -> Vec<Pid> {
    let tasks = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).unwrap();
    tasks.map(|task| Pid::from_raw(task.unwrap().file_name().to_str().unwrap().parse().unwrap())).collect()
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap())
}
