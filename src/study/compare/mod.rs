//! Scenarios side by side: the first is the reference, the others' differences from
//! it are paired on common random numbers.
//!
//! Path *i* draws alike in every scenario: one seed, one set of points, the union
//! of all uncertain inputs in one order, and the shocks of models that take equally
//! many in the reference's order. Differences are taken replicate by replicate, so
//! what the scenarios have in common cancels from their errors.

mod alike;
mod futures;
mod grid;
mod ledger;

pub use grid::Span;

use super::{StudyError, run_scenario};
use crate::Error;
use crate::agreement::EndReason;
use crate::scenario::{CalendarKind, Scenario};
use crate::simulate::{
    DateQuantile, Ends, Measure, NetQuantity, Observer, Ordering, Quantity, Results, Return,
    run_each,
};
use crate::stats::MeanEstimate;
use crate::units::{Date, Money, Unit};
use alike::{alike, notes};
use grid::common_spans;
use ledger::{Ledger, OF_SPANS};

/// The fewest paths of which differences are told one by one, if there are as many.
pub use futures::FUTURES;

/// A scenario and what the results call it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name, unlike that of any other.
    pub name: String,
    /// The scenario.
    pub scenario: Scenario,
}

/// Scenarios compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The scenarios, the reference first, as they were simulated.
    pub entries: Vec<Entry>,
    /// Currency and unit of every amount: the reference's.
    pub money: Money,
    /// Paths simulated of each.
    pub paths: u64,
    /// The spans of the periods below.
    pub spans: Vec<Span>,
    /// The results of each scenario, in their order.
    pub scenarios: Vec<Compared>,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// A scenario against the reference.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its agreements, then what one party receives of all together where any
    /// scenario has several.
    pub parts: Vec<ComparedPart>,
}

/// An agreement, or all of them together, against its counterpart in the reference.
#[derive(Clone, Debug)]
pub struct ComparedPart {
    /// The agreement's name, or `net: PARTY receives`.
    pub name: String,
    /// Of a net position, whose.
    pub party: Option<String>,
    /// The reference's agreement it is compared with; none where there is none:
    /// then it is compared with nothing paid.
    pub against: Option<String>,
    /// Quantities of the whole.
    pub totals: Vec<ComparedValue>,
    /// When the cap is reached and, where there is an investment, when it is paid back, for
    /// an agreement.
    pub dates: Vec<ComparedDate>,
    /// Why and when sharing ends: the reasons that may be, and the ends of all paths;
    /// `None` for a net position.
    pub ends: Option<(Vec<EndReason>, Ends)>,
    /// For each span, its quantities.
    pub periods: Vec<Vec<ComparedValue>>,
    /// Calendar years, then fiscal years where all scenarios have the same.
    pub years: Vec<ComparedYear>,
    /// Percentiles over single futures of how much more has been paid than under
    /// the reference, by the end of each span.
    pub futures: Option<FutureDifferences>,
    /// Cumulative payments of this part alone.
    pub fan: Option<CumulativeFan>,
}

/// A year of a part.
#[derive(Clone, Debug)]
pub struct ComparedYear {
    /// Of which calendar.
    pub calendar: CalendarKind,
    /// The calendar year in which it ends.
    pub year: i16,
    /// Its quantities.
    pub values: Vec<ComparedValue>,
}

/// A quantity under one scenario, and by how much it exceeds the reference's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparedValue {
    /// What is compared.
    pub measure: Measure,
    /// Its expected value.
    pub value: MeanEstimate,
    /// Less the reference's, with the paired error; `None` for the reference itself
    /// and where the reference's is undefined.
    pub difference: Option<MeanEstimate>,
}

/// The median day on which something is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparedDate {
    /// What is reached.
    pub measure: Measure,
    /// The median over all paths; `None` where half of them do not reach it.
    pub median: Option<Date>,
    /// Its standard error in days.
    pub std_error: Option<f64>,
    /// Days from the reference's median to this one, fractions included, with the
    /// paired error.
    pub difference: Option<MeanEstimate>,
}

/// Percentiles of differences over single futures.
#[derive(Clone, Debug, PartialEq)]
pub struct FutureDifferences {
    /// The futures looked at.
    pub futures: usize,
    /// For each percentile of the reference's report, the value at the end of each
    /// span.
    pub percentiles: Vec<(f64, Vec<f64>)>,
}

/// Cumulative payments by the end of each of the scenario's own periods.
#[derive(Clone, Debug, PartialEq)]
pub struct CumulativeFan {
    /// The ends of the periods.
    pub dates: Vec<Date>,
    /// For each percentile of the reference's report, one value per date.
    pub percentiles: Vec<(f64, Vec<f64>)>,
    /// The mean at each date.
    pub mean: Vec<f64>,
    /// The cap, if there is one and it is the same on every path, less what was
    /// paid before.
    pub limit: Option<f64>,
}

