//! Which rows a run of a lone flat share records.

use crate::agreement::rule::Cap;
use crate::simulate::Simulation;
use crate::simulate::estimates::quantity::Quantity;
use crate::simulate::record::recording::{AgreementRows, Recording};
use crate::simulate::record::rows::{Detail, PaymentCount, Row, Source};
use crate::simulate::record::tally::{Slot, YearEnd};
use crate::simulate::record::totals::LEVELS;

/// The rows of one period, in the order in which they are recorded.
#[derive(Clone, Debug, Default)]
pub struct PeriodRows {
    /// Revenue.
    pub revenue: Option<usize>,
    /// Accrued share.
    pub accrued: Option<usize>,
    /// Payment.
    pub payment: Option<usize>,
    /// Cumulative paid.
    pub paid: Option<usize>,
    /// Headroom.
    pub headroom: Option<usize>,
    /// The reporting years that end in the period.
    pub years: Vec<YearRows>,
}

/// The rows of one reporting year.
#[derive(Clone, Debug)]
pub struct YearRows {
    /// Position of its calendar.
    pub calendar: usize,
    /// The part of the period after the year's end.
    pub rest: f64,
    /// Its rows.
    pub rows: PeriodRows,
}

/// The parts of an agreement that are the same on every path.
struct Flat {
    share: Option<f64>,
    /// The limit; infinite for no cap, `None` for one that differs between paths.
    limit: Option<f64>,
    capped: bool,
    eligible: Vec<f64>,
    /// The first period that reaches the cap where everything is as expected.
    expected_end: usize,
}

/// Rows as they are laid out.
struct Laid {
    recording: Recording,
    sources: Vec<Source>,
}

impl Recording {
    /// That of a run of a lone flat share, settled by the rule alone.
    pub fn of_flat(simulation: &Simulation<'_>, detail: Detail) -> Self {
        let recording = Self::empty(simulation, detail);
        let mut laid = Laid {
            sources: vec![Source::Absent; recording.layout.cells()],
            recording,
        };
        let flat = Flat::new(simulation);
        let periods = (0..flat.eligible.len()).map(|k| {
            if detail != Detail::All {
                let payment = laid.cell(Quantity::Payment, Slot::Period(k));
                return PeriodRows {
                    payment: laid.row(payment, Row::Moments),
                    ..PeriodRows::default()
                };
            }
            let mut rows = laid.period(&flat, k);
            for end in laid.recording.layout.years_ending(k).to_vec() {
                rows.years.push(laid.year(simulation, &flat, k, &end));
            }
            rows
        });
        let periods = periods.collect();
        laid.totals(simulation, &flat, detail);
        let Laid {
            mut recording,
            sources,
        } = laid;
        recording.flat = Some(periods);
        let reached = recording.count(simulation.timeline.days() as usize);
        recording.agreements.push(AgreementRows {
            sources,
            cash: Vec::new(),
            counts: vec![Some(reached)],
            returns: None,
        });
        recording.outline();
        recording
    }
}

impl Laid {
    fn cell(&self, quantity: Quantity, slot: Slot) -> usize {
        self.recording.layout.cell(quantity, slot)
    }

    /// Where a quantity comes from.
    fn source(&self, quantity: Quantity, slot: Slot) -> Source {
        self.sources[self.cell(quantity, slot)]
    }

    /// Makes a cell a row of its own.
    fn row(&mut self, cell: usize, row: Row) -> Option<usize> {
        let row = self.recording.row(row);
        self.sources[cell] = Source::Row(row);
        Some(row)
    }

    /// The rows of a period.
    fn period(&mut self, flat: &Flat, k: usize) -> PeriodRows {
        let [revenue, accrued, payment, paid, headroom] =
            Quantity::ALL.map(|quantity| self.cell(quantity, Slot::Period(k)));
        let mut rows = PeriodRows {
            revenue: self.row(revenue, Row::Amount),
            ..PeriodRows::default()
        };
        let mut base = rows
            .revenue
            .zip(flat.share.map(|share| share * flat.eligible[k]));
        match base {
            Some((_, 0.0)) => {
                self.sources[accrued] = Source::Constant(0.0);
                self.sources[payment] = Source::Constant(0.0);
                base = None;
            }
            Some((row, factor)) => self.sources[accrued] = Source::Scaled(row, factor),
            None => {
                rows.accrued = self.row(accrued, Row::Amount);
                base = rows.accrued.map(|row| (row, 1.0));
            }
        }
        if let Some((base, unit)) = base {
            let count = PaymentCount {
                period: k,
                base,
                unit,
                takes_out: k < flat.expected_end,
            };
            rows.payment = self.row(payment, Row::Payment(count));
        }
        if rows.payment.is_none() && flat.limit.is_some() {
            // Nothing is paid: levels stay where they were.
            for (cell, quantity, at_start) in [
                (paid, Quantity::CumulativePaid, Source::Constant(0.0)),
                (headroom, Quantity::CapHeadroom, flat.whole_limit()),
            ] {
                self.sources[cell] = match k.checked_sub(1) {
                    Some(before) => self.source(quantity, Slot::Period(before)),
                    None => at_start,
                };
            }
        } else {
            (rows.paid, rows.headroom) = self.levels(flat, paid, headroom);
        }
        rows
    }

