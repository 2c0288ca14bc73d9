//! What was changed beside the file, in words: a chart or a page that shows other terms
//! than its source says so.

use super::key_name::KeyName;
use crate::scenario::{Change, Scenario};

/// `Changed here: cap $45 bn (file: $38 bn)`; nothing where the terms are those of the
/// file. How charts look and how many paths there are is no term.
pub(super) fn changed_here(scenario: &Scenario) -> Option<String> {
    let terms = scenario.changes.iter();
    let terms = terms.filter(|change| !is_of_looks(&change.key));
    let said: Vec<String> = terms.map(|change| said(scenario, change)).collect();
    match said.is_empty() {
        true => None,
        false => Some(format!("Changed here: {}", said.join(", "))),
    }
}

/// Whether a key says how charts look, or how many paths there are: those stand with the
/// results.
fn is_of_looks(key: &str) -> bool {
    let looks = ["report.theme", "report.size", "report.dpi"];
    let prefixes = ["report.chart", "report.covenant", "simulation."];
    looks.contains(&key) || prefixes.iter().any(|prefix| key.starts_with(prefix))
}

/// Whether what is asked differs from the file, so that its title may not hold.
#[cfg(feature = "charts")]
pub(super) fn has_other_terms(scenario: &Scenario) -> bool {
    let apart = |key: &str| {
        let tables = ["report.", "simulation.", "sweep."];
        key == "title" || key == "source" || tables.iter().any(|table| key.starts_with(table))
    };
    scenario.changes.iter().any(|change| !apart(&change.key))
        && scenario.changes.iter().all(|change| change.key != "title")
}

/// `cap $45 bn (file: $38 bn)`.
fn said(scenario: &Scenario, change: &Change) -> String {
    let key = KeyName::new(&change.key, &scenario.money);
    let name = key.name();
    let value = |written: &str| key.value(&plain(written));
    let whose = change.key.strip_prefix("agreement.");
    let whose = whose.and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    let whose = whose.and_then(|at| scenario.contracts.get(at));
    let of = whose.map_or_else(String::new, |contract| {
        format!(" of {}", contract.agreement.name)
    });
    let file = match &change.file {
        Some(file) => value(file),
        None => "not set".to_owned(),
    };
    format!("{name}{of} {} (file: {file})", value(&change.value))
}

/// A value of TOML without its quotes and braces: `triangular [35, 38, 41]`.
fn plain(written: &str) -> String {
    let inner = written.trim_matches(['"', '\'']);
    let inner = inner
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(inner) => inner.trim().replacen(" = ", " ", 1),
        None => written.trim_matches(['"', '\'']).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_terms_are_said_with_those_of_the_file() {
        let shipped = crate::scenario::shipped("scenarios/openai-microsoft.toml").unwrap();
        let said = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
            changed_here(&Scenario::parse("a", "a", shipped.text, &given).unwrap())
        };
        assert_eq!(said(&[]), None);
        assert_eq!(said(&["report.theme=dark", "agreement.cap=38"]), None);
        assert_eq!(
            said(&["agreement.cap=45", "agreement.payer=Acme"]).unwrap(),
            "Changed here: cap $45\u{a0}bn (file: $38\u{a0}bn), payer Acme (file: OpenAI)"
        );
        assert_eq!(
            said(&["agreement.cap={ triangular = [35, 38, 41] }"]).unwrap(),
            "Changed here: cap triangular [35, 38, 41] (file: $38\u{a0}bn)"
        );
    }
}
