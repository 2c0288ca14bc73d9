//! One scenario's results, replicate by replicate, wherever they are asked for.

use super::{CumulativeFan, Span, conversion};
use crate::agreement::EndReason;
use crate::agreement::rule::Cap;
use crate::scenario::Scenario;
use crate::simulate::{DateQuantile, Ends, Kind, Measure, Outcomes, Quantity, Results, Slot};
use crate::units::Date;

/// What is compared of every span of time, in the order of the result files: flows add up
/// over periods and are zero outside the timeline; levels stand at the end, outside it
/// where they stood last; that the cap is reached is by the end.
pub const OF_SPANS: [Measure; 6] = [
    Measure::Quantity(Quantity::Revenue),
    Measure::Quantity(Quantity::AccruedShare),
    Measure::Quantity(Quantity::Payment),
    Measure::Quantity(Quantity::CumulativePaid),
    Measure::Quantity(Quantity::CapHeadroom),
    Measure::Binding,
];

/// A scenario's results in the unit of the reference.
pub struct Ledger<'a> {
    scenario: &'a Scenario,
    results: &'a Results,
    /// Amounts times this are in the reference's unit.
    factor: f64,
    percentiles: &'a [f64],
}

impl<'a> Ledger<'a> {
    pub fn new(scenario: &'a Scenario, results: &'a Results, reference: &'a Scenario) -> Self {
        Self {
            factor: conversion(scenario.money.unit(), reference.money.unit()),
            percentiles: &reference.report.percentiles,
            scenario,
            results,
        }
    }

    /// The number of agreements.
    pub fn agreements(&self) -> usize {
        self.results.agreements.len()
    }

