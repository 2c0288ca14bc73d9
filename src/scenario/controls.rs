//! What can be changed of a scenario, key by key: every number, date, choice, text and
//! distribution that it holds or that stands in for what it leaves out, each with its
//! value, its range and its author's remark. A page of controls is made of these.

use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Scenario;
use super::file::Distribution;
use super::keys::{Rules, rules_for};
use super::overrides::{address, holds_tables, names};
use super::schema::words_of;
use super::source::Source;
use super::written::{in_line, remark_of};
use crate::units::Date;

/// One key that can be changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Control {
    /// The key as `--set` takes it.
    pub key: String,
    /// The table it stands in, as the file has it; dotted.
    pub group: String,
    /// Its name within the table.
    pub name: String,
    /// Its value in TOML.
    pub value: String,
    /// What kind of value it has.
    pub form: Form,
    /// What a number counts: `USD billion`, `months`; empty for fractions.
    pub unit: String,
    /// Whether it is a fraction that is read as a percentage.
    pub is_fraction: bool,
    /// What is permitted, in words.
    pub permitted: &'static str,
    /// What to know of it, in words.
    pub hint: &'static str,
    /// What the file's author remarks.
    pub remark: String,
    /// Whether the file leaves it out and this value stands in.
    pub is_default: bool,
    /// Lower end, upper end and step of a slider: of a number, or of days after the first
    /// day of the timeline.
    pub slider: Option<[f64; 3]>,
    /// The words a choice has.
    pub words: Vec<&'static str>,
    /// Of a distribution, its name and its percentiles p5, p50, p95.
    pub distribution: Option<(String, [f64; 3])>,
}

/// Kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// A date.
    Date,
    /// True or false.
    Truth,
    /// One of some words.
    Word,
    /// A line of text.
    Text,
    /// A distribution.
    Distribution,
    /// A list of plain values, to be written as TOML.
    List,
}

/// Keys a page has other ways for: how long it computes, and how its charts look.
const LEFT_OUT: [&str; 10] = [
    "simulation.points",
    "simulation.precision",
    "simulation.max_points",
    "report.theme",
    "report.size",
    "report.dpi",
    "report.charts",
    "report.chart_data",
    "actuals",
    "sweep",
];

impl Scenario {
    /// Every key that can be changed, in the order of the file; below it those that it
    /// leaves out.
    pub fn controls(&self) -> Vec<Control> {
        let source = Source::new(&self.stem, &self.text, &self.overrides, &self.attached);
        let Ok(document) = source.document() else {
            return Vec::new();
        };
        let mut walk = Walk {
            scenario: self,
            source: &source,
            found: Vec::new(),
        };
        walk.table(&document, &Place::default());
        let Walk { mut found, .. } = walk;
        found.sort_by_key(|(position, _)| *position);
        // The tables of the file in the order in which they begin.
        let mut groups: Vec<String> = Vec::new();
        for (_, control) in &found {
            if !groups.contains(&control.group) {
                groups.push(control.group.clone());
            }
        }
        let mut controls: Vec<Control> = found.into_iter().map(|(_, control)| control).collect();
        for (key, value) in &self.defaults {
            let (group, name) = key.rsplit_once('.').unwrap_or(("", key));
            let group = names(group).unwrap_or_default().join(".");
            let place = Place {
                key: key.clone(),
                path: path_of(key, self),
                group,
                name: name.to_owned(),
                remark: String::new(),
            };
            let known = controls.iter().any(|control| control.key == place.key);
            if let Some(control) = self.control(&place, value, true).filter(|_| !known) {
                controls.push(control);
            }
        }
        let rank = |control: &Control| {
            let at = groups.iter().position(|group| *group == control.group);
            at.unwrap_or(groups.len())
        };
        controls.sort_by_key(rank);
        controls
    }

