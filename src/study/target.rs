//! What a solved value has to bring about, as written:
//! `binding_probability@2028-12-31=0.5`, `expected total_paid=30`,
//! `p5 total_paid=20`, `median binding_date=2029-06-30`, `expected irr=0.12`.

use std::fmt;

use super::StudyError;
use super::axis::number;
use super::measures::known;
use crate::agreement::Agreement;
use crate::simulate::{Kind, Measure, Return};
use crate::units::Date;

const HINT: &str = "for example binding_probability@2028-12-31=0.5, expected total_paid=30, \
                    p5 total_paid=20, \"median binding_date=2029-06-30\" or \"expected irr=0.12\"";

/// A statistic of a scenario's primary agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The probability of a measure, by a date or at all.
    Probability(Measure, Option<Date>),
    /// The expected value of a measure.
    Expected(Measure),
    /// The probability that a measure comes to at least an amount.
    AtLeast(Measure, f64),
}

/// A statistic and the value it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The statistic.
    pub statistic: Statistic,
    /// Its value.
    pub value: f64,
    /// The percentile it is written as, in percent: of an amount where the statistic
    /// is [`AtLeast`](Statistic::AtLeast), of a date where it is the probability by it.
    pub percentile: Option<f64>,
    /// The target in the words it was given in.
    pub written: String,
}

impl Target {
    /// Reads a target `STATISTIC=VALUE` of a lone flat share or any agreement whose events
    /// have no names of their own. Percentiles are met through the probability that says
    /// the same: `median binding_date=2029-06-30` through the binding probability by that
    /// date, `p5 total_paid=20` through that of being paid at least 20.
    ///
    /// # Errors
    /// Where it is none.
    ///
    /// ```
    /// use capbind::study::{Statistic, Target};
    ///
    /// let target = Target::parse("median binding_date=2029-06-30")?;
    /// assert_eq!(target.value, 0.5);
    /// assert_eq!(target.statistic.to_string(), "binding_probability@2029-06-30");
    /// # Ok::<(), capbind::study::StudyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        Self::read(text, None)
    }

    /// The same of an agreement, by the names that its results have.
    ///
    /// # Errors
    /// Where it is none.
    pub fn of(text: &str, agreement: &Agreement) -> Result<Self, StudyError> {
        Self::read(text, Some(agreement))
    }

    fn read(text: &str, agreement: Option<&Agreement>) -> Result<Self, StudyError> {
        let refuse = |what: &str| StudyError::new(format!("the target `{text}`: {what}"), HINT);
        let (statistic, value) = text
            .rsplit_once('=')
            .ok_or_else(|| refuse("it has no value after an equals sign"))?;
        let value = value.trim();
        let words: Vec<&str> = statistic.split_whitespace().collect();
        let (word, name) = match words.as_slice() {
            [name] => (None, *name),
            [word, name] => (Some(*word), *name),
            _ => return Err(refuse("a statistic is one or two words")),
        };
        let percentile = word.map_or(Ok(None), |word| {
            percentile(word).ok_or_else(|| {
                refuse(&format!(
                    "`{word}` must be expected, median or a percentile such as p5"
                ))
            })
        })?;
        let (name, by) = match name.split_once('@') {
            Some((name, date)) => {
                let date = Date::parse(date).ok_or_else(|| {
                    refuse(&format!("`{date}` must be a date such as 2028-12-31"))
                })?;
                (name, Some(date))
            }
            None => (name, None),
        };
        let measure = Measure::named(name, agreement)
            .ok_or_else(|| refuse(&format!("`{name}` must be one of {}", known(agreement))))?;
        let kind = measure.kind();
        let happens = happens(measure);
        if by.is_some() && (kind != Kind::Probability || happens.is_none()) {
            return Err(refuse(
                "only a probability of something that has a date is taken by one, such as \
                 binding_probability@2028-12-31",
            ));
        }
        let written = words_of(text);
        if kind == Kind::Date {
            let (Some(percentile), Some(happens)) = (percentile, happens) else {
                return Err(refuse("a date has percentiles only, such as its median"));
            };
            let date =
                Date::parse(value).ok_or_else(|| refuse("a date is set to a date: =2029-06-30"))?;
            return Ok(Self {
                statistic: Statistic::Probability(happens, Some(date)),
                value: percentile / 100.0,
                percentile: Some(percentile),
                written,
            });
        }
        let value = number(value).ok_or_else(|| refuse(&format!("`{value}` is not a number")))?;
        let (statistic, value) = match percentile {
            Some(_) if kind == Kind::Probability => {
                return Err(refuse("a probability has no percentiles"));
            }
            None if kind == Kind::Probability => {
                if !(0.0..=1.0).contains(&value) {
                    return Err(refuse("a probability lies between 0 and 1"));
                }
                (Statistic::Probability(measure, by), value)
            }
            None => (Statistic::Expected(measure), value),
            Some(percentile) => {
                let part = 1.0 - percentile / 100.0;
                (Statistic::AtLeast(measure, value), part)
            }
        };
        Ok(Self {
            statistic,
            value,
            percentile,
            written,
        })
    }
}

