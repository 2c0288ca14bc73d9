//! `[[case]]`: what may be instead of what the file says, each with a probability.
//!
//! A case is the file with one more change, `case = "NAME"`, which puts in what the case
//! sets before anything else that is given beside the file. So a case can be asked for
//! alone wherever a change can be given, and its mistakes stand at its own lines.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Scenario;
use super::checked::{Bounds, Checked};
use super::diagnostics::{Problem, ProblemKind};
use super::file;
use super::keys::MOST_CASES;
use super::overrides;
use super::placed::Spanned as Placed;
use crate::agreement::{Agreement, Clauses};
use crate::text::{quoted, shown};

/// The key of the list, and of the change that takes one of it alone.
pub const KEY: &str = "case";
/// Tables and keys that are the same in all cases.
const SHARED: [&str; 9] = [
    KEY,
    "title",
    "source",
    "currency",
    "unit",
    "timeline",
    "simulation",
    "report",
    "sweep",
];
/// What probabilities may miss one by: the rounding of decimals.
const ROUNDING: f64 = 1e-9;

/// One of the cases of a scenario.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its probability, 0 to 1; those of all cases add up to one.
    pub probability: f64,
    /// The scenario under it.
    pub scenario: Scenario,
}

/// A case as it is read, before it is a scenario.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: String,
    pub probability: f64,
    /// Where its name stands.
    pub span: Range<usize>,
}

/// The change that takes a case alone.
pub fn taking(name: &str) -> String {
    format!("{KEY}={name:?}")
}

/// The name of the case that a change takes alone, with its place; `None` for any other
/// change.
pub fn taken(change: &DeTable<'_>) -> Option<(String, Range<usize>)> {
    let value = change.get(KEY)?;
    Some((value.get_ref().as_str()?.to_owned(), value.span()))
}

/// The same of one as it is given, `case=NAME`.
pub fn taken_by(given: &str) -> Option<String> {
    let given = overrides::in_toml(given);
    let change = overrides::change(&given, 0).ok()?;
    Some(taken(&change)?.0)
}

/// The names of the cases of a document.
pub fn names(document: &DeTable<'_>) -> Vec<String> {
    let items = match document.get(KEY).map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => items.iter().map(Spanned::get_ref).collect(),
        Some(lone) => vec![lone],
        None => Vec::new(),
    };
    let name = |item: &DeValue<'_>| match item {
        DeValue::Table(table) => own_name(table),
        _ => None,
    };
    items.into_iter().filter_map(name).collect()
}

fn own_name(case: &DeTable<'_>) -> Option<String> {
    let name = case.get("name")?.get_ref().as_str()?;
    Some(name.trim().to_owned())
}

/// Puts what the case of a name sets into a document, and takes out the list of cases.
pub fn take(
    document: &mut DeTable<'_>,
    (name, span): (String, Range<usize>),
) -> Result<(), Box<Problem>> {
    let refuse = |span: Range<usize>, key: &str, message: String, label: &str, hint: String| {
        Box::new(Problem {
            span,
            key: key.split('.').map(str::to_owned).collect(),
            message,
            label: label.to_owned(),
            hint: Some(hint),
            kind: ProblemKind::Other,
        })
    };
    let cases = document.remove(KEY).map(Spanned::into_inner);
    let tables: Vec<DeTable<'_>> = match cases {
        Some(DeValue::Array(items)) => {
            let items = items.into_iter().map(Spanned::into_inner);
            items
                .filter_map(|item| match item {
                    DeValue::Table(table) => Some(table),
                    _ => None,
                })
                .collect()
        }
        Some(DeValue::Table(table)) => vec![table],
        _ => Vec::new(),
    };
    let names: Vec<String> = tables.iter().filter_map(own_name).collect();
    let mut tables = tables.into_iter();
    let found = tables.find(|table| own_name(table).as_deref() == Some(name.trim()));
    let Some(mut case) = found else {
        let hint = match names.as_slice() {
            [] => "the scenario has no [[case]]".to_owned(),
            names => format!("one of {}", names.join(", ")),
        };
        let message = format!("there is no case {}", quoted(&name));
        return Err(refuse(span, KEY, message, "no case has this name", hint));
    };
    let Some(set) = case.remove("set") else {
        return Ok(());
    };
    let place = set.span();
    let DeValue::Table(set) = set.into_inner() else {
        let hint = "for example set = { agreement.cap = 40 }".to_owned();
        let message = "`case.set` must be a table".to_owned();
        return Err(refuse(place, "case.set", message, "this is none", hint));
    };
    for (key, value) in set {
        // A key in quotes may be dotted as one that is given beside the file.
        let changes = match key.get_ref().contains('.') {
            true => overrides::below(key.get_ref(), key.span(), value),
            false => DeTable::from_iter([(key, value)]),
        };
        if let Some((key, _)) = changes
            .iter()
            .find(|(key, _)| SHARED.contains(&key.get_ref().as_ref()))
        {
            let message = format!("{} cannot be set", quoted(key.get_ref()));
            let hint =
                "set keys of agreement, revenue, valuation, correlation or actuals".to_owned();
            return Err(refuse(
                key.span(),
                "case.set",
                message,
                "all cases share it",
                hint,
            ));
        }
        overrides::merge(document, changes)?;
    }
    Ok(())
}

