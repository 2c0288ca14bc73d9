//! Portfolios: a table of deals, each a change of a scenario, resolved and grouped.

mod synthetic;
mod table;

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Base, StudyError, of_one_case};
use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::{Deal, DealGroup, Portfolio, invested};
use crate::text::quoted;
use crate::units::Money;
pub use synthetic::synthetic_deals;
use table::Mistakes;
pub use table::{Deals, Listed, MOST_DEALS};

/// The part of all simulated outcomes that is the tail where nothing else is asked for.
pub const DEFAULT_TAIL: f64 = 0.05;
/// The multiples whose probabilities are given where nothing else is asked for.
pub const DEFAULT_MULTIPLES: [f64; 4] = [1.0, 1.25, 1.5, 2.0];
/// Paths in all where nothing else is asked for.
pub const DEFAULT_PATHS: u64 = 65_536;

/// What is asked of a portfolio beside its deals.
#[derive(Clone, Debug, PartialEq)]
pub struct FundOptions {
    /// The part of all outcomes that is the tail, more than 0 and less than 1.
    pub tail: f64,
    /// Multiples of what is invested, ascending, each above 0.
    pub multiples: Vec<f64>,
}

impl Default for FundOptions {
    fn default() -> Self {
        Self {
            tail: DEFAULT_TAIL,
            multiples: DEFAULT_MULTIPLES.to_vec(),
        }
    }
}

/// A portfolio with what its results call its parts.
#[derive(Clone, Debug)]
pub struct Fund {
    /// What is simulated.
    pub portfolio: Portfolio,
    /// What is known of each of its deals, in order.
    pub deals: Vec<DealNames>,
    /// Currency and unit of every amount.
    pub money: Money,
    /// Deals of which it is not known what is paid for them.
    pub without_price: Vec<String>,
}

/// What the results call a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealNames {
    /// Its id.
    pub id: String,
    /// What it is; empty where nothing is said.
    pub name: String,
    /// Who pays.
    pub payer: String,
    /// The year in which it is bought; without a price, in which sharing begins.
    pub vintage: i16,
    /// The scenario that it changes.
    pub scenario: String,
}

impl Fund {
    /// The portfolio of a table, on the scenarios that it names (the one of all under an
    /// empty name). Settings are those of the first scenario by name.
    ///
    /// # Errors
    /// Where a deal is no valid scenario, or not one that a portfolio can hold: every one
    /// with its line and column.
    ///
    /// # Panics
    /// Where a scenario that the table names is not given.
    pub fn new(
        table: &Deals,
        scenarios: &BTreeMap<String, Base>,
        options: FundOptions,
    ) -> Result<Self, Error> {
        let made: Vec<Result<Resolved, Box<Wrong>>> = table
            .deals
            .par_iter()
            .map(|listed| {
                let base = &scenarios[&listed.scenario];
                let scenario = base.with(&listed.assignments);
                let scenario = scenario.map_err(|error| Box::new(of_line(listed, &error)))?;
                resolved(listed, base, scenario).map_err(Box::new)
            })
            .collect();
        let mut mistakes = Mistakes::new(&table.name);
        let mut found = Vec::with_capacity(made.len());
        for (listed, made) in table.deals.iter().zip(made) {
            match made {
                Ok(deal) => found.push((listed, deal)),
                Err(wrong) => mistakes.add_of_line(listed.line, &wrong.0, &wrong.1),
            }
        }
        if let Some((first, (_, _, money))) = found.first() {
            for (listed, (_, _, other)) in &found {
                if other != money {
                    let what = format!(
                        "amounts are in {}, those of line {} in {}; one portfolio has one unit",
                        other.label(),
                        first.line,
                        money.label()
                    );
                    mistakes.add_of_line(listed.line, "the scenario", &what);
                }
            }
        }
        mistakes.none()?;
        let first = scenarios.values().next();
        let settings = first.expect("there is a scenario").with(&[])?.settings;
        let mut money = None;
        let (mut deals, mut names) = (Vec::new(), Vec::new());
        for (_, (deal, name, own)) in found {
            deals.push(deal);
            names.push(name);
            money.get_or_insert(own);
        }
        let priced = |deal: &&Deal| invested(&deal.question).is_none();
        let without_price = deals.iter().filter(priced).map(|deal| deal.id.clone());
        Ok(Self {
            without_price: without_price.collect(),
            portfolio: Portfolio {
                factors: table.factors.clone(),
                groups: groups(&names),
                deals,
                settings,
                tail: options.tail,
                multiples: options.multiples,
            },
            deals: names,
            money: money.ok_or_else(|| StudyError::new("there is no deal", "add a line"))?,
        })
    }
}

