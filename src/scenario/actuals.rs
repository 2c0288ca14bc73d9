//! What has happened: reported revenue and payments in the place of the first
//! periods.

use std::collections::BTreeMap;

use super::checked::Checked;
use super::file;
use super::keys::LARGEST_AMOUNT;
use super::placed::Spanned;
use super::reading::stands_in;
use super::wording::nearest;
use crate::units::{Date, Timeline};

const KEY: &str = "actuals";

/// The first periods of a timeline as they were.
#[derive(Clone, Debug)]
pub struct Actuals {
    /// Revenue of each period that has happened.
    pub revenue: Vec<f64>,
    /// Payments for them: by agreement, or under no name for the only one.
    pub payments: BTreeMap<String, Vec<f64>>,
    /// The timeline that is left.
    pub rest: Timeline,
}

impl Actuals {
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
                name => format!("`{KEY}` has payments under {name:?}, which is no agreement"),
            };
            let label = "the columns of payments name agreements".to_owned();
            let columns: Vec<String> = agreements
                .iter()
                .map(|name| format!("payment.{name}"))
                .collect();
            let hint = format!("name the columns {}", columns.join(", "));
            checked.refuse_with(written.span(), KEY, message, label, hint);
        }
    }
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
    let Some(text) = &file.csv else {
        if !stands_in(&span) && checked.problems.is_empty() {
            let message = format!("`{KEY}` has no rows");
            let label = "a file is read where the scenario itself is one".to_owned();
            checked.refuse(span, KEY, message, label);
        }
        return None;
    };
    match table(text.get_ref(), timeline?) {
        Ok(actuals) => Some(actuals),
        Err(reason) => {
            let message = format!("`{KEY}` cannot be used: {}", reason.what);
            checked.refuse(span, KEY, message, reason.place);
            None
        }
    }
}

/// Why a table cannot be used.
struct Reason {
    what: String,
    place: String,
}

fn reason(what: impl Into<String>, place: impl Into<String>) -> Reason {
    Reason {
        what: what.into(),
        place: place.into(),
    }
}

fn table(text: &str, timeline: &Timeline) -> Result<Actuals, Reason> {
    let unreadable = |error: &csv::Error| reason("it is no CSV table", error.to_string());
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| unreadable(&e))?.clone();
    let position = |name: &str| header.iter().position(|head| head == name);
    let wanted = |name: &str| {
        let header: Vec<&str> = header.iter().collect();
        position(name).ok_or_else(|| {
            let place = format!("its columns are {}", header.join(", "));
            reason(format!("it has no column {name}"), place)
        })
    };
    let (start, end) = (wanted("period_start")?, wanted("period_end")?);
    let revenue_at = wanted("revenue")?;
    let mut paid_at = Vec::new();
    for (i, head) in header.iter().enumerate() {
        match head {
            "period_start" | "period_end" | "revenue" => {}
            "payment" => paid_at.push((String::new(), i)),
            _ => match head.strip_prefix("payment.") {
                Some(name) => paid_at.push((name.to_owned(), i)),
                None => {
                    let known = ["period_start", "period_end", "revenue", "payment"];
                    let place = match nearest(head, &known) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("known are {} and payment.NAME", known.join(", ")),
                    };
                    return Err(reason(format!("it has a column {head:?}"), place));
                }
            },
        }
    }
    let mut revenue = Vec::new();
    let mut payments: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (k, record) in reader.records().enumerate() {
        let record = record.map_err(|e| unreadable(&e))?;
        let line = record.position().map_or(k as u64 + 2, csv::Position::line);
        let Some(period) = timeline.periods().get(k) else {
            let place = format!("line {line} is beyond {}", timeline.end());
            return Err(reason("it is longer than the timeline", place));
        };
        for (at, day) in [(start, period.first_day), (end, period.last_day)] {
            let written = record.get(at).and_then(date);
            if written != Some(day) {
                let found = record.get(at).unwrap_or_default();
                let place = format!("line {line} says {found:?} where {day} is wanted");
                return Err(reason("its periods are not those of the timeline", place));
            }
        }
        let amount = |at: usize| {
            let text = record.get(at).unwrap_or_default();
            let value: Option<f64> = text.parse().ok();
            value
                .filter(|value| (0.0..=LARGEST_AMOUNT).contains(value))
                .ok_or_else(|| {
                    let place = format!("line {line} says {text:?}");
                    reason("an amount is no number from 0 to 1e15", place)
                })
        };
        revenue.push(amount(revenue_at)?);
        for (name, at) in &paid_at {
            payments.entry(name.clone()).or_default().push(amount(*at)?);
        }
    }
    let next = timeline.periods().get(revenue.len());
    let (Some(next), false) = (next, revenue.is_empty()) else {
        let what = match revenue.is_empty() {
            true => "it has no rows",
            false => "it leaves nothing to simulate",
        };
        return Err(reason(what, format!("it has {} rows", revenue.len())));
    };
    let rest = Timeline::new(next.first_day, timeline.end(), timeline.step());
    Ok(Actuals {
        revenue,
        payments,
        rest: rest.expect("a part of a timeline is one"),
    })
}

/// A date written as 2026-01-31.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    Date::new(year, month, parts.next()?.parse().ok()?)
}