    /// An agreement's name.
    pub fn name(&self, agreement: usize) -> &'a str {
        &self.scenario.contracts[agreement].agreement.name
    }

    /// The agreement that one of another scenario is compared with: that of its
    /// name, or for the first the first.
    pub fn counterpart(&self, name: &str, agreement: usize) -> Option<usize> {
        let named = (0..self.agreements()).find(|at| self.name(*at) == name);
        named.or((agreement == 0).then_some(0))
    }

    fn outcomes(&self, agreement: usize) -> &'a Outcomes {
        &self.results.agreements[agreement]
    }

    fn zeros(&self) -> Vec<f64> {
        vec![0.0; self.scenario.settings.replicates as usize]
    }

    fn at(&self, agreement: usize, quantity: Quantity, slot: Slot) -> Option<Vec<f64>> {
        let measured = self.outcomes(agreement).quantity(quantity, slot)?;
        Some(
            measured
                .means
                .iter()
                .map(|mean| self.factor * mean)
                .collect(),
        )
    }

    /// The measures of an agreement as a whole.
    pub fn measures(&self, agreement: usize) -> Vec<Measure> {
        self.outcomes(agreement).measures()
    }

    /// The means of a measure of the whole; `None` where it is undefined, or a date.
    pub fn whole(&self, agreement: usize, measure: Measure) -> Option<Vec<f64>> {
        let found = self.outcomes(agreement).get(measure)?;
        found.estimate?;
        let factor = match measure.kind().is_money() {
            true => self.factor,
            false => 1.0,
        };
        Some(found.means.iter().map(|mean| factor * mean).collect())
    }

    /// The probabilities that the cap is reached by a day.
    fn reached(&self, agreement: usize, by: Date) -> Vec<f64> {
        self.outcomes(agreement).reached_means(by)
    }

    /// The means of a quantity of a span; `None` where it is undefined there.
    pub fn in_span(&self, agreement: usize, measure: Measure, span: Span) -> Option<Vec<f64>> {
        let periods = self.scenario.timeline.periods();
        let Measure::Quantity(quantity) = measure else {
            return Some(self.reached(agreement, span.last_day));
        };
        match quantity.definition().kind {
            Kind::Level => {
                let ended = periods.partition_point(|p| p.last_day <= span.last_day);
                self.level_after(agreement, quantity, ended)
            }
            _ => {
                let first = periods.partition_point(|p| p.first_day < span.first_day);
                let end = periods.partition_point(|p| p.last_day <= span.last_day);
                if first >= end {
                    return self.flow_outside(quantity);
                }
                let mut sum = self.zeros();
                for k in first..end {
                    let means = self.at(agreement, quantity, Slot::Period(k))?;
                    sum.iter_mut()
                        .zip(means)
                        .for_each(|(sum, mean)| *sum += mean);
                }
                Some(sum)
            }
        }
    }

    /// Outside the timeline nothing is paid; of revenue nothing is known.
    fn flow_outside(&self, flow: Quantity) -> Option<Vec<f64>> {
        (flow != Quantity::Revenue).then(|| self.zeros())
    }

    /// A level after so many periods.
    fn level_after(&self, agreement: usize, level: Quantity, periods: usize) -> Option<Vec<f64>> {
        match periods.checked_sub(1) {
            Some(last) => self.at(agreement, level, Slot::Period(last)),
            None => (level == Quantity::CumulativePaid).then(|| self.zeros()),
        }
    }

    /// The means of a quantity of a year of a calendar.
    pub fn in_year(
        &self,
        agreement: usize,
        measure: Measure,
        calendar: usize,
        year: i16,
    ) -> Option<Vec<f64>> {
        let years = &self.scenario.calendars()[calendar];
        let position = years.iter().position(|reporting| reporting.year == year);
        let slot = position.map(|year| Slot::Year { calendar, year });
        let Measure::Quantity(quantity) = measure else {
            return Some(self.reached(agreement, self.year_end(calendar, year)?));
        };
        match (quantity.definition().kind, slot) {
            (_, Some(slot)) => self.at(agreement, quantity, slot),
            (Kind::Flow, None) => self.flow_outside(quantity),
            (_, None) => {
                let is_over = years.last().is_some_and(|last| last.year < year);
                let periods = self.scenario.timeline.periods().len();
                self.level_after(agreement, quantity, if is_over { periods } else { 0 })
            }
        }
    }

    /// The last day of a year of a calendar.
    fn year_end(&self, calendar: usize, year: i16) -> Option<Date> {
        let month = match calendar {
            0 => 12,
            _ => self.scenario.report.fiscal_year_ends?,
        };
        Date::new(year, month, 1).map(Date::last_of_month)
    }

    /// The median moment of a measure that is a date; `None` where it is not reached.
    pub fn median_date(&self, agreement: usize, measure: Measure) -> Option<DateQuantile> {
        self.outcomes(agreement).get(measure)?.date(0.5)
    }

    /// Days from another ledger's start to this one's.
    pub fn days_after(&self, other: &Self) -> f64 {
        let start = |ledger: &Self| ledger.scenario.timeline.start();
        f64::from(start(self).days_since(start(other)))
    }

    /// Why and when an agreement ends.
    pub fn ends(&self, agreement: usize) -> (Vec<EndReason>, Ends) {
        let outcomes = self.outcomes(agreement);
        (outcomes.reasons().to_vec(), outcomes.ends().clone())
    }

    /// The sum over all agreements of what a party receives less what it pays.
    pub fn net(&self, party: &str, value: &dyn Fn(usize) -> Option<Vec<f64>>) -> Option<Vec<f64>> {
        let mut sum = self.zeros();
        for (i, contract) in self.scenario.contracts.iter().enumerate() {
            let received = contract.agreement.payee == party;
            let paid = contract.agreement.payer == party;
            let sign = f64::from(i8::from(received) - i8::from(paid));
            let terms = sum.iter_mut().zip(value(i)?);
            terms.for_each(|(sum, value)| *sum += sign * value);
        }
        Some(sum)
    }

    /// Cumulative payments of an agreement by the end of each of its periods.
    pub fn fan(&self, agreement: usize) -> Option<CumulativeFan> {
        let periods = self.scenario.timeline.periods();
        let measured: Vec<_> = (0..periods.len())
            .map(|k| {
                let slot = Slot::Period(k);
                self.outcomes(agreement)
                    .quantity(Quantity::CumulativePaid, slot)
            })
            .collect::<Option<_>>()?;
        let percentiles = self.percentiles.iter().map(|&percentile| {
            let values = measured.iter().map(|m| {
                let value = m.distribution.quantile(percentile / 100.0);
                self.factor * value.unwrap_or(0.0)
            });
            (percentile, values.collect())
        });
        let limit = self.scenario.in_all_cases(agreement, |_, contract| {
            let flat = contract.agreement.flat()?;
            let (cap, before) = (flat.cap?.fixed()?, flat.paid_before.fixed()?);
            Some(self.factor * Cap::new(cap, before).limit())
        });
        let limit = limit.flatten();
        Some(CumulativeFan {
            dates: periods.iter().map(|period| period.last_day).collect(),
            percentiles: percentiles.collect(),
            mean: measured
                .iter()
                .map(|m| self.factor * m.estimate.mean)
                .collect(),
            limit,
        })
    }
}

/// The years of all scenarios: calendar and year, in order. Fiscal years only where
/// all have the same.
pub fn common_years(ledgers: &[Ledger<'_>]) -> Vec<(usize, i16)> {
    let ends = |ledger: &Ledger<'_>| ledger.scenario.report.fiscal_year_ends;
    let first = ledgers.first().and_then(ends);
    let is_shared = first.is_some() && ledgers.iter().all(|ledger| ends(ledger) == first);
    let mut years: Vec<(usize, i16)> = ledgers
        .iter()
        .flat_map(|ledger| ledger.scenario.calendars().iter().enumerate())
        .filter(|(calendar, _)| *calendar == 0 || is_shared)
        .flat_map(|(calendar, years)| years.iter().map(move |year| (calendar, year.year)))
        .collect();
    years.sort_unstable();
    years.dedup();
    years
}