    /// Rows of paid and headroom at one time.
    fn levels(
        &mut self,
        flat: &Flat,
        paid: usize,
        headroom: usize,
    ) -> (Option<usize>, Option<usize>) {
        let Some(limit) = flat.limit else {
            let row = self.row(paid, Row::Amount);
            return (row, self.row(headroom, Row::Amount));
        };
        let kind = if flat.capped {
            Row::UpTo(limit)
        } else {
            Row::Amount
        };
        let row = self.row(paid, kind);
        if let (true, Some(row)) = (flat.capped, row) {
            self.sources[headroom] = Source::Lacking(row, limit);
        }
        (row, None)
    }

    /// The rows of a year that ends in period `k`.
    fn year(
        &mut self,
        simulation: &Simulation<'_>,
        flat: &Flat,
        k: usize,
        end: &YearEnd,
    ) -> YearRows {
        let &YearEnd {
            calendar,
            year,
            rest,
        } = end;
        let slot = Slot::Year { calendar, year };
        let [revenue, accrued, payment, paid, headroom] =
            Quantity::ALL.map(|quantity| self.cell(quantity, slot));
        let parts = &simulation.calendars[calendar][year].parts;
        let eligible = flat.eligible[parts[0].0];
        let uniform = parts.iter().all(|part| flat.eligible[part.0] == eligible);
        let mut rows = PeriodRows {
            revenue: self.row(revenue, Row::Amount),
            ..PeriodRows::default()
        };
        let factor = flat.share.filter(|_| uniform).map(|share| share * eligible);
        match rows.revenue.zip(factor) {
            Some((_, 0.0)) => {
                self.sources[accrued] = Source::Constant(0.0);
                self.sources[payment] = Source::Constant(0.0);
            }
            other => {
                match other {
                    Some((row, factor)) => self.sources[accrued] = Source::Scaled(row, factor),
                    None => {
                        rows.accrued = self.row(accrued, Row::Amount);
                    }
                }
                rows.payment = self.row(payment, Row::Amount);
            }
        }
        if rest == 0.0 {
            self.sources[paid] = self.source(Quantity::CumulativePaid, Slot::Period(k));
            self.sources[headroom] = self.source(Quantity::CapHeadroom, Slot::Period(k));
        } else {
            (rows.paid, rows.headroom) = self.levels(flat, paid, headroom);
        }
        YearRows {
            calendar,
            rest,
            rows,
        }
    }

    /// The rows of the totals.
    fn totals(&mut self, simulation: &Simulation<'_>, flat: &Flat, detail: Detail) {
        let cells = LEVELS.map(|(total, _)| self.recording.layout.total(total));
        if detail == Detail::All {
            let last = Slot::Period(flat.eligible.len() - 1);
            for (cell, (_, level)) in cells.into_iter().zip(LEVELS) {
                self.sources[cell] = self.source(level, last).again();
            }
        } else {
            self.levels(flat, cells[0], cells[1]);
        }
        let Self { recording, sources } = self;
        recording.totals(simulation, simulation.primary(), sources);
    }
}

impl Flat {
    fn new(simulation: &Simulation<'_>) -> Self {
        let agreement = simulation.flat_terms();
        let schedule = &simulation.primary().schedule;
        let medians: Vec<f64> = simulation
            .inputs
            .iter()
            .map(|input| input.distribution.median())
            .collect();
        let periods = schedule.periods();
        let eligible: Vec<f64> = periods.iter().map(|period| period.eligible).collect();
        let cap = |cap, before| Cap::new(cap, before);
        let limit = match agreement.cap {
            None => Some(f64::INFINITY),
            Some(total) => total
                .fixed()
                .zip(agreement.paid_before.fixed())
                .map(|(total, before)| cap(total, before).limit()),
        };
        let central = cap(
            agreement.cap.map_or(f64::INFINITY, |cap| cap.at(&medians)),
            agreement.paid_before.at(&medians),
        );
        let share = agreement.share.at(&medians);
        let mut paid = 0.0;
        let expected = simulation.model.expected(&medians);
        let reached = expected.iter().zip(&eligible).position(|(revenue, part)| {
            let payment = central.pay(paid, share * part * revenue);
            paid = payment.paid;
            payment.reached
        });
        Self {
            share: agreement.share.fixed(),
            limit,
            capped: agreement.cap.is_some(),
            expected_end: reached.unwrap_or(eligible.len()),
            eligible,
        }
    }

    /// Headroom before anything is paid.
    fn whole_limit(&self) -> Source {
        match self.limit {
            Some(limit) if self.capped => Source::Constant(limit),
            _ => Source::Absent,
        }
    }
}
