//! A lone flat share, settled by the rule alone.
//!
//! Why it has a pass of its own: nothing but the cap stands between what accrues and what is
//! paid, so rows are recorded as they come, in the loop over the periods that settles them, and
//! a period's payments have no keys: their counts follow from those of what accrued. Of 60
//! months that is 4,300 instructions a path (AVX2) where the same share
//! [under clauses](super::super::clauses::pass) takes 7,700: there payments follow from nothing,
//! and rows wait until all agreements of the file are settled.

use super::rows::PeriodRows;
use crate::agreement::rule::day_reached;
use crate::agreement::{FlatTerms, Sum};
use crate::math::{fma, kernel};
use crate::simulate::Simulation;
use crate::simulate::estimates::quantity::Total;
use crate::simulate::record::recorder::Recorder;
use crate::simulate::record::recording::Recording;
use crate::simulate::record::rows::Detail;
use crate::simulate::record::strip::Strip;
use crate::simulate::settle::{Ledger, PeriodTerms, period_terms};
use crate::stats::Axis;
use crate::units::{LANES, Lanes};

/// What one worker needs to settle strips of a flat share.
#[derive(Debug)]
pub struct FlatPass {
    /// The contract's numbers.
    flat: FlatTerms,
    /// Its periods.
    terms: Vec<PeriodTerms>,
    years: Vec<YearEnd>,
}

/// Sums from the start up to the last year's end of one calendar.
#[derive(Clone, Debug)]
struct YearEnd {
    revenue: Lanes,
    accrued: Lanes,
    paid: Lanes,
}

impl YearEnd {
    const START: Self = Self {
        revenue: [0.0; LANES],
        accrued: [0.0; LANES],
        paid: [0.0; LANES],
    };
}

impl FlatPass {
    /// Of the lone agreement of a simulation.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        Self {
            flat: simulation.flat_terms(),
            terms: period_terms(simulation),
            years: vec![YearEnd::START; simulation.calendars.len()],
        }
    }

    /// Settles the first `lanes` paths of a strip and records their rows.
    pub fn settle(
        &mut self,
        recording: &Recording,
        paths: &Strip,
        lanes: usize,
        recorder: &mut Recorder,
    ) {
        let mut ledger = Ledger::new(&self.flat, &paths.inputs);
        self.years.fill(YearEnd::START);
        recorder.begin_strip(lanes);
        settle(self, recording, paths.revenue(), &mut ledger, recorder);
        recorder.end_strip();
    }
}

/// The paths that reach the cap: what is known of it for each, to be worked out
/// for all side by side.
struct Reached {
    left: Lanes,
    accrued: Lanes,
    days: Lanes,
    first_day: Lanes,
    unit: Lanes,
}

impl Reached {
    /// Nobody yet.
    const NONE: Self = Self {
        left: [1.0; LANES],
        accrued: [1.0; LANES],
        days: [1.0; LANES],
        first_day: [0.0; LANES],
        unit: [1.0; LANES],
    };

    /// The paths of `newly`, one bit each, reach the cap in a period.
    #[inline(always)]
    fn note(
        &mut self,
        mut newly: u64,
        revenue: &Lanes,
        terms: &PeriodTerms,
        unit: f64,
        ledger: &Ledger,
    ) {
        while newly != 0 {
            let lane = newly.trailing_zeros() as usize;
            newly &= newly - 1;
            // The last payment is all that was left.
            self.left[lane] = ledger.left(lane);
            self.accrued[lane] = ledger.accrued(revenue, terms, lane);
            self.days[lane] = terms.days;
            self.first_day[lane] = terms.first_day;
            self.unit[lane] = unit;
        }
    }

    /// Counts the days of the paths of `reached` and keys their last payments.
    #[inline(always)]
    fn close(&self, mut reached: u64, strip: usize, recorder: &mut Recorder) {
        let last = &mut recorder.last_payments[strip];
        let mut days = [0.0; LANES];
        for l in 0..LANES {
            let day = day_reached(self.left[l], self.accrued[l], self.days[l]);
            days[l] = self.first_day[l] + day;
            last.keys[l] = Axis::log_key(self.left[l] / self.unit[l]);
        }
        let reached_on = &mut recorder.days()[0];
        while reached != 0 {
            let lane = reached.trailing_zeros() as usize;
            reached &= reached - 1;
            reached_on[days[lane] as usize] += 1;
        }
    }
}

