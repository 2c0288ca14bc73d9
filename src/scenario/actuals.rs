//! What has happened: reported revenue and payments in the place of the first
//! periods.

use std::collections::BTreeMap;
use std::ops::Range;

use super::checked::{Checked, rounded};
use super::file;
use super::keys::LARGEST_AMOUNT;
use super::placed::Spanned;
use super::reading::stands_in;
use super::rows::{Refusal, Rows};
use super::wording::nearest;
use crate::text::{brief, quoted};
use crate::units::Timeline;

const KEY: &str = "actuals";
const REVENUE: &str = "revenue";
/// Names of the columns of a period's first and last day, those of `capbind calibrate` too.
const STARTS: [&str; 6] = ["period_start", "start", "date", "period", "month", "year"];
const ENDS: [&str; 2] = ["period_end", "end"];

/// The first periods of a timeline as they were.
#[derive(Clone, Debug)]
pub struct Actuals {
    /// Revenue of each segment in each period that has happened, below 0 where more was
    /// refunded than sold; under no name where it is not divided.
    revenue: BTreeMap<String, Column>,
    /// Payments for them: by agreement, or under no name for the only one.
    pub payments: BTreeMap<String, Vec<f64>>,
    /// The timeline that is left.
    pub rest: Timeline,
    /// How many periods have happened.
    pub periods: usize,
    /// Where the header stands.
    header: Range<usize>,
}

/// A column of amounts.
#[derive(Clone, Debug)]
struct Column {
    head: Range<usize>,
    amounts: Vec<f64>,
}

impl Actuals {
    /// Revenue of each period that is not divided into segments.
    pub fn undivided(&self, checked: &mut Checked<'_>) -> Option<Vec<f64>> {
        if let Some((name, column)) = self.revenue.iter().find(|(name, _)| !name.is_empty()) {
            let message = format!(
                "`{KEY}` has revenue of {}, but the revenue has no segments",
                quoted(name)
            );
            let label = "this names a segment".to_owned();
            let hint =
                "call the column revenue, or give revenue as [[revenue]] tables with a name each";
            checked.refuse_with(column.head.clone(), KEY, message, label, hint.to_owned());
            return None;
        }
        self.revenue.get("").map(|column| column.amounts.clone())
    }

    /// Revenue of each period of each of these segments, in their order.
    pub fn of_segments(&self, checked: &mut Checked<'_>, names: &[&str]) -> Option<Vec<Vec<f64>>> {
        let before = checked.problems.len();
        let columns: Vec<String> = names.iter().map(|name| column(REVENUE, name)).collect();
        let known = format!("name the columns {}", columns.join(", "));
        for (name, column) in &self.revenue {
            if !name.is_empty() && !names.contains(&name.as_str()) {
                let message = format!(
                    "`{KEY}` has revenue of {}, which is no segment",
                    quoted(name)
                );
                let label = "there is no such segment".to_owned();
                let hint = match nearest(name, names) {
                    Some(near) => format!("did you mean {REVENUE}.{near}? {known}"),
                    None => known.clone(),
                };
                checked.refuse_with(column.head.clone(), KEY, message, label, hint);
            }
        }
        let is_missing = |name: &&&str| !self.revenue.contains_key(**name);
        let missing: Vec<&str> = names.iter().filter(is_missing).copied().collect();
        if !missing.is_empty() && checked.problems.len() == before {
            let message = format!("`{KEY}` leaves out the revenue of a segment");
            let label = format!("nothing is said of {}", missing.join(", "));
            checked.refuse_with(self.header.clone(), KEY, message, label, known);
        }
        let amounts = |name: &&str| Some(self.revenue.get(*name)?.amounts.clone());
        let all: Option<Vec<Vec<f64>>> = names.iter().map(amounts).collect();
        all.filter(|_| checked.problems.len() == before)
    }

