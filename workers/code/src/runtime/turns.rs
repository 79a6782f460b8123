//! Who may use a core, and for how long: as many turns as there are cores, handed from run to run.
//!
//! A run that has not had its first slice goes before one that has. What has been running for longer rests, inside its
//! instance, until a turn is left over or until the new ones have used three times what it is given. So a loop takes
//! what nobody else wants, and a quarter of the machine while others wait.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::turn::{SLICE, Turn};

/// New runs may use so much of the machine for each part that those beyond their first slice are given.
const NEW_SHARE: u32 = 3;

/// The turns of a machine. `J` is a run that waits for its start.
pub(super) struct Turns<J> {
    state: Mutex<State<J>>,
}

/// A thread that runs one job after another, and may rest in the middle of one.
pub(super) struct Lane<J> {
    word: Mutex<Option<Word<J>>>,
    told: Condvar,
}

/// The turns are over: nobody can hand in a run any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

/// What a lane that waits is told.
enum Word<J> {
    Start(J),
    GoOn(Turn),
    End,
}

struct State<J> {
    /// Turns that nobody has.
    free: usize,
    waiting: VecDeque<J>,
    waiting_max: usize,
    /// The last one used comes first: its memory is still in the processor's caches.
    idle: Vec<Arc<Lane<J>>>,
    resting: VecDeque<Arc<Lane<J>>>,
    /// What new runs have used since those that rest had a slice.
    used_by_new: Duration,
    closed: bool,
}

impl<J> Lane<J> {
    fn new() -> Arc<Self> {
        Arc::new(Self { word: Mutex::new(None), told: Condvar::new() })
    }

    fn tell(&self, word: Word<J>) {
        *self.word.lock().unwrap_or_else(PoisonError::into_inner) = Some(word);
        self.told.notify_one();
    }

    /// Waits in the middle of a job, and is told of no other.
    fn rest(&self) -> Turn {
        loop {
            match self.wait() {
                Word::GoOn(turn) => return turn,
                Word::Start(_) | Word::End => {}
            }
        }
    }

