//! What a page has to know of a scenario before anything is simulated.

use capbind::scenario::{Control, Scenario};
use serde_json::{Value, json};

use crate::switches::switches;

/// Title, terms and controls of a scenario.
pub fn described(scenario: &Scenario) -> Value {
    let controls = scenario.controls();
    let several = scenario.agreements.len() > 1;
    let agreements = scenario
        .agreements
        .iter()
        .enumerate()
        .map(|(i, agreement)| {
            let base = match several {
                true => base_of(&controls, i, &agreement.name),
                false => "agreement".to_owned(),
            };
            let has = |key: &String| controls.iter().any(|control| control.key == *key);
            let key = |name: &str| format!("{base}.{name}");
            json!({
                "base": base,
                "name": agreement.name,
                "payer": agreement.payer,
                "payee": agreement.payee,
                "cap": Some(key("cap")).filter(has),
                "expiry": Some(key("expiry")).filter(has),
                "expires": agreement.expiry.to_string(),
                "switches": switches(scenario, &controls, &base),
            })
        });
    json!({
        "title": scenario.title,
        "money": scenario.money.label(),
        "first_day": scenario.timeline.start().to_string(),
        "last_day": scenario.timeline.end().to_string(),
        "points": scenario.settings.points,
        "replicates": scenario.settings.replicates,
        "agreements": agreements.collect::<Vec<_>>(),
        "growth": growth(&controls),
        "controls": controls,
    })
}

/// The key of an agreement's table among several: by its name or its position.
fn base_of(controls: &[Control], position: usize, name: &str) -> String {
    let own = [format!("agreement.{name}"), format!("agreement.{name:?}")];
    let is_known = |base: &&String| {
        let below = format!("{base}.");
        controls
            .iter()
            .any(|control| control.key.starts_with(&below))
    };
    let by_position = || format!("agreement.{position}");
    own.iter()
        .find(is_known)
        .cloned()
        .unwrap_or_else(by_position)
}

/// The keys that a drag of the end of expected revenue changes, where revenue is of one
/// model: its growth, the years of its plan after the first, or how large its market is.
fn growth(controls: &[Control]) -> Value {
    let of_model = |end: &str| {
        let found = controls.iter().filter(|control| {
            let parts: Vec<&str> = control.key.split('.').collect();
            parts.len() == 3 && parts[0] == "revenue" && parts[2] == end
        });
        let keys: Vec<&String> = found.map(|control| &control.key).collect();
        keys
    };
    let plan = controls.iter().map(|control| &control.key);
    let plan: Vec<&String> = plan
        .filter(|key| key.starts_with("revenue.forecast.annual."))
        .collect();
    let rates = of_model("growth");
    let sizes = [of_model("capacity"), of_model("market")].concat();
    match (plan.len(), rates.as_slice(), sizes.as_slice()) {
        (2.., [], []) => json!({ "kind": "plan", "keys": plan }),
        (0, [rate], []) => json!({ "kind": "rate", "keys": [rate] }),
        (0, [], [size]) => json!({ "kind": "size", "keys": [size] }),
        _ => Value::Null,
    }
}
