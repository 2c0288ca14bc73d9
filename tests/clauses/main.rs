//! Every clause of an agreement: worked examples by exact arithmetic, what must
//! hold on every path, and the order in which clauses apply.

mod build;
mod cap;
mod cash;
mod effect;
mod ends;
mod exact;
mod flat;
mod history;
mod lanes;
mod neutral;
mod order;
mod properties;
mod share;
mod together;
#[path = "../truth/mod.rs"]
mod truth;
mod truths;
mod warned;
mod within;
mod written;
