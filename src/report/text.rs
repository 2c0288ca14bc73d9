//! The summary a terminal shows.

use std::fmt::Write;
use std::ops::Range;

use super::answer::{ROUNDED, headline};
use super::changed::changed_here;
use super::ending::Ending;
use super::probability::percent;
use super::tables::{Cell, SummaryRow, cash_by_year, summary_rows};
use super::{Part, Report, cases, covenants, estimators, text_more};
use crate::agreement::Agreement;
use crate::simulate::{Quantity, Sampler, Settings, Slot};
use crate::units::{Date, Month, decimals_for, grouped_number};

/// Longest table of years before it is cut to those that matter.
const MOST_YEARS: usize = 15;
/// A probability by which all but rounding has happened.
const NEARLY_ALL: f64 = 0.995;

/// A cell of a table for a terminal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    /// As it is.
    Text(String),
    /// A number, written with as many decimals as the others of its column.
    Number(f64),
    /// The same with its sign.
    Signed(f64),
}

impl<T: Into<String>> From<T> for Entry {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// The whole summary, ending in a line feed; the first line is the answer with
/// its standard errors.
pub fn summary_text(report: &Report<'_>) -> String {
    let mut out = String::new();
    let scenario = report.scenario;
    for part in report.parts() {
        let _ = writeln!(out, "{}{}", part.prefix(), headline(&part));
    }
    let _ = writeln!(out, "\n{}", scenario.title);
    if let Some(changed) = changed_here(scenario) {
        let _ = writeln!(out, "{changed}");
    }
    let _ = writeln!(out, "{}", scope(report));
    for part in report.parts() {
        if scenario.contracts.len() > 1 {
            let Agreement {
                name, payer, payee, ..
            } = &part.contract.agreement;
            let _ = writeln!(out, "\n{name}: {payer} pays {payee}");
        }
        totals(&mut out, &part);
        text_more::ends(&mut out, &part);
        text_more::returns(&mut out, &part);
        years(&mut out, &part);
    }
    cases::text(&mut out, report);
    covenants::text(&mut out, report);
    text_more::net(&mut out, report);
    text_more::risk_neutral(&mut out, report);
    out
}

/// How many paths are drawn, and how.
pub(super) fn paths(settings: &Settings) -> String {
    match settings.sampler {
        Sampler::Sobol => format!(
            "{} replicates of {} Sobol points",
            settings.replicates,
            grouped(settings.points)
        ),
        Sampler::Random => format!("{} random paths", grouped(settings.paths())),
    }
}

/// The grid and the paths, a line each.
pub(super) fn scope(report: &Report<'_>) -> String {
    let scenario = report.scenario;
    let settings = &scenario.settings;
    let paths = paths(settings);
    let precision = scenario.precision.map_or_else(String::new, |precision| {
        let wanted = crate::units::percent_digits(precision.wanted);
        format!(
            "\nprecision wanted {wanted} %: took {} paths",
            grouped(report.results.paths())
        )
    });
    let paths = match scenario.cases.len() {
        0 => paths,
        cases => format!("{cases} cases, each {paths}, drawn alike"),
    };
    format!(
        "{} to {} by {}, amounts in {}\n{paths}, seed {}\n{}\n\u{b1} is one standard error; {ROUNDED}{precision}",
        scenario.timeline.start(),
        scenario.timeline.end(),
        scenario.timeline.step().word(),
        scenario.money.label(),
        settings.seed,
        estimators::in_words(report),
    )
}

/// A table of estimates, each with its error and percentiles.
pub(super) fn estimates(
    out: &mut String,
    title: &str,
    percentiles: &[f64],
    rows: impl Iterator<Item = (String, SummaryRow)>,
) {
    let mut header: Vec<Entry> = [title, "mean", "\u{b1}"].map(Entry::from).into();
    header.extend(percentiles.iter().map(|p| format!("p{p}").into()));
    let mut table = vec![header];
    for (name, row) in rows {
        let Some(estimate) = row.estimate else {
            continue;
        };
        let mut line = vec![
            name.into(),
            Entry::Number(estimate.mean),
            error_text(estimate.std_error).into(),
        ];
        line.extend(row.cells().iter().map(|cell| match cell {
            Cell::Number(value) => Entry::Number(*value),
            Cell::Date(date) => date.to_string().into(),
            Cell::Empty => "".into(),
        }));
        table.push(line);
    }
    out.push('\n');
    aligned(out, &table);
}

fn totals(out: &mut String, part: &Part<'_>) {
    let rows = summary_rows(part).into_iter();
    let named = rows.filter_map(|row| Some((row.measure.definition().short?.to_owned(), row)));
    let percentiles = &part.scenario.report.percentiles;
    estimates(out, "", percentiles, named);
    if part.contract.agreement.cap.is_some() {
        let dates: Vec<String> = percentiles
            .iter()
            .map(|p| {
                let date = part.outcomes.reached_quantile(p / 100.0);
                let when = date.map_or_else(|| "not reached".to_owned(), month_year);
                format!("{p}\u{a0}% {when}")
            })
            .collect();
        let _ = writeln!(out, "Cap binds by: {}", dates.join(", "));
    }
}

/// Writes a table with its first column to the left, the others to the right. The numbers
/// of a column have the decimals that show its largest to four significant digits.
pub(super) fn aligned<E: Clone + Into<Entry>>(out: &mut String, table: &[Vec<E>]) {
    let table: Vec<Vec<Entry>> = table
        .iter()
        .map(|row| row.iter().cloned().map(Into::into).collect())
        .collect();
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let decimals: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = table.iter().filter_map(|row| row.get(column));
            let largest = cells.fold(0.0_f64, |most, cell| match cell {
                Entry::Number(value) | Entry::Signed(value) => most.max(value.abs()),
                Entry::Text(_) => most,
            });
            decimals_for(largest, 4).min(6)
        })
        .collect();
    let text = |(cell, decimals): (&Entry, &usize)| match cell {
        Entry::Text(text) => text.clone(),
        Entry::Number(0.0) | Entry::Signed(0.0) => "0".to_owned(),
        Entry::Number(value) => grouped_number(*value, *decimals),
        Entry::Signed(value) => with_sign(grouped_number(*value, *decimals)),
    };
    let table: Vec<Vec<String>> = table
        .iter()
        .map(|row| row.iter().zip(&decimals).map(text).collect())
        .collect();
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in table {
        let mut line = String::new();
        for (i, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match i {
                0 => write!(line, "{cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn years(out: &mut String, part: &Part<'_>) {
    let years = &part.scenario.calendars()[0];
    // Without a cap, and where nothing but a known date ends it, there is no chance.
    let chance = match part.contract.agreement.cap {
        Some(_) => Some("cap binds by then"),
        None if Ending::of(part).has_others() => Some("ends by then"),
        None => None,
    };
    let cash = cash_by_year(part);
    let paid_in = |i: usize| {
        let slot = Slot::Year {
            calendar: 0,
            year: i,
        };
        let paid = part.outcomes.quantity(Quantity::Payment, slot);
        paid.map_or(0.0, |paid| paid.estimate.mean)
    };
    let cash_in = |year: i16| cash.get(&year).copied().unwrap_or(0.0);
    let is_later = |i: usize| {
        let (paid, cash) = (paid_in(i), cash_in(years[i].year));
        (paid - cash).abs() > 1e-6 * paid.max(cash)
    };
    let cash_head = (0..years.len()).any(is_later).then_some("cash");
    let header = ["Year", "revenue", "accrued", "paid", "paid so far"];
    let header = header.into_iter().chain(cash_head).chain(chance);
    let mut table = vec![header.map(Entry::from).collect::<Vec<_>>()];
    let end = part.scenario.timeline.end();
    let last_day = |year: i16| Date::new(year, 12, 31).map_or(end, |last| last.min(end));
    let shown = years_that_matter(years.len(), |i| {
        let last = last_day(years[i].year);
        match chance {
            Some(_) => ended_by(part, last),
            None => 0.0,
        }
    });
    for (i, year) in years.iter().enumerate() {
        if !shown.contains(&i) {
            continue;
        }
        let slot = Slot::Year {
            calendar: 0,
            year: i,
        };
        let mean = |quantity: Quantity| {
            let measured = part.outcomes.quantity(quantity, slot);
            measured.map_or_else(|| "".into(), |m| Entry::Number(m.estimate.mean))
        };
        let mut line = vec![
            year.year.to_string().into(),
            mean(Quantity::Revenue),
            mean(Quantity::AccruedShare),
            mean(Quantity::Payment),
            mean(Quantity::CumulativePaid),
        ];
        line.extend(cash_head.map(|_| Entry::Number(cash_in(year.year))));
        line.extend(chance.map(|_| {
            let last = last_day(year.year);
            let probability = match part.contract.agreement.cap {
                Some(_) => part.outcomes.reached_by(last).mean,
                None => ended_by(part, last),
            };
            Entry::from(percent(probability))
        }));
        table.push(line);
    }
    let later: f64 = cash.range(end.year() + 1..).map(|(_, mean)| mean).sum();
    if cash_head.is_some() && later > 0.0 {
        let mut line: Vec<Entry> = vec!["later".into()];
        line.extend((0..4).map(|_| "".into()));
        line.push(Entry::Number(later));
        table.push(line);
    }
    out.push('\n');
    aligned(out, &table);
    let (before, after) = (shown.start, years.len() - shown.end);
    if before + after > 0 {
        let _ = writeln!(
            out,
            "\u{2026} and {} more years in years.csv, {before} before and {after} after",
            before + after
        );
    }
}

/// The years of a long timeline that a terminal shows: those up to the one by which
/// sharing has ended in all but few outcomes.
fn years_that_matter(years: usize, ended_by: impl Fn(usize) -> f64) -> Range<usize> {
    let ended = (0..years).find(|&i| ended_by(i) >= NEARLY_ALL);
    let end = ended
        .map_or(years, |last| last + 1)
        .max(MOST_YEARS.min(years));
    end.saturating_sub(MOST_YEARS)..end
}

/// The probability that sharing has ended by a date, for whatever reason.
fn ended_by(part: &Part<'_>, date: Date) -> f64 {
    let start = part.scenario.timeline.start();
    let ends = part.outcomes.ends();
    let reasons = part.outcomes.reasons().iter();
    reasons
        .map(|reason| ends.within(*reason, start, date).mean)
        .sum()
}

/// A number with its sign, a plus too; what rounds to zero has none.
pub(super) fn with_sign(number: String) -> String {
    let is_zero = !number.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    match is_zero || number.starts_with('\u{2212}') {
        true => number,
        false => format!("+{number}"),
    }
}

/// Four significant digits, thousands apart.
pub(super) fn significant(value: f64) -> String {
    grouped_number(value, decimals_for(value, 4).min(6))
}

/// A count with its thousands apart: `262,144`.
pub(super) fn grouped(count: u64) -> String {
    grouped_number(count as f64, 0)
}

/// A standard error to two significant digits.
pub(super) fn two_digits(error: f64) -> String {
    grouped_number(error, decimals_for(error, 2).min(6))
}

/// A standard error to one significant digit.
pub(super) fn error_text(error: f64) -> String {
    const LEAST: f64 = 1e-9;
    if error == 0.0 {
        "0".to_owned()
    } else if error < LEAST {
        "<0.000000001".to_owned()
    } else {
        grouped_number(error, decimals_for(error, 1))
    }
}

/// `Jul 2029`.
pub(super) fn month_year(date: Date) -> String {
    format!("{} {}", Month::of_day(date).short(), date.year())
}

/// Four significant digits without superfluous zeros.
pub(super) fn plain(value: f64) -> String {
    let text = significant(value);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A phrase as it stands within a sentence.
/// Its other letters stay as they are.
pub(super) fn lowercased(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|c| c.to_lowercase().to_string());
    format!("{}{}", first.unwrap_or_default(), characters.as_str())
}

/// A text with its first letter as a capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
