//! Segments that have learned from reported figures: of one of them, or of all together.

use serde::{Deserialize, Serialize};

use super::conditioned::{Beliefs, ConditionError, Learned, News, Reported, Sight};
use super::futures::{Evidence, FUTURES, Future, FutureTally, Futures, Random};
use super::{ErrorPart, Model, Segments};
use crate::math::{dot, exp, inverse_normal_cdf_from_bits, ln, solve};
use crate::units::{Input, LANES, Lanes};

/// Steps of Newton's method at most; three or four are usual.
const MOST_STEPS: usize = 60;
/// Figures are met when their logarithms are this near.
const MET: f64 = 1e-13;
/// The longest step, in standard deviations.
const LONGEST_STEP: f64 = 20.0;
/// A figure that moves less than this of its row beside those before it says nothing new.
const ALONGSIDE: f64 = 1e-7;

/// What segments have learned.
///
/// The logarithm of one segment's revenue is linear in the shocks that are drawn, however
/// segments are correlated, so that figures of segments condition them exactly, as
/// [`Conditioned`](super::Conditioned) says. The logarithm of a sum of segments is not
/// linear. With *u* the directions in which figures move the shocks *z* to first order, and
/// the errors of figures among them, each of [`FUTURES`] draws keeps what is orthogonal to
/// them, and moves along them, `z + Σ tᵢuᵢ`, to where the figures are met exactly; it
/// weighs their density there, `φ(t)/|∂ ln F/∂t|`. The nearer the logarithm of the sum is
/// to linear, the more alike are the weights. Uncertain inputs and events are drawn as for
/// [`Weighed`](super::Weighed).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Taught {
    pub reported: Vec<Reported>,
    pub news: Vec<News>,
    pub way: Way,
}

/// How segments have learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Way {
    /// By conditioning normal shocks.
    Exact {
        learned: Learned,
        /// Revenue of periods after the past that was reported without an error, by
        /// segment.
        past: Vec<(usize, usize, f64)>,
        /// Logarithm of the density of the figures.
        log_density: f64,
    },
    /// By weighing drawn futures; with the expected revenue of each period of each segment
    /// given the figures.
    Weighed {
        futures: Futures,
        expected: Vec<Vec<f64>>,
    },
}

impl Taught {
    /// What the figures say of the model as a whole.
    pub fn evidence(&self) -> Evidence {
        match &self.way {
            Way::Exact { log_density, .. } => Evidence {
                log_density: *log_density,
                relative_error: 0.0,
            },
            Way::Weighed { futures, .. } => futures.evidence(),
        }
    }

    /// The futures that it has weighed.
    pub fn futures(&self) -> Option<&Futures> {
        match &self.way {
            Way::Exact { .. } => None,
            Way::Weighed { futures, .. } => Some(futures),
        }
    }

    /// How a sum of shocks depends on new ones.
    pub fn moved_by(&self, mut row: Vec<f64>) -> Vec<f64> {
        match &self.way {
            Way::Exact { learned, .. } => learned.seen(&row),
            Way::Weighed { futures, .. } => {
                futures.support.iter().for_each(|s| row[*s] = 0.0);
                row
            }
        }
    }

    /// Rows that [`place`](Self::place) works in, of so many shocks and events, the choice of
    /// a future among them.
    pub fn scratch(&self, shocks: usize, events: usize) -> usize {
        match &self.way {
            Way::Exact { .. } => shocks,
            Way::Weighed { futures, .. } => futures.inputs + shocks + events - 1,
        }
    }

    /// The inputs, shocks and events of each path given the figures, in rows of scratch;
    /// the last event chooses a future.
    #[inline(always)]
    pub fn place<'r>(
        &self,
        inputs: &'r [Lanes],
        (shocks, events): (&[Lanes], &'r [Lanes]),
        scratch: &'r mut [Lanes],
    ) -> (&'r [Lanes], &'r [Lanes], &'r [Lanes]) {
        match &self.way {
            Way::Exact { learned, .. } => {
                learned.place(shocks, scratch);
                (inputs, scratch, events)
            }
            Way::Weighed { futures, .. } => {
                let (events, choice) = events.split_at(events.len() - 1);
                let (own_inputs, rest) = scratch.split_at_mut(futures.inputs);
                let (own_shocks, own_events) = rest.split_at_mut(shocks.len());
                own_inputs.copy_from_slice(&inputs[..futures.inputs]);
                own_shocks.copy_from_slice(shocks);
                own_events.copy_from_slice(events);
                futures.place(&choice[0], own_inputs, own_shocks, own_events);
                (own_inputs, own_shocks, own_events)
            }
        }
    }
}