/// The probability that goes with a date, and of a probability itself: of what happens on
/// a day and can be asked for by one.
fn happens(measure: Measure) -> Option<Measure> {
    match measure {
        Measure::Binding | Measure::BindingDate => Some(Measure::Binding),
        Measure::Ended(_) => Some(measure),
        Measure::Return(Return::PaidBack | Return::PaybackDate) => {
            Some(Measure::Return(Return::PaidBack))
        }
        _ => None,
    }
}

/// `p5 total_paid=20` as `p5 total_paid = 20`.
fn words_of(text: &str) -> String {
    let spaced = text.replace('=', " = ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `None` for the expected value.
fn percentile(word: &str) -> Option<Option<f64>> {
    match word {
        "expected" | "mean" => Some(None),
        "median" => Some(Some(50.0)),
        _ => {
            let percent: f64 = word.strip_prefix('p')?.parse().ok()?;
            (percent > 0.0 && percent < 100.0).then_some(Some(percent))
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probability(measure, None) => f.write_str(measure.name()),
            Self::Probability(measure, Some(date)) => write!(f, "{}@{date}", measure.name()),
            Self::Expected(measure) => write!(f, "expected {}", measure.name()),
            Self::AtLeast(measure, amount) => write!(f, "P({} >= {amount})", measure.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_as_they_are_written() {
        for (text, statistic, value) in [
            ("binding_probability=0.5", "binding_probability", 0.5),
            (
                "binding_probability@2028-12-31=0.5",
                "binding_probability@2028-12-31",
                0.5,
            ),
            ("expected total_paid=30", "expected total_paid", 30.0),
            ("total_paid_pv = 30", "expected total_paid_pv", 30.0),
            ("p5 total_paid=20", "P(total_paid >= 20)", 0.95),
            (
                "median binding_date=2029-06-30",
                "binding_probability@2029-06-30",
                0.5,
            ),
            (
                "p90 payback_date=2029-06-30",
                "paid_back_probability@2029-06-30",
                0.9,
            ),
            (
                "ended_by_default@2029-06-30=0.1",
                "ended_by_default@2029-06-30",
                0.1,
            ),
            ("expected irr=0.12", "expected irr", 0.12),
            ("p10 money_multiple=1.5", "P(money_multiple >= 1.5)", 0.9),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!(
                (target.statistic.to_string().as_str(), target.value),
                (statistic, value)
            );
        }
        let target = Target::parse("p5  total_paid= 20").unwrap();
        assert_eq!(target.written, "p5 total_paid = 20");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, wanted) in [
            ("total_paid", "it has no value"),
            (
                "expected paid=1",
                "`paid` must be one of total_paid, total_paid_pv",
            ),
            (
                "p0 total_paid=1",
                "`p0` must be expected, median or a percentile",
            ),
            ("total_paid=x", "`x` is not a number"),
            ("binding_probability=2", "between 0 and 1"),
            ("binding_probability@soon=0.5", "`soon` must be a date"),
            ("total_paid@2028-12-31=1", "binding_probability@2028-12-31"),
            ("irr_exists@2028-12-31=1", "binding_probability@2028-12-31"),
            ("median end_date_by_cap=2028-12-31", "percentiles only"),
            ("p5 irr_exists=0.5", "no percentiles"),
            ("binding_date=2028-12-31", "percentiles only"),
            ("median binding_date=0.5", "is set to a date"),
            ("a b c=1", "one or two words"),
        ] {
            let error = Target::parse(text).unwrap_err().message;
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