    fn wait(&self) -> Word<J> {
        let mut word = self.word.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match word.take() {
                Some(word) => return word,
                None => word = self.told.wait(word).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl<J> Turns<J> {
    /// So many turns, and all the lanes, none of them at work.
    pub(super) fn new(turns: usize, lanes: usize, waiting_max: usize) -> (Arc<Self>, Vec<Arc<Lane<J>>>) {
        let lanes: Vec<_> = (0..lanes).map(|_| Lane::new()).collect();
        let state = State {
            free: turns,
            waiting: VecDeque::new(),
            waiting_max,
            idle: lanes.iter().rev().cloned().collect(),
            resting: VecDeque::new(),
            used_by_new: Duration::ZERO,
            closed: false,
        };
        (Arc::new(Self { state: Mutex::new(state) }), lanes)
    }

    /// Hands in a run; gives it back if too many wait.
    pub(super) fn submit(&self, job: J) -> Result<(), J> {
        let mut state = self.state();
        if state.free > 0
            && let Some(lane) = state.idle.pop()
        {
            state.free -= 1;
            lane.tell(Word::Start(job));
        } else if state.waiting.len() < state.waiting_max {
            state.waiting.push_back(job);
        } else {
            return Err(job);
        }
        Ok(())
    }

    /// Waits for the first job of a lane.
    pub(super) fn begin(lane: &Lane<J>) -> Result<J, Closed> {
        loop {
            match lane.wait() {
                Word::Start(job) => return Ok(job),
                // Only a lane that rests is told to go on.
                Word::GoOn(_) => {}
                Word::End => return Err(Closed),
            }
        }
    }

    /// A lane has done with its job: it takes the next, or hands on the turn and waits.
    pub(super) fn next(&self, lane: &Arc<Lane<J>>, turn: Turn) -> Result<J, Closed> {
        let (mut state, now) = (self.state(), Instant::now());
        state.charge(turn, now);
        match state.choose(now, true, true) {
            Some(Next::New(job)) => return Ok(job),
            Some(Next::Resting(other, turn)) => other.tell(Word::GoOn(turn)),
            None => state.free += 1,
        }
        if state.closed {
            return Err(Closed);
        }
        state.idle.push(Arc::clone(lane));
        drop(state);
        Self::begin(lane)
    }

    /// In the middle of a run: lets others go first if it is their turn, and returns the turn to go on with.
    pub(super) fn pause(&self, lane: &Arc<Lane<J>>, turn: Turn) -> Turn {
        let now = Instant::now();
        if now < turn.firm_until {
            return turn;
        }
        let mut state = self.state();
        let has_idle = !state.idle.is_empty();
        let Some(next) = state.choose(now, has_idle, now >= turn.slice_until) else { return turn };
        state.charge(turn, now);
        match next {
            Next::New(job) => state.idle.pop().expect("there is an idle lane").tell(Word::Start(job)),
            Next::Resting(other, turn) => other.tell(Word::GoOn(turn)),
        }
        state.resting.push_back(Arc::clone(lane));
        drop(state);
        lane.rest()
    }

    /// Ends the lanes as they become idle. What runs, runs to its end.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.waiting.clear();
        state.idle.drain(..).for_each(|lane| lane.tell(Word::End));
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is next.
enum Next<J> {
    New(J),
    Resting(Arc<Lane<J>>, Turn),
}

impl<J> State<J> {
    /// Takes whoever is next from those that wait, as far as they `may_start` or `may_resume`.
    fn choose(&mut self, now: Instant, may_start: bool, may_resume: bool) -> Option<Next<J>> {
        let has_new = may_start && !self.waiting.is_empty();
        let is_owed = has_new && self.used_by_new >= NEW_SHARE * SLICE;
        if may_resume
            && (is_owed || !has_new)
            && let Some(lane) = self.resting.pop_front()
        {
            self.used_by_new = Duration::ZERO;
            return Some(Next::Resting(lane, Turn::later(now, is_owed)));
        }
        if has_new { self.waiting.pop_front().map(Next::New) } else { None }
    }

    /// What new runs use while others rest is remembered for those.
    fn charge(&mut self, turn: Turn, now: Instant) {
        if self.resting.is_empty() {
            self.used_by_new = Duration::ZERO;
        } else if turn.is_new {
            self.used_by_new += now.saturating_duration_since(turn.began);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(waiting: std::ops::Range<u32>, resting: usize) -> State<u32> {
        let resting = (0..resting).map(|_| Lane::new()).collect();
        let idle = vec![Lane::new()];
        State {
            free: 0,
            waiting: waiting.collect(),
            waiting_max: 100,
            idle,
            resting,
            used_by_new: Duration::ZERO,
            closed: false,
        }
    }

    /// The jobs that are chosen when each new one takes `ran`; a letter for one that rests.
    fn order(state: &mut State<u32>, turns: usize, ran: Duration) -> String {
        let now = Instant::now();
        let mut order = String::new();
        for _ in 0..turns {
            match state.choose(now, true, true) {
                Some(Next::New(_)) => {
                    order.push('n');
                    state.charge(Turn::first(now), now + ran);
                }
                Some(Next::Resting(lane, _)) => {
                    order.push('r');
                    state.resting.push_back(lane);
                }
                None => order.push('-'),
            }
        }
        order
    }

    #[test]
    fn what_is_new_goes_first_and_what_rests_has_a_quarter_of_the_time() {
        assert_eq!(order(&mut state(0..100, 2), 9, SLICE), "nnnrnnnrn");
        assert_eq!(order(&mut state(0..100, 2), 9, SLICE / 2), "nnnnnnrnn");
    }

    #[test]
    fn what_rests_takes_what_is_left_over() {
        assert_eq!(order(&mut state(0..2, 1), 5, SLICE), "nnrrr");
        assert_eq!(order(&mut state(0..0, 0), 1, SLICE), "-");
    }

    #[test]
    fn nothing_is_saved_up_for_those_that_come_to_rest_later() {
        let mut state = state(0..100, 0);
        assert_eq!(order(&mut state, 50, SLICE), "n".repeat(50));
        state.resting.push_back(Lane::new());
        assert_eq!(order(&mut state, 4, SLICE), "nnnr");
    }

    #[test]
    fn a_turn_that_was_left_over_is_given_up_to_a_new_run_at_once_and_to_another_after_its_slice() {
        let (turns, lanes) = Turns::<u32>::new(1, 2, 10);
        let now = Instant::now();
        turns.submit(1).expect("it is taken");
        assert_eq!(Turns::begin(&lanes[0]), Ok(1));
        let turn = turns.pause(&lanes[0], Turn::later(now, false));
        assert!(!turn.is_new, "nobody waits: it goes on");
        turns.submit(2).expect("it waits");
        let turn = turns.pause(&lanes[0], Turn::later(Instant::now(), true));
        assert_eq!(turns.state().waiting.len(), 1, "what was owed is firm");
        std::thread::scope(|scope| {
            let rests = scope.spawn(|| turns.pause(&lanes[0], Turn { firm_until: now, ..turn }));
            assert_eq!(Turns::begin(&lanes[1]), Ok(2));
            assert_eq!(turns.state().resting.len(), 1);
            let next = scope.spawn(|| turns.next(&lanes[1], Turn::first(Instant::now())));
            assert!(!rests.join().expect("it goes on").is_new);
            turns.close();
            assert_eq!(next.join().expect("it ends"), Err(Closed));
        });
    }

    #[test]
    fn more_than_may_wait_are_given_back() {
        let (turns, _lanes) = Turns::<u32>::new(1, 2, 1);
        assert_eq!((turns.submit(1), turns.submit(2), turns.submit(3)), (Ok(()), Ok(()), Err(3)));
    }
}
