//! What a figure shows, as values: built from the results, asserted on by
//! tests, and only then drawn.

use crate::units::{Date, Money, Step};

/// The words around a figure. All may be long: they are wrapped.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The finding, in a sentence.
    pub title: String,
    /// Its scope: of which agreement, over which dates.
    pub subtitle: String,
    /// Where the figures come from; empty where nothing is said.
    pub sources: String,
    /// What makes them again: version, paths, sampler and seed.
    pub run: String,
}

/// A date worth a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestone {
    /// The date marked.
    pub date: Date,
    /// What happens then.
    pub label: String,
}

/// Percentiles of a quantity against time.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// Title, answer, footer.
    pub frame: Frame,
    /// What the vertical axis measures, without the unit: `Revenue per month`.
    pub quantity: String,
    /// How amounts are written.
    pub money: Money,
    /// The first day of what the first point is of.
    pub start: Date,
    /// The dates of the points, ascending.
    pub dates: Vec<Date>,
    /// Where a value stands.
    pub stands: Stands,
    /// One curve per percentile asked for, ascending by percentile.
    pub percentiles: Vec<PercentileCurve>,
    /// The mean at each date.
    pub mean: Vec<f64>,
    /// What was reported, before and at the start of the dates.
    pub reported: Vec<Reported>,
    /// A reference curve over the same dates, such as the plan.
    pub reference: Option<Curve>,
    /// A horizontal line, such as the cap.
    pub level: Option<Level>,
    /// Where the line lay before: the last day of each earlier level, and the level.
    pub earlier: Vec<(Date, f64)>,
    /// Dates to mark. Those outside the dates shown are noted at the edge.
    pub milestones: Vec<Milestone>,
    /// Curves of other cases, to compare with the median.
    pub ghosts: Vec<Ghost>,
}

/// Where the values of a fan stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// At their dates: what there is by then.
    AtDates,
    /// In the middle of the days since the date before, which they are of.
    InMiddle,
    /// Over all days since the date before, as a step.
    OverAll,
}

/// A curve of another case over dates of its own: amounts in a fan, the probability of an
/// end by then in a binding chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Ghost {
    /// Its direct label.
    pub label: String,
    /// Its points, ascending by date.
    pub points: Vec<(Date, f64)>,
}

/// What was reported for a stretch of days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reported {
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    /// The figure, per period of the fan.
    pub value: f64,
}

/// A percentile at each date of a fan.
#[derive(Clone, Debug, PartialEq)]
pub struct PercentileCurve {
    /// In percent, strictly between 0 and 100.
    pub percentile: f64,
    /// One value per date.
    pub values: Vec<f64>,
}

/// A named curve over the dates of a fan.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its direct label.
    pub label: String,
    /// One value per date.
    pub values: Vec<f64>,
}

/// A named horizontal line.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its direct label.
    pub label: String,
    /// Where it lies.
    pub value: f64,
}

/// When the cap binds, or when sharing ends and by what.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Title, answer, footer.
    pub frame: Frame,
    /// What one bar covers.
    pub bar_span: Step,
    /// The probability that the cap binds, or that sharing ends before its date, in
    /// each bar's dates, in order of time, without gaps.
    pub bars: Vec<BindingBar>,
    /// What ends sharing before its date: at most five causes, which divide every bar;
    /// none where the bars are of the cap alone.
    pub causes: Vec<Cause>,
    /// The probability that it does not happen at all: bars and this add up to 1.
    pub not_reached: f64,
    /// The binding date not exceeded with each percentile asked for, in percent;
    /// `None` where that quantile is not reached.
    pub quantiles: Vec<(f64, Option<Date>)>,
    /// Dates to mark. Those outside the dates shown are noted at the edge.
    pub milestones: Vec<Milestone>,
    /// Cumulative curves of other cases.
    pub ghosts: Vec<Ghost>,
}

/// One cause of an end of sharing.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What ends it: `the cap`, `default`.
    pub label: String,
    /// The probability of each bar that is its.
    pub probabilities: Vec<f64>,
}

/// One bar of a binding chart.
#[derive(Clone, Debug, PartialEq)]
pub struct BindingBar {
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// Probability that the cap binds on one of these days.
    pub probability: f64,
    /// Probability that it binds on or before the last day.
    pub cumulative: f64,
}

/// How the total paid is distributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// Title, answer, footer.
    pub frame: Frame,
    /// What the horizontal axis measures, without the unit: `Total paid`.
    pub quantity: String,
    /// How amounts are written.
    pub money: Money,
    /// Adjacent bins of equal width, ascending. They leave out the mass at `at_cap`.
    pub bins: Vec<Bin>,
    /// The probability of paying exactly the cap, where there is one fixed cap.
    pub at_cap: Option<CapMass>,
    /// The expected total.
    pub mean: f64,
    /// Percentiles asked for: percent and value.
    pub percentiles: Vec<(f64, f64)>,
}

/// One bin of a distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Probability of the bin.
    pub probability: f64,
}

/// The mass of a distribution at the cap.
#[derive(Clone, Debug, PartialEq)]
pub struct CapMass {
    /// The cap (less what was paid before).
    pub value: f64,
    /// The probability of paying just that.
    pub probability: f64,
    /// Whether a part of the cap was paid before.
    pub in_part: bool,
}

/// How the errors of estimates fall as paths are added.
#[derive(Clone, Debug, PartialEq)]
pub struct Convergence {
    /// Title, answer, footer.
    pub frame: Frame,
    /// How amounts are written.
    pub money: Money,
    /// One panel for each quantity.
    pub panels: Vec<ConvergencePanel>,
}

/// One quantity's estimates against the number of paths.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvergencePanel {
    /// What is estimated, without the unit: `Total paid`.
    pub quantity: String,
    /// Whether it is a probability; an amount of money otherwise.
    pub is_probability: bool,
    /// The run's own estimates first, then those it is compared with.
    pub series: Vec<ConvergenceSeries>,
}

/// The estimates of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvergenceSeries {
    /// Their kind: `smooth`.
    pub name: &'static str,
    /// The estimates, ascending by paths; the number doubles from each to the next.
    pub steps: Vec<ConvergenceStep>,
}

/// One estimate on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvergenceStep {
    /// Paths so far.
    pub paths: u64,
    /// The estimate.
    pub mean: f64,
    /// Its standard error.
    pub std_error: f64,
}

/// What happens when: the agreements' dates over calendar and fiscal years.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// Title, scope, sources.
    pub frame: Frame,
    /// One bar for each agreement.
    pub rows: Vec<StripRow>,
    /// Dates to mark; the axis reaches to all of them.
    pub milestones: Vec<Milestone>,
    /// The last month of fiscal years, 1 to 12, where they are reported.
    pub fiscal_year_ends: Option<i8>,
}

/// An agreement on a strip.
#[derive(Clone, Debug, PartialEq)]
pub struct StripRow {
    /// What the bar is of: `OpenAI pays Microsoft`.
    pub label: String,
    /// Effective date.
    pub from: Date,
    /// Expiry.
    pub to: Date,
    /// Whether there is a cap at all.
    pub is_capped: bool,
    /// Whether more than the cap can end it before its expiry.
    pub by_any: bool,
    /// Percent and the date by which, with that probability, the cap is reached, or,
    /// where more can end it, sharing has ended; `None` where it is not so often
    /// before the expiry.
    pub ends: Vec<(f64, Option<Date>)>,
}
