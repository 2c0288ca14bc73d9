//! Random and quasi-random numbers, and the shocks of paths made of them.

pub mod aligned;
pub mod draws;
pub mod events;
pub mod ordering;
pub mod philox;
pub mod sobol;
pub mod streams;
pub mod xoshiro;
