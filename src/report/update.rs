//! An update as text, CSV and JSON.

use std::fmt::Write;

use serde_json::json;

use super::answer::{amount, day_month_year, month_and_year};
use super::probability::percent;
use super::sensitivity::{scope, signed};
use super::table::{Table, Value, table};
use super::text::{aligned, error_text, month_year, plain, significant};
use crate::revenue::{ErrorPart, FUTURES, InputBelief, Spread};
use crate::scenario::Scenario;
use crate::simulate::{Kind, Measure};
use crate::stats::MeanEstimate;
use crate::study::{Learned, Moved, Posterior, ReportedFigure, RollForward, Update, Updated, Why};
use crate::units::Date;

/// Fewer futures than this say little of what is rare.
const FEW_FUTURES: f64 = 1000.0;

/// The tables of an update.
pub fn update_tables(update: &Update) -> Vec<Table> {
    let mut tables = vec![moves(update)];
    if update.agreements.iter().any(|own| own.rolled.is_some()) {
        tables.push(roll_forward(update));
    }
    if !update.cases.is_empty() {
        tables.push(cases(update));
    }
    let told: Vec<(Option<&str>, &Learned)> = told_to(update).collect();
    if let Some((_, first)) = told.first() {
        tables.push(figures(&told));
        tables.push(match &first.posterior {
            Posterior::Errors(_) if told.len() == 1 => beliefs(first),
            _ => known(&told),
        });
    }
    tables
}

/// What was learned: of a mixture by each of its cases.
fn told_to(update: &Update) -> impl Iterator<Item = (Option<&str>, &Learned)> {
    let lone = update.learned.iter().map(|learned| (None, learned));
    let cases = update.cases.iter();
    lone.chain(cases.filter_map(|case| Some((Some(case.name.as_str()), case.learned.as_ref()?))))
}

/// The probability of each case.
fn cases(update: &Update) -> Table {
    let columns = ["case", "probability_before", "probability", "std_error"];
    let mut table = Table::new("cases", &columns, &[]);
    for case in &update.cases {
        let row = vec![
            case.name.as_str().into(),
            Value::Probability(case.before),
            Value::Probability(case.after.mean),
            Value::ProbabilityError(case.after.std_error),
        ];
        table.push(row, &[]);
    }
    table
}

/// Every measure from before to after, a line for each step.
fn moves(update: &Update) -> Table {
    let all = all(update).flat_map(|(own, moved)| {
        let date = |days: f64| match moved.measure {
            Measure::BindingDate => Some(day(&update.before, days)),
            _ => None,
        };
        let before = [("before", moved.before, date(moved.before.mean))];
        let steps = moved.why.iter();
        let steps = steps.map(|(why, change)| (why.word(), *change, None));
        let ends = [
            ("after", moved.after, date(moved.after.mean)),
            ("change", moved.change, None),
        ];
        let lines = before.into_iter().chain(steps).chain(ends);
        lines.map(move |line| (own, moved, line))
    });
    table!("update", (own, moved, (step, estimate, date)) in all => {
        let (name, unit) = named(update, moved);
        let is_probability = moved.measure == Measure::Binding;
        "agreement": own.name.as_str();
        "quantity": name;
        "unit": unit;
        "step": step;
        "value", "std_error": Value::estimated(is_probability, estimate.mean, estimate.std_error);
        "date": date;
    })
}

fn all(update: &Update) -> impl Iterator<Item = (&Updated, &Moved)> {
    let agreements = update.agreements.iter();
    agreements.flat_map(|own| own.moved.iter().map(move |moved| (own, moved)))
}

fn named(update: &Update, moved: &Moved) -> (&'static str, String) {
    match moved.measure {
        Measure::BindingDate => ("binding_date_p50", "days from timeline.start".to_owned()),
        other => (other.name(), other.kind().unit(update.before.money.label())),
    }
}

/// The day that holds a moment.
fn day(scenario: &Scenario, days: f64) -> Date {
    let whole = (days.ceil() as i32 - 1).max(0);
    scenario.timeline.start().add_days(whole)
}

/// A line of a roll-forward.
struct Line {
    /// Its word in the result files.
    word: &'static str,
    /// What a reader is told.
    label: String,
    /// Of a value, the day; what is between two values has none.
    date: Option<Date>,
    amount: MeanEstimate,
}

