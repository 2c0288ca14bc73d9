//! The rule: share until cap.
//!
//! With accrued share *aₖ ≥ 0* in period *k* and a limit *L* = max(cap − paid
//! before, 0), the payment is
//!
//! ```text
//! headroomₖ = L − paidₖ₋₁          paid₀ = 0
//! paymentₖ  = min(aₖ, headroomₖ)
//! paidₖ     = paidₖ₋₁ + paymentₖ
//! excessₖ   = aₖ − paymentₖ        what the cap saves the payer
//! ```
//!
//! All amounts are in the scenario's unit, undiscounted and never negative.
//!
//! **Reached and binds.** The cap is *reached* in the first period after which
//! headroom is zero; it *binds* in the first period in which an accrual is cut.
//! They differ only at a tie: an accrual equal to the headroom reaches the cap
//! and cuts nothing. Every date and probability reported is that of reaching
//! the cap, because from that moment the contract is over: there is nothing
//! left to pay whether or not anything is cut.
//!
//! **Ties in decimal.** Contracts are written in decimal and computed in
//! binary: ten accruals of 0.1 add up to 0.9999999999999999. So the cap counts
//! as reached when what is missing is at most [`TIE`] × cap, and the payment is
//! then the whole headroom, which leaves the total exactly at the cap. On a cap
//! of $38 billion the tolerance is under four cents.

/// What may be missing from a cap that counts as reached, as a fraction of it.
///
/// A century of monthly accruals (1,200 additions) accumulates a rounding error
/// of at most 1,200 × 2⁻⁵³ ≈ 1.3 × 10⁻¹³ of the sum, so a decimal tie is always
/// recognised; and 10⁻¹² is far below a cent on any contract.
pub const TIE: f64 = 1e-12;

/// A cap with what was paid before taken off, ready to be applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cap {
    /// The most still to be paid; infinite for no cap.
    limit: f64,
    /// Accrued total from which the cap counts as reached.
    reached_at: f64,
    /// Accrued total above which an accrual counts as cut.
    cut_above: f64,
}

/// What one period does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Payment {
    /// min(accrued, headroom).
    pub amount: f64,
    /// Accrued less amount: what the cap saves the payer; exactly 0 at a tie.
    pub excess: f64,
    /// Total paid after it.
    pub paid: f64,
    /// Whether headroom is zero after it.
    pub reached: bool,
}

impl Cap {
    /// The limit left of a total cap (infinite for none) after `paid_before`.
    #[inline(always)]
    pub fn new(cap: f64, paid_before: f64) -> Self {
        let limit = (cap - paid_before).max(0.0);
        let tolerance = if cap < f64::INFINITY { TIE * cap } else { 0.0 };
        Self {
            limit,
            reached_at: limit - tolerance,
            cut_above: limit + tolerance,
        }
    }

    /// A limit of whole cents, for amounts that are whole cents themselves: a part
    /// of a cent is left out, and nothing but zero headroom counts as reached.
    pub fn in_cents(limit: f64) -> Self {
        let limit = whole_cents(limit).max(0.0);
        Self {
            limit,
            reached_at: limit,
            cut_above: limit,
        }
    }

    /// A limit that `used` has reached.
    pub fn used_up(used: f64) -> Self {
        Self {
            limit: used,
            reached_at: used,
            cut_above: used,
        }
    }

    /// The most still to be paid: cap less what was paid before, at least 0.
    #[inline(always)]
    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// What the cap has saved the payer once `uncapped` has accrued in all: the
    /// sum of every [`Payment::excess`] so far.
    #[inline(always)]
    pub fn excess(&self, uncapped: f64) -> f64 {
        if uncapped > self.cut_above {
            uncapped - self.limit
        } else {
            0.0
        }
    }

    /// The payment for `accrued` share when `paid` has been paid under this cap.
    #[inline(always)]
    pub fn pay(&self, paid: f64, accrued: f64) -> Payment {
        let uncapped = paid + accrued;
        let reached = uncapped >= self.reached_at;
        let amount = if reached { self.limit - paid } else { accrued };
        let cut = uncapped > self.cut_above;
        Payment {
            amount,
            excess: if cut { accrued - amount } else { 0.0 },
            paid: if reached { self.limit } else { uncapped },
            reached,
        }
    }
}

/// The whole cents in an amount of them; a millionth below a whole one, or four
/// units in the last place, is a rounding error of the conversion.
pub(super) fn whole_cents(cents: f64) -> f64 {
    (cents + f64::max(1e-6, 4.0 * f64::EPSILON * cents)).floor()
}

/// The day of a window of `days` accrual days on which the cap is reached, 0 for
/// the first, when `accrued` builds up evenly over the window and `headroom` was
/// left before it.
///
/// The instant is `headroom / accrued` of the way through; the day is the one
/// that contains it, and an instant at midnight belongs to the day that ends, so
/// an accrual equal to the headroom reaches the cap on the window's last day.
#[inline(always)]
pub fn day_reached(headroom: f64, accrued: f64, days: f64) -> f64 {
    // The subtracted 10⁻⁹ days make a rounding error above midnight the day that ends;
    // `max` also turns the 0/0 of a cap that leaves nothing to pay into the first day.
    ((headroom / accrued * days - 1e-9).ceil() - 1.0)
        .max(0.0)
        .min(days - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tenths_reach_one_and_cut_nothing() {
        let cap = Cap::new(1.0, 0.0);
        let mut paid = 0.0;
        for k in 1..=10 {
            let payment = cap.pay(paid, 0.1);
            assert_eq!(payment.reached, k == 10);
            assert_eq!(payment.excess, 0.0);
            paid = payment.paid;
        }
        assert_eq!(paid, 1.0);
        let after = cap.pay(paid, 0.1);
        assert_eq!((after.amount, after.paid, after.reached), (0.0, 1.0, true));
        assert_eq!(after.excess, 0.1);
    }

    #[test]
    fn no_cap_is_never_reached() {
        let cap = Cap::new(f64::INFINITY, 3.0);
        let payment = cap.pay(1e300, 1.0);
        assert_eq!(payment.amount, 1.0);
        assert!(!payment.reached);
    }

    #[test]
    fn a_cap_already_used_up_is_reached_at_once() {
        for paid_before in [50.0, 60.0] {
            let payment = Cap::new(50.0, paid_before).pay(0.0, 10.0);
            assert_eq!((payment.amount, payment.paid), (0.0, 0.0));
            assert!(payment.reached);
        }
    }

    #[test]
    fn the_day_is_the_one_that_contains_the_instant() {
        assert_eq!(day_reached(0.0, 1.0, 31.0), 0.0);
        assert_eq!(day_reached(0.5, 1.0, 31.0), 15.0);
        assert_eq!(day_reached(10.0, 31.0, 31.0), 9.0);
        assert_eq!(day_reached(1.0, 1.0, 29.0), 28.0);
        assert_eq!(day_reached(0.0, 0.0, 30.0), 0.0);
    }
}