    /// The control of a value as written, if there is one for such values.
    fn control(&self, place: &Place, value: &str, is_default: bool) -> Option<Control> {
        let path: Vec<String> = place.path.clone();
        let rules = rules_for(&path)?;
        let words = words_of(&path);
        let number = value.replace('_', "").parse::<f64>();
        let number = number.ok().filter(|number| number.is_finite());
        let date = Date::parse(value.trim());
        let form = match (number, date) {
            // What is so by default may have no word of its own.
            _ if is_default && !words.is_empty() && !words.contains(&value) => {
                return None;
            }
            _ if !words.is_empty() => Form::Word,
            _ if is_text(rules) && path.last().is_some_and(|name| name != "name") => Form::Text,
            (_, Some(_)) => Form::Date,
            (Some(_), _) if is_whole(rules) => Form::Whole,
            (Some(_), _) => Form::Number,
            _ if ["true", "false"].contains(&value) => Form::Truth,
            _ if value.starts_with('{') => Form::Distribution,
            _ if value.starts_with('[') => Form::List,
            _ => return None,
        };
        let distribution = match form {
            Form::Distribution => Some(self.distribution(&place.key, value)?),
            _ => None,
        };
        let middle = number.or(distribution.as_ref().map(|(_, p)| p[1]));
        let range = range(rules.permitted);
        let is_large = range.is_some_and(|(_, high)| high >= super::keys::LARGEST_AMOUNT);
        let is_amount = is_large && form != Form::Whole;
        let slider = match (form, date, middle, range) {
            (Form::Date, Some(date), ..) => Some(self.days_around(&place.key, date)),
            (Form::Number | Form::Whole | Form::Distribution, _, Some(value), Some(range)) => Some(
                slider(value, range, form == Form::Whole, self.largest_term()),
            ),
            _ => None,
        };
        let name = path.last().map_or("", String::as_str);
        Some(Control {
            key: place.key.clone(),
            group: place.group.clone(),
            name: place.name.clone(),
            value: value.to_owned(),
            form,
            unit: match is_amount {
                true => self.money.label(),
                false => counted(name).to_owned(),
            },
            is_fraction: !is_amount && form != Form::Whole && is_fraction(rules, range),
            permitted: rules.permitted,
            hint: rules.hint,
            remark: place.remark.clone(),
            is_default,
            slider,
            words,
            distribution,
        })
    }

    /// The name of a distribution as written and three percentiles of it.
    fn distribution(&self, key: &str, value: &str) -> Option<(String, [f64; 3])> {
        // Inputs have the names of tables as they are.
        let plain = names(key)?.join(".");
        let input = self.inputs.iter().find(|input| input.name == plain)?;
        let name = value.trim_start_matches('{').split(['=', ' ']);
        let name = name.map(str::trim).find(|word| !word.is_empty())?;
        let at = |p: f64| input.distribution.quantile(p);
        Distribution::is_named(name).then(|| (name.to_owned(), [at(0.05), at(0.5), at(0.95)]))
    }

    /// The days a slider of a date goes over, counted from the first of the timeline.
    fn days_around(&self, key: &str, date: Date) -> [f64; 3] {
        const MARGIN: f64 = 731.0;
        let day = f64::from(date.days_since(self.timeline.start()));
        let last = f64::from(self.timeline.days() - 1);
        let (low, high) = match key.split('.').next() {
            Some("agreement") => (0.0, last),
            _ => (-MARGIN, last + MARGIN),
        };
        [low.min(day), high.max(day), 1.0]
    }

    /// The largest fixed amount among the agreements' terms: of what size amounts are.
    fn largest_term(&self) -> f64 {
        let agreements = self.agreements.iter();
        let caps = agreements.filter_map(|agreement| agreement.cap.as_ref());
        let medians: Vec<f64> = self
            .inputs
            .iter()
            .map(|i| i.distribution.median())
            .collect();
        let largest = caps.map(|cap| cap.at(&medians)).fold(0.0, f64::max);
        match largest > 0.0 {
            true => largest,
            false => self.model.expected(&medians).iter().sum(),
        }
    }
}

/// Where a value stands.
#[derive(Clone, Default)]
struct Place {
    /// The key as `--set` takes it.
    key: String,
    /// Its names without those that tell the tables of a list apart.
    path: Vec<String>,
    group: String,
    name: String,
    remark: String,
}

impl Place {
    /// The place of a value below; `own` where the rules know its name.
    fn below(&self, name: &str, own: bool, header: bool, remark: String) -> Self {
        let join = |a: &str, b: &str| match a.is_empty() {
            true => b.to_owned(),
            false => format!("{a}.{b}"),
        };
        let mut path = self.path.clone();
        path.extend(own.then(|| name.to_owned()));
        Self {
            key: join(&self.key, &word(name)),
            path,
            group: match header {
                true => join(&self.group, name),
                false => self.group.clone(),
            },
            name: match header {
                true => String::new(),
                false => join(&self.name, name),
            },
            remark: match remark.is_empty() {
                true => self.remark.clone(),
                false => remark,
            },
        }
    }
}