/// The lines of a roll-forward.
fn lines(rolled: &RollForward) -> Vec<Line> {
    let value = |word, date, amount| Line {
        word,
        label: format!("Value on {}", day_month_year(date)),
        date: Some(date),
        amount,
    };
    let change = |word, label: &str, amount| Line {
        word,
        label: label.to_owned(),
        date: None,
        amount,
    };
    let paid = rolled.payments.scaled(-1.0);
    let mut lines = vec![
        value("opening_value", rolled.opened, rolled.opening),
        change("payments", "Payments made", paid),
        change(
            "unwinding_of_discount",
            "Unwinding of the discount",
            rolled.unwinding,
        ),
    ];
    let inputs = rolled.inputs.iter();
    lines.extend(inputs.map(|(why, moved)| change(why.word(), why.label(), *moved)));
    lines.push(value("closing_value", rolled.closed, rolled.closing));
    lines
}

fn roll_forward(update: &Update) -> Table {
    let agreements = update.agreements.iter();
    let rolled = agreements.filter_map(|own| Some((own, own.rolled.as_ref()?)));
    let all = rolled.flat_map(|(own, rolled)| {
        let lines = lines(rolled).into_iter();
        lines.map(move |line| (own, line))
    });
    table!("roll_forward", (own, line) in all => {
        "agreement": own.name.as_str();
        "line": line.word;
        "unit": update.before.money.label();
        "date": line.date;
        "amount", "std_error": Value::pair(Some(line.amount));
    })
}

/// The figures with what each said: of a mixture to each case.
fn figures(told: &[(Option<&str>, &Learned)]) -> Table {
    let all = || told.iter().flat_map(|(_, learned)| &learned.figures);
    let has_cases = told.iter().any(|(case, _)| case.is_some());
    let has_segments = all().any(|figure| figure.segment.is_some());
    let mut columns = Vec::new();
    columns.extend(has_cases.then_some("case"));
    columns.extend(has_segments.then_some("segment"));
    columns.extend([
        "start",
        "end",
        "revenue",
        "error",
        "expected",
        "expected_std_error",
        "log_surprise",
        "log_surprise_std_error",
        "std_dev_before",
        "std_dev_before_std_error",
        "std_devs",
        "std_devs_std_error",
        "is_new",
    ]);
    let mut table = Table::new("figures", &columns, &[]);
    for (case, learned) in told {
        for figure in &learned.figures {
            let (news, errors) = (&figure.news, &figure.news.errors);
            let mut row: Vec<Value> = Vec::new();
            row.extend(case.map(Value::from));
            let segment = figure.segment.as_deref().unwrap_or("");
            row.extend(has_segments.then(|| segment.into()));
            row.extend([
                Value::Date(figure.first_day),
                Value::Date(figure.last_day),
                figure.revenue.into(),
                figure.error.into(),
                news.expected.into(),
                Value::error(errors.expected),
                news.surprise.into(),
                Value::error(errors.surprise),
                news.deviation.into(),
                Value::error(errors.deviation),
                (news.surprise / news.deviation).into(),
                Value::error(errors.in_deviations),
                if figure.is_new { "yes" } else { "no" }.into(),
            ]);
            table.push(row, &[]);
        }
    }
    table
}

/// A part's word in the result files.
fn word((segment, part): &(Option<String>, ErrorPart)) -> String {
    match segment {
        Some(segment) => format!("{segment}.{}", part.word()),
        None => part.word(),
    }
}

fn beliefs(learned: &Learned) -> Table {
    let Posterior::Errors(beliefs) = &learned.posterior else {
        unreachable!("the errors are known");
    };
    let words: Vec<String> = beliefs.parts.iter().map(word).collect();
    let mut columns = vec!["part", "std_dev_before", "mean", "std_dev"];
    let correlations: Vec<String> = words.iter().map(|w| format!("correlation_{w}")).collect();
    columns.extend(correlations.iter().map(String::as_str));
    let mut table = Table::new("learned", &columns, &[]);
    let n = words.len();
    for (i, word) in words.iter().enumerate() {
        let mut row = vec![
            word.as_str().into(),
            beliefs.before[i].into(),
            beliefs.means[i].into(),
            beliefs.deviations[i].into(),
        ];
        let own = beliefs.correlations[i * n..(i + 1) * n].iter();
        row.extend(own.map(|correlation| Value::Number(*correlation)));
        table.push(row, &[]);
    }
    table
}

