//! Revenue models: parameters and shocks in, revenue per period out. Pure: they
//! know no contract and no source of randomness.

mod bootstrap;
mod conditioned;
mod curve;
mod disaggregate;
mod errors;
mod forecast;
mod futures;
mod gbm;
mod growth;
mod jump;
mod known;
mod segments;
mod shocks;
mod taught;
mod volatility;
mod weighed;

pub use bootstrap::{Bootstrap, History, reference_class};
pub use conditioned::{Beliefs, ConditionError, Conditioned, News, NewsErrors, Reported};
pub use curve::{Curve, Shape};
pub use disaggregate::{DisaggregateError, Total, smooth_between, smooth_months};
pub use errors::{ErrorPart, ErrorTerms, Preserve};
pub use forecast::{Forecast, ForecastError, ForecastPlan, Observed};
pub use futures::{Evidence, FEWEST_FUTURES, FUTURES, Futures, InputBelief, Spread};
pub use gbm::Gbm;
pub use growth::{Growth, GrowthTerms};
pub use jump::Jump;
pub use known::{Known, carry_refunds};
pub use segments::{Segment, Segments};
pub use shocks::Shock;
pub use volatility::Volatility;
pub use weighed::Weighed;

use serde::{Deserialize, Serialize};

use crate::math::{fma, kernel};
use crate::units::{Lanes, Timeline, worded};

worded! {
    /// Where in its period the run rate is observed that gives the period's revenue.
    #[derive(Serialize, Deserialize)]
    pub enum Observe {
        /// At the start: the first period is certain.
        Start = "start",
        /// In the middle.
        Mid = "mid",
        /// At the end.
        End = "end",
    }
}

impl Observe {
    /// The observation times of a timeline's periods, in years from its start.
    pub fn times(self, timeline: &Timeline) -> Vec<f64> {
        let part: f64 = match self {
            Self::Start => 0.0,
            Self::Mid => 0.5,
            Self::End => 1.0,
        };
        let time = |p: &crate::units::Period| fma(part, p.length_years, p.start_years);
        timeline.periods().iter().map(time).collect()
    }
}

/// A revenue model on a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Model {
    /// Geometric Brownian motion of the run rate.
    Gbm(Gbm),
    /// An annual plan with errors around it.
    Forecast(Forecast),
    /// Uncertain growth that returns to a long-run rate.
    Growth(Growth),
    /// Geometric Brownian motion with jumps.
    Jump(Jump),
    /// An S-curve with errors around it.
    Curve(Curve),
    /// Growth drawn from what comparable companies have shown.
    Bootstrap(Bootstrap),
    /// Several segments with a model each.
    Segments(Segments),
    /// Reported revenue, then a model of the rest.
    Known(Known),
    /// A model that has learned from reported figures, exactly.
    Conditioned(Conditioned),
    /// A model that has learned from reported figures by weighing drawn futures.
    Weighed(Weighed),
}

/// How the logarithm of each period's revenue responds to the shocks, at central
/// values of the inputs; what the order of the quasi-random shocks is chosen by.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Revenue of each period without shocks.
    pub revenue: Vec<f64>,
    /// For each period, d ln revenue / d shock, one number for each shock.
    pub by_shock: Vec<Vec<f64>>,
}

impl Model {
    /// What it is, as `check` says it.
    pub fn in_words(&self) -> String {
        match self {
            Self::Forecast(forecast) => match forecast.preserve() {
                Preserve::Mean => "forecast, the plan is the expected revenue".to_owned(),
                Preserve::Median => "forecast, the plan is the median revenue".to_owned(),
            },
            Self::Gbm(_) => "gbm".to_owned(),
            Self::Growth(_) => "growth that returns to a long-run rate".to_owned(),
            Self::Jump(_) => "gbm with jumps".to_owned(),
            Self::Curve(curve) => match curve.shape() {
                Shape::Logistic { .. } => "logistic curve".to_owned(),
                Shape::Bass { .. } => "bass curve".to_owned(),
            },
            Self::Bootstrap(bootstrap) => {
                let choices = bootstrap.choices();
                format!("growth drawn from {choices} stretches of years")
            }
            Self::Segments(segments) => segments.in_words(),
            Self::Known(known) => format!("as reported, then {}", known.model().in_words()),
            Self::Conditioned(conditioned) => given_in_words(
                &conditioned.model().in_words(),
                conditioned.reported().len(),
                None,
            ),
            Self::Weighed(weighed) => given_in_words(
                &weighed.model().in_words(),
                weighed.reported().len(),
                Some(weighed.futures()),
            ),
        }
    }

