//! TEMPORARY
#![allow(missing_docs, dead_code)]
mod cash;
mod settlement;
mod share;
mod stop;
use super::*;
pub use settlement::settle_path;
