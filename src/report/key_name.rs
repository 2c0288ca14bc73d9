//! What a key is called in sentences and on axes, and how its values are written
//! there: `agreement.cap=45` is a cap of `$45 bn`.

use crate::study::position;
use crate::units::{Date, Money, percent_digits};

/// What a key's values are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Money,
    /// A fraction, written in percent.
    Percent,
    /// A fraction a year, written in percent.
    PercentAYear,
    /// Anything else, as it is written.
    Plain,
}

/// Keys by their last part or two, with what they are called where that is not the part
/// itself.
const NAMES: [(&str, &str, Kind); 18] = [
    ("default.wait", "time to default", Kind::Plain),
    ("event.wait", "time to the event", Kind::Plain),
    ("cap", "cap", Kind::Money),
    ("annual_cap", "annual cap", Kind::Money),
    ("annual_minimum", "annual minimum", Kind::Money),
    ("threshold", "threshold", Kind::Money),
    ("paid_before", "paid before", Kind::Money),
    ("initial", "initial run rate", Kind::Money),
    ("revenue", "reported revenue", Kind::Money),
    ("share", "share of revenue", Kind::Percent),
    ("expiry", "expiry", Kind::Plain),
    ("volatility", "volatility", Kind::PercentAYear),
    (
        "growth_uncertainty",
        "growth uncertainty",
        Kind::PercentAYear,
    ),
    ("growth_error", "growth error", Kind::Plain),
    ("growth", "growth", Kind::PercentAYear),
    ("discount_rate", "discount rate", Kind::PercentAYear),
    ("hazard", "hazard", Kind::PercentAYear),
    ("upfront", "upfront payment", Kind::Money),
];

/// What the figure of a plan's year is called, before the year.
const PLAN: &str = "plan for ";

/// A key of a scenario in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeyName {
    name: String,
    kind: Kind,
    money: Money,
}

/// What is known of a key.
fn known(key: &str) -> Option<&'static (&'static str, &'static str, Kind)> {
    NAMES.iter().find(|(part, ..)| {
        let before = key.strip_suffix(part);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

impl KeyName {
    /// The words for a dotted key, or the end of one; amounts are in `money`.
    pub(super) fn new(key: &str, money: &Money) -> Self {
        let name = key_words(key);
        let kind = match name.starts_with(PLAN) {
            true => Kind::Money,
            false => known(key).map_or(Kind::Plain, |(.., kind)| *kind),
        };
        Self {
            name,
            kind,
            money: money.clone(),
        }
    }

    /// `cap`, `share of revenue`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A value as a sentence says it: `$38 bn`, `20 %`, `31 Dec 2030`.
    pub(super) fn value(&self, written: &str) -> String {
        if let Some(date) = Date::parse(written) {
            return day(date);
        }
        match position(written) {
            Some(number) => self.number(number),
            None => written.to_owned(),
        }
    }

    /// The same of a number.
    pub(super) fn number(&self, number: f64) -> String {
        match self.kind {
            Kind::Money => self.money.format_suited(number),
            Kind::Percent | Kind::PercentAYear => format!("{}\u{a0}%", percent_digits(number)),
            Kind::Plain => super::text::plain(number),
        }
    }
}

/// What a key is called.
pub(super) fn key_words(key: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    match last.len() == 4 && last.bytes().all(|digit| digit.is_ascii_digit()) {
        // The years of a plan are keys.
        true => format!("{PLAN}{last}"),
        false => {
            known(key).map_or_else(|| last.replace('_', " "), |(_, name, _)| (*name).to_owned())
        }
    }
}

/// On the axes of charts.
#[cfg(feature = "charts")]
impl KeyName {
    /// What its numbers are on a vertical axis.
    pub(super) fn measure(&self) -> super::figure::Measure {
        match self.kind {
            Kind::Money => super::figure::Measure::Money(self.money.clone()),
            Kind::Percent | Kind::PercentAYear => super::figure::Measure::Share,
            Kind::Plain => super::figure::Measure::Number(String::new()),
        }
    }

    /// The title of an axis of its values: `Cap, $ bn`, `Share of revenue, %`.
    pub(super) fn title(&self) -> String {
        let name = super::text::capitalised(&self.name);
        match self.kind {
            Kind::Money => format!("{name}, {}", self.money.axis_label()),
            Kind::Percent => format!("{name}, %"),
            Kind::PercentAYear => format!("{name}, % a year"),
            Kind::Plain => name,
        }
    }

    /// Where a value as written stands on that axis; `None` of what is no number.
    pub(super) fn position(&self, written: &str) -> Option<f64> {
        let number = position(written)?;
        match self.kind {
            Kind::Percent | Kind::PercentAYear => Some(100.0 * number),
            _ => Some(number),
        }
    }

    /// A value in a cell or at a tick of its axis, whose title has the unit.
    pub(super) fn cell(&self, written: &str) -> String {
        match (Date::parse(written), self.kind, position(written)) {
            (Some(date), ..) => day(date),
            (None, Kind::Percent | Kind::PercentAYear, Some(number)) => percent_digits(number),
            _ => written.to_owned(),
        }
    }
}

/// Changes of keys in words: `agreement.cap=45;agreement.share=0.15` is
/// `Cap $45 bn, share of revenue 15 %`; any other name stays as it is.
pub(super) fn variant(name: &str, money: &Money) -> String {
    let said: Option<Vec<String>> = name
        .split(';')
        .map(|change| {
            let (key, value) = change.split_once('=')?;
            let key = KeyName::new(key.trim(), money);
            Some(format!("{} {}", key.name, key.value(value.trim())))
        })
        .collect();
    match said {
        Some(said) => super::text::capitalised(&said.join(", ")),
        None => name.to_owned(),
    }
}

/// `31 Dec 2030`.
fn day(date: Date) -> String {
    format!(
        "{}\u{a0}{}",
        date.day(),
        super::text::month_year(date).replace(' ', "\u{a0}")
    )
}

#[cfg(all(test, feature = "charts"))]
mod tests {
    use super::*;
    use crate::units::Unit;

    #[test]
    fn keys_are_said_in_words_and_units() {
        let money = Money::new("USD", Unit::Billion).unwrap();
        let key = |key: &str| KeyName::new(key, &money);
        assert_eq!(key("agreement.cap").title(), "Cap, $\u{a0}bn");
        assert_eq!(key("agreement.share").value("0.15"), "15\u{a0}%");
        assert_eq!(key("agreement.share").cell("0.15"), "15");
        assert_eq!(key("agreement.share").position("0.25"), Some(25.0));
        assert_eq!(
            key("agreement.expiry").value("2030-12-31"),
            "31\u{a0}Dec\u{a0}2030"
        );
        assert_eq!(key("revenue.own_key").title(), "Own key");
        assert_eq!(
            variant("agreement.cap=45;agreement.share=0.15", &money),
            "Cap $45\u{a0}bn, share of revenue 15\u{a0}%"
        );
        assert_eq!(variant("openai-microsoft", &money), "openai-microsoft");
    }
}
