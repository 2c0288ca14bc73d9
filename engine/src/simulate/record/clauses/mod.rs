//! Agreements of any kind, settled under all clauses on one set of paths: by the pure function
//! of the agreement room, and what it says is recorded in rows: under any clause, how each
//! path ends, and what the parties net.

pub mod flows;
pub mod pass;
pub mod rows;
