//! Scenarios side by side, as CSV, JSON and text.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Map, json};

use super::answer::{amount, day_month_year};
use super::changed::changed_here;
use super::ending::Ending;
use super::key_name::variant;
use super::probability::{self, LEVEL, is_none, of_outcomes, percent, share_of_outcomes};
use super::sensitivity::{scope, signed};
use super::table::{Table, Value};
use super::text::{Entry as Cell, aligned, error_text, significant};
use crate::scenario::CalendarKind;
use crate::simulate::{Definition, Kind, Measure, NetQuantity, Quantity};
use crate::stats::MeanEstimate;
use crate::study::{
    ComparedDate, ComparedPart, ComparedValue, Comparison, Entry, FutureDifferences,
};

const PAYMENT: Measure = Measure::Quantity(Quantity::Payment);
const CUMULATIVE: Measure = Measure::Quantity(Quantity::CumulativePaid);
/// The longest name of a scenario in a table's header, in characters.
const LONGEST_NAME: usize = 16;
const MEAN_AND_DIFFERENCE: [&str; 6] = [
    "mean",
    "std_error",
    "difference",
    "difference_std_error",
    "difference_ci_low",
    "difference_ci_high",
];

/// The tables of a comparison.
pub fn comparison_tables(comparison: &Comparison) -> Vec<Table> {
    vec![totals(comparison), periods(comparison), years(comparison)]
}

/// Every part with its scenario.
fn parts(comparison: &Comparison) -> impl Iterator<Item = (Of<'_>, &ComparedPart)> {
    let entries = comparison.entries.iter().zip(&comparison.scenarios);
    entries.flat_map(|(entry, scenario)| {
        let parts = scenario.parts.iter().enumerate();
        parts.map(move |(at, part)| (Of { entry, at }, part))
    })
}

/// A part of a scenario.
#[derive(Clone, Copy)]
struct Of<'a> {
    entry: &'a Entry,
    at: usize,
}

impl Of<'_> {
    /// What the results call a measure of it.
    fn name_of(self, measure: Measure) -> Cow<'static, str> {
        let contract = self.entry.scenario.contracts.get(self.at);
        measure.name_of(contract.map(|contract| &contract.agreement))
    }

    /// The scenario's name, as a cell.
    fn scenario(self) -> Value {
        self.entry.name.as_str().into()
    }
}

