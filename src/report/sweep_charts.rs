//! Charts of a grid over one to three keys: the binding probability, the median
//! binding date and the expected total.

use std::collections::HashMap;

use super::answer::month_and_year;
use super::charts::{sentence, words_of};
use super::figure::{Figure, HeatMap, KeyAxis, Level, LineAxis, LinePanel, Lines, Measure, Series};
use super::key_name::KeyName;
use super::probability::in_words;
use super::sweep::CaseGlance;
use crate::scenario::Scenario;
use crate::study::Cases;
use crate::units::{Date, Worded as _, worded};

/// Standard errors on each side of a band.
const BAND: f64 = 2.0;
/// More cells than this are no map to read.
const MOST_CELLS: usize = 10_000;
/// More panels, or curves in a panel, than this are no picture to read.
const MOST_PANELS: usize = 6;
const MOST_CURVES: usize = 5;
const BANDS: &str =
    "Bands: two standard errors on each side; where none shows, it is thinner than the curve.";

worded! {
    /// A quantity of the cases that is drawn: the file of its chart, and what it shows.
    enum Drawn {
        /// Probability that the cap binds
        Probability = "probability",
        /// Median date on which the cap binds
        Median = "median_date",
        /// Expected total paid
        Paid = "total",
    }
}

impl Drawn {
    fn measure(self, reference: &Scenario) -> Measure {
        match self {
            Self::Probability => Measure::Share,
            Self::Median => Measure::Date(reference.timeline.start()),
            Self::Paid => Measure::Money(reference.money.clone()),
        }
    }

    /// The value of a case with its standard error; of dates both in days.
    fn of(self, reference: &Scenario, glance: &CaseGlance) -> Option<(f64, f64)> {
        match self {
            Self::Probability => glance.probability,
            Self::Paid => glance.paid,
            Self::Median => glance.median.map(|(date, _, error)| {
                let days = date.days_since(reference.timeline.start());
                (f64::from(days), error)
            }),
        }
    }

    /// A value in a sentence.
    fn said(self, reference: &Scenario, value: f64) -> String {
        match self {
            Self::Probability => in_words(value),
            Self::Paid => reference.money.format_suited(value),
            Self::Median => month_and_year(reference.timeline.start().add_days(value as i32)),
        }
    }

    /// What it is in a sentence.
    fn subject(self) -> &'static str {
        match self {
            Self::Probability => "the probability that the cap binds",
            Self::Median => "the median date on which it binds",
            Self::Paid => "the expected total",
        }
    }

    /// What it does from a value to another.
    fn verb(self, from: f64, to: f64) -> &'static str {
        match self {
            Self::Median => "moves",
            _ if to > from => "rises",
            _ => "falls",
        }
    }

    /// Where there is no value, and why.
    fn missing(self) -> &'static str {
        match self {
            Self::Median => "not reached in half of the simulated outcomes",
            _ => "no value",
        }
    }
}

/// The charts by file name without extension; none for designs, tables and grids
/// over more than three keys.
pub fn sweep_figures(
    reference: &Scenario,
    cases: &Cases,
    glances: &[CaseGlance],
) -> Vec<(String, Figure)> {
    let Some(axes) = cases.axes() else {
        return Vec::new();
    };
    let grid = Grid {
        reference,
        keys: cases.keys(),
        axes,
        by_case: glances.iter().map(|glance| (glance.case, glance)).collect(),
    };
    let figure = |drawn: Drawn| {
        let figure = match axes.len() {
            1 => grid.line(drawn),
            2 => grid.heat(drawn),
            3 => grid.multiples(drawn),
            _ => None,
        };
        Some((drawn.word().to_owned(), figure?))
    };
    Drawn::ALL.into_iter().filter_map(figure).collect()
}

struct Grid<'a> {
    reference: &'a Scenario,
    keys: &'a [String],
    axes: &'a [Vec<String>],
    by_case: HashMap<u64, &'a CaseGlance>,
}

impl Grid<'_> {
    /// The value at positions along the axes.
    fn at(&self, drawn: Drawn, positions: &[usize]) -> Option<(f64, f64)> {
        let lengths = self.axes.iter().map(Vec::len);
        let index = lengths
            .zip(positions)
            .fold(0, |index, (length, position)| index * length + position);
        let glance = self.by_case.get(&(index as u64 + 1))?;
        drawn.of(self.reference, glance)
    }

    fn frame(&self, drawn: Drawn) -> super::figure::Frame {
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
    fn finding(&self, drawn: Drawn) -> String {
        let found = self.found(drawn);
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return match drawn {
                Drawn::Median => "The cap binds in less than half of all outcomes".to_owned(),
                _ => drawn.about().to_owned(),
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
            return match (drawn, found.len()) {
                (Drawn::Median, 1) => format!(
                    "Only with {} does the cap bind in half of all outcomes: by {to_said}",
                    at(&to.0)
                ),
                _ => format!("{}: {to_said} throughout", drawn.about()),
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
        let range = match drawn {
            Drawn::Median => "moves",
            _ => "ranges",
        };
        super::text::capitalised(&format!(
            "{} {range} from {from_said} ({}) to {to_said} ({})",
            drawn.subject(),
            at(&from.0),
            at(&to.0)
        ))
    }

    /// The cases that have a value: their positions along the axes and it.
    fn found(&self, drawn: Drawn) -> Vec<(Vec<usize>, f64)> {
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

    fn line(&self, drawn: Drawn) -> Option<Figure> {
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
            quantity: drawn.about().to_owned(),
            measure: drawn.measure(self.reference),
            from_zero: drawn == Drawn::Probability,
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
        drawn: Drawn,
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
    fn heat(&self, drawn: Drawn) -> Option<Figure> {
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
        let contours = match drawn {
            Drawn::Probability => vec![0.25, 0.5, 0.75],
            // The cells' dates say enough.
            Drawn::Median => Vec::new(),
            Drawn::Paid => rounds(values.iter().flatten().flatten().copied()),
        };
        Some(Figure::HeatMap(HeatMap {
            frame: self.frame(drawn),
            quantity: drawn.about().to_owned(),
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
    fn multiples(&self, drawn: Drawn) -> Option<Figure> {
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
        let quantity = drawn.about();
        let quantity = quantity[..1].to_lowercase() + &quantity[1..];
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
                quantity: format!("{}: {quantity}", super::text::capitalised(&label(panel, p))),
                measure: drawn.measure(self.reference),
                from_zero: drawn == Drawn::Probability,
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