/// How each period of each segment moves by the shocks that are drawn, and what it is
/// expected to be, at values of the inputs; periods after the past.
struct Seen {
    loadings: Vec<Vec<Vec<f64>>>,
    expected: Vec<Vec<f64>>,
}

/// A period of a segment in a figure.
type Cell = (usize, usize);

impl Segments {
    /// Segments given figures, exactly where each is of one segment whose log revenue is
    /// linear in normal shocks, else by weighing futures; `inputs` are all that are drawn,
    /// the models on a timeline of `periods` after what has happened.
    ///
    /// # Errors
    /// See [`ConditionError`].
    pub fn given(
        mut self,
        periods: usize,
        mut reported: Vec<Reported>,
        inputs: &[Input],
    ) -> Result<Self, ConditionError> {
        use Model::{Curve, Forecast, Gbm, Growth};
        reported.sort_by_key(|figure| (figure.periods.start, figure.segment));
        let is_linear = |figure: &Reported| {
            let rest = figure.segment.map(|s| self.models()[s].rest());
            rest.is_some_and(|model| matches!(model, Gbm(_) | Forecast(_) | Growth(_) | Curve(_)))
        };
        let takes_inputs = !super::futures::taken(inputs).is_empty();
        let taught = match !takes_inputs && reported.iter().all(is_linear) {
            true => self.conditioned(reported)?,
            false => self.weighed(periods, reported, inputs)?,
        };
        self.taught = Some(Box::new(taught));
        Ok(self)
    }

    fn seen(&self, inputs: &[f64]) -> Seen {
        let mut offset = 0;
        let (mut loadings, mut expected) = (Vec::new(), Vec::new());
        for model in self.models() {
            let model = model.rest();
            let rows = model.response(inputs).by_shock.into_iter();
            loadings.push(rows.map(|row| self.drawn(&row, offset)).collect());
            expected.push(model.expected(inputs));
            offset += model.shocks();
        }
        Seen { loadings, expected }
    }

    /// A sum of a segment's shocks, the first of them at `offset`, as one of those drawn.
    pub(super) fn drawn(&self, row: &[f64], offset: usize) -> Vec<f64> {
        let mut all = vec![0.0; self.shocks()];
        all[offset..offset + row.len()].copy_from_slice(row);
        self.unmixed(&all)
    }

    /// The parts of each segment's errors at a period, in the shocks that are drawn.
    fn parts(&self, period: usize) -> Vec<(usize, ErrorPart, Vec<f64>)> {
        let mut offset = 0;
        let mut all = Vec::new();
        for (s, model) in self.models().iter().enumerate() {
            let model = model.rest();
            let parts = model.error_parts(period).into_iter();
            all.extend(parts.map(|(part, row)| (s, part, self.drawn(&row, offset))));
            offset += model.shocks();
        }
        all
    }

    fn cells(&self, figure: &Reported) -> Vec<Cell> {
        let segments = match figure.segment {
            Some(segment) => segment..segment + 1,
            None => 0..self.models().len(),
        };
        segments
            .flat_map(|s| figure.periods.clone().map(move |k| (s, k)))
            .collect()
    }

    fn conditioned(&self, reported: Vec<Reported>) -> Result<Taught, ConditionError> {
        let seen = self.seen(&[]);
        let mut learned = Learned::nothing(self.shocks());
        let (mut news, mut past, mut log_density) = (Vec::new(), Vec::new(), 0.0);
        for (i, figure) in reported.iter().enumerate() {
            let segment = figure.segment.unwrap_or(0);
            let periods = figure.periods.clone();
            let sight = Sight::of(
                figure,
                &seen.expected[segment][periods.clone()],
                &seen.loadings[segment][periods.clone()],
            );
            if sight.row.iter().all(|h| *h == 0.0) {
                return Err(ConditionError::Certain(i));
            }
            log_density += learned.learn(&sight);
            news.push(sight.news);
            if figure.error == 0.0 {
                let months = periods.zip(&sight.weights);
                past.extend(months.map(|(k, weight)| (segment, k, figure.revenue * weight)));
            }
        }
        Ok(Taught {
            reported,
            news,
            way: Way::Exact {
                learned,
                past,
                log_density,
            },
        })
    }