/// A name as a dotted key has it.
pub fn word(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}

struct Walk<'w> {
    scenario: &'w Scenario,
    source: &'w Source,
    found: Vec<(usize, Control)>,
}

impl Walk<'_> {
    fn table(&mut self, table: &DeTable<'_>, place: &Place) {
        for (key, value) in table {
            let header = match value.get_ref() {
                DeValue::Table(_) => !in_line(value, self.source),
                DeValue::Array(items) => {
                    holds_tables(items) && items.iter().all(|item| !in_line(item, self.source))
                }
                _ => false,
            };
            let remark = match header {
                true => String::new(),
                false => remark_of(key, value, self.source),
            };
            let below = place.below(key.get_ref(), true, header, remark);
            if !LEFT_OUT.contains(&below.path.join(".").as_str()) {
                self.value(value, &below, header);
            }
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, place: &Place, header: bool) {
        match value.get_ref() {
            DeValue::Table(table) if !is_distribution(table) => self.table(table, place),
            DeValue::Array(items) if holds_tables(items) => {
                for (i, item) in items.iter().enumerate() {
                    let DeValue::Table(table) = item.get_ref() else {
                        continue;
                    };
                    match address(items, i) {
                        Some(name) => {
                            let below = place.below(&name, false, header, String::new());
                            self.table(table, &below);
                        }
                        None => self.table(table, place),
                    }
                }
            }
            _ => {
                let written = match value.get_ref() {
                    DeValue::String(text) => text.to_string(),
                    _ => self.source.written(&value.span()).to_owned(),
                };
                let control = self.scenario.control(place, &written, false);
                let at = value.span().start;
                self.found.extend(control.map(|control| (at, control)));
            }
        }
    }
}

fn is_distribution(table: &DeTable<'_>) -> bool {
    table
        .keys()
        .any(|key| Distribution::is_named(key.get_ref()))
}

/// The names of a key that a default has, without those of the tables of a list.
fn path_of(key: &str, scenario: &Scenario) -> Vec<String> {
    let own = scenario.agreements.iter().map(|agreement| &agreement.name);
    let own: Vec<&String> = own.collect();
    let is_name = |i: usize, part: &String| own.len() > 1 && i > 0 && own.contains(&part);
    let parts = names(key).unwrap_or_default().into_iter().enumerate();
    parts
        .filter(|(i, part)| !is_name(*i, part))
        .map(|(_, part)| part)
        .collect()
}

fn is_whole(rules: &Rules) -> bool {
    let words = ["whole number", "power of two"];
    words.iter().any(|word| rules.permitted.contains(word))
}

/// Whether a value is a line that people read, or a currency's letters.
fn is_text(rules: &Rules) -> bool {
    let words = ["one line of", "a text in one line", "three capital letters"];
    words.iter().any(|word| rules.permitted.starts_with(word))
}

/// What the number of a key counts, by its name.
fn counted(name: &str) -> &'static str {
    let endings = [
        ("months", "months"),
        ("days", "days"),
        ("years", "years"),
        ("half_life", "years"),
        ("midpoint", "years"),
        ("launch", "years"),
        ("per_year", "a year"),
        ("multiple", "times"),
    ];
    let found = endings.iter().find(|(ending, _)| name.ends_with(ending));
    found.map_or("", |(_, unit)| unit)
}

/// Whether numbers of a key are read as percentages: those that its hint shows as such,
/// and those from 0 to 1.
fn is_fraction(rules: &Rules, range: Option<(f64, f64)>) -> bool {
    rules.hint.contains(" % is ") || range == Some((0.0, 1.0))
}

