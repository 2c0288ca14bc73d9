//! Pairs of two keys that meet a target, as text, CSV, JSON and a chart.

use std::fmt::Write;

use serde_json::json;

use super::answer::ROUNDED;
use super::key_name::KeyName;
use super::probability::percent;
use super::table::{Table, Value};
use super::text::{Entry, aligned, error_text, grouped, month_year};
use crate::scenario::Scenario;
use crate::simulate::{Kind, Measure};
use crate::study::{Frontier, Pair};

/// A pair on a line: its values, what they bring about, and what they are worth.
pub fn frontier_table(scenario: &Scenario, frontier: &Frontier) -> Table {
    let [first, second] = &frontier.keys;
    let error = format!("{second}_std_error");
    let mut columns: Vec<String> = vec![first.clone(), second.clone(), error];
    columns.extend(["target", "reached", "reached_std_error"].map(str::to_owned));
    let agreement = &scenario.primary().agreement;
    let measures = frontier.measures();
    for measure in &measures {
        let name = measure.name_in(agreement);
        columns.extend([name.to_string(), format!("{name}_std_error")]);
    }
    for percentile in &scenario.report.percentiles {
        columns.push(format!("total_paid_p{percentile}"));
        columns.push(format!("total_paid_p{percentile}_std_error"));
    }
    let date = ["binding_date_p50", "binding_date_p50_std_error"];
    columns.extend(date.map(str::to_owned));
    columns.push("why_none".to_owned());
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("frontier", &names, &[]);
    for pair in &frontier.pairs {
        let mut line: Vec<Value> = vec![pair.first.as_str().into()];
        match &pair.second {
            Some(found) => line.extend([
                found.value.as_str().into(),
                Value::error(Some(found.std_error).filter(|error| error.is_finite())),
                frontier.target.written.as_str().into(),
                found.reached.mean.into(),
                Value::Error(found.reached.std_error),
            ]),
            None => {
                line.extend([Value::Empty, Value::Empty]);
                line.push(frontier.target.written.as_str().into());
                line.extend([Value::Empty, Value::Empty]);
            }
        }
        line.extend(measures.iter().flat_map(|measure| of(pair, *measure)));
        for percentile in &scenario.report.percentiles {
            let own = pair.worth.iter().flat_map(|worth| &worth.paid);
            let own = own.copied().find(|(p, ..)| p == percentile);
            line.push(own.map(|(_, value, _)| value).into());
            line.push(Value::error(own.and_then(|(.., error)| error)));
        }
        let date = pair.worth.as_ref().and_then(|worth| worth.median_date);
        line.push(date.map(|(date, _)| date).into());
        line.push(Value::error(date.map(|(_, error)| error)));
        line.push(pair.why_none.clone().into());
        table.push(line, &[]);
    }
    table
}

/// A measure of a pair with its standard error.
fn of(pair: &Pair, measure: Measure) -> [Value; 2] {
    let worth = pair.worth.iter().flat_map(|worth| &worth.expected);
    let found = worth.into_iter().find(|(own, _)| *own == measure);
    match found {
        Some((_, estimate)) if measure.kind() == Kind::Probability => Value::probability(*estimate),
        found => Value::amount(found.map(|(_, estimate)| *estimate)),
    }
}

/// The same as one JSON object.
pub fn frontier_json(scenario: &Scenario, frontier: &Frontier) -> serde_json::Value {
    json!({
        "title": scenario.title,
        "keys": frontier.keys,
        "target": frontier.target.written,
        "pairs": frontier_table(scenario, frontier).to_json(),
        "paths": scenario.settings.paths(),
        "seed": scenario.settings.seed,
    })
}

/// What a terminal shows: the two ends of the trade, then every pair.
pub fn frontier_text(scenario: &Scenario, frontier: &Frontier) -> String {
    let [first, second] = &frontier.keys;
    let money = &scenario.money;
    let agreement = &scenario.primary().agreement;
    let mut out = format!("{}\n\n{}\n", trade(scenario, frontier), scenario.title);
    let mut header: Vec<Entry> = vec![first.as_str().into(), second.as_str().into()];
    header.push("\u{b1}".into());
    header.extend(
        [
            "total paid",
            "present value",
            "saved by the cap",
            "cap binds in",
            "median date",
        ]
        .map(Entry::from),
    );
    let mut table = vec![header];
    for pair in &frontier.pairs {
        let (Some(found), Some(worth)) = (&pair.second, &pair.worth) else {
            let mut line: Vec<Entry> = vec![pair.first.as_str().into(), "none".into()];
            line.extend((0..6).map(|_| Entry::from("")));
            table.push(line);
            continue;
        };
        let value = |measure: Measure| {
            let own = worth.expected.iter().find(|(own, _)| *own == measure);
            own.map(|(_, estimate)| *estimate)
        };
        let number = |measure| value(measure).map_or_else(|| "".into(), |e| Entry::Number(e.mean));
        let binds = value(Measure::Binding).map_or_else(String::new, |e| percent(e.mean));
        let date = worth
            .median_date
            .map_or_else(|| "not reached".to_owned(), |(date, _)| month_year(date));
        let error = match found.std_error.is_finite() {
            true => error_text(found.std_error),
            false => String::new(),
        };
        table.push(vec![
            pair.first.as_str().into(),
            match crate::units::Date::parse(&found.value) {
                Some(_) => found.value.as_str().into(),
                None => Entry::Number(found.number),
            },
            error.into(),
            number(Measure::PAID),
            number(Measure::PRESENT_VALUE),
            number(Measure::Total(crate::simulate::Total::Excess)),
            binds.into(),
            date.into(),
        ]);
    }
    out.push('\n');
    aligned(&mut out, &table);
    let _ = write!(
        out,
        "\nEvery pair makes {}: what {} is paid is what {} pays. Amounts in {}.\n{} paths on \
         common random numbers, seed {}; \u{b1} is one standard error; {ROUNDED}",
        frontier.target.written,
        agreement.payee,
        agreement.payer,
        money.label(),
        grouped(scenario.settings.paths()),
        scenario.settings.seed,
    );
    out
}

/// `A cap of $57 bn goes with a share of revenue of 18 %, one of $19 bn with 31 %.`
pub(super) fn trade(scenario: &Scenario, frontier: &Frontier) -> String {
    let [first, second] = &frontier.keys;
    let [first, second] = [first, second].map(|key| KeyName::new(key, &scenario.money));
    let met = frontier.pairs.iter();
    let met: Vec<(&str, &str)> = met
        .filter_map(|pair| Some((pair.first.as_str(), pair.second.as_ref()?)))
        .map(|(own, found)| (own, found.value.as_str()))
        .collect();
    let said = |key: &KeyName, value: &str| key.value(&short(value));
    match (met.first(), met.last()) {
        (Some(low), Some(high)) if met.len() > 1 => format!(
            "A {} of {} goes with a {} of {}, one of {} with {}",
            first.name(),
            said(&first, low.0),
            second.name(),
            said(&second, low.1),
            said(&first, high.0),
            said(&second, high.1)
        ),
        (Some(only), _) => format!(
            "A {} of {} goes with a {} of {}",
            first.name(),
            said(&first, only.0),
            second.name(),
            said(&second, only.1)
        ),
        _ => String::new(),
    }
}

/// A number as written to three significant digits, for a sentence.
fn short(written: &str) -> String {
    let Ok(number) = written.parse::<f64>() else {
        return written.to_owned();
    };
    let decimals = crate::units::decimals_for(number, 3);
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