kernel! {
    fn settle(
        pass: &mut FlatPass,
        recording: &Recording,
        revenue: &[Lanes],
        ledger: &mut Ledger,
        recorder: &mut Recorder,
    ) {
        let Some(rows) = &recording.flat else {
            return;
        };
        let (terms, years, strip) = (&pass.terms, &mut pass.years, recorder.strip());
        for (k, (terms, revenue)) in terms.iter().zip(revenue).enumerate() {
            let at_cap = ledger.settle(revenue, terms);
            let unreached = recorder.unreached[k][strip];
            // Outside the agreement's dates nothing accrues and no cap is reached.
            let newly = if terms.days > 0.0 { unreached & at_cap } else { 0 };
            recorder.unreached[k + 1][strip] = unreached & !newly;
            let rows = &rows[k];
            match recording.detail {
                Detail::All => record_period(rows, revenue, terms, ledger, years, recorder),
                Detail::Totals | Detail::Means => {
                    recorder.record([(rows.payment, &ledger.rows.payment)]);
                }
            }
        }
        // Apart from the loop above: which paths reach the cap in a period is anyone's
        // guess, and a processor that guesses wrong throws away what it has begun.
        let mut reached = Reached::NONE;
        for (k, (terms, revenue)) in terms.iter().zip(revenue).enumerate() {
            let newly = recorder.unreached[k][strip] & !recorder.unreached[k + 1][strip];
            let payment = rows[k].payment;
            let payment = payment.and_then(|row| recording.rows[row].payment());
            let unit = payment.map_or(1.0, |payment| payment.unit);
            reached.note(newly, revenue, terms, unit, ledger);
        }
        let ever = recorder.unreached[0][strip] & !recorder.unreached[terms.len()][strip];
        reached.close(ever, strip, recorder);
        let sums = ledger.close();
        for total in Total::ALL {
            let row = recording.agreements[0].row(recording.layout.total(total));
            recorder.record([(row, &sums[total.sum()])]);
        }
    }
}

/// Records a period, and the years that end in it.
#[inline(always)]
fn record_period(
    rows: &PeriodRows,
    revenue: &Lanes,
    terms: &PeriodTerms,
    ledger: &mut Ledger,
    years: &mut [YearEnd],
    recorder: &mut Recorder,
) {
    if !years.is_empty() {
        ledger.keep_revenue(revenue);
    }
    recorder.record([
        (rows.revenue, revenue),
        (rows.payment, &ledger.rows.payment),
        (rows.paid, &ledger.rows.sums[Sum::Paid]),
    ]);
    if rows.accrued.is_some() {
        recorder.record([(rows.accrued, &accrued(ledger, revenue, terms))]);
    }
    if rows.headroom.is_some() {
        recorder.record([(rows.headroom, &ledger.headroom())]);
    }
    for year in &rows.years {
        let accrued = accrued(ledger, revenue, terms);
        let flows = (revenue, &accrued);
        years[year.calendar].close(year.rest, &year.rows, flows, ledger, recorder);
    }
}

#[inline(always)]
fn accrued(ledger: &Ledger, revenue: &Lanes, terms: &PeriodTerms) -> Lanes {
    let mut accrued = [0.0; LANES];
    for (l, accrued) in accrued.iter_mut().enumerate() {
        *accrued = ledger.accrued(revenue, terms, l);
    }
    accrued
}

impl YearEnd {
    /// Records the year that ends `rest` of the current period before its end: its
    /// flows, and its levels where they are not those of the period.
    #[inline(always)]
    fn close(
        &mut self,
        rest: f64,
        rows: &PeriodRows,
        (revenue, accrued): (&Lanes, &Lanes),
        ledger: &Ledger,
        recorder: &mut Recorder,
    ) {
        let period = &ledger.rows;
        let revenue = since(&mut self.revenue, &period.revenue, revenue, rest);
        let accrued = since(&mut self.accrued, &period.sums[Sum::Accrued], accrued, rest);
        let paid = since(
            &mut self.paid,
            &period.sums[Sum::Paid],
            &period.payment,
            rest,
        );
        recorder.record([
            (rows.revenue, &revenue),
            (rows.accrued, &accrued),
            (rows.payment, &paid),
            (rows.paid, &self.paid),
        ]);
        if rows.headroom.is_some() {
            let mut headroom = ledger.headroom();
            for (room, payment) in headroom.iter_mut().zip(&period.payment) {
                *room = fma(rest, *payment, *room);
            }
            recorder.record([(rows.headroom, &headroom)]);
        }
    }
}

/// The sum since the last year's end, where `total` includes a `rest` of the flow
/// `last` that comes after this one's; puts this year's end in its place.
#[inline(always)]
fn since(end: &mut Lanes, total: &Lanes, last: &Lanes, rest: f64) -> Lanes {
    let mut flow = [0.0; LANES];
    for l in 0..LANES {
        let now = fma(-rest, last[l], total[l]);
        let since = now - end[l];
        // Rounding must not turn a year without flows negative.
        flow[l] = if since > 0.0 { since } else { 0.0 };
        end[l] = now;
    }
    flow
}