    /// What is known of each segment's errors at the last reported period; `None` where
    /// nothing has been learned, or by weighing.
    pub(super) fn beliefs(&self) -> Option<Beliefs> {
        let taught = self.taught.as_ref()?;
        let Way::Exact { learned, .. } = &taught.way else {
            return None;
        };
        let end = taught.reported.iter().map(|f| f.periods.end).max()?;
        let parts = self.parts(end - 1).into_iter();
        let parts = parts.map(|(s, part, row)| (Some(self.names()[s].clone()), part, row));
        Some(learned.beliefs(parts.collect()))
    }

    fn weighed(
        &self,
        periods: usize,
        reported: Vec<Reported>,
        inputs: &[Input],
    ) -> Result<Taught, ConditionError> {
        let end = reported.iter().map(|f| f.periods.end).max().unwrap_or(0);
        let mut settled = Vec::new();
        let mut offset = 0;
        for model in self.models() {
            settled.extend((0..model.rest().events_through(end).0).map(|i| offset + i));
            offset += model.events();
        }
        let mut futures = Futures::none(inputs, settled, true);
        let mut study = Drawing {
            segments: self,
            periods,
            reported: &reported,
            end,
            // What is known of errors whose sizes are known.
            parts: match futures.taken.is_empty() {
                true => self.parts(end - 1),
                false => Vec::new(),
            },
        };
        let drawn = study.draw(&mut futures, inputs)?;
        let name = |(s, part, _): &(usize, ErrorPart, Vec<f64>)| {
            format!("{}.{}", self.names()[*s], part.word())
        };
        let named: Vec<String> = study.parts.iter().map(name).collect();
        let weights = futures.weigh(drawn, inputs, &named)?;
        let expected = weights.expected.chunks_exact(periods);
        Ok(Taught {
            way: Way::Weighed {
                expected: expected.map(<[f64]>::to_vec).collect(),
                futures,
            },
            news: weights.news,
            reported,
        })
    }
}

/// Futures of segments as they are drawn.
struct Drawing<'a> {
    segments: &'a Segments,
    periods: usize,
    reported: &'a [Reported],
    end: usize,
    parts: Vec<(usize, ErrorPart, Vec<f64>)>,
}

/// A sum of shocks among which figures move some.
struct MovedSum {
    /// The weights of those.
    moved: Vec<f64>,
    /// The variance of the sum.
    variance: f64,
    /// The variance of what figures leave of it.
    rest: f64,
}

impl MovedSum {
    fn of(row: &[f64], support: &[usize]) -> Self {
        let moved: Vec<f64> = support.iter().map(|s| row[*s]).collect();
        let variance = dot(row, row);
        Self {
            rest: (variance - dot(&moved, &moved)).max(0.0),
            variance,
            moved,
        }
    }
}

/// What has been seen of each period of each segment, by the shocks that figures move.
struct Reduced {
    rows: Vec<Vec<MovedSum>>,
    expected: Vec<Vec<f64>>,
    /// Of the errors that are known of.
    parts: Vec<MovedSum>,
}

impl Reduced {
    fn of(seen: Seen, drawing: &Drawing<'_>, support: &[usize]) -> Self {
        let rows =
            |rows: &Vec<Vec<f64>>| rows.iter().map(|row| MovedSum::of(row, support)).collect();
        let parts = drawing.parts.iter();
        Self {
            rows: seen.loadings.iter().map(rows).collect(),
            expected: seen.expected,
            parts: parts.map(|(.., row)| MovedSum::of(row, support)).collect(),
        }
    }
}