/// The lower and the upper end that a rule names: `0 to 5`, `more than -1, at most 100`.
fn range(permitted: &str) -> Option<(f64, f64)> {
    let words: Vec<&str> = permitted
        .split([' ', ',', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    let number = |i: usize| words.get(i)?.parse::<f64>().ok();
    (0..words.len()).find_map(|i| match words[i] {
        "to" => number(i.checked_sub(1)?).zip(number(i + 1)),
        "than" => {
            let low = number(i + 1)?;
            let most = words.iter().skip(i + 2).position(|word| *word == "most");
            let high = most.and_then(|at| number(i + 3 + at));
            Some((low, high.unwrap_or(super::keys::LARGEST_AMOUNT)))
        }
        _ => None,
    })
}

/// The ends and the step of a slider around a value: round numbers within what is
/// permitted; `large` is how large amounts are.
fn slider(value: f64, (low, high): (f64, f64), is_whole: bool, large: f64) -> [f64; 3] {
    /// How far it reaches, in values.
    const REACH: f64 = 2.5;
    const STEPS: f64 = 200.0;
    let size = match value == 0.0 {
        false => REACH * value.abs(),
        true if high >= super::keys::LARGEST_AMOUNT => large / 2.0,
        true if is_whole => 12.0,
        true => 0.5,
    };
    let upper = rounded_up(size).min(high);
    let step = match is_whole {
        true => 1.0,
        false => rounded_up(upper.max(1e-9) / STEPS),
    };
    let lower = match (low >= 0.0, value < 0.0) {
        (true, _) => (low / step).ceil() * step,
        (false, true) => (-upper).max(low + step),
        (false, false) => (-upper / REACH).max(low + step),
    };
    let lower = match is_whole {
        true => lower.max(low),
        false => (lower / step).round() * step,
    };
    [lower.min(value), upper.max(value), step]
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn rounded_up(value: f64) -> f64 {
    let magnitude = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let fits = |step: &&f64| **step * magnitude >= value * (1.0 - 1e-9);
    steps.iter().find(fits).unwrap_or(&10.0) * magnitude
}

#[cfg(test)]
mod tests {
    use super::super::SHIPPED;
    use super::super::keys::all;
    use super::*;

    fn of(path: &str, overrides: &[&str]) -> Vec<Control> {
        let shipped = SHIPPED.iter().find(|shipped| shipped.path == path).unwrap();
        let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        let scenario = Scenario::parse(path, "a", shipped.text, &overrides).unwrap();
        scenario.controls()
    }

    fn find<'c>(controls: &'c [Control], key: &str) -> &'c Control {
        let found = controls.iter().find(|control| control.key == key);
        found.unwrap_or_else(|| panic!("no {key}"))
    }

    #[test]
    fn every_number_and_date_of_a_file_can_be_changed() {
        let controls = of("scenarios/openai-microsoft.toml", &[]);
        let cap = find(&controls, "agreement.cap");
        assert_eq!(
            (cap.value.as_str(), cap.unit.as_str()),
            ("38", "USD billion")
        );
        assert_eq!(cap.slider, Some([0.0, 100.0, 0.5]));
        assert!(cap.remark.contains("a total cap exists"), "{}", cap.remark);
        let share = find(&controls, "agreement.share");
        assert!(share.is_fraction && share.form == Form::Number);
        assert_eq!(share.slider, Some([0.0, 0.5, 0.005]));
        let plan = find(&controls, "revenue.forecast.annual.2027");
        assert_eq!(
            (plan.group.as_str(), plan.name.as_str()),
            ("revenue.forecast", "annual.2027")
        );
        assert!(plan.remark.starts_with("Our judgement"), "{}", plan.remark);
        let expiry = find(&controls, "agreement.expiry");
        assert_eq!(
            (expiry.form, expiry.slider),
            (Form::Date, Some([0.0, 1825.0, 1.0]))
        );
        let seen = find(&controls, "revenue.forecast.observed.revenue");
        assert_eq!(seen.value, "5.7");
        let lag = find(&controls, "agreement.payment.lag_months");
        assert_eq!((lag.form, lag.unit.as_str()), (Form::Whole, "months"));
        let seed = find(&controls, "simulation.seed");
        assert_eq!((seed.form, seed.unit.as_str()), (Form::Whole, ""));
        let title = find(&controls, "title");
        assert_eq!(title.form, Form::Text);
        assert!(title.value.starts_with("OpenAI pays"), "{}", title.value);
        let every = find(&controls, "agreement.payment.every");
        assert_eq!((every.form, every.value.as_str()), (Form::Word, "quarter"));
        assert_eq!(
            find(&controls, "report.milestone.1.date").value,
            "2030-12-31"
        );
        let defaults = |shipped: &super::super::Shipped| {
            let controls = of(shipped.path, &[]);
            controls.iter().any(|control| control.is_default)
        };
        assert!(SHIPPED.iter().any(defaults));
        assert!(
            controls
                .iter()
                .all(|control| control.key != "simulation.points")
        );
    }

    #[test]
    fn a_change_of_any_control_to_its_own_value_is_permitted_and_none() {
        for shipped in SHIPPED {
            let scenario = Scenario::parse("a.toml", "a", shipped.text, &[]).unwrap();
            let controls = scenario.controls();
            assert!(controls.len() > 8, "{}", shipped.path);
            for control in &controls {
                let value = match control.form {
                    Form::Word | Form::Text => format!("{:?}", control.value),
                    _ => control.value.clone(),
                };
                let change = format!("{}={value}", control.key);
                let again =
                    Scenario::parse("a.toml", "a", shipped.text, std::slice::from_ref(&change));
                let again = again.unwrap_or_else(|e| panic!("{}: {change}: {e}", shipped.path));
                assert_eq!(
                    again.question().to_bytes(),
                    scenario.question().to_bytes(),
                    "{}: {change}",
                    shipped.path
                );
            }
        }
    }

    /// Keys left out and distributions are found under the name of their agreement, which
    /// a key has in quotes where it is more than one word.
    #[test]
    fn keys_of_an_agreement_whose_name_is_two_words_are_its_own() {
        let shipped = super::super::shipped("scenarios/openai-microsoft-2025.toml").unwrap();
        let named = "name  = \"Microsoft\"";
        assert!(shipped.text.contains(named));
        let text = shipped.text.replace(named, "name  = \"Microsoft back\"");
        let scenario = Scenario::parse("a.toml", "a", &text, &[]).unwrap();
        let left_out = "agreement.\"Microsoft back\".paid_before";
        let defaults = scenario.defaults.iter().map(|(key, _)| key.as_str());
        assert_eq!(defaults.filter(|key| *key == left_out).count(), 1);
        let controls = scenario.controls();
        let paid = find(&controls, left_out);
        assert!(paid.is_default && paid.form == Form::Number);
        let share = find(&controls, "agreement.\"Microsoft back\".share");
        assert_eq!(share.form, Form::Distribution);
        assert_eq!(paid.group, share.group);
        for control in [paid, share] {
            let change = format!("{}={}", control.key, control.value);
            Scenario::parse("a.toml", "a", &text, &[change]).unwrap();
        }
    }

    #[test]
    fn distributions_have_percentiles() {
        let change = "agreement.cap={ uniform = [30, 50] }";
        let controls = of("scenarios/openai-microsoft.toml", &[change]);
        let cap = find(&controls, "agreement.cap");
        assert_eq!(cap.form, Form::Distribution);
        let (name, [p5, p50, p95]) = cap.distribution.clone().unwrap();
        assert_eq!(name, "uniform");
        for (found, exact) in [(p5, 31.0), (p50, 40.0), (p95, 49.0)] {
            assert!((found - exact).abs() < 1e-9, "{found}, not {exact}");
        }
    }

    #[test]
    fn every_range_in_words_is_read() {
        for rules in all() {
            let says = ["0 to 1", "at most 1", "whole number"];
            if says.iter().any(|words| rules.permitted.starts_with(words)) {
                assert!(range(rules.permitted).is_some(), "{}", rules.key);
            }
        }
        assert_eq!(range("more than -1, at most 100"), Some((-1.0, 100.0)));
        assert_eq!(range("a whole number from 4 to 1024"), Some((4.0, 1024.0)));
        assert_eq!(range("0 to 1e15, or a distribution"), Some((0.0, 1e15)));
        assert_eq!(range("true or false"), None);
    }

    #[test]
    fn sliders_end_on_round_numbers_within_the_range() {
        assert_eq!(slider(38.0, (0.0, 1e15), false, 38.0), [0.0, 100.0, 0.5]);
        assert_eq!(slider(0.0, (0.0, 1e15), false, 38.0), [0.0, 20.0, 0.1]);
        assert_eq!(slider(0.6, (0.0, 1.0), false, 0.0), [0.0, 1.0, 0.005]);
        let [low, high, step] = slider(0.25, (-1.0, 100.0), false, 0.0);
        assert!(
            low < 0.0 && low > -1.0 && high == 1.0 && step == 0.005,
            "{low}"
        );
        assert_eq!(slider(3.0, (0.0, 120.0), true, 0.0), [0.0, 10.0, 1.0]);
    }
}
