//! What a solved value has to bring about, as written:
//! `binding_probability@2028-12-31=0.5`, `expected total_paid=30`,
//! `p5 total_paid=20`, `median binding_date=2029-06-30`.

use std::fmt;

use super::StudyError;
use super::axis::number;
use crate::simulate::Total;
use crate::units::Date;

const HINT: &str = "for example binding_probability@2028-12-31=0.5, expected total_paid=30, \
                    p5 total_paid=20 or \"median binding_date=2029-06-30\"";

/// A statistic of a scenario's primary agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The probability that the cap is reached, by a date or at all.
    Probability(Option<Date>),
    /// The expected value of a total.
    Expected(Total),
    /// The probability that a total comes to at least an amount.
    AtLeast(Total, f64),
}

/// A statistic and the value it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The statistic.
    pub statistic: Statistic,
    /// Its value.
    pub value: f64,
    /// The percentile it is written as, in percent: of an amount where the statistic
    /// is [`AtLeast`](Statistic::AtLeast), of the binding date where it is the
    /// probability by a date.
    pub percentile: Option<f64>,
    /// The target in the words it was given in.
    pub written: String,
}

impl Target {
    /// Reads a target `STATISTIC=VALUE`. Percentiles are met through the
    /// probability that says the same: `median binding_date=2029-06-30` through
    /// the binding probability by that date, `p5 total_paid=20` through that of
    /// being paid at least 20.
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
        let refuse = |what: &str| StudyError::new(format!("the target `{text}`: {what}"), HINT);
        let (statistic, value) = text
            .rsplit_once('=')
            .ok_or_else(|| refuse("it has no value after an equals sign"))?;
        let value = value.trim();
        let words: Vec<&str> = statistic.split_whitespace().collect();
        let (measure, name) = match words.as_slice() {
            [name] => (None, *name),
            [measure, name] => (Some(*measure), *name),
            _ => return Err(refuse("a statistic is one or two words")),
        };
        let percentile = measure.map_or(Ok(None), |word| {
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
        if name == "binding_date" {
            let Some(percentile) = percentile else {
                return Err(refuse(
                    "a binding date has percentiles only, such as its median",
                ));
            };
            let date = Date::parse(value)
                .filter(|_| by.is_none())
                .ok_or_else(|| refuse("a binding date is set to a date: =2029-06-30"))?;
            return Ok(Self {
                statistic: Statistic::Probability(Some(date)),
                value: percentile / 100.0,
                percentile: Some(percentile),
                written: words_of(text),
            });
        }
        let value = number(value).ok_or_else(|| refuse(&format!("`{value}` is not a number")))?;
        let total = Total::ALL.into_iter().find(|total| total.name() == name);
        let mut wanted = value;
        let statistic = match (total, percentile) {
            (None, None) if name == "binding_probability" => {
                if !(0.0..=1.0).contains(&value) {
                    return Err(refuse("a probability lies between 0 and 1"));
                }
                Statistic::Probability(by)
            }
            (Some(_), _) if by.is_some() => {
                return Err(refuse("only binding_probability is taken by a date"));
            }
            (Some(total), None) => Statistic::Expected(total),
            (Some(total), Some(percentile)) => {
                wanted = 1.0 - percentile / 100.0;
                Statistic::AtLeast(total, value)
            }
            (None, _) => {
                let totals = Total::ALL.map(Total::name).join(", ");
                return Err(refuse(&format!(
                    "`{name}` must be binding_probability, binding_date, {totals}"
                )));
            }
        };
        Ok(Self {
            statistic,
            value: wanted,
            percentile: percentile.filter(|_| total.is_some()),
            written: words_of(text),
        })
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
            Self::Probability(None) => f.write_str("binding_probability"),
            Self::Probability(Some(date)) => write!(f, "binding_probability@{date}"),
            Self::Expected(total) => write!(f, "expected {}", total.name()),
            Self::AtLeast(total, amount) => write!(f, "P({} >= {amount})", total.name()),
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
                "`paid` must be binding_probability, binding_date, total_paid",
            ),
            (
                "p0 total_paid=1",
                "`p0` must be expected, median or a percentile",
            ),
            ("total_paid=x", "`x` is not a number"),
            ("binding_probability=2", "between 0 and 1"),
            ("binding_probability@soon=0.5", "`soon` must be a date"),
            ("total_paid@2028-12-31=1", "only binding_probability"),
            ("binding_date=2028-12-31", "percentiles only"),
            ("median binding_date=0.5", "is set to a date"),
            ("a b c=1", "one or two words"),
        ] {
            let error = Target::parse(text).unwrap_err().message;
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