/// What is known of uncertain inputs and errors, and of how many futures; of a mixture in
/// each case.
fn known(told: &[(Option<&str>, &Learned)]) -> Table {
    let has_cases = told.iter().any(|(case, _)| case.is_some());
    let mut columns = Vec::new();
    columns.extend(has_cases.then_some("case"));
    columns.extend([
        "input",
        "mean_before",
        "mean_before_std_error",
        "std_dev_before",
        "std_dev_before_std_error",
        "mean",
        "mean_std_error",
        "std_dev",
        "std_dev_std_error",
        "futures",
    ]);
    let mut table = Table::new("learned", &columns, &[]);
    for (case, learned) in told {
        let mut push = |name: &str, [before, now]: [Spread; 2], futures: Value| {
            let mut row: Vec<Value> = Vec::new();
            row.extend(case.map(Value::from));
            row.push(name.into());
            for own in [before, now] {
                row.extend(Value::estimated(false, own.mean, own.mean_error));
                row.extend(Value::estimated(false, own.deviation, own.deviation_error));
            }
            row.push(futures);
            table.push(row, &[]);
        };
        match &learned.posterior {
            Posterior::Errors(beliefs) => {
                let exact = |mean: f64, deviation: f64| Spread {
                    mean,
                    mean_error: 0.0,
                    deviation,
                    deviation_error: 0.0,
                };
                for (i, part) in beliefs.parts.iter().enumerate() {
                    let now = exact(beliefs.means[i], beliefs.deviations[i]);
                    let known = [exact(0.0, beliefs.before[i]), now];
                    push(&word(part), known, Value::Empty);
                }
            }
            Posterior::Inputs { beliefs, effective } => {
                for own in beliefs {
                    push(&own.name, [own.before, own.now], (*effective).into());
                }
            }
        }
    }
    table
}

/// The same as one JSON object.
pub fn update_json(update: &Update) -> serde_json::Value {
    let tables = update_tables(update);
    let table = |name: &str| {
        let found = tables.iter().find(|table| table.name == name);
        found.map_or(json!([]), Table::to_json)
    };
    json!({
        "title": update.before.title,
        "answer": update_answer(update),
        "update": table("update"),
        "roll_forward": table("roll_forward"),
        "figures": table("figures"),
        "learned": table("learned"),
        "cases": table("cases"),
        "changes": update.changes,
        "paths": update.paths,
        "seed": update.before.settings.seed,
    })
}

/// What is new and what it does, in a sentence.
pub fn update_answer(update: &Update) -> String {
    let own = &update.agreements[0];
    let of = |measure: Measure| own.moved.iter().find(|moved| moved.measure == measure);
    let mut clauses = Vec::new();
    if let Some(moved) = of(Measure::Binding) {
        let (before, after) = (percent(moved.before.mean), percent(moved.after.mean));
        clauses.push(match before == after {
            true => format!("the cap binds in {after} of simulated outcomes, as before"),
            false => format!("the cap binds in {after} of simulated outcomes, not {before}"),
        });
    }
    if let Some(moved) = of(Measure::BindingDate) {
        let date = |value: f64| month_and_year(day(&update.before, value));
        let (before, after) = (date(moved.before.mean), date(moved.after.mean));
        clauses.push(match before == after {
            true => format!("median date {after} as before"),
            false => format!("median date {after}, not {before}"),
        });
    }
    let value = of(Measure::PRESENT_VALUE).or_else(|| of(Measure::PAID));
    if let Some(moved) = value {
        let what = match moved.measure {
            Measure::PRESENT_VALUE => "present value",
            _ => "expected total",
        };
        let money = &update.before.money;
        let said = |e: MeanEstimate| amount(money, e.mean, e.std_error);
        clauses.push(format!(
            "{what} {}, not {}",
            said(moved.after),
            said(moved.before)
        ));
    }
    let news = match worded(update).as_slice() {
        [] => String::new(),
        figures => format!("{}: ", figures.join("; ")),
    };
    let text = format!("{news}{}.", clauses.join("; "));
    super::text::capitalised(&text)
}

