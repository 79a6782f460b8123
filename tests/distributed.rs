//! What only several processes can show: each role killed at each step of a call, several of one role at once, and
//! the servers between them going away.

mod outages;
mod several;
mod steps;
