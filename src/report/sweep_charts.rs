//! Charts of a grid over one to three keys: the binding probability, the median
//! binding date and the expected total.

use std::collections::HashMap;

use super::answer::month_and_year;
use super::charts::{list, sentence, words_of};
use super::figure::{Figure, HeatMap, KeyAxis, Level, LineAxis, LinePanel, Lines, Measure, Series};
use super::key_name::KeyName;
use super::probability::in_words;
use super::study_charts::{measure, said};
use super::sweep::CaseGlance;
use super::text::{capitalised, lowercased, plain};
use crate::agreement::Agreement;
use crate::scenario::Scenario;
use crate::simulate;
use crate::study::{CaseQuantity, Sweep};
use crate::units::Date;

/// What every case is shown by.
const BINDS: CaseQuantity = CaseQuantity::GLANCE[0];
const MEDIAN: CaseQuantity = CaseQuantity::GLANCE[1];
const PAID: CaseQuantity = CaseQuantity::GLANCE[2];
/// Standard errors on each side of a band.
const BAND: f64 = 2.0;
/// More cells than this are no map to read.
const MOST_CELLS: usize = 10_000;
/// More panels, or curves in a panel, than this are no picture to read.
const MOST_PANELS: usize = 6;
const MOST_CURVES: usize = 5;
/// A title has no room for the values of more keys than this.
const MOST_NAMED: usize = 2;
const BANDS: &str =
    "Bands: two standard errors on each side; where none shows, it is thinner than the curve.";

/// A quantity of the cases that is drawn.
#[derive(Clone, Copy, PartialEq)]
struct ChartedQuantity<'a> {
    /// Its place in what is shown of a case.
    at: usize,
    quantity: CaseQuantity,
    agreement: &'a Agreement,
}

impl<'a> ChartedQuantity<'a> {
    fn all(sweep: &'a Sweep) -> impl Iterator<Item = Self> {
        let agreement = &sweep.reference().primary().agreement;
        let shown = sweep.shown().into_iter().enumerate();
        shown.map(move |(at, quantity)| Self {
            at,
            quantity,
            agreement,
        })
    }

    fn file(self) -> String {
        match self.quantity {
            BINDS => "probability".to_owned(),
            MEDIAN => "median_date".to_owned(),
            PAID => "total".to_owned(),
            CaseQuantity::Expected(measure) | CaseQuantity::Percentile(measure, _) => {
                file(measure, self.agreement)
            }
            CaseQuantity::ValueByCap => "value_by_cap".to_owned(),
        }
    }

    fn quantity(self) -> String {
        match self.quantity {
            BINDS => "Probability that the cap binds".to_owned(),
            MEDIAN => "Median date on which the cap binds".to_owned(),
            CaseQuantity::Expected(measure) => measure.expected_in(self.agreement),
            CaseQuantity::Percentile(measure, _) => {
                format!(
                    "Median of: {}",
                    lowercased(&measure.label_in(self.agreement))
                )
            }
            CaseQuantity::ValueByCap => "Value of a unit of cap".to_owned(),
        }
    }

    fn is_date(self) -> bool {
        matches!(self.quantity, CaseQuantity::Percentile(..))
    }

    fn measure(self, reference: &Scenario) -> Measure {
        match self.quantity {
            CaseQuantity::Expected(own) => measure(reference, own),
            CaseQuantity::Percentile(..) => Measure::Date(reference.timeline.start()),
            CaseQuantity::ValueByCap => Measure::Number(String::new()),
        }
    }

    /// The value of a case with its standard error; of dates both in days.
    fn of(self, reference: &Scenario, glance: &CaseGlance) -> Option<(f64, f64)> {
        let glanced = glance.get(self.at)?;
        let value = match glanced.date {
            Some(date) => f64::from(date.days_since(reference.timeline.start())),
            None => glanced.value,
        };
        Some((value, glanced.std_error))
    }

    /// A value in a sentence.
    fn said(self, reference: &Scenario, value: f64) -> String {
        match self.quantity {
            BINDS => in_words(value),
            CaseQuantity::Expected(measure) => said(reference, measure, value),
            CaseQuantity::Percentile(..) => {
                month_and_year(reference.timeline.start().add_days(value as i32))
            }
            CaseQuantity::ValueByCap => plain(value),
        }
    }

    /// What it is in a sentence.
    fn subject(self) -> String {
        match self.quantity {
            MEDIAN => "the median date on which it binds".to_owned(),
            PAID => "the expected total".to_owned(),
            _ => format!("the {}", lowercased(&self.quantity())),
        }
    }