    /// Refuses payments under agreements that are none, and payments that do not
    /// say under which of several they are.
    pub fn check_names(
        &self,
        checked: &mut Checked<'_>,
        written: &Spanned<file::Actuals>,
        agreements: &[&str],
    ) {
        let unknown = |name: &&String| match name.as_str() {
            "" => agreements.len() > 1,
            name => !agreements.is_empty() && !agreements.contains(&name),
        };
        for name in self.payments.keys().filter(unknown) {
            let message = match name.as_str() {
                "" => format!("`{KEY}` has payments that may be under any agreement"),
                name => format!(
                    "`{KEY}` has payments under {}, which is no agreement",
                    quoted(name)
                ),
            };
            let label = "the columns of payments name agreements".to_owned();
            let columns: Vec<String> = agreements
                .iter()
                .map(|name| column("payment", name))
                .collect();
            let hint = format!("name the columns {}", columns.join(", "));
            checked.refuse_with(written.span(), KEY, message, label, hint);
        }
    }
}

/// The name of the column of an amount of one segment or agreement.
fn column(of: &str, name: &str) -> String {
    format!("{of}.{name}")
}

/// What a file says has happened.
pub fn actuals(
    checked: &mut Checked<'_>,
    written: Option<&Spanned<file::Actuals>>,
    timeline: Option<&Timeline>,
) -> Option<Actuals> {
    let written = written?;
    let file = written.get_ref();
    let span = file.file.as_ref().map_or(written.span(), Spanned::span);
    let named = file.file.as_ref();
    let named = named.and_then(|name| checked.file(name.get_ref()));
    let rows = file.csv.as_ref();
    let rows = named.or_else(|| rows.map(|csv| (csv.get_ref().as_str(), csv.span())));
    let Some((text, place)) = rows else {
        if !stands_in(&span) && checked.problems.is_empty() {
            let message = format!("`{KEY}` has no rows");
            let label = "neither rows nor a file".to_owned();
            checked.refuse(span, KEY, message, label);
        }
        return None;
    };
    let timeline = timeline?;
    let rows = Rows::read(checked, text, place);
    match rows.and_then(|rows| table(&rows, timeline)) {
        Ok(actuals) => Some(actuals),
        Err(refusal) => {
            refusal.note(checked, KEY);
            None
        }
    }
}