impl Drawing<'_> {
    fn draw(
        &mut self,
        futures: &mut Futures,
        inputs: &[Input],
    ) -> Result<FutureTally, ConditionError> {
        let mut random = Random(0x0f1b_a11e_d5ca_1e5d);
        let mut drawn = FutureTally::default();
        let segments = self.segments;
        let mut events = vec![[0.5; LANES]; segments.models().iter().map(Model::events).sum()];
        let mut values = vec![[0.0; LANES]; inputs.len()];
        let mut central = vec![[0.0; LANES]; self.periods * segments.models().len()];
        let mut common: Option<Reduced> = None;
        for _ in 0..FUTURES / LANES {
            for lane in 0..LANES {
                random.inputs(inputs, &mut values, lane);
                for at in &futures.settled {
                    events[*at][lane] = random.next();
                }
            }
            segments.medians(&values, &events, &mut central);
            let seen = |lane: usize| {
                let at: Vec<f64> = values.iter().map(|row| row[lane]).collect();
                segments.seen(&at)
            };
            if futures.support.is_empty() {
                let some: Vec<Seen> = (0..LANES).map(seen).collect();
                futures.support = self.moved(&some);
            }
            for lane in 0..LANES {
                let reduced = || Reduced::of(seen(lane), self, &futures.support);
                let own;
                let seen = match futures.taken.is_empty() {
                    true => &*common.get_or_insert_with(reduced),
                    false => {
                        own = reduced();
                        &own
                    }
                };
                let medians: Vec<f64> = central.iter().map(|row| row[lane]).collect();
                let future = Future {
                    inputs: futures.taken.iter().map(|i| values[*i][lane]).collect(),
                    events: futures.settled.iter().map(|i| events[*i][lane]).collect(),
                    learned: Learned::nothing(0),
                    past: Vec::new(),
                };
                self.meet(future, (seen, &medians), futures, &mut random, &mut drawn)?;
            }
        }
        Ok(drawn)
    }

    /// The shocks that any figure moves.
    fn moved(&self, some: &[Seen]) -> Vec<usize> {
        let cells: Vec<Cell> = self
            .reported
            .iter()
            .flat_map(|figure| self.segments.cells(figure))
            .collect();
        let moves = |shock: &usize| {
            let mut all = cells
                .iter()
                .flat_map(|cell| some.iter().map(move |seen| (cell, seen)));
            all.any(|((s, k), seen)| seen.loadings[*s][*k][*shock] != 0.0)
        };
        (0..self.segments.shocks()).filter(moves).collect()
    }

    /// Draws the shocks that figures move, moves them to where the figures are met, and
    /// takes the future among those drawn.
    fn meet(
        &self,
        mut future: Future,
        (seen, medians): (&Reduced, &[f64]),
        futures: &Futures,
        random: &mut Random,
        drawn: &mut FutureTally,
    ) -> Result<(), ConditionError> {
        let support = &futures.support;
        let mut expected = self.expected(seen, medians);
        let (mut news, mut figures) = (Vec::new(), Vec::new());
        let mut errors = 0;
        for (i, figure) in self.reported.iter().enumerate() {
            let cells = self.segments.cells(figure);
            let of = |(s, k): &Cell| expected[s * self.periods + k];
            let means: Vec<f64> = cells.iter().map(of).collect();
            let loadings: Vec<Vec<f64>> = cells
                .iter()
                .map(|(s, k)| seen.rows[*s][*k].moved.clone())
                .collect();
            let sight = Sight::of(figure, &means, &loadings);
            if figure.error == 0.0 && sight.row.iter().all(|h| *h == 0.0) {
                return Err(ConditionError::Exact(i));
            }
            news.push(sight.news);
            let logs = cells.iter().map(|(s, k)| ln(medians[s * self.periods + k]));
            figures.push(Met {
                terms: logs.zip(loadings).collect(),
                row: sight.row,
                error: (figure.error, support.len() + errors),
                log: ln(figure.revenue),
            });
            errors += usize::from(figure.error > 0.0);
        }
        let size = support.len() + errors;
        let mut shocks: Vec<f64> = (0..size)
            .map(|_| inverse_normal_cdf_from_bits(random.bits()))
            .collect();
        let log = move_to(&mut shocks, &figures)?;
        shocks.truncate(support.len());
        for (cells, rows) in expected.chunks_exact_mut(self.periods).zip(&seen.rows) {
            for (expected, row) in cells.iter_mut().zip(rows) {
                *expected *= exp(dot(&row.moved, &shocks) - 0.5 * (row.variance - row.rest));
            }
        }
        let known = seen
            .parts
            .iter()
            .map(|row| [(0.0, row.variance), (dot(&row.moved, &shocks), row.rest)]);
        drawn.known.push(known.collect());
        future.learned.mean = shocks;
        drawn.futures.push(future);
        drawn.logs.push(log);
        drawn.news.push(news);
        drawn.expected.push(expected);
        Ok(())
    }

    /// The expected revenue of each period of each segment once inputs and events are
    /// known: up to where events are settled a period's median is; beyond, revenue is
    /// expected to grow as it is before anything is known.
    fn expected(&self, seen: &Reduced, medians: &[f64]) -> Vec<f64> {
        let mut all = Vec::with_capacity(medians.len());
        for (s, model) in self.segments.models().iter().enumerate() {
            let own = &medians[s * self.periods..(s + 1) * self.periods];
            let known = model.rest().events_through(self.end).1.min(own.len());
            let rows = &seen.rows[s];
            all.extend((0..known).map(|k| own[k] * exp(0.5 * rows[k].variance)));
            let last = all[s * self.periods + known - 1] / seen.expected[s][known - 1];
            all.extend((known..own.len()).map(|k| last * seen.expected[s][k]));
        }
        all
    }
}