    /// The number of independent standard normal shocks a path takes.
    pub fn shocks(&self) -> usize {
        match self {
            Self::Gbm(model) => model.shocks(),
            Self::Forecast(model) => model.shocks(),
            Self::Growth(model) => model.shocks(),
            Self::Jump(model) => model.shocks(),
            Self::Curve(model) => model.shocks(),
            Self::Bootstrap(_) => 0,
            Self::Segments(model) => model.shocks(),
            Self::Known(known) => known.model().shocks(),
            Self::Conditioned(model) => model.shocks(),
            Self::Weighed(model) => model.model().shocks(),
        }
    }

    /// Which of the shocks, if any, is the persistent error in growth: one standard
    /// normal that moves all of a path's revenue the same way. Segments have one
    /// each, and figures tie it to the others, so there is no such shock of the whole.
    pub fn growth_error(&self) -> Option<usize> {
        let is_tied = self.given().is_some() || self.weighed().is_some();
        if matches!(self, Self::Segments(_)) || is_tied {
            return None;
        }
        let kinds = self.shock_kinds();
        kinds.iter().position(|k| *k == shocks::Shock::GrowthError)
    }

    /// The number of independent uniform numbers a path takes beside its shocks,
    /// for what is not Gaussian.
    pub fn events(&self) -> usize {
        match self {
            Self::Jump(model) => model.events(),
            Self::Bootstrap(model) => model.events(),
            Self::Segments(model) => model.events(),
            Self::Known(known) => known.model().events(),
            // One more says which of the futures.
            Self::Weighed(model) => model.model().events() + 1,
            Self::Gbm(_)
            | Self::Forecast(_)
            | Self::Growth(_)
            | Self::Curve(_)
            | Self::Conditioned(_) => 0,
        }
    }

    /// The coordinates that [events](Self::place_events) can be made of, the most important
    /// first; 0 where there are no events, or none can be told apart so.
    pub fn event_coordinates(&self) -> usize {
        match self {
            Self::Jump(model) => model.coordinates(),
            Self::Known(known) => known.model().event_coordinates(),
            _ => 0,
        }
    }

    /// Whether all that it draws can be drawn by coordinates.
    pub fn draws_by_coordinates(&self) -> bool {
        self.events() == 0 || self.event_coordinates() > 0
    }

    /// Makes events of [coordinates](Self::event_coordinates), uniform numbers in (0, 1).
    pub fn place_events(&self, inputs: &[Lanes], coordinates: &[Lanes], events: &mut [Lanes]) {
        if let Self::Jump(jump) = self.rest() {
            place_jumps(jump, inputs, coordinates, events);
        }
    }

    /// How many of the first events decide revenue of so many periods, and of how many
    /// periods these then leave nothing to other events: of all without any.
    fn events_through(&self, periods: usize) -> (usize, usize) {
        match self {
            Self::Jump(model) => (model.events_through(periods), periods),
            Self::Bootstrap(model) => model.events_through(periods),
            _ => (0, usize::MAX),
        }
    }

    /// All the numbers a path takes: its shocks, then its events.
    pub fn draws(&self) -> usize {
        self.shocks() + self.events()
    }

    /// The segments' names; none where revenue is not divided.
    pub fn segments(&self) -> &[String] {
        match self {
            Self::Segments(model) => model.names(),
            _ => &[],
        }
    }