fn header(own: &[&'static str]) -> Vec<&'static str> {
    [&["scenario", "agreement"], own, &MEAN_AND_DIFFERENCE].concat()
}

fn totals(comparison: &Comparison) -> Table {
    let mut table = Table::new("compare", &header(&["against", "quantity", "unit"]), &[]);
    for (of, part) in parts(comparison) {
        let start = |quantity: &str, unit: &str| {
            let name = of.entry.name.as_str();
            let against = part.against.as_deref().unwrap_or_default();
            [name, &part.name, against, quantity, unit].map(Value::from)
        };
        for value in &part.totals {
            let unit = value.measure.kind().unit(comparison.money.label());
            let mut record = start(&of.name_of(value.measure), &unit).to_vec();
            record.extend(numbers(comparison, value));
            table.push(record, &[]);
        }
        for date in &part.dates {
            let name = format!("{}_p50", of.name_of(date.measure));
            let mut record = start(&name, "date; errors and difference in days").to_vec();
            record.push(date.median.into());
            record.push(Value::error(date.std_error));
            record.extend(difference(date.difference, |e| e.interval(LEVEL)));
            table.push(record, &[]);
        }
    }
    table
}

fn periods(comparison: &Comparison) -> Table {
    let percentiles = &comparison.entries[0].scenario.report.percentiles;
    let names: Vec<String> = percentiles
        .iter()
        .map(|p| format!("difference_p{p}"))
        .collect();
    let own = header(&["period_start", "period_end", "quantity"]);
    let names = names.iter().map(String::as_str);
    let header: Vec<&str> = own.into_iter().chain(names).collect();
    let mut table = Table::new("compare_periods", &header, &[]);
    for (of, part) in parts(comparison) {
        for (i, (span, values)) in comparison.spans.iter().zip(&part.periods).enumerate() {
            for value in values {
                let mut record: Vec<Value> = vec![
                    of.scenario(),
                    part.name.as_str().into(),
                    span.first_day.into(),
                    span.last_day.into(),
                    value.measure.name().into(),
                ];
                record.extend(numbers(comparison, value));
                let futures = part.futures.as_ref();
                let futures = futures.filter(|_| value.measure == CUMULATIVE);
                record.extend(at_span(futures, i, percentiles.len()));
                table.push(record, &[]);
            }
        }
    }
    table
}

/// The percentiles of differences at the end of a span.
fn at_span(futures: Option<&FutureDifferences>, span: usize, count: usize) -> Vec<Value> {
    match futures {
        Some(futures) => {
            let curves = futures.percentiles.iter();
            curves
                .map(|(_, values)| Value::Number(values[span]))
                .collect()
        }
        None => vec![Value::Empty; count],
    }
}

fn years(comparison: &Comparison) -> Table {
    let mut table = Table::new(
        "compare_years",
        &header(&["calendar", "year", "quantity"]),
        &[],
    );
    for (of, part) in parts(comparison) {
        for year in &part.years {
            for value in &year.values {
                let mut record: Vec<Value> = vec![
                    of.scenario(),
                    part.name.as_str().into(),
                    year.calendar.word().into(),
                    Value::Year(year.year),
                    value.measure.name().into(),
                ];
                record.extend(numbers(comparison, value));
                table.push(record, &[]);
            }
        }
    }
    table
}

fn is_probability(value: &ComparedValue) -> bool {
    value.measure.kind() == Kind::Probability
}

fn numbers(comparison: &Comparison, value: &ComparedValue) -> Vec<Value> {
    let own = Value::estimated(false, value.value.mean, value.value.std_error);
    let interval = |estimate| difference_interval(comparison, value, estimate);
    own.into_iter()
        .chain(difference(value.difference, interval))
        .collect()
}

/// The interval of a value's difference: of probabilities over the same paths, never
/// narrower than these leave it.
fn difference_interval(
    comparison: &Comparison,
    value: &ComparedValue,
    difference: MeanEstimate,
) -> (f64, f64) {
    match is_probability(value) {
        true => difference.probability_difference_interval(comparison.paths as f64, LEVEL),
        false => difference.interval(LEVEL),
    }
}

fn difference(
    estimate: Option<MeanEstimate>,
    interval: impl Fn(MeanEstimate) -> (f64, f64),
) -> [Value; 4] {
    let interval = estimate.map(interval);
    let [mean, error] = Value::pair(estimate);
    [
        mean,
        error,
        interval.map(|i| i.0).into(),
        interval.map(|i| i.1).into(),
    ]
}

/// The comparison as one JSON object: the rows of `compare.csv` by scenario and
/// agreement, undefined values `null`.
pub fn comparison_json(comparison: &Comparison) -> serde_json::Value {
    let estimate = |e: MeanEstimate, interval: (f64, f64)| json!({ "mean": e.mean, "std_error": e.std_error, "interval_95": interval });
    let part = |scenario: usize, at: usize, part: &ComparedPart| {
        let of = Of {
            entry: &comparison.entries[scenario],
            at,
        };
        let mut quantities: Map<String, serde_json::Value> = part
            .totals
            .iter()
            .map(|value| {
                let row = json!({
                    "unit": value.measure.kind().unit(comparison.money.label()),
                    "mean": value.value.mean,
                    "std_error": value.value.std_error,
                    "difference": value.difference.map(|e| estimate(e, difference_interval(comparison, value, e))),
                });
                (of.name_of(value.measure).into_owned(), row)
            })
            .collect();
        for date in &part.dates {
            let row = json!({
                "median": date.median.map(|date| date.to_string()),
                "std_error_days": date.std_error,
                "difference_days": date.difference.map(|e| estimate(e, e.interval(LEVEL))),
            });
            quantities.insert(of.name_of(date.measure).into_owned(), row);
        }
        let end = ending(comparison, scenario, at).map(|end| end.median().to_string());
        json!({
            "agreement": part.name,
            "against": part.against,
            "quantities": quantities,
            "end_date_p50": end,
        })
    };
    let scenarios = comparison.entries.iter().zip(&comparison.scenarios);
    let scenarios: Vec<serde_json::Value> = scenarios
        .enumerate()
        .map(|(i, (entry, compared))| {
            let parts = compared.parts.iter().enumerate();
            json!({
                "scenario": entry.name,
                "title": entry.scenario.title,
                "parts": parts.map(|(at, own)| part(i, at, own)).collect::<Vec<serde_json::Value>>(),
            })
        })
        .collect();
    json!({
        "answer": comparison_answer(comparison),
        "reference": comparison.entries[0].name,
        "currency": comparison.money.currency(),
        "unit": comparison.money.unit().word(),
        "paths": comparison.paths,
        "seed": comparison.entries[0].scenario.settings.seed,
        "scenarios": scenarios,
        "warnings": comparison.warnings,
    })
}

/// What differs between the first two, in a sentence.
pub fn comparison_answer(comparison: &Comparison) -> String {
    let Some(pays) = who_pays_more(comparison, true) else {
        return String::new();
    };
    if let (Some(was), Some(is)) = (ending(comparison, 0, 0), ending(comparison, 1, 0))
        && (was.has_others() || is.has_others())
    {
        return match was.reasons().first().zip(is.reasons().first()) {
            Some((one, other)) if one.0 == other.0 => format!(
                "{pays}; sharing ends most often {} instead of {}, median end {} instead of {}.",
                is.most_often(),
                of_outcomes(one.1.mean),
                day_month_year(is.median()),
                day_month_year(was.median()),
            ),
            _ => format!(
                "{pays}; sharing ends most often {} instead of {}.",
                is.in_short(),
                was.in_short()
            ),
        };
    }
    let reached = |scenario: usize| {
        let mut totals = comparison.scenarios[scenario].parts[0].totals.iter();
        let found = totals.find(|value| value.measure == Measure::Binding);
        found.map_or(0.0, |value| value.value.mean)
    };
    let binds = match (reached(0), reached(1)) {
        (was, is) if is_none(was) && is_none(is) => "the cap binds in neither".to_owned(),
        (was, is) => format!(
            "the cap binds in {} instead of {}",
            share_of_outcomes(is),
            of_outcomes(was)
        ),
    };
    format!("{pays}; {binds}.")
}

/// How sharing ends under an agreement of a scenario.
fn ending(comparison: &Comparison, scenario: usize, part: usize) -> Option<Ending<'_>> {
    let agreement = &comparison.entries[scenario]
        .scenario
        .contracts
        .get(part)?
        .agreement;
    let compared = comparison.scenarios[scenario].parts.get(part)?;
    let (reasons, ends) = compared.ends.as_ref()?;
    Some(Ending::new(agreement, reasons, ends))
}

/// `b: $200 m more is paid than under a on average`; of several agreements what their
/// first payee nets: `b: Microsoft nets $2.03 bn more than under a on average`. With its error if wished and where it shows.
pub(super) fn who_pays_more(comparison: &Comparison, with_error: bool) -> Option<String> {
    let [reference, other, ..] = comparison.entries.as_slice() else {
        return None;
    };
    let [reference, other] =
        [reference, other].map(|entry| variant(&entry.name, &comparison.money));
    let parts = &comparison.scenarios[1].parts;
    let net = parts.iter().find(|part| part.party.is_some());
    let (part, measure) = match net {
        Some(net) => (net, Measure::Net(NetQuantity::Total)),
        None => (&parts[0], Measure::PAID),
    };
    let total = part.totals.iter().find(|value| value.measure == measure)?;
    let difference = total.difference?;
    let party = part.party.as_deref();
    if difference.mean == 0.0 {
        return Some(match party {
            Some(party) => format!("{other}: {party} nets as much as under {reference}"),
            None => format!("{other}: as much is paid as under {reference}"),
        });
    }
    let (size, error) = (difference.mean.abs(), difference.std_error);
    let amount = match with_error {
        true => amount(&comparison.money, size, error),
        false => comparison.money.format_suited(size),
    };
    let more = if difference.mean < 0.0 {
        "less"
    } else {
        "more"
    };
    let what = match party {
        Some(party) => format!("{party} nets {amount} {more}"),
        None => format!("{amount} {more} is paid"),
    };
    Some(format!("{other}: {what} than under {reference} on average"))
}

/// The comparison for a terminal, without a last line feed; the first line is the
/// answer.
pub fn comparison_text(comparison: &Comparison) -> String {
    let mut out = String::new();
    let reference = &comparison.entries[0];
    let _ = writeln!(out, "{}", comparison_answer(comparison));
    let _ = writeln!(out, "\n{}", scope(&reference.scenario.settings));
    let _ = writeln!(
        out,
        "Amounts in {}; differences from {} are paired on the same paths.",
        comparison.money.label(),
        reference.name
    );
    for (i, entry) in comparison.entries.iter().enumerate().skip(1) {
        let _ = writeln!(out, "\n{}: {}", entry.name, entry.scenario.title);
        if let Some(changed) = changed_here(&entry.scenario) {
            let _ = writeln!(out, "{changed}");
        }
        let is_alone = comparison.scenarios[i].parts.len() == 1;
        for (at, part) in comparison.scenarios[i].parts.iter().enumerate() {
            if !is_alone {
                let against = match &part.against {
                    Some(name) if *name == part.name => String::new(),
                    Some(name) => format!(" (against {name})"),
                    None => " (against nothing paid)".to_owned(),
                };
                let _ = writeln!(out, "\n{}{against}", part.name);
            }
            one(&mut out, comparison, i, at, part);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A part against its counterpart.
fn one(out: &mut String, comparison: &Comparison, scenario: usize, at: usize, part: &ComparedPart) {
    let (reference, name) = (
        &comparison.entries[0].name,
        &comparison.entries[scenario].name,
    );
    let against = comparison.scenarios[0]
        .parts
        .iter()
        .position(|other| Some(&other.name) == part.against.as_ref());
    let counterpart = against.map(|at| &comparison.scenarios[0].parts[at]);
    let heading = |first: &str| {
        let cells = [
            first,
            &clipped(reference),
            &clipped(name),
            "difference",
            "\u{b1}",
        ];
        cells.map(Cell::from).to_vec()
    };
    let mut table = vec![heading("")];
    for value in &part.totals {
        let label = match value.measure {
            Measure::Binding => "Cap binds, %".to_owned(),
            // How sharing ends has a line of its own.
            Measure::Ended(_) => continue,
            other => match (other.definition(), other.kind()) {
                (
                    Definition {
                        short: Some(short), ..
                    },
                    _,
                ) => short.to_owned(),
                (definition, Kind::Probability | Kind::Rate) => format!("{}, %", definition.label),
                (definition, _) => definition.label.to_owned(),
            },
        };
        let other = counterpart.and_then(|part| {
            let mut values = part.totals.iter();
            values.find(|other| other.measure == value.measure)
        });
        table.push(line(comparison, &label, other, value));
    }
    for date in &part.dates {
        let mut others = counterpart.into_iter().flat_map(|part| &part.dates);
        let other = others.find(|other| other.measure == date.measure).copied();
        if date.median.is_some() || other.is_some_and(|other| other.median.is_some()) {
            table.push(date_line(other.as_ref(), date));
        }
    }
    let own = ending(comparison, scenario, at);
    let other = against.and_then(|at| ending(comparison, 0, at));
    if own.iter().chain(&other).any(Ending::has_others) {
        let median = |ending: &Option<Ending<'_>>| match ending {
            Some(ending) => ending.median().to_string(),
            None => "\u{2013}".to_owned(),
        };
        let line = [
            "Sharing ends, median".to_owned(),
            median(&other),
            median(&own),
        ];
        table.push(line.map(Cell::from).to_vec());
    }
    aligned(out, &table);
    let paid = |part: &ComparedPart, year: i16| {
        let year = part
            .years
            .iter()
            .find(|y| y.calendar == CalendarKind::Calendar && y.year == year)?;
        let payment = year.values.iter().find(|value| value.measure == PAYMENT);
        payment.copied()
    };
    let mut table = vec![heading("Paid for")];
    let own = part.years.iter();
    for year in own.filter(|year| year.calendar == CalendarKind::Calendar) {
        if let Some(own) = paid(part, year.year) {
            let other = counterpart.and_then(|part| paid(part, year.year));
            let year = year.year.to_string();
            table.push(line(comparison, &year, other.as_ref(), &own));
        }
    }
    if table.len() > 1 {
        out.push('\n');
        aligned(out, &table);
    }
}

fn line(
    comparison: &Comparison,
    label: &str,
    other: Option<&ComparedValue>,
    own: &ComparedValue,
) -> Vec<Cell> {
    let is_probability = is_probability(own);
    let factor = match own.measure.kind() {
        Kind::Probability | Kind::Rate => 100.0,
        _ => 1.0,
    };
    // Amounts of a column have as many decimals as the largest needs.
    let is_money = own.measure.kind().is_money();
    let mean = |value: &ComparedValue| match is_probability {
        true => probability::digits(value.value.mean, 2)
            .unwrap_or_else(|| percent(value.value.mean))
            .into(),
        false if is_money => Cell::Number(value.value.mean),
        false => significant(factor * value.value.mean).into(),
    };
    let mut line = vec![
        label.into(),
        other.map_or_else(|| "\u{2013}".into(), mean),
        mean(own),
    ];
    match own.difference {
        Some(difference) if is_probability => {
            let (_, most) = difference_interval(comparison, own, difference);
            let difference = difference.scaled(factor);
            line.push(signed(difference.mean).into());
            let error = match difference.mean == 0.0 && difference.std_error == 0.0 {
                true => format!("<{}", error_text(100.0 * most)),
                false => error_text(difference.std_error),
            };
            line.push(error.into());
        }
        Some(difference) => {
            let difference = difference.scaled(factor);
            line.push(match is_money {
                true => Cell::Signed(difference.mean),
                false => signed(difference.mean).into(),
            });
            line.push(error_text(difference.std_error).into());
        }
        None => line.extend(["", ""].map(Cell::from)),
    }
    line
}

fn date_line(other: Option<&ComparedDate>, own: &ComparedDate) -> Vec<Cell> {
    let shown = |date: &ComparedDate| {
        let median = date.median.map(|date| date.to_string());
        median.unwrap_or_else(|| "not reached".to_owned())
    };
    let label = match own.measure {
        Measure::BindingDate => "Cap binds, median",
        _ => "Paid back, median",
    };
    let mut line = vec![
        label.to_owned(),
        other.map_or_else(|| "\u{2013}".to_owned(), shown),
        shown(own),
    ];
    if let Some(difference) = own.difference {
        line.push(format!("{} days", signed(difference.mean)));
        line.push(error_text(difference.std_error));
    }
    line.into_iter().map(Cell::from).collect()
}

fn clipped(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    // Names of files that are compared mostly differ at their ends.
    let count = name.chars().count();
    let tail: String = name.chars().skip(count + 1 - LONGEST_NAME).collect();
    format!("\u{2026}{tail}")
}
