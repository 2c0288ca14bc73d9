//! What a page has to know of a scenario before anything is simulated.

use serde_json::{Value, json};

use crate::report::suffixes;
use crate::scenario::{Control, Scenario};

/// Title, terms and controls of a scenario.
pub fn described(scenario: &Scenario) -> Value {
    let controls = scenario.controls();
    let agreements = scenario
        .agreements
        .iter()
        .zip(suffixes(&scenario.contracts))
        .enumerate()
        .map(|(i, (agreement, suffix))| {
            let base = base_of(scenario, &controls, i);
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
                "chart": format!("cumulative{suffix}"),
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
        "growth": growth(&controls, scenario.model.segments().len().max(1)),
        "controls": controls,
    })
}

/// The key of an agreement's table: among several by its name or its position.
pub fn base_of(scenario: &Scenario, controls: &[Control], position: usize) -> String {
    if scenario.agreements.len() == 1 {
        return "agreement".to_owned();
    }
    let name = &scenario.agreements[position].name;
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

/// The keys that a drag of the end of expected revenue changes, for each segment with what
/// they are: its growth (`rate`), the years of its plan (`plan`), or how large its market is
/// (`size`). Null where a segment has none of these.
fn growth(controls: &[Control], segments: usize) -> Value {
    // What stands before a model's name: `revenue`, or that and the name of a segment.
    let is_own = |before: &str| match segments {
        1 => before == "revenue",
        _ => before.starts_with("revenue."),
    };
    let mut found: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for key in controls.iter().map(|control| control.key.as_str()) {
        let (table, end) = key.rsplit_once('.').unwrap_or_default();
        let of_model = table.rsplit_once('.').map_or("", |(before, _)| before);
        let (before, kind) = match (key.rsplit_once(".forecast.annual."), end) {
            (Some((before, _)), _) => (before, "plan"),
            (None, "growth") => (of_model, "rate"),
            (None, "capacity" | "market") => (of_model, "size"),
            _ => continue,
        };
        match found
            .iter_mut()
            .find(|own| (own.0, own.1) == (before, kind))
        {
            Some((.., keys)) => keys.push(key),
            None if is_own(before) => found.push((before, kind, vec![key])),
            None => {}
        }
    }
    let is_long = |(_, kind, keys): &(&str, &str, Vec<&str>)| *kind != "plan" || keys.len() > 1;
    let mut own: Vec<&str> = found.iter().map(|(before, ..)| *before).collect();
    own.dedup();
    match own.len() == segments && found.len() == segments && found.iter().all(is_long) {
        true => found
            .iter()
            .map(|(_, kind, keys)| json!({ "kind": kind, "keys": keys }))
            .collect(),
        false => Value::Null,
    }
}