    /// The rows that [`generate`](Self::generate) works in on a timeline of so many
    /// periods: the total of each period, the periods of each segment, and what it
    /// needs besides.
    pub fn rows(&self, periods: usize) -> usize {
        match self {
            Self::Segments(model) => periods * (1 + model.names().len()) + model.scratch(),
            _ => periods + self.scratch(),
        }
    }

    /// The model of what follows the past.
    fn rest(&self) -> &Self {
        match self {
            Self::Known(known) => known.model(),
            _ => self,
        }
    }

    /// The parts of the errors of a model without uncertain inputs at a period; of one
    /// whose errors have no parts, its deviation as a whole.
    fn error_parts(&self, period: usize) -> Vec<(ErrorPart, Vec<f64>)> {
        match self {
            Self::Forecast(forecast) => forecast.parts(period),
            Self::Curve(curve) => curve.parts(period),
            other => {
                let row = other.response(&[]).by_shock.swap_remove(period);
                vec![(ErrorPart::Deviation, row)]
            }
        }
    }

    /// The figures that a model of undivided revenue has learned from exactly, if any.
    fn given(&self) -> Option<&Conditioned> {
        match self.rest() {
            Self::Conditioned(conditioned) => Some(conditioned),
            _ => None,
        }
    }

    /// What is known of the errors of a model that has learned exactly.
    pub fn beliefs(&self) -> Option<Beliefs> {
        match self {
            Self::Segments(model) => model.beliefs(),
            _ => self.given().map(Conditioned::beliefs),
        }
    }

    /// The futures that it has weighed, where it has learned so.
    pub fn weighed(&self) -> Option<&Futures> {
        match self.rest() {
            Self::Weighed(weighed) => Some(weighed.futures()),
            Self::Segments(model) => model.taught()?.futures(),
            _ => None,
        }
    }

    /// The figures that it has learned from, and what each said; none where it has not.
    pub fn learned_from(&self) -> (&[Reported], &[News]) {
        match self.rest() {
            Self::Conditioned(given) => (given.reported(), given.news()),
            Self::Weighed(weighed) => (weighed.reported(), weighed.news()),
            Self::Segments(model) => model
                .taught()
                .map_or((&[], &[]), |taught| (&taught.reported, &taught.news)),
            _ => (&[], &[]),
        }
    }

    /// What the figures that it has learned from say of it as a whole; `None` where there
    /// are none.
    pub fn evidence(&self) -> Option<Evidence> {
        match self.rest() {
            Self::Conditioned(given) => Some(given.evidence()),
            Self::Weighed(weighed) => Some(weighed.futures().evidence()),
            Self::Segments(model) => Some(model.taught()?.evidence()),
            _ => None,
        }
    }

    /// Puts what figures say of uncertain inputs in the place of what was drawn of them.
    /// Replicate `r` of so many takes futures of its own, so that the spread of replicates
    /// has the error of drawing them. `draws` are those of [`generate`](Self::generate),
    /// whose last row is narrowed to the replicate's futures.
    pub fn place(&self, replicate: (u32, u32), inputs: &mut [Lanes], draws: &mut [Lanes]) {
        if let (Some(weighed), Some(choice)) = (self.weighed(), draws.last_mut()) {
            place_future(weighed, replicate, inputs, choice);
        }
    }

    /// Rows beside those of revenue that a model of undivided revenue works in.
    fn scratch(&self) -> usize {
        match self.rest() {
            Self::Weighed(weighed) => weighed.scratch(),
            Self::Conditioned(given) => given.shocks(),
            _ => 0,
        }
    }

    /// Fills `revenue[k]` with the revenue of period *k* on each path of a row,
    /// and, with segments, `revenue[(1 + s)·periods + k]` with that of segment *s*.
    ///
    /// `inputs` are the drawn uncertain inputs, `draws` standard normals for the
    /// shocks, then uniform numbers in (0, 1) for the events. `revenue` has
    /// [`rows`](Self::rows) rows.
    pub fn generate(&self, inputs: &[Lanes], draws: &[Lanes], revenue: &mut [Lanes]) {
        generate(self, inputs, draws, revenue);
    }

