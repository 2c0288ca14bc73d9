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
    /// What is added to accrued share: top-ups to a minimum, and what a default
    /// makes due.
    Added,
    /// What a default costs the payee.
    Loss,
    /// Interest on deferred parts, outside every cap.
    Interest,
}

impl Total {
    /// All of them, in the order of the result files; those from [`Added`](Self::Added)
    /// on are kept for agreements with such clauses.
    pub const ALL: [Self; 8] = [
        Self::Paid,
        Self::PresentValue,
        Self::Uncapped,
        Self::Excess,
        Self::Headroom,
        Self::Added,
        Self::Loss,
        Self::Interest,
    ];

    /// Whether it is of no meaning but under some clauses.
    pub fn is_of_clauses(self) -> bool {
        self as usize >= Self::Added as usize
    }

    /// The name in the result files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paid => "total_paid",
            Self::PresentValue => "total_paid_pv",
            Self::Uncapped => "uncapped_share",
            Self::Excess => "excess_over_cap",
            Self::Headroom => "cap_headroom_at_end",
            Self::Added => "added_to_share",
            Self::Loss => "default_loss",
            Self::Interest => "deferral_interest",
        }
    }
}