/// What each new figure said, in words.
pub(super) fn worded(update: &Update) -> Vec<String> {
    let Some((_, first)) = told_to(update).next() else {
        return Vec::new();
    };
    // Of a mixture, what was expected is the mean over its cases.
    let expected = |at: usize| -> f64 {
        let own = |learned: &Learned| learned.figures[at].news.expected;
        let cases = update.cases.iter();
        let terms = cases.filter_map(|case| Some(case.before * own(case.learned.as_ref()?)));
        match update.cases.is_empty() {
            true => own(first),
            false => terms.sum(),
        }
    };
    let new = first.figures.iter().enumerate();
    let new = new.filter(|(_, figure)| figure.is_new);
    new.map(|(at, figure)| {
        let expected = expected(at);
        let off = 100.0 * (figure.revenue / expected - 1.0);
        let against = match plain(off.abs()).as_str() {
            "0" => "as expected".to_owned(),
            _ => format!(
                "{:.1}\u{a0}% {} the {} expected",
                off.abs(),
                if off < 0.0 { "below" } else { "above" },
                plain(expected)
            ),
        };
        format!("{} {}, {against}", stretch(figure), plain(figure.revenue))
    })
    .collect()
}

/// `Revenue of Apr to Jun 2026`.
fn stretch(figure: &ReportedFigure) -> String {
    let (first, last) = (figure.first_day, figure.last_day);
    let months = match (month_year(first), month_year(last)) {
        (first_month, last_month) if first_month == last_month => last_month,
        (first_month, last_month) if first.year() == last.year() => {
            format!("{} to {last_month}", &first_month[..3])
        }
        (first_month, last_month) => format!("{first_month} to {last_month}"),
    };
    match &figure.segment {
        Some(segment) => format!("revenue of {segment} in {months} was"),
        None => format!("revenue of {months} was"),
    }
}

/// The update for a terminal, without a last line feed; the first line is the answer.
pub fn update_text(update: &Update) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", update_answer(update));
    let _ = writeln!(out, "\n{}", update.before.title);
    let _ = writeln!(out, "{}", scope(&update.before.settings));
    for own in &update.agreements {
        let of = match update.agreements.len() {
            1 => String::new(),
            _ => format!(", {}", own.name),
        };
        let _ = writeln!(out, "\nWhy it moved{of}");
        aligned(&mut out, &why(update, own));
        if let Some(rolled) = &own.rolled {
            let label = update.before.money.label();
            let _ = writeln!(out, "\nRoll-forward of the present value, {label}{of}");
            let mut table = vec![vec![
                String::new(),
                "amount".to_owned(),
                "\u{b1}".to_owned(),
            ]];
            for line in lines(rolled) {
                let number = match line.date {
                    Some(_) => significant(line.amount.mean),
                    None => signed(line.amount.mean),
                };
                table.push(vec![line.label, number, error_text(line.amount.std_error)]);
            }
            aligned(&mut out, &table);
        }
    }
    weights(&mut out, update);
    for (case, learned) in told_to(update) {
        told(&mut out, case, learned);
    }
    out.truncate(out.trim_end().len());
    out
}

/// A table of measures by steps.
fn why(update: &Update, own: &Updated) -> Vec<Vec<String>> {
    let mut heading = vec![String::new(), "before".to_owned()];
    let steps: Vec<Why> = Why::ALL
        .into_iter()
        .filter(|why| {
            let mut moved = own.moved.iter().flat_map(|moved| &moved.why);
            moved.any(|(own, _)| own == why)
        })
        .collect();
    heading.extend(steps.iter().map(|step| short(*step).to_owned()));
    heading.extend(["after", "change", "\u{b1}"].map(str::to_owned));
    let mut table = vec![heading];
    for moved in &own.moved {
        let kind = moved.measure.kind();
        let factor = if kind == Kind::Probability {
            100.0
        } else {
            1.0
        };
        let level = |estimate: MeanEstimate| match moved.measure {
            Measure::BindingDate => day(&update.before, estimate.mean).to_string(),
            Measure::Binding => super::probability::digits(estimate.mean, 2)
                .unwrap_or_else(|| percent(estimate.mean)),
            _ => significant(estimate.mean),
        };
        let change = |estimate: MeanEstimate| match estimate.mean == 0.0 {
            true => "0".to_owned(),
            false => signed(factor * estimate.mean),
        };
        let label = super::text::capitalised(label(moved.measure).trim());
        let mut row = vec![label, level(moved.before)];
        row.extend(steps.iter().map(|step| {
            let found = moved.why.iter().find(|(why, _)| why == step);
            found.map_or_else(|| "0".to_owned(), |(_, estimate)| change(*estimate))
        }));
        row.extend([
            level(moved.after),
            change(moved.change),
            error_text(factor * moved.change.std_error),
        ]);
        table.push(row);
    }
    table
}

