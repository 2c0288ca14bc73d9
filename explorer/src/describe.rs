//! What a page has to know of a scenario before anything is simulated.

use capbind::scenario::{Control, Scenario};
use serde_json::{Value, json};

/// Title, terms and controls of a scenario.
pub fn described(scenario: &Scenario) -> Value {
    let controls = scenario.controls();
    let agreements = scenario
        .agreements
        .iter()
        .enumerate()
        .map(|(i, agreement)| {
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

/// The keys that a drag of the end of expected revenue changes, a list for each segment:
/// its growth, the years of its plan after the first, or how large its market is. Null where
/// they are not all of one kind.
fn growth(controls: &[Control], segments: usize) -> Value {
    let several = segments > 1;
    // What stands before a model's name: `revenue`, or that and the name of a segment.
    let is_own = |before: &str| match several {
        true => before.starts_with("revenue."),
        false => before == "revenue",
    };
    let keys = || controls.iter().map(|control| control.key.as_str());
    let of_model = |ends: &[&str]| {
        let found = keys().filter(|key| {
            let (table, end) = key.rsplit_once('.').unwrap_or_default();
            let before = table.rsplit_once('.').map_or("", |(before, _)| before);
            ends.contains(&end) && is_own(before)
        });
        found.map(|key| vec![key]).collect::<Vec<_>>()
    };
    let mut plans: Vec<(&str, Vec<&str>)> = Vec::new();
    for key in keys() {
        let Some((before, _)) = key.rsplit_once(".forecast.annual.") else {
            continue;
        };
        match plans.iter_mut().find(|(own, _)| *own == before) {
            Some((_, years)) => years.push(key),
            None if is_own(before) => plans.push((before, vec![key])),
            None => {}
        }
    }
    let plans: Vec<Vec<&str>> = plans.into_iter().map(|(_, years)| years).collect();
    let (rates, sizes) = (of_model(&["growth"]), of_model(&["capacity", "market"]));
    let all = plans.len() + rates.len() + sizes.len() == segments;
    let is_long = plans.iter().all(|years| years.len() >= 2);
    match (all, plans.len(), rates.len(), sizes.len()) {
        (true, 1.., 0, 0) if is_long => json!({ "kind": "plan", "keys": plans }),
        (true, 0, 1.., 0) => json!({ "kind": "rate", "keys": rates }),
        (true, 0, 0, 1..) => json!({ "kind": "size", "keys": sizes }),
        _ => Value::Null,
    }
}