/// Compares scenarios on the current thread pool; `progress` is told the paths
/// done, of all scenarios together.
///
/// The reference's sampler, points, replicates and seed are used for all. Amounts
/// in another unit are converted.
///
/// # Errors
/// Where there are fewer than two scenarios, two have one name, or their currencies
/// differ.
///
/// ```
/// use capbind::scenario::Scenario;
/// use capbind::study::{Entry, compare};
///
/// let text = r#"
///     [timeline]
///     start = 2026-01-01
///     end = 2030-12-31
///     step = "quarter"
///     [revenue.gbm]
///     initial = 100
///     growth = 0.20
///     volatility = 0.30
///     [agreement]
///     share = 0.05
///     cap = 30
///     [simulation]
///     points = 1024
/// "#;
/// let entry = |name: &str, overrides: &[String]| {
///     let scenario = Scenario::parse("royalty.toml", "royalty", text, overrides)?;
///     Ok::<Entry, capbind::Error>(Entry { name: name.into(), scenario })
/// };
/// let entries = vec![
///     entry("as it is", &[])?,
///     entry("cap 1 % higher", &["agreement.cap=30.3".to_owned()])?,
/// ];
/// let found = compare(entries, &())?;
/// let paid = found.scenarios[1].parts[0].totals[0];
/// assert_eq!(paid.measure, capbind::simulate::Measure::PAID);
/// let difference = paid.difference.unwrap();
/// assert!(0.15 < difference.mean && difference.mean < 0.25);
/// assert!(difference.std_error < paid.value.std_error);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare(entries: Vec<Entry>, observer: &dyn Observer) -> Result<Comparison, Error> {
    let mut warnings = Vec::new();
    let entries = alike(entries, &mut warnings)?;
    let reference = &entries[0].scenario;
    let ordering = Ordering::of(&reference.simulation());
    let results: Vec<Results> = entries
        .iter()
        .map(|entry| run_scenario(&entry.scenario, Some(&ordering), observer, run_each))
        .collect::<Result<_, _>>()?;
    let timelines: Vec<_> = entries.iter().map(|e| &e.scenario.timeline).collect();
    let spans = common_spans(&timelines);
    let futures = futures::paths(&entries, &ordering, observer)?;
    let ledgers: Vec<Ledger<'_>> = entries
        .iter()
        .zip(&results)
        .map(|(entry, results)| Ledger::new(&entry.scenario, results, reference))
        .collect();
    let party = (entries.iter())
        .any(|entry| entry.scenario.contracts.len() > 1)
        .then(|| reference.primary().agreement.payee.clone());
    let scenarios = (0..entries.len())
        .map(|i| Compared {
            parts: parts(&ledgers, i, party.as_deref(), &spans, &futures),
        })
        .collect();
    notes(&entries, &mut warnings);
    Ok(Comparison {
        money: reference.money.clone(),
        paths: reference.settings.paths(),
        spans,
        scenarios,
        warnings,
        entries,
    })
}

/// The parts of scenario `i` against those of the reference.
fn parts(
    ledgers: &[Ledger<'_>],
    i: usize,
    party: Option<&str>,
    spans: &[Span],
    futures: &futures::Futures,
) -> Vec<ComparedPart> {
    let (reference, ledger) = (&ledgers[0], &ledgers[i]);
    let is_reference = i == 0;
    let mut parts = Vec::new();
    for agreement in 0..ledger.agreements() {
        let name = ledger.name(agreement);
        let counterpart = reference.counterpart(name, agreement);
        let pair = |value: &dyn Fn(&Ledger<'_>, usize) -> Option<Vec<f64>>| {
            let own = value(ledger, agreement)?;
            let other = match counterpart {
                Some(counterpart) => value(reference, counterpart),
                // Where there is no such agreement nothing is paid.
                None => Some(vec![0.0; own.len()]),
            };
            Some((own, other.filter(|_| !is_reference)))
        };
        parts.push(ComparedPart {
            name: name.to_owned(),
            party: None,
            against: counterpart.map(|at| reference.name(at).to_owned()),
            totals: totals(&ledger.measures(agreement), &pair),
            dates: dates(
                ledger,
                agreement,
                (reference, counterpart.filter(|_| !is_reference)),
            ),
            ends: Some(ledger.ends(agreement)),
            periods: spans
                .iter()
                .map(|span| {
                    let values = OF_SPANS.iter().filter_map(|&measure| {
                        let values = pair(&|l, a| l.in_span(a, measure, *span))?;
                        Some(compared(measure, values))
                    });
                    values.collect()
                })
                .collect(),
            years: years(ledgers, &pair),
            futures: (!is_reference && counterpart.is_some() && agreement == 0)
                .then(|| futures.differences(i, spans))
                .flatten(),
            fan: ledger.fan(agreement),
        });
    }
    if let Some(party) = party {
        parts.push(net(ledgers, i, party, spans));
    }
    parts
}

type Pair<'p> = dyn Fn(&dyn Fn(&Ledger<'_>, usize) -> Option<Vec<f64>>) -> Option<(Vec<f64>, Option<Vec<f64>>)>
    + 'p;