fn label(measure: Measure) -> &'static str {
    match measure {
        Measure::Binding => "Cap binds, %",
        Measure::BindingDate => "Cap binds, median, days",
        other => match other.definition() {
            definition if definition.short.is_some() => definition.short.unwrap_or_default(),
            definition => definition.label,
        },
    }
}

/// A step at the head of a column.
fn short(why: Why) -> &'static str {
    match why {
        Why::Time => "time",
        Why::Payments => "paid",
        Why::News => "news",
        Why::Weights => "weights",
        Why::Plan => "plan",
        Why::Terms => "terms",
        Why::Valuation => "rates",
    }
}

/// The probabilities of the cases.
fn weights(out: &mut String, update: &Update) {
    if update.cases.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\nProbability of each case, by how well it foresaw the figures"
    );
    let mut table = vec![["", "before", "now", "\u{b1}"].map(str::to_owned).to_vec()];
    for case in &update.cases {
        let error = match case.after.std_error > 0.0 {
            true => error_text(100.0 * case.after.std_error),
            false => "0".to_owned(),
        };
        let row = [
            case.name.clone(),
            percent(case.before),
            percent(case.after.mean),
            error,
        ];
        table.push(row.to_vec());
    }
    aligned(out, &table);
}

/// What the model learned; `case` is the one that did, of a mixture.
fn told(out: &mut String, case: Option<&str>, learned: &Learned) {
    let of = case.map_or_else(String::new, |case| format!(" to {case}"));
    let _ = writeln!(out, "\nWhat the figures say{of}");
    let mut table = vec![
        ["", "reported", "expected", "off, %", "standard deviations"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for figure in &learned.figures {
        let mark = if figure.is_new { "" } else { ", known before" };
        let segment = figure.segment.as_ref();
        let segment = segment.map_or_else(String::new, |name| format!("{name}, "));
        table.push(vec![
            format!("{segment}{} to {}{mark}", figure.first_day, figure.last_day),
            significant(figure.revenue),
            significant(figure.news.expected),
            signed(100.0 * (figure.revenue / figure.news.expected - 1.0)),
            signed(figure.news.surprise / figure.news.deviation),
        ]);
    }
    aligned(out, &table);
    let beliefs = match &learned.posterior {
        Posterior::Errors(beliefs) => beliefs,
        Posterior::Inputs { beliefs, effective } => return weighed(out, beliefs, *effective),
    };
    let last = learned.figures.last().map(|figure| figure.last_day);
    let until = last.map_or_else(String::new, |day| format!(" at {day}"));
    let _ = writeln!(out, "\nErrors of the plan{until}, in percent");
    let mut table = vec![
        ["", "before", "now", "\u{b1} now"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (i, (segment, part)) in beliefs.parts.iter().enumerate() {
        let label = match part {
            ErrorPart::Deviation => "Deviation so far".to_owned(),
            ErrorPart::Growth => "Growth, a year".to_owned(),
            ErrorPart::Level => "Level of all years".to_owned(),
            ErrorPart::Year(year) => format!("Level of {year} alone"),
        };
        let label = match segment {
            Some(segment) => format!("{segment}: {}", super::text::lowercased(&label)),
            None => label,
        };
        table.push(vec![
            label,
            format!("0 \u{b1} {}", significant(100.0 * beliefs.before[i])),
            signed(100.0 * beliefs.means[i]),
            significant(100.0 * beliefs.deviations[i]),
        ]);
    }
    aligned(out, &table);
}

/// What is known of uncertain inputs, and of how many futures.
fn weighed(out: &mut String, beliefs: &[InputBelief], effective: f64) {
    let few = match effective < FEW_FUTURES {
        true => {
            "; so few that errors are large: say the figures' own errors, or give older \
                 ones as [actuals]"
        }
        false => "",
    };
    let _ = writeln!(
        out,
        "\nOf {FUTURES} drawn futures the figures leave {effective:.0} in effect{few}"
    );
    if beliefs.is_empty() {
        return;
    }
    let heading = ["", "before", "now"].map(str::to_owned);
    let mut table = vec![heading.to_vec()];
    let said = |own: Spread| {
        format!(
            "{} \u{b1} {}",
            significant(own.mean),
            significant(own.deviation)
        )
    };
    let rows = beliefs.iter();
    table.extend(rows.map(|own| vec![own.name.clone(), said(own.before), said(own.now)]));
    aligned(out, &table);
}
