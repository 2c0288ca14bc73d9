//! What both caps leave of what is due, and what a year's minimum adds to it.

use super::super::rows::add;
use super::super::rows::{Line, Row, mask, row};
use super::super::rule::{Cap, Payment, nearest_cent, whole_cents};
use super::super::schedule::Piece;
use super::{Active, Run};

/// What the caps cut of an amount that is due.
pub(super) struct Cuts<const N: usize> {
    pub by_annual: Row<N>,
    pub by_total: Row<N>,
}

/// What an amount to be paid is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    /// Due by the clauses, within the total cap and, if there is one and it is to count,
    /// the annual one.
    Within { annual: bool },
    /// Paid already, whatever the caps say.
    Known,
}

impl<const N: usize> Run<'_, N> {
    /// The total cap of a piece. One that is reached stays, one that falls below
    /// what is paid counts as reached, and none moves when sharing has ended.
    #[inline(always)]
    pub(super) fn put_in_force(&mut self, piece: &Piece, active: &Active<N>) {
        let Some(total) = &self.agreement.cap else {
            return;
        };
        // What counts against it is known once all agreements are settled.
        if self.agreement.clauses.cap_of.is_some() {
            return;
        }
        let is_first = self.in_force.is_none();
        if piece.days == 0 && !is_first {
            return;
        }
        let step = (piece.cap_step, piece.cap_years);
        let is_in_force = self.in_force == Some(step) && !self.advances.moves_cap;
        let is_real = self.asks.real;
        if is_in_force && !is_real {
            return;
        }
        let moves: Row<N> = mask(|l| self.over[l] == 0.0 && (active.days[l] > 0.0 || is_first));
        if is_real {
            let whole = piece.growth.deflators(self.inputs);
            for l in 0..N {
                self.weight[l] = if moves[l] > 0.0 {
                    whole[l]
                } else {
                    self.weight[l]
                };
            }
            // Days that are cut off have no part in the middle of the others.
            if !active.is_uniform {
                for l in 0..N {
                    let days = active.days[l];
                    let is_cut = 0.0 < days && days < f64::from(piece.days);
                    if moves[l] > 0.0
                        && is_cut
                        && let Some(growth) = total.indexation.of_prices(piece.first_day, days)
                    {
                        self.weight[l] = growth.deflator(self.inputs, l);
                    }
                }
            }
        }
        if is_in_force {
            return;
        }
        self.in_force = Some(step);
        self.advances.moves_cap = false;
        let of_step = &total.steps[step.0];
        let mut amount = of_step.lanes(self.inputs, &self.advances.total);
        add(&mut amount, &self.advances.worth);
        if !is_real {
            piece.growth.grow(self.inputs, &mut amount);
        }
        let in_cents = self.agreement.clauses.cents_per_unit.is_some() && !is_real;
        for l in 0..N {
            let scaled = amount[l] * self.scale;
            let cap = if in_cents {
                Cap::in_cents((amount[l] - self.paid_before[l]) * self.scale, scaled)
            } else {
                Cap::new(scaled, self.paid_before[l] * self.scale)
            };
            let cap = self.or_used_up(l, cap);
            let old = self.cap.at(l);
            self.cap.put(l, if moves[l] > 0.0 { cap } else { old });
        }
    }

    /// A cap, or one that what is used has reached where it is above it.
    #[inline(always)]
    pub(super) fn or_used_up(&self, l: usize, cap: Cap) -> Cap {
        if self.used[l] > cap.limit() {
            Cap::used_up(self.used[l])
        } else {
            cap
        }
    }

    /// What both caps still let be paid of the piece's accrual; what is carried
    /// forward has its room first.
    #[inline(always)]
    pub(in crate::agreement) fn room_to_pay(&self) -> Row<N> {
        let has_annual = self.agreement.clauses.annual_cap.is_some();
        row(|l| {
            let total = (self.cap.limit[l] - self.used[l]) / self.weight[l];
            let most = match has_annual {
                false => total,
                true => total.min(self.annual(l).limit() - self.year.paid[l]),
            };
            (most - self.carried[l]).max(0.0)
        })
    }

    #[inline(always)]
    pub(super) fn headroom(&self) -> Row<N> {
        row(|l| self.cap.limit[l] - self.used[l])
    }

    /// Pays what is due as far as the caps allow. What the total cap cuts is
    /// excess; what the annual one cuts may be carried forward.
    #[inline(always)]
    pub(super) fn pay(
        &mut self,
        due: &Row<N>,
        terms: Due,
        active: &Active<N>,
        line: &mut Line<N>,
    ) -> Cuts<N> {
        let mut cuts = Cuts {
            by_annual: [0.0; N],
            by_total: [0.0; N],
        };
        let (mut allowed, mut year_paid) = (*due, None);
        if let Due::Within { annual: true } = terms {
            let mut paid = [0.0; N];
            for l in 0..N {
                let payment = self.annual(l).pay(self.year.paid[l], due[l]);
                allowed[l] = payment.amount;
                cuts.by_annual[l] = payment.excess;
                paid[l] = payment.paid;
            }
            year_paid = Some(paid);
        }
        let (mut amounts, mut reached) = (allowed, [0.0; N]);
        if self.agreement.cap.is_some() {
            let paid = self.count(&allowed, terms, &mut cuts.by_total);
            (amounts, reached) = paid;
        } else {
            add(&mut self.used, &allowed);
        }
        for l in 0..N {
            let is_over = reached[l] > 0.0 && active.days[l] > 0.0;
            self.over[l] = if is_over { 1.0 } else { self.over[l] };
        }
        if let Due::Known = terms {
            for l in 0..N {
                let above = self.used[l] - self.cap.limit[l];
                let above = if above > 0.0 {
                    above / self.weight[l]
                } else {
                    0.0
                };
                self.above_cap[l] += above;
                let cap = self.or_used_up(l, self.cap.at(l));
                self.cap.put(l, cap);
            }
        }
        if self.asks.real {
            add(&mut self.paid, &amounts);
        } else {
            // The sum stands at the cap to the last digit.
            self.paid = self.used;
        }
        match &year_paid {
            Some(paid) => {
                for l in 0..N {
                    let with = self.year.paid[l] + amounts[l];
                    self.year.paid[l] = if reached[l] == 0.0 { paid[l] } else { with };
                }
            }
            None => add(&mut self.year.paid, &amounts),
        }
        add(&mut line.payment, &amounts);
        add(&mut line.excess, &cuts.by_total);
        cuts
    }

    /// Counts amounts against the total cap. What is paid of them, and 1 where that
    /// reaches the cap; `cuts` is what it cuts.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        allowed: &Row<N>,
        terms: Due,
        cuts: &mut Row<N>,
    ) -> (Row<N>, Row<N>) {
        let (mut amounts, mut reached) = ([0.0; N], [0.0; N]);
        let mut take = |l: usize, total: Payment| {
            reached[l] = if total.reached { 1.0 } else { 0.0 };
            amounts[l] = total.amount;
            cuts[l] = total.excess;
            total.paid
        };
        // A loop for each: asked of every path, the terms would be a branch.
        match terms {
            Due::Within { .. } => {
                for l in 0..N {
                    let counts = allowed[l] * self.weight[l];
                    self.used[l] = take(l, self.cap.at(l).pay(self.used[l], counts));
                }
            }
            Due::Known => {
                for l in 0..N {
                    let counts = allowed[l] * self.weight[l];
                    self.used[l] = take(l, self.cap.at(l).note(self.used[l], counts));
                }
            }
        }
        // From the cap's prices to those of the day.
        if self.asks.real {
            for l in 0..N {
                amounts[l] /= self.weight[l];
                cuts[l] /= self.weight[l];
            }
        }
        if self.agreement.clauses.cents_per_unit.is_some() {
            for l in 0..N {
                let limit = self.cap.limit[l] / self.weight[l];
                let amount = whole_cents(amounts[l], limit).min(allowed[l]);
                let is_cut = reached[l] > 0.0 && cuts[l] > 0.0;
                cuts[l] = if is_cut { allowed[l] - amount } else { cuts[l] };
                amounts[l] = if is_cut { amount } else { allowed[l] };
            }
        } else if self.asks.real {
            // There and back is not the same to the last digit.
            for l in 0..N {
                let (paid, all) = (amounts[l], allowed[l]);
                amounts[l] = if reached[l] > 0.0 { paid } else { all };
            }
        }
        (amounts, reached)
    }

    /// Puts the annual cap of a year that begins in force.
    #[inline(always)]
    pub(super) fn begin_annual(&mut self, piece: &Piece) {
        let (Some(cap), Some(at)) = (&self.agreement.clauses.annual_cap, piece.of_year.0) else {
            return;
        };
        let part = if cap.prorated { self.year.part } else { 1.0 };
        let amount = cap.amount.at(at).lanes(self.inputs);
        for l in 0..N {
            self.year.cap[l] = amount[l] * part * self.scale;
        }
    }

    /// The annual cap of the year on a path, with the room it has from earlier ones;
    /// used up where known payments are above it.
    #[inline(always)]
    pub(super) fn annual(&self, l: usize) -> Cap {
        let limit = self.year.cap[l] + self.room[l];
        let cap = match self.agreement.clauses.cents_per_unit {
            Some(_) => Cap::in_cents(limit, limit),
            None => Cap::new(limit, 0.0),
        };
        if self.year.paid[l] > cap.limit() {
            Cap::used_up(self.year.paid[l])
        } else {
            cap
        }
    }

    /// What is missing from the minimum of the year where it closes.
    #[inline(always)]
    pub(super) fn top_up(&self, piece: &Piece, active: &Active<N>) -> Row<N> {
        let (Some(minimum), Some(at)) = (&self.agreement.clauses.minimum, piece.of_year.1) else {
            return [0.0; N];
        };
        let part: Row<N> = row(|l| self.year.days[l] / piece.year_days);
        let minimum = minimum.at(at).lanes(self.inputs);
        self.missing_from(&minimum, &part, &self.year.paid, &active.closes_year)
    }

    /// What is missing from the minimum of a part of the year where it closes.
    #[inline(always)]
    pub(super) fn top_up_part(&self, piece: &Piece, active: &Active<N>) -> Row<N> {
        let minimum = self.agreement.clauses.period_minimum.as_ref();
        let (Some(minimum), Some(at)) = (minimum, piece.part.minimum) else {
            return [0.0; N];
        };
        let last = piece.offset + f64::from(piece.days);
        let closes =
            mask(|l| active.days[l] > 0.0 && (piece.part.closes || self.stop.at[l] <= last));
        let part: Row<N> = row(|l| self.part.days[l] / piece.part.days);
        let paid: Row<N> = row(|l| self.paid[l] - self.part.paid_before[l]);
        let minimum = minimum.amount.at(at).lanes(self.inputs);
        self.missing_from(&minimum, &part, &paid, &closes)
    }

    /// What is missing from a part of a minimum where it is due.
    #[inline(always)]
    fn missing_from(
        &self,
        minimum: &Row<N>,
        part: &Row<N>,
        paid: &Row<N>,
        closes: &Row<N>,
    ) -> Row<N> {
        let rounds = self.agreement.clauses.cents_per_unit.is_some();
        row(|l| {
            let exact = minimum[l] * part[l] * self.scale;
            let minimum = if rounds {
                nearest_cent(exact, exact)
            } else {
                exact
            };
            let missing = (minimum - paid[l]).max(0.0);
            let is_due = closes[l] > 0.0 && self.over[l] == 0.0;
            if is_due { missing } else { 0.0 }
        })
    }
}
