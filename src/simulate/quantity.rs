//! What a run reports.

/// A quantity with a value for each period and reporting year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Revenue, eligible or not.
    Revenue,
    /// Share before the cap.
    AccruedShare,
    /// min(accrued share, headroom).
    Payment,
    /// Paid up to the end, from the timeline's start.
    CumulativePaid,
    /// Cap less paid before less cumulative paid.
    CapHeadroom,
}

impl Quantity {
    /// All of them, in the order of the result files.
    pub const ALL: [Self; 5] = [
        Self::Revenue,
        Self::AccruedShare,
        Self::Payment,
        Self::CumulativePaid,
        Self::CapHeadroom,
    ];

    /// The name in the result files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::AccruedShare => "accrued_share",
            Self::Payment => "payment",
            Self::CumulativePaid => "cumulative_paid",
            Self::CapHeadroom => "cap_headroom",
        }
    }
}

/// A quantity with one value for each path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// All payments, what was paid before left out.
    Paid,
    /// Their present value.
    PresentValue,
    /// All accrued share.
    Uncapped,
    /// Accrued share less payments: what the cap saves the payer.
    Excess,
    /// Headroom at the end.
    Headroom,
}

impl Total {
    /// All of them, in the order of the result files.
    pub const ALL: [Self; 5] = [
        Self::Paid,
        Self::PresentValue,
        Self::Uncapped,
        Self::Excess,
        Self::Headroom,
    ];

    /// The name in the result files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paid => "total_paid",
            Self::PresentValue => "total_paid_pv",
            Self::Uncapped => "uncapped_share",
            Self::Excess => "excess_over_cap",
            Self::Headroom => "cap_headroom_at_end",
        }
    }
}
