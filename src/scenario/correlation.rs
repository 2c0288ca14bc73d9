//! `[correlation]`: which inputs and which segments move together.

use std::fmt;

use super::checked::{Bounds, Checked};
use super::file::{self, Pair};
use super::placed::Spanned;
use super::wording::nearest;
use crate::units::{Correlation, CorrelationError, Input, normal_correlation, rank_correlation};

/// Two inputs or segments that move together.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlated {
    /// Their names.
    pub names: [String; 2],
    /// Their correlation: of ranks for inputs, of shocks for segments.
    pub value: f64,
    /// What the correlation is of.
    pub of: &'static str,
}

impl fmt::Display for Correlated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.names;
        write!(f, "{first} with {second}, {} {}", self.of, self.value)
    }
}

const INPUTS: &str = "correlation.inputs";
const SEGMENTS: &str = "correlation.segments";
const CORRELATION: Bounds = Bounds::Closed(-1.0, 1.0);

/// Ties the inputs together that a file correlates, by a Gaussian copula with the
/// rank correlations given.
pub fn tie_inputs(checked: &mut Checked<'_>, file: &file::Correlation) {
    let Some(written) = &file.inputs else {
        return;
    };
    let before = checked.problems.len();
    let names: Vec<String> = checked.inputs.iter().map(|i| i.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let what = Members {
        key: INPUTS,
        one: "an uncertain input",
        all: "uncertain inputs here",
        of: "rank correlation",
        none: "no key here has a distribution",
        complete: before == 0,
    };
    let pairs = pairs(checked, written.get_ref(), &names, &what);
    if checked.problems.len() > before {
        return;
    }
    let normal: Vec<_> = pairs
        .iter()
        .map(|(i, j, rank)| (*i, *j, normal_correlation(*rank)))
        .collect();
    match Correlation::new(names.len(), &normal) {
        Ok(correlation) => load(&mut checked.inputs, &correlation, &normal),
        Err(error) => refuse(checked, written.get_ref(), &what, error, rank_correlation),
    }
}

/// Gives the inputs that stand in a pair their weights.
fn load(inputs: &mut [Input], correlation: &Correlation, pairs: &[(usize, usize, f64)]) {
    let mut members: Vec<usize> = pairs.iter().flat_map(|(i, j, _)| [*i, *j]).collect();
    members.sort_unstable();
    members.dedup();
    for (row, member) in correlation.loadings(&members).into_iter().zip(&members) {
        let weights = row.into_iter().map(|(j, weight)| (members[j], weight));
        inputs[*member].loadings = weights.collect();
    }
}

/// The correlations between the shocks of segments.
pub fn of_segments(
    checked: &mut Checked<'_>,
    file: &file::Correlation,
    names: &[&str],
) -> Option<Correlation> {
    let Some(written) = &file.segments else {
        return Correlation::new(names.len(), &[]).ok();
    };
    let before = checked.problems.len();
    let what = Members {
        key: SEGMENTS,
        one: "a segment",
        all: "segments here",
        of: "correlation of shocks",
        none: "there are no segments",
        complete: before == 0,
    };
    let pairs = pairs(checked, written.get_ref(), names, &what);
    if checked.problems.len() > before {
        return None;
    }
    Correlation::new(names.len(), &pairs)
        .map_err(|error| refuse(checked, written.get_ref(), &what, error, |value| value))
        .ok()
}

/// Refuses correlations between segments where revenue is not divided.
pub fn without_segments(checked: &mut Checked<'_>, file: Option<&file::Correlation>) {
    if let Some(written) = file.and_then(|file| file.segments.as_ref()) {
        let message = format!("`{SEGMENTS}` without segments");
        let label = "revenue is not divided here".to_owned();
        let hint = "make the revenue [[revenue]] tables with a name each, or leave this out";
        checked.refuse_with(written.span(), SEGMENTS, message, label, hint.to_owned());
    }
}

/// What a list of pairs is about, in words.
struct Members {
    key: &'static str,
    one: &'static str,
    all: &'static str,
    of: &'static str,
    none: &'static str,
    /// Whether all that is meant to be there is: a name may be missing because of
    /// a problem that is noted already.
    complete: bool,
}

/// The pairs of a list, by the positions of their names; those with a problem are
/// left out.
fn pairs(
    checked: &mut Checked<'_>,
    written: &[Spanned<Pair>],
    names: &[&str],
    what: &Members,
) -> Vec<(usize, usize, f64)> {
    let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
    for pair in written {
        let before = checked.problems.len();
        let (first, second, value) = pair.get_ref();
        let positions = [first, second].map(|name| position(checked, name, names, what));
        let value = checked.number(what.key, value, CORRELATION);
        let [Some(i), Some(j)] = positions else {
            continue;
        };
        let same = |(a, b, _): &(usize, usize, f64)| (*a, *b) == (i, j) || (*a, *b) == (j, i);
        if i == j {
            let message = format!("`{}` pairs a name with itself", what.key);
            let label = "both are the same".to_owned();
            checked.refuse(pair.span(), what.key, message, label);
        } else if pairs.iter().any(same) {
            let message = format!("`{}` gives a pair twice", what.key);
            let label = "this pair stands above already".to_owned();
            checked.refuse(pair.span(), what.key, message, label);
        } else if checked.problems.len() == before {
            pairs.push((i, j, value));
            checked.correlations.push(Correlated {
                names: [i, j].map(|at| names[at].to_owned()),
                value,
                of: what.of,
            });
        }
    }
    pairs
}

fn position(
    checked: &mut Checked<'_>,
    name: &Spanned<String>,
    names: &[&str],
    what: &Members,
) -> Option<usize> {
    let text = name.get_ref().as_str();
    let found = names.iter().position(|known| *known == text);
    if found.is_none() && what.complete {
        let message = format!("`{text}` is not {}", what.one);
        let label = match names {
            [] => what.none.to_owned(),
            _ => "there is none of this name".to_owned(),
        };
        let known = format!("{}: {}", what.all, names.join(", "));
        let hint = match nearest(text, names) {
            Some(near) => format!("did you mean `{near}`? {known}"),
            None if names.is_empty() => "leave the pair out".to_owned(),
            None => known,
        };
        checked.refuse_with(name.span(), what.key, message, label, hint);
    }
    found
}

/// Says which pair cannot be, and the value nearest to it that can.
fn refuse(
    checked: &mut Checked<'_>,
    written: &[Spanned<Pair>],
    what: &Members,
    error: CorrelationError,
    shown: impl Fn(f64) -> f64,
) {
    let (CorrelationError::Pair { pair, .. } | CorrelationError::Several { pair, .. }) = error;
    // Pairs with a problem of their own are left out of the matrix.
    let Some(place) = written.get(pair) else {
        return;
    };
    let (first, second, value) = place.get_ref();
    let message = format!(
        "no joint distribution has these correlations: {} with {}",
        first.get_ref(),
        second.get_ref()
    );
    let value_now = *value.get_ref();
    let (label, hint) = match error {
        CorrelationError::Pair { low, high, .. } => {
            let (low, high) = (shown(low), shown(high));
            // Rounded towards the inside of the range.
            let nearest = if value_now > high {
                (high * 1000.0).floor() / 1000.0
            } else {
                (low * 1000.0).ceil() / 1000.0
            };
            (
                format!("the others leave this pair {low:.3} to {high:.3}"),
                format!("the nearest possible value is {nearest}"),
            )
        }
        CorrelationError::Several { factor, .. } => (
            "changing this pair alone does not help".to_owned(),
            format!(
                "multiply all by {} or less",
                (factor * 1000.0).floor() / 1000.0
            ),
        ),
    };
    checked.refuse_with(value.span(), what.key, message, label, hint);
}
