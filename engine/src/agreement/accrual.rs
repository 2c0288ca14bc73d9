//! What a piece accrues by the clauses, before rounding and caps.

use super::clauses::MilestoneOver;
use super::rows::{Row, mask, row};
use super::rule::TIE;
use super::schedule::Piece;
use super::settlement::{Active, Run};
use super::share::{Share, TierBasis, by_paid, marginal, most_retroactive, retroactive};

/// Parts of a piece no farther apart are the same.
const NARROW: f64 = 1e-13;

/// What a piece accrues by the clauses, before rounding.
pub(super) struct Accrual<const N: usize> {
    /// Revenue that is shared.
    pub shared: Row<N>,
    /// Share earned by the rates.
    pub earned: Row<N>,
    /// Share accrued, on account where that is agreed.
    pub share: Row<N>,
    /// What rates that have been raised add, on account or not.
    raised: Row<N>,
    /// Milestone payments.
    milestones: Row<N>,
    /// 1 where it builds up evenly with revenue.
    pub even: Row<N>,
}

impl<const N: usize> Accrual<N> {
    #[inline(always)]
    pub fn total(&self) -> Row<N> {
        row(|l| self.share[l] + self.raised[l] + self.milestones[l])
    }
}

impl<const N: usize> Run<'_, N> {
    /// What a piece accrues, before rounding.
    #[inline(always)]
    pub(super) fn accrual(
        &self,
        piece: &Piece,
        active: &Active<N>,
        revenue: &Row<N>,
    ) -> Accrual<N> {
        let clauses = &self.agreement.clauses;
        let (inputs, scale) = (self.inputs, self.scale);
        let eligible: Row<N> = row(|l| active.fraction[l] * revenue[l]);
        let shared = match clauses.threshold {
            None => eligible,
            Some(threshold) => {
                let threshold = threshold.lanes(inputs);
                row(|l| {
                    let above = self.revenue[l] + eligible[l] - threshold[l];
                    above.max(0.0).min(eligible[l])
                })
            }
        };
        let (shared, later) = self.of_rates(piece, active, &eligible, shared, revenue);
        let is_all = clauses.threshold.is_none()
            && clauses.revenue_floor.is_none()
            && clauses.turn.is_none();
        let flat = |rate: Row<N>| -> Row<N> {
            match is_all {
                // The order of the factors is that of the rule.
                true => row(|l| rate[l] * active.fraction[l] * revenue[l] * scale),
                false => row(|l| rate[l] * shared[l] * scale),
            }
        };
        let mut is_even = clauses.threshold.is_none();
        let earned: Row<N> = match &self.agreement.share {
            Share::Flat(rate) => flat(rate.lanes(inputs)),
            Share::ByDate(rates) => match piece.rate {
                Some(at) => flat(rates[at].rate.lanes(inputs)),
                None => flat([0.0; N]),
            },
            Share::ByAnnualRevenue { .. } | Share::ByAnnualRevenueFrom { .. } => {
                is_even = false;
                let annual = self.agreement.share.annual(piece.rate);
                let (tiers, basis) = annual.unwrap_or((&[], TierBasis::Marginal));
                let (year, free) = (&self.year.shared, &self.year.earlier);
                let to: Row<N> = row(|l| year[l] + shared[l]);
                let earned: Row<N> = match basis {
                    TierBasis::Marginal => {
                        let share = marginal(tiers, inputs, year, &to);
                        row(|l| share[l] * scale)
                    }
                    // Nothing accrued is given back where a higher tier has a lower rate.
                    TierBasis::Retroactive => {
                        let share = match active.is_whole {
                            true => retroactive(tiers, inputs, free, &to),
                            false => most_retroactive(tiers, inputs, free, year, &to),
                        };
                        row(|l| (share[l] * scale - self.year.earned[l]).max(0.0))
                    }
                };
                // Not even what rounding leaves between two sums of the same revenue.
                row(|l| if shared[l] <= 0.0 { 0.0 } else { earned[l] })
            }
            Share::ByTotalRevenue(tiers) => {
                is_even = false;
                let to: Row<N> = row(|l| self.revenue[l] + eligible[l] - later[l]);
                let from = row(|l| to[l] - shared[l]);
                let share = marginal(tiers, inputs, &from, &to);
                row(|l| {
                    if shared[l] <= 0.0 {
                        0.0
                    } else {
                        share[l] * scale
                    }
                })
            }
            Share::ByPaid(tiers) => {
                is_even = false;
                let paid: Row<N> = row(|l| self.paid_before[l] * scale + self.paid[l]);
                let room = self.room_to_pay();
                let most: Row<N> = row(|l| paid[l] + room[l]);
                by_paid(tiers, inputs, (&paid, &most), &shared, scale)
            }
        };
        let (shared, earned) = match &clauses.turn {
            None => (shared, earned),
            Some(turn) => {
                is_even = false;
                let rate = turn.rate.lanes(inputs);
                let all: Row<N> = row(|l| shared[l] + later[l]);
                (all, row(|l| earned[l] + rate[l] * later[l] * scale))
            }
        };
        let mut true_up = [0.0; N];
        let share = match clauses.on_account {
            None => earned,
            Some(rate) => {
                let rate = rate.lanes(inputs);
                let on_account: Row<N> = row(|l| rate[l] * shared[l] * scale);
                true_up = row(|l| {
                    let due = self.year.earned[l] + earned[l];
                    let missing = (due - (self.year.accrued[l] + on_account[l])).max(0.0);
                    if active.closes_year[l] > 0.0 {
                        missing
                    } else {
                        0.0
                    }
                });
                is_even = clauses.threshold.is_none();
                row(|l| on_account[l] + true_up[l])
            }
        };
        let mut raised = [0.0; N];
        for (step_up, paths) in clauses.step_ups.iter().zip(&self.raised) {
            let adds = step_up.adds.lanes(inputs);
            for l in 0..N {
                let adds = if paths >> l & 1 == 1 { adds[l] } else { 0.0 };
                raised[l] += adds * shared[l] * scale;
            }
        }
        let milestones = self.milestones(piece, &eligible);
        Accrual {
            even: mask(|l| is_even && true_up[l] + milestones[l] <= 0.0),
            shared,
            earned,
            share,
            raised,
            milestones,
        }
    }

    /// What of the revenue that is shared is at the agreement's own rates, and what comes
    /// after the event from which another rate holds: none of either where the period's
    /// revenue is below the floor.
    #[inline(always)]
    fn of_rates(
        &self,
        piece: &Piece,
        active: &Active<N>,
        eligible: &Row<N>,
        mut shared: Row<N>,
        revenue: &Row<N>,
    ) -> (Row<N>, Row<N>) {
        let clauses = &self.agreement.clauses;
        if let Some(floor) = clauses.revenue_floor {
            let floor = floor.lanes(self.inputs);
            for l in 0..N {
                let least = floor[l] * piece.period_years * (1.0 - TIE);
                shared[l] = if revenue[l] >= least { shared[l] } else { 0.0 };
            }
        }
        if clauses.turn.is_none() {
            return (shared, [0.0; N]);
        }
        let later: Row<N> = row(|l| {
            // Of a part of a piece, too, which is its first days.
            let days = active.fraction[l] * piece.period_days;
            let after = (piece.offset + days - self.turn[l]).clamp(0.0, days);
            // Of a piece's revenue, that above a threshold comes last.
            let of_all = if days > 0.0 {
                after / days * eligible[l]
            } else {
                0.0
            };
            of_all.min(shared[l])
        });
        (row(|l| shared[l] - later[l]), later)
    }

    /// The milestone payments that a piece's revenue makes due.
    #[inline(always)]
    fn milestones(&self, piece: &Piece, eligible: &Row<N>) -> Row<N> {
        let mut due = [0.0; N];
        for milestone in &self.agreement.clauses.milestones {
            let before = match milestone.over {
                MilestoneOver::Total => &self.revenue,
                MilestoneOver::Year(year) if year != piece.year => continue,
                MilestoneOver::EachYear | MilestoneOver::Year(_) => &self.year.revenue,
            };
            if milestone.by.is_some_and(|by| by < piece.first_day) {
                continue;
            }
            let reaches = milestone.reaches.lanes(self.inputs);
            let amount = milestone.amount.lanes(self.inputs);
            for l in 0..N {
                let level = reaches[l] * (1.0 - TIE);
                // Both asked of every path: what follows from one alone would be a branch.
                let is_due = (before[l] < level) & (before[l] + eligible[l] >= level);
                due[l] += if is_due { amount[l] * self.scale } else { 0.0 };
            }
        }
        due
    }

    /// The largest number that goes into what a piece accrues: what is a difference
    /// of sums to date knows no more digits than they do.
    #[inline(always)]
    pub(super) fn among(&self, accrual: &Accrual<N>) -> Row<N> {
        let clauses = &self.agreement.clauses;
        let part_of = |l: usize, sum: f64| match accrual.shared[l] > 0.0 {
            true => accrual.earned[l] * (sum / accrual.shared[l]),
            false => 0.0,
        };
        let mut among = [0.0_f64; N];
        let mut take = |of: &dyn Fn(usize) -> f64| {
            for (l, among) in among.iter_mut().enumerate() {
                *among = among.max(of(l));
            }
        };
        if clauses.threshold.is_some() {
            take(&|l| part_of(l, self.revenue[l] + accrual.shared[l]));
        }
        match self.agreement.share {
            Share::Flat(_) | Share::ByDate(_) => {}
            Share::ByAnnualRevenue { .. } | Share::ByAnnualRevenueFrom { .. } => {
                take(&|l| part_of(l, self.year.shared[l] + accrual.shared[l]));
            }
            Share::ByTotalRevenue(_) => {
                take(&|l| part_of(l, self.revenue[l] + accrual.shared[l]));
            }
            Share::ByPaid(_) => take(&|l| self.paid_before[l] * self.scale + self.paid[l]),
        }
        if clauses.on_account.is_some() {
            take(&|l| self.year.earned[l] + accrual.earned[l]);
        }
        among
    }
}

