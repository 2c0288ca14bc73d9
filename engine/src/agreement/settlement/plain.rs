//! Pieces of agreements in which revenue earns one rate and nothing but a total cap limits
//! what is paid: most pieces of most contracts. All that is asked of a path is asked in one
//! loop, of numbers that stay in registers; under other clauses rows of paths go through
//! memory from one clause to the next, which costs four times as much. What comes out is
//! the same to the last bit.

use super::super::Agreement;
use super::super::rows::{Line, Row, Settled, each};
use super::super::rule::day_reached;
use super::super::schedule::Piece;
use super::super::share::Share;
use super::super::sums::Sum;
use super::Run;
use super::state::Asks;
use crate::units::Parameter;

impl Asks {
    /// Whether all pieces of an agreement are such.
    pub(super) fn is_plain(self, agreement: &Agreement) -> bool {
        let is_one_rate = matches!(agreement.share, Share::Flat(_) | Share::ByDate(_));
        let counts = self.sums || self.uneven || self.conditional.0 || self.conditional.1;
        is_one_rate && agreement.clauses.are_plain() && !counts && !self.real
    }
}

impl<const N: usize> Run<'_, N> {
    /// One such piece: what it earns, and what of that is paid.
    #[inline(always)]
    pub(super) fn settle_plain(
        &mut self,
        piece: &Piece,
        accrual_days: i32,
        revenue: &Row<N>,
        line: usize,
        out: &mut Settled<N>,
    ) {
        let (is_first, _) = piece.bounds;
        if is_first {
            self.begin_period();
        }
        let active = self.active(piece);
        self.put_in_force(piece, &active);
        let rate: Row<N> = self.rate(piece).lanes(self.inputs);
        let headroom = self.headroom();
        let line = &mut out.lines[line];
        if is_first {
            if self.agreement.clauses.adds() {
                line.added = [0.0; N];
                line.loss = [0.0; N];
            }
            if N == 1 {
                line.headroom_before = headroom;
            }
        }
        let before = |sum: f64| if is_first { 0.0 } else { sum };
        let period = piece.period as f64;
        let mut newly = 0;
        for l in 0..N {
            let accrued = rate[l] * active.fraction[l] * revenue[l];
            let payment = self.cap.at(l).pay(self.used[l], accrued);
            let is_over = payment.reached & (active.days[l] > 0.0);
            newly |= u64::from(is_over & (self.over[l] == 0.0)) << l;
            self.over[l] = if is_over { 1.0 } else { self.over[l] };
            self.used[l] = payment.paid;
            line.accrued[l] = before(line.accrued[l]) + accrued;
            line.payment[l] = before(line.payment[l]) + payment.amount;
            line.excess[l] = before(line.excess[l]) + payment.excess;
            line.headroom_after[l] = self.cap.limit[l] - payment.paid;
            line.cumulative_paid[l] = payment.paid;
            let binds = if payment.excess > 0.0 {
                period
            } else {
                f64::INFINITY
            };
            out.binds[l] = out.binds[l].min(binds);
        }
        each(newly, |l| {
            let accrued = rate[l] * active.fraction[l] * revenue[l];
            let instant = headroom[l] / accrued;
            self.reach(l, piece, active.days[l], accrual_days, instant, out);
        });
        self.note_days(piece, &active);
    }

    /// The one rate of such a piece.
    #[inline(always)]
    fn rate(&self, piece: &Piece) -> Parameter {
        let rate = match &self.agreement.share {
            Share::ByDate(rates) => piece.rate.map(|at| rates[at].rate),
            share => share.flat(),
        };
        rate.unwrap_or(Parameter::Fixed(0.0))
    }

    /// Adds some such pieces, not none, that are alike to the sums.
    #[inline(always)]
    pub(super) fn sum_plain(
        &mut self,
        pieces: &[Piece],
        revenue: &[Row<N>],
        weights: &[Option<f64>],
        out: &mut Settled<N>,
    ) {
        let first = &pieces[0];
        if self.in_force != Some((first.cap_step, first.cap_years)) {
            self.put_in_force(first, &self.active(first));
        }
        match self.rate(first) {
            Parameter::Fixed(rate) => self.sum_alike(pieces, |_| rate, revenue, weights, out),
            rate => {
                let rate: Row<N> = rate.lanes(self.inputs);
                self.sum_alike(pieces, |l| rate[l], revenue, weights, out);
            }
        }
    }

    #[inline(always)]
    fn sum_alike(
        &mut self,
        pieces: &[Piece],
        rate: impl Fn(usize) -> f64,
        revenue: &[Row<N>],
        weights: &[Option<f64>],
        out: &mut Settled<N>,
    ) {
        let mut noted = Noted {
            open: [0.0; N],
            before: self.used,
        };
        let (fours, rest) = pieces.as_chunks::<4>();
        for pieces in fours {
            self.sum_few(pieces, &rate, revenue, weights, &mut noted, out);
        }
        for piece in rest {
            let pieces = std::array::from_ref(piece);
            self.sum_few::<1>(pieces, &rate, revenue, weights, &mut noted, out);
        }
        let all = pieces.len() as f64;
        let mut reached = 0;
        for l in 0..N {
            reached |= u64::from(noted.open[l] < all) << l;
        }
        let newly = reached & !out.reached;
        if newly == 0 {
            return;
        }
        // What is known of the piece on each path, to find the days side by side.
        let (mut accrued, mut days, mut offset) = ([1.0; N], [1.0; N], [0.0; N]);
        each(newly, |l| {
            self.over[l] = 1.0;
            let piece = &pieces[noted.open[l] as usize];
            accrued[l] = rate(l) * piece.fraction * revenue[piece.period][l];
            days[l] = f64::from(piece.days);
            offset[l] = piece.offset;
        });
        for l in 0..N {
            let instant = (self.cap.limit[l] - noted.before[l]) / accrued[l];
            offset[l] += day_reached(instant, 1.0, days[l]);
        }
        out.reached |= newly;
        each(newly, |l| out.last_days[l] = offset[l] as i32);
    }

    /// Adds a few pieces that are alike: what is known of a path goes through memory once for
    /// all of them.
    #[inline(always)]
    fn sum_few<const P: usize>(
        &mut self,
        pieces: &[Piece; P],
        rate: &impl Fn(usize) -> f64,
        revenue: &[Row<N>],
        weights: &[Option<f64>],
        noted: &mut Noted<N>,
        out: &mut Settled<N>,
    ) {
        let revenue: [&Row<N>; P] = std::array::from_fn(|p| &revenue[pieces[p].period]);
        let weight: [f64; P] =
            std::array::from_fn(|p| weights[pieces[p].period].unwrap_or_default());
        let fraction: [f64; P] = std::array::from_fn(|p| pieces[p].fraction);
        let sums = &mut out.sums;
        for l in 0..N {
            let cap = self.cap.at(l);
            let mut used = self.used[l];
            let (mut open, mut before) = (noted.open[l], noted.before[l]);
            let mut path = sums.path(l);
            for p in 0..P {
                let accrued = rate(l) * fraction[p] * revenue[p][l];
                let uncapped = used + accrued;
                let payment = cap.pay(used, accrued);
                used = payment.paid;
                path.take(&Line::capped(&cap, accrued, &payment), &Sum::ALL);
                path[Sum::Worth][0] += weight[p] * payment.amount;
                // What has reached the cap stays there.
                open = if payment.reached { open } else { open + 1.0 };
                before = if payment.reached { before } else { uncapped };
            }
            sums.put(l, &path);
            self.used[l] = used;
            (noted.open[l], noted.before[l]) = (open, before);
        }
    }
}

