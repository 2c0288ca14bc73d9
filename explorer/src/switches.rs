//! Clauses that a page switches on and off: each by one change of a key.

use capbind::scenario::{Control, Scenario};
use serde_json::{Value, json};

/// A clause of an agreement.
struct Clause {
    key: &'static str,
    name: &'static str,
    /// Its value when it is switched on; an amount where there is none.
    on: Option<&'static str>,
    /// Keys below it with the values at which it does nothing; the first that the file
    /// has is taken.
    off: &'static [(&'static str, &'static str)],
}

const CLAUSES: [Clause; 6] = [
    Clause {
        key: "annual_minimum",
        name: "Least payment of each year",
        on: None,
        off: &[("", "0")],
    },
    Clause {
        key: "annual_cap",
        name: "Cap of each year",
        on: None,
        off: &[("", "1e15"), (".amount", "1e15")],
    },
    Clause {
        key: "threshold",
        name: "Revenue of each year free of sharing",
        on: None,
        off: &[("", "0")],
    },
    Clause {
        key: "deferral",
        name: "Part of each payment deferred",
        on: Some("{ fraction = 0.5, months = 12 }"),
        off: &[(".fraction", "0")],
    },
    Clause {
        key: "event",
        name: "An event that ends sharing",
        on: Some("{ hazard = 0.05 }"),
        off: &[(".hazard", "0"), (".after_years", "1000000")],
    },
    Clause {
        key: "default",
        name: "Default of the payer",
        on: Some("{ hazard = 0.02, recovery = 0.4 }"),
        off: &[(".hazard", "0"), (".after_years", "1000000")],
    },
];

/// The clauses of an agreement whose keys begin with `base`: what switches each on or off.
/// One that the file has and that nothing switches off is left out.
pub fn switches(scenario: &Scenario, controls: &[Control], base: &str) -> Vec<Value> {
    let amount = amount(scenario);
    let one = |clause: &Clause| {
        let key = format!("{base}.{}", clause.key);
        let below = format!("{key}.");
        let is_own = |control: &&Control| control.key == key || control.key.starts_with(&below);
        let mut own = controls.iter().filter(|control| !control.is_default);
        let is_there = own.any(|control| is_own(&control));
        let has = |(end, _): &&(&str, &str)| {
            let wanted = format!("{key}{end}");
            controls.iter().any(|control| control.key == wanted)
        };
        let change = match is_there {
            false => {
                let on = clause.on.map_or_else(|| amount.to_string(), str::to_owned);
                Some(format!("{key}={on}"))
            }
            true => {
                let off = clause.off.iter().find(has);
                off.map(|(end, value)| format!("{key}{end}={value}"))
            }
        };
        let change = change?;
        Some(json!({ "key": key, "name": clause.name, "on": is_there, "change": change }))
    };
    CLAUSES.iter().filter_map(one).collect()
}

/// A round amount that matters: a twentieth of the cap, or of all revenue.
fn amount(scenario: &Scenario) -> f64 {
    let medians = scenario.inputs.iter();
    let medians: Vec<f64> = medians.map(|i| i.distribution.median()).collect();
    let cap = scenario.primary().agreement.cap.as_ref();
    let whole = match cap.map(|cap| cap.at(&medians)) {
        Some(cap) if cap > 0.0 => cap,
        _ => scenario.model.expected(&medians).iter().sum::<f64>() / 10.0,
    };
    let part = whole / 20.0;
    let magnitude = 10_f64.powf(part.log10().floor());
    match magnitude.is_finite() && magnitude > 0.0 {
        true => (part / magnitude).round() * magnitude,
        false => 1.0,
    }
}