    /// Takes what has been refunded beyond what was sold off the periods that follow.
    #[inline(always)]
    fn refund(&self, rest: &mut [Lanes]) {
        if let Self::Known(known) = self {
            known.refund(rest);
        }
    }

    /// What has been refunded beyond what was sold, in all, and is taken off the revenue
    /// that follows.
    pub fn refunds(&self) -> f64 {
        match self {
            Self::Known(known) => known.refunds(),
            Self::Segments(model) => model.models().iter().map(Self::refunds).sum(),
            _ => 0.0,
        }
    }

    /// Fills the periods that have happened, if any have; the model of the others
    /// and their rows.
    #[inline(always)]
    fn after_past<'r>(&self, revenue: &'r mut [Lanes]) -> (&Self, &'r mut [Lanes]) {
        match self {
            Self::Known(known) => {
                let rest = known.fill(revenue);
                (known.model(), rest)
            }
            _ => (self, revenue),
        }
    }

    /// Fills the periods of a model that has no segments.
    fn generate_alone(
        &self,
        inputs: &[Lanes],
        shocks: &[Lanes],
        events: &[Lanes],
        revenue: &mut [Lanes],
    ) {
        generate_alone(self, inputs, shocks, events, revenue);
    }

    /// What each of the shocks moves, periods counted from the timeline's first; `None`
    /// where revenue is in segments whose shocks are correlated or tied by figures.
    pub fn kinds_of_shocks(&self) -> Option<Vec<Shock>> {
        match self {
            Self::Segments(model) if model.is_tied() => None,
            Self::Segments(model) => {
                let kinds = model.models().iter().map(Self::kinds_of_shocks);
                kinds
                    .collect::<Option<Vec<_>>>()
                    .map(|kinds| kinds.concat())
            }
            Self::Known(known) => {
                let kinds = known.model().shock_kinds().into_iter();
                Some(kinds.map(|kind| kind.after(known.past().len())).collect())
            }
            _ => Some(self.shock_kinds()),
        }
    }

    fn shock_kinds(&self) -> Vec<shocks::Shock> {
        match self {
            Self::Gbm(model) => model.shock_kinds(),
            Self::Forecast(model) => model.shock_kinds(),
            Self::Growth(model) => model.shock_kinds(),
            Self::Jump(model) => model.shock_kinds(),
            Self::Curve(model) => model.shock_kinds(),
            Self::Bootstrap(_) => Vec::new(),
            Self::Known(known) => known.model().shock_kinds(),
            Self::Conditioned(given) => given.model().shock_kinds(),
            Self::Weighed(given) => given.model().shock_kinds(),
            Self::Segments(_) => unreachable!("a segment has no segments of its own"),
        }
    }

    /// The response to the shocks where every input takes the value given.
    pub fn response(&self, inputs: &[f64]) -> Response {
        match self {
            Self::Gbm(model) => model.response(inputs),
            Self::Forecast(model) => model.response(inputs),
            Self::Growth(model) => model.response(inputs),
            Self::Jump(model) => model.response(inputs),
            Self::Curve(model) => model.response(inputs),
            Self::Bootstrap(model) => model.response(inputs),
            Self::Segments(model) => model.response(inputs),
            Self::Known(known) => known.response(inputs),
            Self::Conditioned(model) => model.response(),
            Self::Weighed(model) => model.response(),
        }
    }

    /// The expected revenue of each period where every input takes the value given.
    pub fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        match self {
            Self::Gbm(model) => model.expected(inputs),
            Self::Forecast(model) => model.expected(inputs),
            Self::Growth(model) => model.expected(inputs),
            Self::Jump(model) => model.expected(inputs),
            Self::Curve(model) => model.expected(inputs),
            Self::Bootstrap(model) => model.expected(inputs),
            Self::Segments(model) => model.expected(inputs),
            Self::Known(known) => known.expected(inputs),
            Self::Conditioned(model) => model.expected(),
            Self::Weighed(model) => model.expected().to_vec(),
        }
    }

    /// The expected revenue of each period of each segment; of the whole where it
    /// is not divided.
    pub fn expected_by_segment(&self, inputs: &[f64]) -> Vec<Vec<f64>> {
        match self {
            Self::Segments(model) => model.expected_of_each(inputs),
            _ => vec![self.expected(inputs)],
        }
    }
}

