//! The one error of this library.

use std::path::PathBuf;

use crate::report::CsvError;
use crate::scenario::{Located, Problems};
use crate::simulate::{Cancelled, ExpiryError, PartError, PortfolioError, SealError};
use crate::study::{OutOfReach, Step, StudyError};
use crate::units::Date;

const DAY: &str = "choose a day of the timeline";
const AS_CSV: &str = "leave it out: its tables are the CSV files";
const BUILD: &str = "build it with the feature";

/// Why what was asked of the library has no result.
///
/// Shown, it is what the program prints: of a scenario every problem with file, line,
/// column, the text marked, what is permitted and what to try. What it is about is
/// told by its kind and by [`line`](Self::line), [`column`](Self::column),
/// [`key`](Self::key), [`range`](Self::range) and [`hint`](Self::hint), never by its
/// words.
///
/// ```
/// use capbind::Error;
/// use capbind::scenario::{Scenario, shipped};
///
/// let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
/// let changed = ["agreement.share=1.4".to_owned()];
/// let error = Scenario::parse("royalty.toml", "royalty", text, &changed).unwrap_err();
/// assert!(matches!(error, Error::Invalid(_)));
/// assert_eq!(error.key().as_deref(), Some("agreement.share"));
/// assert_eq!((error.line(), error.column()), (Some(1), Some(17)));
/// assert!(error.range().unwrap().starts_with("0 to 1"));
/// assert!(error.to_string().contains("^^^"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A scenario is read but says something that is not permitted.
    #[error("{}", .0.render(false))]
    Invalid(Box<Problems>),
    /// A file cannot be read as text.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not and what to try.
        reason: String,
    },
    /// A study cannot be asked this.
    #[error("{}\n  try: {}", .0.message, .0.hint)]
    Question(#[from] StudyError),
    /// No value of a key brings a statistic to its target.
    #[error(transparent)]
    Unreachable(#[from] Box<OutOfReach>),
    /// A statistic is on one side of its target up to a value of a key and on the other
    /// beyond it.
    #[error(transparent)]
    SteppedOver(#[from] Box<Step>),
    /// A date is not on the timeline.
    #[error("{date} lies outside the timeline, {first} to {last}\n  try: {DAY}")]
    OffTimeline {
        /// That date.
        date: Date,
        /// The first day of the timeline.
        first: Date,
        /// The last.
        last: Date,
    },
    /// Its observer stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Parts do not make a run.
    #[error(transparent)]
    Parts(#[from] PartError),
    /// Bytes are not what they are taken for.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// A table cannot be written.
    #[error("cannot write {0}")]
    Table(#[from] CsvError),
    /// A chart cannot be drawn.
    #[error("cannot draw the chart {name}: {reason}")]
    Chart {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// Tables cannot be written in a format.
    #[error("cannot make the {format}: {reason}\n  try: {AS_CSV}")]
    Format {
        /// The format, or its file.
        format: &'static str,
        /// Why not.
        reason: String,
    },
    /// This build cannot do it.
    #[error("this build of capbind makes no {what}\n  try: {BUILD} {feature}")]
    NotBuilt {
        /// What it cannot make.
        what: &'static str,
        /// The feature that can.
        feature: &'static str,
    },
}

impl From<PortfolioError> for Error {
    fn from(error: PortfolioError) -> Self {
        match error {
            PortfolioError::Parts(error) => error.into(),
            PortfolioError::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

impl From<ExpiryError> for Error {
    fn from(error: ExpiryError) -> Self {
        match error {
            ExpiryError::OffTimeline { date, first, last } => {
                Self::OffTimeline { date, first, last }
            }
            ExpiryError::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

impl Error {
    /// The problems of a scenario, each with its place.
    pub fn problems(&self) -> impl Iterator<Item = Located<'_>> {
        let problems = match self {
            Self::Invalid(problems) => Some(problems),
            _ => None,
        };
        problems.into_iter().flat_map(|all| all.located())
    }

    /// The line of the first problem, counted from 1.
    pub fn line(&self) -> Option<usize> {
        Some(self.problems().next()?.line())
    }

    /// The column of the first problem, in characters counted from 1.
    pub fn column(&self) -> Option<usize> {
        Some(self.problems().next()?.column())
    }

    /// The dotted key that the first problem is about.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Unreachable(reached) => Some(reached.key.clone()),
            Self::SteppedOver(step) => Some(step.key.clone()),
            other => other.problems().next()?.key(),
        }
    }

    /// What is permitted there, in words.
    pub fn range(&self) -> Option<String> {
        match self {
            Self::OffTimeline { first, last, .. } => Some(format!("{first} to {last}")),
            other => Some(other.problems().next()?.range()?.to_owned()),
        }
    }

    /// What to try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Question(question) => Some(question.hint.clone()),
            Self::OffTimeline { .. } => Some(DAY.to_owned()),
            Self::NotBuilt { feature, .. } => Some(format!("{BUILD} {feature}")),
            Self::Format { .. } => Some(AS_CSV.to_owned()),
            other => Some(other.problems().next()?.hint()?.to_owned()),
        }
    }
}