/// A deal with its names and its unit.
type Resolved = (Deal, DealNames, Money);
/// What of a line is wrong, and how.
type Wrong = (String, String);

/// A deal from its scenario; else what of its line is wrong, and how.
fn resolved(listed: &Listed, base: &Base, scenario: Scenario) -> Result<Resolved, Wrong> {
    let refuse = |of: &str, what: &str| Err((of.to_owned(), what.to_owned()));
    if scenario.contracts.len() > 1 {
        let what = "has several agreements; a deal is one: leave the others out, or give each \
                    a line and a scenario of its own";
        return refuse(&format!("the scenario {}", quoted(&base.origin)), what);
    }
    if let Err(refused) = of_one_case(&scenario, "a portfolio", "each of its deals is one") {
        let what = format!("{}; {}", refused.message, refused.hint);
        return refuse(&format!("the scenario {}", quoted(&base.origin)), &what);
    }
    let question = scenario.question();
    let loads = listed.loadings.iter().any(|loading| *loading != 0.0);
    if loads && question.model.kinds_of_shocks().is_none() {
        let what = "the shocks of its segments are correlated, so they cannot load on factors; \
                    leave [correlation] or the loadings out";
        return refuse("the loadings", what);
    }
    let agreement = &scenario.primary().agreement;
    let bought = invested(&question).and_then(|paid| paid.first().map(|(date, _)| date.year()));
    let names = DealNames {
        id: listed.id.clone(),
        name: listed.name.clone(),
        payer: agreement.payer.clone(),
        vintage: bought.unwrap_or(agreement.effective.year()),
        scenario: base.stem.clone(),
    };
    let deal = Deal {
        id: listed.id.clone(),
        question,
        loadings: listed.loadings.clone(),
    };
    Ok((deal, names, scenario.money))
}

/// What of a line is not permitted.
fn of_line(listed: &Listed, error: &Error) -> Wrong {
    let Some(problem) = error.problems().next() else {
        return ("the scenario".to_owned(), error.to_string());
    };
    let key = problem.key();
    let column = key.as_deref().and_then(|key| listed.column_of(key));
    let of = match (&column, &key) {
        (Some((column, value)), _) => format!("column {column} is {}", quoted(value)),
        (None, Some(key)) => format!("the key {key} of the scenario"),
        (None, None) => "the scenario".to_owned(),
    };
    let range = problem.range().map(|range| format!("; permitted: {range}"));
    let hint = problem.hint().map(|hint| format!("; try: {hint}"));
    let what = format!(
        "{}{}{}",
        problem.message(),
        range.unwrap_or_default(),
        hint.unwrap_or_default()
    );
    (of, what)
}

/// The deals of each payer, then of each vintage, both ascending.
fn groups(names: &[DealNames]) -> Vec<DealGroup> {
    let by = |by: &'static str, of: &dyn Fn(&DealNames) -> String| {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, deal) in names.iter().enumerate() {
            groups.entry(of(deal)).or_default().push(i);
        }
        let groups = groups.into_iter();
        let groups: Vec<DealGroup> = groups
            .map(|(name, deals)| DealGroup { by, name, deals })
            .collect();
        groups
    };
    let mut all = by("payer", &|deal| deal.payer.clone());
    all.extend(by("vintage", &|deal| deal.vintage.to_string()));
    all
}