// What models have in common is compiled once, each of them once in `generate_alone`.
kernel! {
    fn generate(model: &Model, inputs: &[Lanes], draws: &[Lanes], revenue: &mut [Lanes]) {
        if let Model::Segments(model) = model {
            return model.generate(inputs, draws, revenue);
        }
        let (shocks, events) = draws.split_at(model.shocks());
        let (alone, rest) = model.after_past(revenue);
        let (rest, scratch) = rest.split_at_mut(rest.len() - alone.scratch());
        if let Model::Weighed(weighed) = alone {
            return weighed.generate(inputs, (shocks, events), rest, scratch);
        }
        let given = alone.given();
        let (alone, shocks) = match given {
            Some(given) => {
                given.place(shocks, scratch);
                (given.model(), &*scratch)
            }
            None => (alone, shocks),
        };
        alone.generate_alone(inputs, shocks, events, rest);
        if let Some(given) = given {
            given.pin(rest);
        }
        model.refund(rest);
    }
}

kernel! {
    fn generate_alone(
        model: &Model,
        inputs: &[Lanes],
        shocks: &[Lanes],
        events: &[Lanes],
        revenue: &mut [Lanes],
    ) {
        match model {
            Model::Gbm(model) => model.generate(inputs, shocks, revenue),
            Model::Forecast(model) => model.generate(inputs, shocks, revenue),
            Model::Growth(model) => model.generate(inputs, shocks, revenue),
            Model::Jump(model) => model.generate(inputs, shocks, events, revenue),
            Model::Curve(model) => model.generate(inputs, shocks, revenue),
            Model::Bootstrap(model) => model.generate(inputs, events, revenue),
            Model::Segments(_) | Model::Known(_) | Model::Conditioned(_) | Model::Weighed(_) => {
                unreachable!("a model inside another is plain")
            }
        }
    }
}

kernel! {
    fn place_jumps(jump: &Jump, inputs: &[Lanes], coordinates: &[Lanes], events: &mut [Lanes]) {
        jump.place(inputs, coordinates, events);
    }
}

kernel! {
    fn place_future(
        futures: &Futures,
        replicate: (u32, u32),
        inputs: &mut [Lanes],
        choice: &mut Lanes,
    ) {
        futures.narrow(replicate, choice);
        futures.place_inputs(choice, inputs);
    }
}

/// A model in words, with the figures that it has learned from and, where it weighs them, the
/// futures that they leave.
fn given_in_words(model: &str, figures: usize, futures: Option<&Futures>) -> String {
    let (figures, leave) = match figures {
        1 => ("a reported figure".to_owned(), "leaves"),
        count => (format!("{count} reported figures"), "leave"),
    };
    let Some(futures) = futures else {
        return format!("{model}, given {figures}");
    };
    let effective = futures.effective();
    format!("{model}, given {figures}, which {leave} {effective:.0} of {FUTURES} drawn futures")
}

/// The square roots of the times between observations, with 0 where two fall
/// together: the standard deviations of a Brownian motion's increments.
fn increment_deviations(times: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    times
        .iter()
        .map(|&time| {
            let step: f64 = time - before;
            before = time;
            step.max(0.0).sqrt()
        })
        .collect()
}

/// The response of ln revenue to a Brownian motion's shocks: `volatility` times
/// the deviation of each increment up to the period, one column for each
/// increment that is not zero.
fn brownian_response(deviations: &[f64], volatility: f64) -> Vec<Vec<f64>> {
    let columns: Vec<usize> = (0..deviations.len())
        .filter(|&j| deviations[j] > 0.0)
        .collect();
    (0..deviations.len())
        .map(|k| {
            columns
                .iter()
                .map(|&j| {
                    if j <= k {
                        volatility * deviations[j]
                    } else {
                        0.0
                    }
                })
                .collect()
        })
        .collect()
}
