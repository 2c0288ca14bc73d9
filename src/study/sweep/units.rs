//! The cases of a sweep by what they share, and which of them is the scenario as written.

use std::collections::BTreeMap;

use crate::scenario::Scenario;
use crate::simulate::FlatShare;
use crate::study::axis::position;
use crate::study::cases::Cases;
use crate::study::contract_key::ContractKey;
use crate::study::measures::MEDIAN;

/// The most contracts answered in one pass.
const MOST_CONTRACTS: usize = 16_384;

/// Cases that share everything but the terms of a flat share.
#[derive(Debug)]
pub(super) struct Unit {
    /// Their numbers.
    pub cases: Vec<u64>,
}

/// A case that is no valid scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCase {
    /// Its number.
    pub case: u64,
    /// Its assignments `key=value`.
    pub assignments: Vec<String>,
    /// What is wrong, in a sentence.
    pub problem: String,
}

/// The valid cases of a unit.
pub(super) struct Prepared {
    /// What they are.
    pub kind: PreparedKind,
    /// Those that are none.
    pub bad: Vec<BadCase>,
}

/// What the valid cases of a unit are.
pub(super) enum PreparedKind {
    /// One revenue, many contracts.
    Flat {
        scenario: Box<Scenario>,
        cases: Vec<u64>,
        contracts: Vec<FlatShare>,
    },
    /// Each on its own.
    Any(Vec<(u64, Scenario)>),
}

/// A case as a sweep asks it: the median is among its percentiles, whichever the report has.
pub(super) fn with_median(mut scenario: Scenario) -> Scenario {
    let percentiles = &mut scenario.report.percentiles;
    if let Err(at) = percentiles.binary_search_by(|own| own.total_cmp(&MEDIAN)) {
        percentiles.insert(at, MEDIAN);
    }
    scenario
}

/// The values that the scenario as written has for the keys of cases, as their table
/// would write them: a number where theirs are numbers; empty where there is none.
pub fn own_values(reference: &Scenario, cases: &Cases) -> Vec<String> {
    let first = cases.values(1);
    let own = |(key, other): (&String, &str)| {
        let written = reference.written_value(key)?.trim_matches(['"', '\'']);
        let is_alike = position(written).is_some() == position(other).is_some();
        (is_alike && !written.starts_with(['{', '['])).then(|| written.to_owned())
    };
    let keys = cases.keys().iter().zip(first);
    keys.map(|pair| own(pair).unwrap_or_default()).collect()
}

/// Whether a case has every value that the scenario as written has: what they come to is what
/// it comes to, to the last bit.
pub(super) fn is_as_written(own: &[String], cases: &Cases, case: u64) -> bool {
    let alike = |(own, value): (&String, &str)| {
        own == value || position(own).is_some_and(|here| position(value) == Some(here))
    };
    case == 0 || own.iter().zip(cases.values(case)).all(alike)
}

/// The cases by what they share, each unit small enough for one pass.
pub(super) fn units(cases: &Cases, terms: &[Option<ContractKey>]) -> Vec<Unit> {
    let mut groups: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    let mut units: Vec<Unit> = Vec::new();
    for case in 1..=cases.len() {
        let values = cases.values(case).into_iter().zip(terms);
        let shared = values.map(|(value, term)| match term {
            // No value is a zero character.
            Some(term) if term.reads(value) => "\0",
            _ => value,
        });
        let new = units.len();
        let at = groups.entry(shared.collect()).or_insert(new);
        if *at == new || units[*at].cases.len() == MOST_CONTRACTS {
            *at = new;
            units.push(Unit { cases: Vec::new() });
        }
        units[*at].cases.push(case);
    }
    units
}
