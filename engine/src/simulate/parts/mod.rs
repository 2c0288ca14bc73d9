//! A run in parts that other machines compute, sealed with what they belong to.

pub mod question;
pub mod sealed;
pub mod shards;
