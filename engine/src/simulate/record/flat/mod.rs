//! One flat share of all revenue, settled by the rule alone.

pub mod pass;
pub mod rows;
