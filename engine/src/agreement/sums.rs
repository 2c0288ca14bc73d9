//! What is added up of a row of paths over its periods, whichever way they are settled.

use std::ops::{Index, IndexMut};

use super::Agreement;
use super::rows::{Line, Row, add};
use super::rule::{Cap, Payment};

macro_rules! sums {
    ($($(#[$doc:meta])* $own:ident,)*) => {
        /// A number of a whole path: see [`LedgerLine`](super::LedgerLine).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sum {
            $($(#[$doc])* $own,)*
        }

        impl Sum {
            /// All of them.
            pub const ALL: [Self; [$(stringify!($own)),*].len()] = [$(Self::$own),*];
        }
    };
}

sums! {
    /// What accrues before any cap.
    Accrued,
    /// What the caps cut.
    Excess,
    /// What is added.
    Added,
    /// What a default costs.
    Loss,
    /// What is paid.
    Paid,
    /// What the cap still leaves.
    Headroom,
    /// Interest on deferred parts.
    Interest,
    /// Payments, each times what it counts for.
    Worth,
}

impl Sum {
    /// Whether it may be anything but zero under an agreement.
    pub fn is_of(self, agreement: &Agreement) -> bool {
        let clauses = &agreement.clauses;
        match self {
            Self::Accrued | Self::Paid | Self::Worth => true,
            Self::Excess => agreement.cap.is_some() || clauses.annual_cap.is_some(),
            Self::Headroom => agreement.cap.is_some(),
            Self::Added => clauses.adds(),
            Self::Loss => clauses.default.is_some(),
            Self::Interest => clauses.deferral.is_some(),
        }
    }

    /// Those that an agreement has.
    pub fn of(agreement: &Agreement) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|sum| sum.is_of(agreement)).collect()
    }

    /// Adds a period.
    #[inline(always)]
    fn add<const N: usize>(self, to: &mut Row<N>, line: &Line<N>) {
        match self {
            Self::Accrued => add(to, &line.accrued),
            Self::Excess => add(to, &line.excess),
            Self::Added => add(to, &line.added),
            Self::Loss => add(to, &line.loss),
            // Known at the end, of worth with the dates of payments.
            Self::Paid | Self::Headroom | Self::Interest | Self::Worth => {}
        }
    }
}

/// Each [`Sum`] of a row of paths.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Sums<const N: usize>([Row<N>; Sum::ALL.len()]);

impl<const N: usize> Index<Sum> for Sums<N> {
    type Output = Row<N>;

    #[inline(always)]
    fn index(&self, sum: Sum) -> &Row<N> {
        &self.0[sum as usize]
    }
}

impl<const N: usize> IndexMut<Sum> for Sums<N> {
    #[inline(always)]
    fn index_mut(&mut self, sum: Sum) -> &mut Row<N> {
        &mut self.0[sum as usize]
    }
}

impl<const N: usize> Sums<N> {
    /// Of no period.
    pub const NONE: Self = Self([[0.0; N]; Sum::ALL.len()]);

    /// Adds a period to what is asked.
    #[inline(always)]
    pub fn take(&mut self, line: &Line<N>, asked: &[Sum]) {
        for sum in asked {
            sum.add(&mut self[*sum], line);
        }
    }

    /// Those of one path, to which periods are added in registers.
    #[inline(always)]
    pub fn path(&self, l: usize) -> Sums<1> {
        let mut path = Sums::NONE;
        for (one, row) in path.0.iter_mut().zip(&self.0) {
            *one = [row[l]];
        }
        path
    }

    /// Puts those of one path in their place.
    #[inline(always)]
    pub fn put(&mut self, l: usize, path: &Sums<1>) {
        for (row, one) in self.0.iter_mut().zip(&path.0) {
            row[l] = one[0];
        }
    }
}

/// What leaves every sum as it is, to the last bit and without an instruction.
pub const NOTHING: f64 = -0.0;

impl Line<1> {
    /// A period of one path in which a cap alone limits what is paid.
    #[inline(always)]
    pub fn capped(cap: &Cap, accrued: f64, payment: &Payment) -> Self {
        Self {
            accrued: [accrued],
            payment: [payment.amount],
            excess: [payment.excess],
            headroom_after: [cap.limit() - payment.paid],
            cumulative_paid: [payment.paid],
            added: [NOTHING],
            loss: [NOTHING],
            headroom_before: [NOTHING],
        }
    }
}
