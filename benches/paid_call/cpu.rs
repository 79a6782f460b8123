//! What processes have used of the processors, as the kernel accounts for it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// The kernel tells this file's times in hundredths of a second, whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

/// One line of `/proc/PID/stat`, as far as it matters here.
struct Stat {
    parent: u32,
    ticks: u64,
}

/// Processes that are watched, by name.
#[derive(Clone, Default)]
pub(crate) struct Watch(Vec<(String, u32)>);

/// What each process has used, in microseconds.
pub(crate) type Used = Vec<(String, u64)>;

impl Watch {
    pub(crate) const fn new(ids: Vec<(String, u32)>) -> Self {
        Self(ids)
    }

    /// What this process has used so far, and each that is watched with its children.
    pub(crate) fn used(&self) -> Used {
        let stats = stats();
        let watched = self.0.iter().map(|(name, id)| (name.clone(), us(tree(&stats, *id))));
        std::iter::once((GENERATOR.to_owned(), own_us())).chain(watched).collect()
    }

    /// What they have used since then.
    pub(crate) fn used_since(&self, before: Used) -> Used {
        before.into_iter().zip(self.used()).map(|((name, before), (_, now))| (name, now - before)).collect()
    }
}

/// What this process is called.
pub(crate) const GENERATOR: &str = "generator";

/// Without its children: servers and roles are not the generator.
fn own_us() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = fields(&stat);
    us(number(&fields, UTIME) + number(&fields, STIME))
}

/// A server such as Postgres does its work in children.
fn tree(stats: &HashMap<u32, Stat>, id: u32) -> u64 {
    let children = stats.iter().filter(|(_, stat)| stat.parent == id).map(|(child, _)| tree(stats, *child));
    stats.get(&id).map_or(0, |stat| stat.ticks) + children.sum::<u64>()
}

fn stats() -> HashMap<u32, Stat> {
    let ids = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // A process may end while we look.
    ids.filter_map(|id: u32| Some((id, parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)))).collect()
}

// Places in `proc_pid_stat(5)`, counted from the state, which is the first after the name.
const PARENT: usize = 1;
const UTIME: usize = 11;
const STIME: usize = 12;
const CHILDREN_UTIME: usize = 13;
const CHILDREN_STIME: usize = 14;

fn parse(stat: &str) -> Stat {
    let fields = fields(stat);
    let ticks = [UTIME, STIME, CHILDREN_UTIME, CHILDREN_STIME].iter().map(|&place| number(&fields, place)).sum();
    Stat { parent: fields[PARENT].parse().unwrap(), ticks }
}

/// The name may hold spaces and brackets; it ends with the last bracket.
fn fields(stat: &str) -> Vec<&str> {
    stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect()
}

fn number(fields: &[&str], place: usize) -> u64 {
    // Times of children are signed.
    fields[place].parse::<i64>().unwrap().unsigned_abs()
}

fn us(ticks: u64) -> u64 {
    ticks * u64::try_from(TICK.as_micros()).expect("a tick is short")
}