    /// What it does from a value to another.
    fn verb(self, from: f64, to: f64) -> &'static str {
        match self.is_date() {
            true => "moves",
            false if to > from => "rises",
            false => "falls",
        }
    }

    /// What it does over values of several keys.
    fn ranges(self) -> &'static str {
        match self.is_date() {
            true => "moves",
            false => "ranges",
        }
    }

    /// Where there is no value, and why.
    fn missing(self) -> &'static str {
        match self.is_date() {
            true => "not reached in half of the simulated outcomes",
            false => "no value",
        }
    }
}

/// The names of the charts that a sweep with these measures may have beside those that each
/// has.
pub fn sweep_charts(scenario: &Scenario, besides: &[simulate::Measure]) -> Vec<String> {
    let agreement = &scenario.primary().agreement;
    besides
        .iter()
        .map(|measure| file(*measure, agreement))
        .collect()
}

/// What the chart of a measure is called that is asked for.
fn file(measure: simulate::Measure, agreement: &Agreement) -> String {
    measure.name_in(agreement).replace(['.', ' '], "_")
}

/// What a sweep finds, a sentence for each number that is shown of its cases: the answer of a
/// grid is what its charts are called, that of other cases where the least and the most is.
pub fn sweep_findings(sweep: &Sweep, glances: &[CaseGlance]) -> Vec<String> {
    let grid = Grid::new(sweep, glances);
    let found = ChartedQuantity::all(sweep).filter_map(|drawn| match &grid {
        Some(grid) => Some(grid.finding(drawn)),
        None => range(sweep.reference(), drawn, glances),
    });
    found.map(sentence).collect()
}

/// Between what a number lies over cases that are no grid, and where; none where no case
/// has it.
fn range(
    reference: &Scenario,
    drawn: ChartedQuantity<'_>,
    glances: &[CaseGlance],
) -> Option<String> {
    let cases = glances.iter().filter(|glance| glance.case > 0);
    let mut found: Vec<(f64, u64)> = cases
        .filter_map(|glance| Some((drawn.of(reference, glance)?.0, glance.case)))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (least, most) = (found.first()?, found.last()?);
    let [from, to] = [least, most].map(|(value, _)| drawn.said(reference, *value));
    Some(match from == to {
        true => format!("{}: {to} in every case", drawn.quantity()),
        false => format!(
            "{} {} from {from} (case {}) to {to} (case {})",
            capitalised(&drawn.subject()),
            drawn.ranges(),
            least.1,
            most.1
        ),
    })
}

/// The charts by file name without extension; none for designs, tables and grids
/// over more than three keys.
pub fn sweep_figures(sweep: &Sweep, glances: &[CaseGlance]) -> Vec<(String, Figure)> {
    let Some(grid) = Grid::new(sweep, glances) else {
        return Vec::new();
    };
    let figure = |drawn: ChartedQuantity<'_>| {
        let figure = match grid.axes.len() {
            1 => grid.line(drawn),
            2 => grid.heat(drawn),
            3 => grid.multiples(drawn),
            _ => None,
        };
        Some((drawn.file(), figure?))
    };
    ChartedQuantity::all(sweep).filter_map(figure).collect()
}

struct Grid<'a> {
    reference: &'a Scenario,
    keys: &'a [String],
    axes: &'a [Vec<String>],
    by_case: HashMap<u64, &'a CaseGlance>,
}

impl<'a> Grid<'a> {
    /// None where the cases are no grid.
    fn new(sweep: &'a Sweep, glances: &'a [CaseGlance]) -> Option<Self> {
        let cases = sweep.cases();
        Some(Self {
            reference: sweep.reference(),
            keys: cases.keys(),
            axes: cases.axes()?,
            by_case: glances.iter().map(|glance| (glance.case, glance)).collect(),
        })
    }

    /// The value at positions along the axes.
    fn at(&self, drawn: ChartedQuantity<'_>, positions: &[usize]) -> Option<(f64, f64)> {
        let lengths = self.axes.iter().map(Vec::len);
        let index = lengths
            .zip(positions)
            .fold(0, |index, (length, position)| index * length + position);
        let glance = self.by_case.get(&(index as u64 + 1))?;
        drawn.of(self.reference, glance)
    }

    fn frame(&self, drawn: ChartedQuantity<'_>) -> super::figure::Frame {
        let finding = sentence(self.finding(drawn));
        let frame = words_of(self.reference, self.reference.settings.paths(), finding);
        super::figure::Frame {
            // Its terms are those that the keys are varied from.
            subtitle: format!("As written: {}", frame.subtitle),
            ..frame
        }
    }

    fn key(&self, axis: usize) -> KeyName {
        KeyName::new(&self.keys[axis], &self.reference.money)
    }

