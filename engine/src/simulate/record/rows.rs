//! What a run counts, and what follows from what is counted.
//!
//! A *row* is one number on each path that gets moments and mostly counts of its
//! own. Counting is what a run spends most of its time on, so whatever is a fixed
//! multiple of a row, or what it lacks to a fixed limit, is read off that row:
//! with a fixed share the accrued share is revenue times a factor, with a fixed
//! cap headroom is the limit less what is paid, and at a year's end both are
//! those of its last period.

use crate::stats::Axis;

/// Which statistics a run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Those of every period and reporting year, and the totals.
    All,
    /// The totals, and of a lone flat share the moments of each period's payment.
    Totals,
    /// Of agreements under clauses, the moments of the totals and the days on which sharing
    /// ends: no distribution, and nothing of an investment.
    Means,
}

/// Where the statistics of a quantity come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// It is not kept, or not defined.
    Absent,
    /// It is the same number on every path.
    Constant(f64),
    /// It is a row.
    Row(usize),
    /// It is a row times a factor above 0.
    Scaled(usize, f64),
    /// It is what a row lacks to a limit, that of its axis.
    Lacking(usize, f64),
}

impl Source {
    /// The row it is read from, if it is one.
    pub fn row(self) -> Option<usize> {
        match self {
            Self::Row(row) | Self::Scaled(row, _) | Self::Lacking(row, _) => Some(row),
            Self::Absent | Self::Constant(_) => None,
        }
    }

    /// The same numbers once more: read, not recorded.
    pub fn again(self) -> Self {
        match self {
            Self::Row(row) => Self::Scaled(row, 1.0),
            other => other,
        }
    }
}

/// What kind of numbers a row holds, and how they are counted beside their moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row {
    /// Numbers that are not counted.
    Moments,
    /// Numbers of zero or more.
    Amount,
    /// Numbers from zero to a limit, which the rule reaches exactly.
    UpTo(f64),
    /// Numbers of either sign, counted at this position among such rows.
    Signed(usize),
    /// Payments, whose counts follow from those of another row.
    Payment(PaymentCount),
}

/// How the payments of a period are counted: as its accrued shares, but for the
/// paths that have reached the cap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaymentCount {
    /// The period.
    pub period: usize,
    /// The row whose keys stand for the accrued shares.
    pub base: usize,
    /// Accrued share for one unit of that row.
    pub unit: f64,
    /// Whether the counts are those of the base with the paths that have reached
    /// the cap taken out, rather than those of the other paths alone: the same
    /// counts in the end, and few steps while few paths have reached it.
    pub takes_out: bool,
}

impl Row {
    /// The cells that its numbers are counted in.
    pub fn axis(self) -> Axis {
        match self {
            Self::UpTo(limit) => Axis::TwoSided { limit },
            Self::Moments | Self::Amount | Self::Signed(_) | Self::Payment(_) => Axis::Log,
        }
    }

    /// Whether it is counted by keys of its own.
    pub fn has_keys(self) -> bool {
        match self {
            Self::Amount | Self::UpTo(_) | Self::Signed(_) => true,
            Self::Moments | Self::Payment(_) => false,
        }
    }

    /// Its position among rows of either sign.
    pub fn signed(self) -> Option<usize> {
        match self {
            Self::Signed(i) => Some(i),
            Self::Moments | Self::Amount | Self::UpTo(_) | Self::Payment(_) => None,
        }
    }

    /// How its counts follow from another row's.
    pub fn payment(self) -> Option<PaymentCount> {
        match self {
            Self::Payment(payment) => Some(payment),
            Self::Moments | Self::Amount | Self::UpTo(_) | Self::Signed(_) => None,
        }
    }
}
