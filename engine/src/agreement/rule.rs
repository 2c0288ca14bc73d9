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
    /// `among` is the largest number that the limit is a difference of.
    #[inline(always)]
    pub fn in_cents(limit: f64, among: f64) -> Self {
        let limit = whole_cents(limit, among).max(0.0);
        Self {
            limit,
            reached_at: limit,
            cut_above: limit,
        }
    }

    /// A cap from its [parts](Self::parts).
    #[inline(always)]
    pub(super) fn from_parts(limit: f64, reached_at: f64, cut_above: f64) -> Self {
        Self {
            limit,
            reached_at,
            cut_above,
        }
    }

    /// The limit, and the totals from which it counts as reached and above which an
    /// accrual counts as cut.
    #[inline(always)]
    pub(super) fn parts(&self) -> (f64, f64, f64) {
        (self.limit, self.reached_at, self.cut_above)
    }

    /// A limit that `used` has reached.
    #[inline(always)]
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

    /// The accrued total from which it counts as reached; 0 where nothing that
    /// counts is left to pay.
    pub fn reached_at(&self) -> f64 {
        self.reached_at.max(0.0)
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
        let left = self.limit - paid;
        let reached = uncapped >= self.reached_at;
        let cut = uncapped > self.cut_above;
        Payment {
            amount: if reached { left } else { accrued },
            // What is cut has reached the limit.
            excess: if cut { accrued - left } else { 0.0 },
            paid: if reached { self.limit } else { uncapped },
            reached,
        }
    }

    /// Notes a payment that was made: as [`pay`](Self::pay), but nothing of it is
    /// cut, and what is above the limit is paid all the same.
    #[inline(always)]
    pub fn note(&self, paid: f64, made: f64) -> Payment {
        let payment = self.pay(paid, made);
        let is_within = paid + made <= self.cut_above;
        Payment {
            amount: if is_within { payment.amount } else { made },
            excess: if is_within { payment.excess } else { 0.0 },
            paid: if is_within { payment.paid } else { paid + made },
            reached: !is_within || payment.reached,
        }
    }
}

/// What rounding in binary may have taken from an amount that is exact in decimal,
/// as a fraction of the largest number that went into it.
///
/// A share, a revenue, a part of a period and a few sums are a dozen roundings of
/// 2⁻⁵³ each; this is sixteen. On an amount of a billion it is two millionths of a
/// cent, so what lies below a half by what a contract can tell stays below it.
const NOISE: f64 = 8.0 * f64::EPSILON;

/// An amount of 0 or more in cents, rounded to whole ones, halves up: as decimal
/// arithmetic rounds what was written in decimal. `among` is the largest number
/// that the amount is a sum or a difference of.
#[inline(always)]
pub(super) fn nearest_cent(cents: f64, among: f64) -> f64 {
    up_from(0.5, cents, among)
}

/// The whole cents in an amount of them; what the conversion from decimal may have
/// taken from a whole one is not missing. `among` is the largest number that the
/// amount is a sum or a difference of.
#[inline(always)]
pub(super) fn whole_cents(cents: f64, among: f64) -> f64 {
    up_from(1.0, cents, among)
}

/// The whole cents in an amount, and one more if at least `part` of one is left.
#[inline(always)]
fn up_from(part: f64, cents: f64, among: f64) -> f64 {
    let whole = cents.floor();
    // Beyond a trillion a double does not know parts of a cent.
    let noise = (NOISE * among.max(cents)).min(0.25);
    if cents - whole >= part - noise {
        whole + 1.0
    } else {
        whole
    }
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
    fn what_was_paid_is_noted_above_the_limit() {
        let cap = Cap::new(5.0, 0.0);
        let within = cap.note(1.0, 3.0);
        assert_eq!(
            (within.amount, within.paid, within.reached),
            (3.0, 4.0, false)
        );
        let above = cap.note(1.0, 6.0);
        assert_eq!((above.amount, above.paid, above.reached), (6.0, 7.0, true));
        assert_eq!(above.excess, 0.0);
    }

    /// Rates in hundredths of a percent, amounts in cents: their product in units of
    /// a millionth of a cent decides exactly what is a half.
    #[test]
    fn halves_of_a_cent_are_those_of_decimal_arithmetic() {
        let (mut halves, mut below) = (0, 0);
        for rate in [500_u64, 625, 750, 1250, 1500, 1750, 2500, 3500, 4000] {
            for cents in (1..400_u64).chain(1_000_000_000..1_000_000_100) {
                let exact = rate * cents;
                let product = rate as f64 / 1e4 * (cents as f64 / 100.0) * 100.0;
                let wanted = (exact + 5_000) / 10_000;
                assert_eq!(
                    nearest_cent(product, product),
                    wanted as f64,
                    "{rate} {cents}"
                );
                halves += u32::from(exact % 10_000 == 5_000);
                // One hundredth of a percent of a hundredth below a half stays below.
                let less = product * (1.0 - 1e-13);
                let is_half = exact % 10_000 == 5_000;
                if is_half {
                    below += 1;
                    assert_eq!(
                        nearest_cent(less, less),
                        (wanted - 1) as f64,
                        "{rate} {cents}"
                    );
                }
            }
        }
        assert!(halves > 240 && below == halves, "{halves}");
        assert_eq!(nearest_cent(3e14, 3e14), 3e14);
        assert_eq!(nearest_cent(1.5e14 + 0.5, 1.5e14), 1.5e14 + 1.0);
    }

    #[test]
    fn parts_of_a_cent_are_left_out_but_not_those_that_binary_takes() {
        assert_eq!(whole_cents(0.29 * 100.0, 29.0), 29.0);
        assert_eq!(whole_cents((1e9 - 999_999_999.99) * 100.0, 1e11), 1.0);
        assert_eq!(whole_cents(28.999_999_99, 29.0), 28.0);
        assert_eq!(whole_cents(0.0, 0.0), 0.0);
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