/// Where paths reach the cap within pieces that are alike.
struct Noted<const N: usize> {
    /// After how many of them.
    open: Row<N>,
    /// What is paid before it.
    before: Row<N>,
}

#[cfg(test)]
mod tests {
    use super::super::super::{
        Agreement, Amounts, CapStep, Claim, Clauses, Contract, DatedRate, Deferral, DeferredTo,
        Event, Indexation, Keep, PayerDefault, PaymentPeriod, PaymentTerms, Settled, Share, Sum,
        TotalCap, When,
    };
    use crate::agreement::rows::add;
    use crate::units::{Date, LANES, Lanes, Parameter, Step, Timeline};

    fn day(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    /// A minimum of nothing leaves every number as it is, and sends the pieces from clause to
    /// clause; sums taken in passing are those of the lines.
    #[test]
    fn one_loop_says_what_all_clauses_say() {
        let timeline = Timeline::new(day(2026, 1, 1), day(2030, 12, 31), Step::Quarter).unwrap();
        let mut state = 9_u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let fixed = Parameter::Fixed;
        let step = |until, amount| CapStep {
            until,
            amount,
            multiple_of: None,
        };
        let (mut reached, mut in_passing) = (0, 0);
        for case in 0..96 {
            let inputs: Vec<Lanes> = vec![
                std::array::from_fn(|_| 0.1 + 0.2 * random()),
                std::array::from_fn(|_| 20.0 + 60.0 * random()),
                std::array::from_fn(|_| -random().ln()),
                std::array::from_fn(|_| -2.0 * random().ln()),
            ];
            let revenue: Vec<Lanes> = timeline
                .periods()
                .iter()
                .map(|_| std::array::from_fn(|_| 40.0 * random() * random()))
                .collect();
            let has = |bit: usize| case >> bit & 1 == 1;
            let rate = |from, rate| DatedRate { from, rate };
            let steps = match has(0) {
                true => vec![
                    step(Some(day(2027, 5, 17)), fixed(15.0)),
                    step(None, Parameter::Uncertain(1)),
                ],
                false => vec![step(None, fixed(40.0))],
            };
            let hazard = |wait| When::Hazard {
                rate: fixed(0.3),
                unit_wait: Parameter::Uncertain(wait),
                with: None,
            };
            let event = Event {
                name: "over".into(),
                when: hazard(2),
                pays: None,
            };
            let clauses = Clauses {
                events: has(2).then_some(event).into_iter().collect(),
                default: has(3).then_some(PayerDefault {
                    when: hazard(3),
                    recovery: fixed(0.4),
                    lag_months: 12,
                    claim: if has(4) { Claim::Cap } else { Claim::Accrued },
                }),
                deferral: has(4).then_some(Deferral {
                    fraction: fixed(0.25),
                    to: DeferredTo::Months(9),
                    interest: fixed(0.05),
                }),
                least_payment: (has(3) && has(0)).then_some(fixed(2.0)),
                ..Clauses::default()
            };
            let agreement = Agreement {
                name: "royalty".into(),
                payer: "company".into(),
                payee: "investor".into(),
                share: match has(1) {
                    true => Share::ByDate(vec![
                        rate(day(2026, 2, 10), Parameter::Uncertain(0)),
                        rate(day(2028, 8, 8), fixed(0.125)),
                    ]),
                    false => Parameter::Uncertain(0).into(),
                },
                cap: (case < 64).then_some(TotalCap {
                    steps,
                    indexation: Indexation::None,
                }),
                paid_before: fixed(1.5),
                effective: day(2026, 2, 1),
                expiry: day(2030, 11, 15),
                payment: PaymentTerms {
                    every: has(5).then_some(PaymentPeriod::Year),
                    ..PaymentTerms::default()
                },
                clauses,
            };
            let settled = |minimum: Option<Amounts>, in_passing: bool| {
                let mut agreement = agreement.clone();
                agreement.clauses.minimum = minimum;
                let contract = Contract::new(agreement, &timeline);
                let dates = contract.schedule.cash_dates().len();
                let mut settled = Settled::<LANES>::new(revenue.len(), dates);
                if !in_passing {
                    contract.settle_row(&inputs, &revenue, &mut settled);
                } else if contract.adds_up_in_passing() {
                    let completed = contract.dates_completed().into_iter();
                    let weights = completed.map(|at| Some(weight(at?))).collect();
                    let passing = contract.in_passing(weights);
                    let keep = Keep::Sums(&passing);
                    contract.settle_keeping(&inputs, &revenue, keep, &mut settled);
                } else {
                    return None;
                }
                Some(settled)
            };
            let none = || Some(fixed(0.0).into());
            let (one, all) = (settled(None, false), settled(none(), false));
            assert_eq!(format!("{one:?}"), format!("{all:?}"), "{case}");
            let one = added_up(one.unwrap());
            reached += one.reached.count_ones();
            for minimum in [None, none()] {
                let Some(passed) = settled(minimum, true) else {
                    continue;
                };
                in_passing += 1;
                let ends = |of: &Settled<LANES>| {
                    format!("{:?} {:?} {:?}", of.reached, of.reasons, of.last_days)
                };
                assert_eq!(ends(&passed), ends(&one), "{case}");
                for sum in Sum::ALL {
                    let [passed, one] = [&passed, &one].map(|of| format!("{:?}", of.sums[sum]));
                    assert_eq!(passed, one, "{sum:?} {case}");
                }
            }
        }
        assert!(reached > 100, "{reached}");
        assert_eq!(in_passing, 48);
    }

    fn weight(date: usize) -> f64 {
        1.0 - 0.01 * date as f64
    }

    /// With the sums of lines that are kept.
    fn added_up(mut settled: Settled<LANES>) -> Settled<LANES> {
        settled.add_up(&Sum::ALL);
        for (at, cash) in settled.cash.iter().enumerate() {
            let worth = cash.map(|amount| weight(at) * amount);
            add(&mut settled.sums[Sum::Worth], &worth);
        }
        settled
    }
}
