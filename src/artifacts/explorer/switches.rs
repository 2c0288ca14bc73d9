//! Clauses that a page switches on and off: each by one change of a key, which is one that
//! the scenario permits.

use serde_json::{Value, json};

use super::describe::base_of;
use crate::scenario::{Control, Scenario};

/// A clause of an agreement.
struct Clause {
    key: &'static str,
    name: &'static str,
    /// Its value when it is switched on.
    on: On,
    /// Keys below it with the values at which it does nothing; the first that the file
    /// has is taken.
    off: &'static [(&'static str, &'static str)],
}

/// What a clause is switched on with.
enum On {
    /// A value of its own.
    Text(&'static str),
    /// An amount, as a part of what is paid in all.
    Amount(f64),
}

const CLAUSES: [Clause; 7] = [
    Clause {
        key: "cap",
        name: "Cap of everything paid",
        on: On::Amount(1.0),
        off: &[("", "1e15"), (".amount", "1e15"), (".multiple", "1e6")],
    },
    Clause {
        key: "annual_minimum",
        name: "Least payment of each year",
        on: On::Amount(0.05),
        off: &[("", "0")],
    },
    Clause {
        key: "annual_cap",
        name: "Cap of each year",
        on: On::Amount(0.05),
        off: &[("", "1e15"), (".amount", "1e15")],
    },
    Clause {
        key: "threshold",
        name: "Revenue of each year free of sharing",
        on: On::Amount(0.05),
        off: &[("", "0")],
    },
    Clause {
        key: "deferral",
        name: "Part of each payment deferred",
        on: On::Text("{ fraction = 0.5, months = 12 }"),
        off: &[(".fraction", "0")],
    },
    Clause {
        key: "event",
        name: "An event that ends sharing",
        on: On::Text("{ hazard = 0.05 }"),
        off: &[(".hazard", "0"), (".after_years", "1000000")],
    },
    Clause {
        key: "default",
        name: "Default of the payer",
        on: On::Text("{ hazard = 0.02, recovery = 0.4 }"),
        off: &[(".hazard", "0"), (".after_years", "1000000")],
    },
];

/// The clauses of each agreement: what switches each on or off. One that the file has and
/// that nothing switches off is left out, and so is a change that it does not permit.
pub fn switches(scenario: &Scenario, permits: &dyn Fn(&str) -> bool) -> Vec<Vec<Value>> {
    let controls = scenario.controls();
    let whole = whole(scenario);
    let of = |agreement: usize| {
        let base = base_of(scenario, &controls, agreement);
        let one = |clause: &Clause| one(clause, &controls, &base, whole, permits);
        CLAUSES.iter().filter_map(one).collect()
    };
    (0..scenario.agreements.len()).map(of).collect()
}

/// The clause of the agreement whose keys begin with `base`.
fn one(
    clause: &Clause,
    controls: &[Control],
    base: &str,
    whole: f64,
    permits: &dyn Fn(&str) -> bool,
) -> Option<Value> {
    let key = format!("{base}.{}", clause.key);
    let below = format!("{key}.");
    let mut own = controls.iter().filter(|control| !control.is_default);
    let is_there = own.any(|control| control.key == key || control.key.starts_with(&below));
    let has = |(end, _): &&(&str, &str)| {
        let wanted = format!("{key}{end}");
        controls.iter().any(|control| control.key == wanted)
    };
    let change = match (is_there, &clause.on) {
        (false, On::Text(on)) => format!("{key}={on}"),
        (false, On::Amount(part)) => format!("{key}={}", rounded(part * whole)),
        (true, _) => {
            let (end, value) = clause.off.iter().find(has)?;
            format!("{key}{end}={value}")
        }
    };
    permits(&change).then(
        || json!({ "key": key, "base": base, "name": clause.name, "on": is_there, "change": change }),
    )
}

/// About what is paid in all: the cap, or a tenth of all revenue.
fn whole(scenario: &Scenario) -> f64 {
    let medians = scenario.inputs.iter();
    let medians: Vec<f64> = medians.map(|i| i.distribution.median()).collect();
    let cap = scenario.primary().agreement.cap.as_ref();
    match cap.map(|cap| cap.at(&medians)) {
        Some(cap) if cap > 0.0 => cap,
        _ => scenario.model.expected(&medians).iter().sum::<f64>() / 10.0,
    }
}

/// An amount to one digit.
fn rounded(amount: f64) -> f64 {
    let magnitude = 10_f64.powf(amount.log10().floor());
    match magnitude.is_finite() && magnitude > 0.0 {
        true => (amount / magnitude).round() * magnitude,
        false => 1.0,
    }
}
