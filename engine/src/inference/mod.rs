//! What figures say of parameters: a path behind them integrated out in closed form, the
//! rest summed on a lattice.

mod belief;
mod latent;
mod lattice;
mod process;

pub use belief::{Belief, Coordinate, Mixture};
pub use latent::{Grid, Observation, Posterior, Settled, rough_path};
pub use lattice::{Lattice, Likelihood, Marginal, Node, Normal, explore};
pub use process::{Moments, Process};