fn compared(measure: Measure, (own, other): (Vec<f64>, Option<Vec<f64>>)) -> ComparedValue {
    ComparedValue {
        measure,
        value: MeanEstimate::of(&own),
        difference: other.map(|other| MeanEstimate::of_difference(&own, &other)),
    }
}

fn totals(measures: &[Measure], pair: &Pair<'_>) -> Vec<ComparedValue> {
    let values = measures.iter().map(|&measure| {
        let values = pair(&|l, a| l.whole(a, measure))?;
        Some(compared(measure, values))
    });
    values.flatten().collect()
}

fn years(ledgers: &[Ledger<'_>], pair: &Pair<'_>) -> Vec<ComparedYear> {
    let calendars = ledger::common_years(ledgers);
    let years = calendars.into_iter().map(|(calendar, year)| {
        let values = OF_SPANS.iter().filter_map(|&measure| {
            let values = pair(&|l, a| l.in_year(a, measure, calendar, year))?;
            Some(compared(measure, values))
        });
        ComparedYear {
            calendar: CalendarKind::ALL[calendar],
            year,
            values: values.collect(),
        }
    });
    years.collect()
}

fn dates(
    ledger: &Ledger<'_>,
    agreement: usize,
    (reference, counterpart): (&Ledger<'_>, Option<usize>),
) -> Vec<ComparedDate> {
    let payback = Measure::Return(Return::PaybackDate);
    let has_payback = ledger.measures(agreement).contains(&payback);
    let measures = std::iter::once(Measure::BindingDate).chain(has_payback.then_some(payback));
    measures
        .map(|measure| {
            let own = ledger.median_date(agreement, measure);
            let other = counterpart.and_then(|at| reference.median_date(at, measure));
            compared_date(measure, own, other, ledger.days_after(reference))
        })
        .collect()
}

/// A median against the reference's, whose timeline starts so many days before.
fn compared_date(
    measure: Measure,
    own: Option<DateQuantile>,
    other: Option<DateQuantile>,
    days_after: f64,
) -> ComparedDate {
    let less = |own: &DateQuantile, other: &DateQuantile| {
        let paired = MeanEstimate::of_difference(&own.replicates, &other.replicates);
        MeanEstimate {
            mean: days_after + own.days - other.days,
            ..paired
        }
    };
    ComparedDate {
        measure,
        median: own.as_ref().map(|own| own.date),
        std_error: own.as_ref().map(|own| own.estimate().std_error),
        difference: own.zip(other).map(|(own, other)| less(&own, &other)),
    }
}

/// What a party receives less what it pays, over all agreements of each scenario.
fn net(ledgers: &[Ledger<'_>], i: usize, party: &str, spans: &[Span]) -> ComparedPart {
    let is_reference = i == 0;
    let pair = |value: &dyn Fn(&Ledger<'_>, usize) -> Option<Vec<f64>>| {
        let of = |ledger: &Ledger<'_>| ledger.net(party, &|agreement| value(ledger, agreement));
        Some((of(&ledgers[i])?, of(&ledgers[0]).filter(|_| !is_reference)))
    };
    let flow = |quantity, net, span: Span| {
        let values = pair(&|l: &Ledger<'_>, a| l.in_span(a, Measure::Quantity(quantity), span))?;
        Some(compared(Measure::Net(net), values))
    };
    let total = |measure, net| {
        let values = pair(&|l: &Ledger<'_>, a| l.whole(a, measure))?;
        Some(compared(Measure::Net(net), values))
    };
    let totals = [
        total(Measure::PAID, NetQuantity::Total),
        total(Measure::PRESENT_VALUE, NetQuantity::PresentValue),
    ];
    ComparedPart {
        name: format!("net: {party} receives"),
        party: Some(party.to_owned()),
        against: Some(format!("net: {party} receives")),
        totals: totals.into_iter().flatten().collect(),
        dates: Vec::new(),
        ends: None,
        periods: spans
            .iter()
            .map(|&span| {
                let payment = flow(Quantity::Payment, NetQuantity::Payment, span);
                let cumulative = flow(Quantity::CumulativePaid, NetQuantity::Cumulative, span);
                payment.into_iter().chain(cumulative).collect()
            })
            .collect(),
        years: Vec::new(),
        futures: None,
        fan: None,
    }
}

/// What amounts of `money` are to be multiplied by to be amounts of `unit`.
fn conversion(from: Unit, to: Unit) -> f64 {
    1000f64.powi(from as i32 - to as i32)
}