fn table(rows: &Rows, timeline: &Timeline) -> Result<Actuals, Refusal> {
    let find = |names: &[&str]| names.iter().find_map(|name| rows.column(name));
    let start = find(&STARTS).map_or_else(|| rows.wanted("period_start"), Ok)?;
    // A month or a year by its name says its end too.
    let end = find(&ENDS);
    let mut revenue_at = Vec::new();
    let mut paid_at = Vec::new();
    for (i, head) in rows.header.iter().enumerate() {
        let of = |what: &str| head.text.strip_prefix(what)?.strip_prefix('.');
        match super::head(&head.text).as_str() {
            _ if i == start || Some(i) == end => {}
            REVENUE | "value" => revenue_at.push(("", i)),
            "payment" | "paid" => paid_at.push(("", i)),
            _ => match (of(REVENUE), of("payment")) {
                (Some(name), _) => revenue_at.push((name.trim(), i)),
                (_, Some(name)) => paid_at.push((name.trim(), i)),
                _ => return Err(unknown(rows, i)),
            },
        }
    }
    if let Some(i) = (1..rows.header.len()).find(|&i| {
        let same = |other: &super::rows::Cell| other.text == rows.header[i].text;
        rows.header[..i].iter().any(same)
    }) {
        let what = format!("it has the column {} twice", brief(&rows.header[i].text));
        return Err(Refusal::new(
            &rows.header[i].span,
            what,
            "this is the second",
        ));
    }
    if revenue_at.is_empty() {
        rows.wanted(REVENUE)?;
    }
    let columns = |at: &[(&str, usize)]| {
        let column = |(name, i): &(&str, usize)| {
            let column = Column {
                head: rows.header[*i].span.clone(),
                amounts: Vec::new(),
            };
            ((*name).to_owned(), column)
        };
        at.iter().map(column).collect::<BTreeMap<String, Column>>()
    };
    let (mut revenue, mut payments) = (columns(&revenue_at), columns(&paid_at));
    for (k, line) in rows.lines.iter().enumerate() {
        let Some(period) = timeline.periods().get(k) else {
            let label = format!("line {} is beyond {}", line.number, timeline.end());
            let span = &line.cells[start].span;
            return Err(Refusal::new(span, "it is longer than the timeline", label));
        };
        let stated = [(Some(start), period.first_day), (end, period.last_day)];
        for (at, day) in stated {
            let Some(at) = at else {
                continue;
            };
            let cell = &line.cells[at];
            if rows.dialect.day(&cell.text, at != start) != Some(day) {
                let found = quoted(&cell.text);
                let label = format!("line {} says {found} where {day} is wanted", line.number);
                let what = "its periods are not those of the timeline";
                let mut refusal = Refusal::new(&cell.span, what, label);
                let usual = || {
                    format!(
                        "a line for each {} from the start of the timeline on, in order: this one \
                         is of {} to {}",
                        timeline.step().word(),
                        period.first_day,
                        period.last_day
                    )
                };
                refusal.hint = Some(rows.dialect.advice(&cell.text).unwrap_or_else(usual));
                return Err(refusal);
            }
        }
        // More may be refunded in a period than is sold.
        let revenue_from = (-LARGEST_AMOUNT, "revenue is no number from -1e15 to 1e15");
        let paid_from = (0.0, "a payment is no number from 0 to 1e15");
        for (at, columns, (least, otherwise)) in [
            (&revenue_at, &mut revenue, revenue_from),
            (&paid_at, &mut payments, paid_from),
        ] {
            for (name, at) in at {
                let permits = |value| (least..=LARGEST_AMOUNT).contains(&value);
                let amount = line.number_at(*at, permits, otherwise)?;
                let column = columns.get_mut(*name);
                column.expect("every column").amounts.push(amount);
            }
        }
        let total = revenue_at.iter().find(|(name, _)| name.is_empty());
        if let (Some((_, at)), true) = (total, revenue_at.len() > 1) {
            let of_line = |column: &Column| column.amounts[k];
            let parts = revenue.iter().filter(|(name, _)| !name.is_empty());
            let sum: f64 = parts.map(|(_, column)| of_line(column)).sum();
            let total = of_line(&revenue[""]);
            if (total - sum).abs() > 1e-9 * total.abs().max(sum.abs()) {
                let label = format!(
                    "line {}: the segments add up to {}",
                    line.number,
                    rounded(sum)
                );
                let what = "the revenue of its segments does not add up to the total";
                let mut refusal = Refusal::new(&line.cells[*at].span, what, label);
                let hint = "correct one of them, or leave the column revenue out";
                refusal.hint = Some(hint.to_owned());
                return Err(refusal);
            }
        }
    }
    let periods = rows.lines.len();
    if periods == 0 || periods == timeline.periods().len() {
        let what = match periods {
            0 => "it has no rows",
            _ => "it leaves nothing to simulate",
        };
        let label = format!("it has {periods} rows");
        return Err(Refusal::new(&rows.span, what, label));
    }
    let payments = payments.into_iter();
    Ok(Actuals {
        revenue,
        payments: payments
            .map(|(name, column)| (name, column.amounts))
            .collect(),
        rest: timeline.after(periods),
        periods,
        header: rows.header[0].span.start..rows.header[rows.header.len() - 1].span.end,
    })
}

/// The refusal of a column that nobody knows.
fn unknown(rows: &Rows, at: usize) -> Refusal {
    let head = &rows.header[at];
    let known = ["period_start", "period_end", REVENUE, "payment"];
    let label = match nearest(&head.text, &known) {
        Some(near) => format!("did you mean {near}?"),
        None => format!(
            "known are {}, revenue.NAME and payment.NAME",
            known.join(", ")
        ),
    };
    Refusal::new(
        &head.span,
        format!("it has a column {}", quoted(&head.text)),
        label,
    )
}