/// The cases of a file: names of their own, and probabilities that add up to one.
pub fn named(
    checked: &mut Checked<'_>,
    written: Option<&Placed<Vec<Placed<file::Case>>>>,
) -> Vec<Named> {
    let Some(written) = written else {
        return Vec::new();
    };
    let before = checked.problems.len();
    let list = written.get_ref();
    if list.len() > MOST_CASES || list.is_empty() {
        let label = format!("here are {}", list.len());
        checked.refuse(
            written.span(),
            KEY,
            "`case` has too many or no cases".to_owned(),
            label,
        );
        return Vec::new();
    }
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    let mut left_out = None;
    let mut cases: Vec<Named> = Vec::new();
    for case in list {
        let case = case.get_ref();
        let name = checked.text("case.name", &case.name);
        let span = case.name.span();
        if seen.insert(name.clone(), ()).is_some() {
            let message = format!("two cases are called {}", quoted(&name));
            let hint = "give each a name of its own".to_owned();
            checked.refuse_with(
                span.clone(),
                "case.name",
                message,
                "the second".to_owned(),
                hint,
            );
        }
        let probability = match &case.probability {
            Some(written) => checked.number("case.probability", written, Bounds::Closed(0.0, 1.0)),
            None => {
                if left_out.replace(cases.len()).is_some() {
                    let message = "two cases have no probability".to_owned();
                    let hint = "one may be left out: it takes what the others leave".to_owned();
                    checked.refuse_with(
                        span.clone(),
                        "case.probability",
                        message,
                        "the second".to_owned(),
                        hint,
                    );
                }
                0.0
            }
        };
        cases.push(Named {
            name,
            probability,
            span,
        });
    }
    if checked.problems.len() > before {
        return cases;
    }
    let sum: f64 = cases.iter().map(|case| case.probability).sum();
    let is_off = match left_out {
        Some(_) => sum > 1.0 + ROUNDING,
        None => (sum - 1.0).abs() > ROUNDING,
    };
    if is_off {
        let last = list
            .iter()
            .rev()
            .find_map(|case| case.get_ref().probability.as_ref());
        let span = last.map_or(written.span(), Placed::span);
        let message = format!(
            "the probabilities of the cases add up to {}, not to 1",
            decimal(sum)
        );
        let label = match sum > 1.0 {
            true => format!("{} too much up to here", decimal(sum - 1.0)),
            false => format!("{} is missing up to here", decimal(1.0 - sum)),
        };
        let hint = "or leave one of them out: its case takes what the others leave".to_owned();
        checked.refuse_with(span, "case.probability", message, label, hint);
        return cases;
    }
    match left_out {
        Some(at) => cases[at].probability = decimal(1.0 - sum).max(0.0),
        None => cases.iter_mut().for_each(|case| case.probability /= sum),
    }
    cases
}

/// A number without the rounding of sums of decimals.
fn decimal(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

/// How a case is unlike the scenario it is a case of, so that their results cannot be
/// those of one agreement; `None` where it is alike.
pub fn unlike(whole: &Scenario, case: &Scenario) -> Option<String> {
    let names = |of: &Scenario| -> Vec<String> {
        of.agreements.iter().map(|own| own.name.clone()).collect()
    };
    if names(whole) != names(case) {
        return Some("its agreements have other names".to_owned());
    }
    for (whole, case) in whole.agreements.iter().zip(&case.agreements) {
        if let Some(why) = unlike_agreement(whole, case) {
            return Some(format!("{why} in {}", shown(&whole.name)));
        }
    }
    let valued = |of: &Scenario| {
        let valuation = of.valuation.as_ref();
        valuation.map(|own| (own.invested.is_some(), own.risk_neutral.is_some()))
    };
    if valued(whole) != valued(case) {
        return Some("it is valued in another way".to_owned());
    }
    None
}

fn unlike_agreement(whole: &Agreement, case: &Agreement) -> Option<String> {
    let parties = |of: &Agreement| (of.payer.clone(), of.payee.clone());
    let events = |of: &Clauses| -> Vec<String> {
        of.events.iter().map(|event| event.name.clone()).collect()
    };
    let (clauses, others) = (&whole.clauses, &case.clauses);
    if parties(whole) != parties(case) {
        return Some("other parties pay and are paid".to_owned());
    }
    if whole.cap.is_some() != case.cap.is_some() {
        return Some("there is a cap in one and none in the other".to_owned());
    }
    // Cash is not kept of a flat share, whose payments follow from their dates.
    if (whole.is_flat() || case.is_flat()) && whole.payment != case.payment {
        return Some("payments are due on other days".to_owned());
    }
    if events(clauses) != events(others) {
        return Some("other events end sharing".to_owned());
    }
    if clauses.upfront.is_empty() != others.upfront.is_empty() {
        return Some("one is paid for up front, the other is not".to_owned());
    }
    None
}
