//! The value of one key that meets a target.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::charts::frontier_figures;
use super::{Answer, Answers, Request, Study, StudyFiles};
use crate::Error;
use crate::report::{
    frontier_json, frontier_table, frontier_text, solve_json, solve_table, solve_text,
};
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::study::{Base, StudyError, Target, frontier, solve};
use crate::units::Date;

/// A value of a key that meets a target, or pairs of two keys that do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Solve {
    /// The key to find a value for; empty where two are traded.
    #[serde(rename = "for", default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The keys that are traded instead.
    #[serde(rename = "frontier", default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<Trade>,
    /// The target by the names that the scenario's agreement has.
    pub so_that: String,
    /// Where to look; what the key permits, or around its value, by default.
    pub between: Option<Ends>,
    /// Paths, instead of the scenario's own.
    pub paths: Option<u64>,
}

/// Two keys that are traded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trade {
    /// The keys, the first with its values if it has any.
    pub keys: [String; 2],
    /// Whether charts are drawn.
    pub charts: bool,
}

impl Request for Solve {
    const COMMAND: &'static str = "solve";
    const FILES: StudyFiles = StudyFiles {
        tables: &["solve.csv", "frontier.csv"],
        charts: &["frontier"],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.trade.as_ref().is_some_and(|trade| trade.charts)
    }

    fn settled(mut study: Study<Self>) -> Result<Study<Self>, Error> {
        let target = study.target()?;
        study.asked.so_that = target.written;
        Ok(study)
    }
}

impl Study<Solve> {
    fn target(&self) -> Result<Target, Error> {
        let agreement = &self.one()?.primary().agreement;
        Ok(Target::of(&self.asked.so_that, agreement)?)
    }
}

impl Answers for Solve {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let (scenario, asked) = (study.one()?, &study.asked);
        let base = Base::of(&study.origin, scenario);
        let target = study.target()?;
        if let Some(Trade { keys, .. }) = &asked.trade {
            let [first, second] = keys;
            let found = frontier(&base, first, second.trim(), &target, observer)?;
            return Ok(Answer {
                text: frontier_text(scenario, &found),
                json: frontier_json(scenario, &found),
                tables: vec![frontier_table(scenario, &found)],
                figures: study.drawn(|| frontier_figures(scenario, &found)),
                ..Answer::default()
            });
        }
        let key = asked.key.as_str();
        let between = asked
            .between
            .map(|ends| ends.of(key, scenario))
            .transpose()?;
        let solution = solve(&base, key, &target, between, observer)?;
        Ok(Answer {
            text: solve_text(scenario, &solution),
            json: solve_json(scenario, &solution),
            tables: vec![solve_table(&solution)],
            ..Answer::default()
        })
    }
}

/// Two ends as written, the lower first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Ends {
    /// `20:80`
    Numbers(f64, f64),
    /// `2028-01-01:2029-12-31`
    Dates(Date, Date),
}

impl Ends {
    /// As numbers for a key; dates as days from the start of a scenario's timeline.
    fn of(self, key: &str, scenario: &Scenario) -> Result<(f64, f64), StudyError> {
        let start = scenario.timeline.start();
        let day = |date: Date| f64::from(date.days_since(start));
        match (self, key == "agreement.expiry") {
            (Self::Numbers(low, high), false) => Ok((low, high)),
            (Self::Dates(low, high), true) => Ok((day(low), day(high))),
            (Self::Numbers(..), true) => Err(StudyError::new(
                format!("`{key}` lies between dates, not numbers"),
                "for example --between 2028-01-01:2029-12-31",
            )),
            (Self::Dates(..), false) => Err(StudyError::new(
                format!("`{key}` is not looked for between dates"),
                "write two numbers, the lower first, such as --between 20:80",
            )),
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(low, high) => write!(f, "{low}:{high}"),
            Self::Dates(low, high) => write!(f, "{low}:{high}"),
        }
    }
}

impl From<Ends> for String {
    fn from(ends: Ends) -> Self {
        ends.to_string()
    }
}

impl TryFrom<String> for Ends {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Ends {
    type Err = String;

    /// Reads `20:80` or two dates, the lower first.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number: Option<f64> = text.trim().parse().ok();
            number.filter(|number| number.is_finite())
        };
        let read = text
            .split_once(':')
            .and_then(|(low, high)| match (number(low), number(high)) {
                (Some(low), Some(high)) => (low < high).then_some(Self::Numbers(low, high)),
                _ => {
                    let (low, high) = (Date::parse(low.trim())?, Date::parse(high.trim())?);
                    (low < high).then_some(Self::Dates(low, high))
                }
            });
        read.ok_or_else(|| {
            "write two numbers or two dates, the lower first, such as 20:80".to_owned()
        })
    }
}
