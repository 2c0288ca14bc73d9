//! The values a key takes, as written: `20:80:5`, `1:100:log5`,
//! `2028-12-31:2030-12-31:1y`, `0.15,0.25,0.35`, or a range to draw from, `20:80`.

use super::StudyError;
use crate::math::{exp, ln};
use crate::units::{Date, decimals_for};

/// The most values one axis may have.
const MOST_VALUES: usize = 1_000_000;
/// Significant digits of values that are computed rather than written.
const DIGITS: i32 = 12;
const HINT: &str = "write KEY=START:STOP:STEP, KEY=START:STOP:log5, KEY=A,B,C, or for dates \
                    KEY=2028-12-31:2030-12-31:1y";

/// A key and the values it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The dotted key.
    pub key: String,
    /// Its values.
    pub values: Values,
}

/// The values of an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Each as the text of a TOML value, in order; at least one.
    Listed(Vec<String>),
    /// Any between two ends: for designs.
    Between(Span),
}

/// A range to draw values from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// Numbers.
    Numbers {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
        /// How values lie between them.
        scale: Scale,
    },
    /// Days.
    Dates {
        /// The first.
        first: Date,
        /// The last.
        last: Date,
    },
}

/// How values lie between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly by their logarithms.
    Log,
}

impl Axis {
    /// Reads `key=values`:
    ///
    /// | written | values |
    /// |---|---|
    /// | `20:80:5` | 20, 25, … up to 80 inclusive, exact in decimal |
    /// | `1:100:log5`, `0:1:lin5` | five, evenly by logarithm or evenly, both ends included |
    /// | `2028-12-31:2030-12-31:6m` | dates by days `d`, months `m`, quarters `q` or years `y`; from the end of a month to ends of months |
    /// | `0.15,0.25`, `month,quarter` | as listed; any TOML value |
    /// | `20:80`, `20:80:log`, two dates | a range, for designs |
    ///
    /// # Errors
    /// Where it is none of these, holds no value or far too many.
    ///
    /// ```
    /// use capbind::study::{Axis, Values};
    ///
    /// let axis = Axis::parse("agreement.share=0.1:0.3:0.1")?;
    /// let values = ["0.1", "0.2", "0.3"].map(str::to_owned).to_vec();
    /// assert_eq!(axis.values, Values::Listed(values));
    /// # Ok::<(), capbind::study::StudyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        let Some((key, values)) = text.split_once('=') else {
            let message = format!("`{text}` names no values");
            return Err(StudyError::new(message, HINT));
        };
        Self::new(key.trim(), values.trim())
    }

    /// Reads the values of a key; see [`parse`](Self::parse).
    ///
    /// # Errors
    /// Where they are not of one of those forms.
    pub fn new(key: &str, values: &str) -> Result<Self, StudyError> {
        let refuse = |what: String| StudyError::new(format!("the values of `{key}`: {what}"), HINT);
        if key.is_empty() || values.is_empty() {
            return Err(refuse("nothing is there".to_owned()));
        }
        let parts: Vec<&str> = values.split(':').map(str::trim).collect();
        let is_range = parts.len() > 1 && !values.contains(['{', '[', '"', '\'']);
        let values = if is_range {
            range(&parts).map_err(refuse)?
        } else {
            let items = items(values);
            if items.iter().any(String::is_empty) {
                return Err(refuse("a value between commas is missing".to_owned()));
            }
            Values::Listed(items)
        };
        Ok(Self {
            key: key.to_owned(),
            values,
        })
    }

    /// An axis of values given as TOML text.
    pub fn listed(key: &str, values: &[String]) -> Self {
        Self {
            key: key.to_owned(),
            values: Values::Listed(values.to_vec()),
        }
    }
}

impl Span {
    /// The value `part` of the way, 0 to 1, as the text of a TOML value.
    pub fn at(self, part: f64) -> String {
        match self {
            Self::Numbers { low, high, scale } => written(between(low, high, scale, part)),
            Self::Dates { first, last } => {
                let days = f64::from(last.days_since(first) + 1);
                let day = (part * days).floor().clamp(0.0, days - 1.0);
                first.add_days(day as i32).to_string()
            }
        }
    }
}

/// Where a value stands on a scale: a number itself, a date in days since 1970;
/// `None` for anything else.
pub fn position(value: &str) -> Option<f64> {
    let epoch = Date::new(1970, 1, 1)?;
    match Date::parse(value) {
        Some(date) => Some(f64::from(date.days_since(epoch))),
        None => number(value),
    }
}