    /// What the chart finds. Along one key, from its first value with a result to its
    /// last; over several, the least and the most with where they are.
    fn finding(&self, drawn: ChartedQuantity<'_>) -> String {
        let found = self.found(drawn);
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return match drawn.quantity {
                MEDIAN => "The cap binds in less than half of all outcomes".to_owned(),
                _ => drawn.quantity(),
            };
        };
        let said = |value: f64| drawn.said(self.reference, value);
        let one_key = self.axes.len() == 1;
        let least = found
            .iter()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(first);
        let most = found
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(last);
        let (from, to) = if one_key {
            (first, last)
        } else {
            (least, most)
        };
        let at = |positions: &[usize]| {
            let named = positions.iter().enumerate().map(|(axis, i)| {
                let key = self.key(axis);
                format!("{} {}", key.name(), key.value(&self.axes[axis][*i]))
            });
            named.collect::<Vec<_>>().join(", ")
        };
        let [from_said, to_said] = [from.1, to.1].map(said);
        if from_said == to_said {
            return match (drawn.quantity, found.len()) {
                (MEDIAN, 1) => format!(
                    "Only with {} does the cap bind in half of all outcomes: by {to_said}",
                    at(&to.0)
                ),
                _ => format!("{}: {to_said} throughout", drawn.quantity()),
            };
        }
        if one_key {
            let at = |positions: &[usize]| self.key(0).value(&self.axes[0][positions[0]]);
            // A turn between the ends, if it is worth more than a twentieth of all there is.
            let turn = [most, least].into_iter().find(|turn| {
                let beyond = |end: f64| 20.0 * (turn.1 - end).abs() > most.1 - least.1;
                turn.0 != from.0 && turn.0 != to.0 && beyond(from.1) && beyond(to.1)
            });
            let way = match turn {
                Some(turn) => format!(
                    "{} from {from_said} to {} at {} and then {} to {to_said}",
                    drawn.verb(from.1, turn.1),
                    said(turn.1),
                    at(&turn.0),
                    drawn.verb(turn.1, to.1),
                ),
                None => format!("{} from {from_said} to {to_said}", drawn.verb(from.1, to.1)),
            };
            return format!(
                "As the {} goes from {} to {}, {} {way}",
                self.key(0).name(),
                at(&from.0),
                at(&to.0),
                drawn.subject(),
            );
        }
        if self.axes.len() > MOST_NAMED {
            let keys = (0..self.axes.len()).map(|axis| self.key(axis).name().to_owned());
            let keys: Vec<String> = keys.collect();
            return capitalised(&format!(
                "{} {} from {from_said} to {to_said} with {}",
                drawn.subject(),
                drawn.ranges(),
                list(&keys)
            ));
        }
        capitalised(&format!(
            "{} {} from {from_said} ({}) to {to_said} ({})",
            drawn.subject(),
            drawn.ranges(),
            at(&from.0),
            at(&to.0)
        ))
    }

    /// The cases that have a value: their positions along the axes and it.
    fn found(&self, drawn: ChartedQuantity<'_>) -> Vec<(Vec<usize>, f64)> {
        let count: usize = self.axes.iter().map(Vec::len).product();
        let positions = |index: usize| {
            let mut rest = index;
            let mut positions: Vec<usize> = self
                .axes
                .iter()
                .rev()
                .map(|axis| {
                    let at = rest % axis.len();
                    rest /= axis.len();
                    at
                })
                .collect();
            positions.reverse();
            positions
        };
        (0..count)
            .filter_map(|index| {
                let positions = positions(index);
                let (value, _) = self.at(drawn, &positions)?;
                Some((positions, value))
            })
            .collect()
    }

    /// The horizontal axis of a key: numbers or dates; `None` where its values are
    /// neither.
    fn horizontal(&self, axis: usize) -> Option<LineAxis> {
        let values = &self.axes[axis];
        let dates: Option<Vec<Date>> = values.iter().map(|value| Date::parse(value)).collect();
        match dates {
            Some(dates) => Some(LineAxis::Dates(dates)),
            None => {
                let key = self.key(axis);
                let numbers: Option<Vec<f64>> = values.iter().map(|v| key.position(v)).collect();
                Some(LineAxis::Numbers(key.title(), numbers?))
            }
        }
    }

    fn line(&self, drawn: ChartedQuantity<'_>) -> Option<Figure> {
        let points = self.axes[0].len();
        if !(2..=MOST_CELLS).contains(&points) {
            return None;
        }
        let series = self.series(drawn, (String::new(), 0), points, |x| vec![x]);
        let as_written = self
            .by_case
            .get(&0)
            .and_then(|glance| drawn.of(self.reference, glance));
        let panel = LinePanel {
            quantity: drawn.quantity(),
            measure: drawn.measure(self.reference),
            from_zero: drawn.quantity == BINDS,
            series: vec![series],
            level: as_written.map(|(value, _)| Level {
                label: format!("as written: {}", drawn.said(self.reference, value)),
                value,
            }),
        };
        Some(Figure::Lines(Lines {
            frame: self.frame(drawn),
            x: self.horizontal(0)?,
            panels: vec![panel],
            bands: BANDS.to_owned(),
            missing: drawn.missing().to_owned(),
        }))
    }

    fn series(
        &self,
        drawn: ChartedQuantity<'_>,
        (label, style): (String, usize),
        points: usize,
        positions: impl Fn(usize) -> Vec<usize>,
    ) -> Series {
        let none = (f64::NAN, f64::NAN);
        let values = (0..points).map(|x| self.at(drawn, &positions(x)).unwrap_or(none));
        let values: Vec<(f64, f64)> = values.collect();
        Series {
            label,
            style,
            band_ends: None,
            band: values
                .iter()
                .map(|(value, error)| (value - BAND * error, value + BAND * error))
                .collect(),
            values: values.into_iter().map(|(value, _)| value).collect(),
        }
    }

    /// The first key upwards, the second to the right.
    fn heat(&self, drawn: ChartedQuantity<'_>) -> Option<Figure> {
        let (rows, columns) = (self.axes[0].len(), self.axes[1].len());
        if rows.min(columns) < 2 || rows * columns > MOST_CELLS {
            return None;
        }
        let values: Vec<Vec<Option<f64>>> = (0..rows)
            .map(|y| {
                let row = (0..columns).map(|x| Some(self.at(drawn, &[y, x])?.0));
                row.collect()
            })
            .collect();
        let key = |axis: usize| KeyAxis {
            title: self.key(axis).title(),
            labels: self.axes[axis]
                .iter()
                .map(|value| self.key(axis).cell(value))
                .collect(),
        };
        let contours = match drawn.quantity {
            BINDS => vec![0.25, 0.5, 0.75],
            // The cells' dates say enough.
            _ if drawn.is_date() => Vec::new(),
            _ => rounds(values.iter().flatten().flatten().copied()),
        };
        Some(Figure::HeatMap(HeatMap {
            frame: self.frame(drawn),
            quantity: drawn.quantity(),
            measure: drawn.measure(self.reference),
            x: key(1),
            y: key(0),
            values,
            contours,
            missing: drawn.missing().to_owned(),
        }))
    }

    /// A panel for each value of the key with the fewest, a curve for each of the
    /// next, along the values of the third.
    fn multiples(&self, drawn: ChartedQuantity<'_>) -> Option<Figure> {
        let mut order = [0, 1, 2];
        order.sort_by_key(|axis| self.axes[*axis].len());
        let [panel, curve, along] = order;
        let count = |axis: usize| self.axes[axis].len();
        if count(panel) > MOST_PANELS || count(curve) > MOST_CURVES {
            return None;
        }
        let label = |axis: usize, i: usize| {
            let key = self.key(axis);
            format!("{} {}", key.name(), key.value(&self.axes[axis][i]))
        };
        let quantity = lowercased(&drawn.quantity());
        let panels = (0..count(panel)).map(|p| {
            let series = (0..count(curve)).map(|c| {
                self.series(drawn, (label(curve, c), c), count(along), |x| {
                    let mut positions = vec![0; 3];
                    positions[panel] = p;
                    positions[curve] = c;
                    positions[along] = x;
                    positions
                })
            });
            LinePanel {
                // What tells the panels apart comes first: a long title is cut at its end.
                quantity: format!("{}: {quantity}", capitalised(&label(panel, p))),
                measure: drawn.measure(self.reference),
                from_zero: drawn.quantity == BINDS,
                series: series.collect(),
                level: None,
            }
        });
        Some(Figure::Lines(Lines {
            frame: self.frame(drawn),
            x: self.horizontal(along)?,
            panels: panels.collect(),
            bands: BANDS.to_owned(),
            missing: drawn.missing().to_owned(),
        }))
    }
}

/// A few round numbers within the range of some values.
fn rounds(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let magnitude = 10_f64.powi((span / 4.0).log10().floor() as i32);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * magnitude);
    let step = steps.into_iter().find(|step| span / step <= 5.0 + 1e-9);
    let step = step.unwrap_or(span);
    let first = (low / step).ceil() as i64;
    let count = ((high / step).floor() as i64 - first + 1).clamp(0, 6);
    (0..count).map(|i| (first + i) as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contours_stand_at_round_numbers() {
        assert_eq!(
            rounds([20.0, 65.0].into_iter()),
            [20.0, 30.0, 40.0, 50.0, 60.0]
        );
        assert_eq!(rounds([2.4, 4.9].into_iter()), [2.5, 3.0, 3.5, 4.0, 4.5]);
        assert!(rounds([1.0, 1.0].into_iter()).is_empty());
        assert!(rounds(std::iter::empty()).is_empty());
    }
}