/// A figure that futures are to meet.
struct Met {
    /// Of each period of each segment: its logarithm without shocks, and how that moves.
    terms: Vec<(f64, Vec<f64>)>,
    /// How the logarithm of their sum moves to first order.
    row: Vec<f64>,
    /// The deviation of the figure's own error, and its place behind the shocks.
    error: (f64, usize),
    /// The logarithm of the figure.
    log: f64,
}

/// Moves shocks along the figures' directions to where all figures are met: the logarithm
/// of the density of the figures there, or −∞ where they are not met.
fn move_to(shocks: &mut [f64], figures: &[Met]) -> Result<f64, ConditionError> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for (i, figure) in figures.iter().enumerate() {
        let mut row = figure.row.clone();
        row.resize(shocks.len(), 0.0);
        if figure.error.0 > 0.0 {
            row[figure.error.1] = figure.error.0;
        }
        let whole = dot(&row, &row).sqrt();
        for direction in basis.iter().chain(&basis) {
            let along = dot(&row, direction);
            row.iter_mut()
                .zip(direction)
                .for_each(|(r, u)| *r -= along * u);
        }
        let length = dot(&row, &row).sqrt();
        if !whole.is_finite() {
            // Where there is no revenue, as before a launch, there is no figure.
            return Ok(f64::NEG_INFINITY);
        }
        if length <= ALONGSIDE * whole {
            return Err(ConditionError::Exact(i));
        }
        row.iter_mut().for_each(|r| *r /= length);
        basis.push(row);
    }
    for direction in &basis {
        let along = dot(shocks, direction);
        shocks
            .iter_mut()
            .zip(direction)
            .for_each(|(z, u)| *z -= along * u);
    }
    // Along the directions alone.
    let count = basis.len();
    let reduced: Vec<Vec<(f64, Vec<f64>)>> = figures
        .iter()
        .map(|figure| {
            let terms = figure.terms.iter().map(|(log, row)| {
                let along = basis.iter().map(|u| dot(row, &u[..row.len()]));
                (log + dot(row, &shocks[..row.len()]), along.collect())
            });
            terms.collect()
        })
        .collect();
    let mut moved = vec![0.0; count];
    let mut log = f64::NEG_INFINITY;
    for _ in 0..MOST_STEPS {
        let mut jacobian = vec![0.0; count * count];
        let mut off = vec![0.0; count];
        for (i, (figure, terms)) in figures.iter().zip(&reduced).enumerate() {
            let logs: Vec<f64> = terms
                .iter()
                .map(|(at, row)| at + dot(row, &moved))
                .collect();
            let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logs.iter().map(|x| exp(x - most)).sum();
            let row = &mut jacobian[i * count..(i + 1) * count];
            for (x, (_, slopes)) in logs.iter().zip(terms) {
                let weight = exp(x - most) / sum;
                row.iter_mut()
                    .zip(slopes)
                    .for_each(|(r, s)| *r += weight * s);
            }
            off[i] = figure.log - most - ln(sum);
            let (error, place) = figure.error;
            if error > 0.0 {
                let along = |u: &Vec<f64>| error * u[place];
                row.iter_mut().zip(&basis).for_each(|(r, u)| *r += along(u));
                let own: f64 = basis.iter().zip(&moved).map(|(u, t)| t * along(u)).sum();
                off[i] -= error * shocks[place] + own;
            }
        }
        let is_met = off.iter().all(|x| x.abs() <= MET);
        let Some(determinant) = solve(&mut jacobian, &mut off) else {
            break;
        };
        if is_met {
            log = -0.5 * dot(&moved, &moved) - ln(determinant.abs());
            break;
        }
        let length = dot(&off, &off).sqrt();
        let part = (LONGEST_STEP / length).min(1.0);
        moved
            .iter_mut()
            .zip(&off)
            .for_each(|(t, step)| *t += part * step);
    }
    for (direction, t) in basis.iter().zip(&moved) {
        shocks
            .iter_mut()
            .zip(direction)
            .for_each(|(z, u)| *z += t * u);
    }
    Ok(if log.is_nan() { f64::NEG_INFINITY } else { log })
}

#[cfg(test)]
mod tests;