/// A finite number as TOML writes it.
pub fn number(text: &str) -> Option<f64> {
    let value = match text.parse().ok()? {
        toml::Value::Integer(value) => value as f64,
        toml::Value::Float(value) => value,
        _ => return None,
    };
    value.is_finite().then_some(value)
}

/// A computed number to twelve significant digits, without trailing zeros.
pub fn written(value: f64) -> String {
    trimmed(&format!("{value:.*}", decimals_for(value, DIGITS)))
}

fn trimmed(digits: &str) -> String {
    match digits.contains('.') {
        true => digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        false => digits.to_owned(),
    }
}

fn between(low: f64, high: f64, scale: Scale, part: f64) -> f64 {
    match scale {
        _ if part <= 0.0 => low,
        _ if part >= 1.0 => high,
        Scale::Linear => low + (high - low) * part,
        Scale::Log => exp(ln(low) + (ln(high) - ln(low)) * part),
    }
}

/// Splits at the commas outside brackets and quotes.
fn items(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            _ => {}
        }
        match items.last_mut() {
            Some(item) if c != ',' || depth > 0 || quote.is_some() => item.push(c),
            _ => items.push(String::new()),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

fn range(parts: &[&str]) -> Result<Values, String> {
    let (start, stop, step) = match *parts {
        [start, stop] => (start, stop, None),
        [start, stop, step] => (start, stop, Some(step)),
        _ => return Err("a range has two or three parts between colons".to_owned()),
    };
    if let (Some(first), Some(last)) = (Date::parse(start), Date::parse(stop)) {
        return dates(first, last, step);
    }
    let ends = number(start).zip(number(stop));
    let Some((low, high)) = ends else {
        return Err(format!(
            "`{start}` and `{stop}` must be two numbers or two dates"
        ));
    };
    let span = |scale| {
        if low >= high {
            return Err(format!("a range ascends, {start} is not below {stop}"));
        }
        if scale == Scale::Log && low <= 0.0 {
            return Err(format!("on a logarithmic scale {start} must be above 0"));
        }
        Ok(Span::Numbers { low, high, scale })
    };
    let Some(step) = step else {
        return Ok(Values::Between(span(Scale::Linear)?));
    };
    for (word, scale) in [("log", Scale::Log), ("lin", Scale::Linear)] {
        match step.strip_prefix(word) {
            Some("") => return Ok(Values::Between(span(scale)?)),
            Some(count) => {
                let span = span(scale)?;
                let wanted = count.parse().ok();
                let count: usize = wanted
                    .filter(|count| (2..=MOST_VALUES).contains(count))
                    .ok_or_else(|| {
                        format!("`{step}` must end in a number of values, 2 to {MOST_VALUES}")
                    })?;
                let part = |i: usize| i as f64 / (count - 1) as f64;
                return Ok(Values::Listed(
                    (0..count).map(|i| span.at(part(i))).collect(),
                ));
            }
            None => {}
        }
    }
    numbers((start, low), (stop, high), step)
}

/// Numbers from a start by steps, a stop included, exact in decimal.
fn numbers(start: (&str, f64), stop: (&str, f64), step: &str) -> Result<Values, String> {
    let by = number(step).filter(|by| *by != 0.0);
    let by = by.ok_or_else(|| format!("the step `{step}` must be a number other than 0"))?;
    let steps = (stop.1 - start.1) / by;
    if steps < 0.0 {
        return Err(format!(
            "steps of {step} do not lead from {} to {}",
            start.0, stop.0
        ));
    }
    // What is missing to a whole number of steps is the rounding of binary numbers.
    let count = (steps + 1e-9).floor() + 1.0;
    within_limit(count)?;
    let decimals = decimals_of(start.0).max(decimals_of(step));
    let value = |i: usize| {
        let value = start.1 + i as f64 * by;
        // Adding 0 turns -0 into 0.
        trimmed(&format!("{:.decimals$}", value + 0.0))
    };
    Ok(Values::Listed((0..count as usize).map(value).collect()))
}

/// Decimal places a number is written with.
fn decimals_of(text: &str) -> usize {
    let text = text.replace('_', "").to_lowercase();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let places = mantissa.split_once('.').map_or(0, |(_, d)| d.len());
    let exponent: i64 = exponent.parse().unwrap_or(0);
    (places as i64 - exponent).clamp(0, 300) as usize
}

fn dates(first: Date, last: Date, step: Option<&str>) -> Result<Values, String> {
    if last < first {
        return Err(format!("{last} lies before {first}"));
    }
    let Some(step) = step else {
        return Ok(Values::Between(Span::Dates { first, last }));
    };
    let units = [("d", 0), ("m", 1), ("q", 3), ("y", 12)];
    let read = units.iter().find_map(|(unit, months)| {
        let count: i32 = step.strip_suffix(unit)?.parse().ok()?;
        (1..=10_000).contains(&count).then_some((count, *months))
    });
    let Some((count, months)) = read else {
        return Err(format!(
            "`{step}` must be a number of days, months, quarters or years: 30d, 6m, 1q, 1y"
        ));
    };
    let at_end = first == first.last_of_month();
    let date = |i: i32| match months {
        0 => first.add_days(i * count),
        _ if at_end => first
            .first_of_month()
            .add_months(i * count * months)
            .last_of_month(),
        _ => first.add_months(i * count * months),
    };
    let mut values = Vec::new();
    while date(values.len() as i32) <= last {
        values.push(date(values.len() as i32).to_string());
        within_limit(values.len() as f64)?;
    }
    Ok(Values::Listed(values))
}

fn within_limit(count: f64) -> Result<(), String> {
    if count > MOST_VALUES as f64 {
        return Err(format!("these are more than {MOST_VALUES} values"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        match Axis::new("k", text).unwrap().values {
            Values::Listed(values) => values,
            Values::Between(span) => panic!("{span:?}"),
        }
    }

    #[test]
    fn steps_include_the_stop_and_are_exact_in_decimal() {
        assert_eq!(listed("20:35:5"), ["20", "25", "30", "35"]);
        assert_eq!(listed("20:34.9:5"), ["20", "25", "30"]);
        assert_eq!(
            listed("0:0.5:0.1"),
            ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]
        );
        assert_eq!(listed("0.3:0.1:-0.1"), ["0.3", "0.2", "0.1"]);
        assert_eq!(listed("1e-3:3e-3:1e-3"), ["0.001", "0.002", "0.003"]);
        assert_eq!(listed("7:7:1"), ["7"]);
        assert_eq!(listed("0:1:0.0001").len(), 10_001);
    }

    #[test]
    fn logarithmic_and_even_scales_include_both_ends() {
        let values = ["1", "3.16227766017", "10", "31.6227766017", "100"];
        assert_eq!(listed("1:100:log5"), values);
        assert_eq!(listed("0:1:lin5"), ["0", "0.25", "0.5", "0.75", "1"]);
    }

    #[test]
    fn dates_keep_to_the_ends_of_months() {
        let quarters = ["2028-06-30", "2028-09-30", "2028-12-31"];
        assert_eq!(listed("2028-06-30:2028-12-31:1q"), quarters);
        let months = ["2028-01-15", "2028-02-15"];
        assert_eq!(listed("2028-01-15:2028-03-14:1m"), months);
        assert_eq!(
            listed("2028-02-28:2028-03-01:1d"),
            ["2028-02-28", "2028-02-29", "2028-03-01"]
        );
    }

    #[test]
    fn lists_hold_any_value() {
        assert_eq!(listed("month, quarter"), ["month", "quarter"]);
        let values = ["{ uniform = [1, 2] }", "38", "\"a,b\""];
        assert_eq!(listed(&values.join(",")), values);
    }

    #[test]
    fn ranges_are_for_designs() {
        let axis = Axis::parse("agreement.cap=20:80:log").unwrap();
        let Values::Between(span) = axis.values else {
            panic!("{axis:?}");
        };
        assert_eq!([0.0, 0.5, 1.0].map(|p| span.at(p)), ["20", "40", "80"]);
        let axis = Axis::parse("a=2028-01-01:2028-01-10").unwrap();
        let Values::Between(span) = axis.values else {
            panic!("{axis:?}");
        };
        assert_eq!(span.at(0.95), "2028-01-10");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, wanted) in [
            ("a", "`a` names no values"),
            ("a=", "nothing is there"),
            ("a=1,,2", "a value between commas is missing"),
            ("a=1:2:0", "must be a number other than 0"),
            ("a=2:1:1", "steps of 1 do not lead from 2 to 1"),
            ("a=1:x:1", "must be two numbers or two dates"),
            ("a=0:1:log3", "must be above 0"),
            ("a=1:2:log1", "must end in a number of values"),
            ("a=2:1", "a range ascends"),
            ("a=1:2:3:4", "two or three parts"),
            ("a=0:1:1e-9", "more than 1000000 values"),
            ("a=2028-01-01:2029-01-01:3", "must be a number of days"),
            (
                "a=2029-01-01:2028-01-01:1m",
                "2028-01-01 lies before 2029-01-01",
            ),
        ] {
            let error = Axis::parse(text).unwrap_err();
            assert!(error.message.contains(wanted), "{text}: {}", error.message);
        }
    }
}