impl Run<'_, 1> {
    /// The part of a piece's revenue, on `days` days that are `fraction` of its period,
    /// that makes it accrue an amount. Revenue is even within a piece; what accrues need
    /// not be, but never falls.
    pub(super) fn part_that_accrues(
        &self,
        piece: &Piece,
        days: f64,
        fraction: f64,
        revenue: f64,
        amount: f64,
    ) -> f64 {
        let wanted = amount * (1.0 - TIE);
        let accrues = |part: f64| {
            let active = Active::part(days, part * fraction);
            self.accrual(piece, &active, &[revenue]).total()[0]
        };
        // Between two parts, of which the one accrues less and the other enough.
        let (mut below, mut enough) = ((0.0, 0.0), (1.0, accrues(1.0)));
        let mut asked = 0;
        while enough.0 - below.0 > NARROW {
            // What accrues is straight between a few kinks: a straight line through both ends
            // soon meets it, and the part is then found just above and just below. Where it
            // jumps, halving finds it.
            let straight = (wanted - below.1) / (enough.1 - below.1);
            let straight = below.0 + straight * (enough.0 - below.0);
            let beside = if asked % 2 == 0 { 0.25 } else { -0.25 } * NARROW;
            let middle = 0.5 * (below.0 + enough.0);
            let part = straight + beside;
            let is_within = below.0 < part && part < enough.0;
            let is_straight = is_within && asked % 6 < 4 && asked < 18;
            let part = if is_straight { part } else { middle };
            asked += 1;
            let accrued = accrues(part);
            if accrued >= wanted {
                enough = (part, accrued);
            } else {
                below = (part, accrued);
            }
        }
        enough.0
    }
}
