//! What is drawn of one future.

/// One simulated path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Revenue of each period.
    pub revenue: Vec<f64>,
    /// Revenue of each period of each segment, one segment after the other; empty
    /// where revenue is not divided.
    pub segments: Vec<f64>,
    /// The values of the uncertain inputs.
    pub inputs: Vec<f64>,
}
