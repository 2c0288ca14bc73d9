//! Charts of a grid over one to three keys: the binding probability, the median
//! binding date and the expected total.

use std::collections::HashMap;

use super::answer::day_month_year;
use super::charts::{sentence, words_of};
use super::figure::{Figure, HeatMap, KeyAxis, Level, LineAxis, LinePanel, Lines, Measure, Series};
use super::probability::percent;
use super::sweep::CaseGlance;
use crate::scenario::Scenario;
use crate::study::{Cases, position};
use crate::units::Date;

/// Standard errors on each side of a band.
const BAND: f64 = 2.0;
/// More cells than this are no map to read.
const MOST_CELLS: usize = 10_000;
/// More panels, or curves in a panel, than this are no picture to read.
const MOST_PANELS: usize = 6;
const MOST_CURVES: usize = 5;
const BANDS: &str =
    "Bands: two standard errors on each side; where none shows, it is thinner than the curve.";

/// A quantity of the cases that is drawn.
#[derive(Clone, Copy, PartialEq)]
enum Drawn {
    Probability,
    Median,
    Paid,
}

impl Drawn {
    const ALL: [Self; 3] = [Self::Probability, Self::Median, Self::Paid];

    fn file(self) -> &'static str {
        match self {
            Self::Probability => "probability",
            Self::Median => "median_date",
            Self::Paid => "total",
        }
    }

    fn quantity(self, reference: &Scenario) -> String {
        match self {
            Self::Probability => "Probability that the cap binds".to_owned(),
            Self::Median => format!("Median binding date after {}", reference.timeline.start()),
            Self::Paid => "Expected total paid".to_owned(),
        }
    }

    fn measure(self, reference: &Scenario) -> Measure {
        match self {
            Self::Probability => Measure::Share,
            Self::Median => Measure::Number("years".to_owned()),
            Self::Paid => Measure::Money(reference.money.clone()),
        }
    }

    /// The value of a case with its standard error.
    fn of(self, reference: &Scenario, glance: &CaseGlance) -> Option<(f64, f64)> {
        match self {
            Self::Probability => glance.probability,
            Self::Paid => glance.paid,
            Self::Median => glance.median.map(|(date, days, error)| {
                let years = reference.timeline.years_to(date);
                (years, error * years / days.max(1.0))
            }),
        }
    }

    /// What the charts find, from the range of the cases.
    fn finding(self, reference: &Scenario, glances: &[CaseGlance]) -> String {
        let swept = glances.iter().filter(|glance| glance.case > 0);
        let by = |a: &f64, b: &f64| a.total_cmp(b);
        let range = |values: Vec<f64>| {
            let least = values.iter().copied().min_by(by);
            Some((least?, values.iter().copied().max_by(by)?))
        };
        match self {
            Self::Probability => {
                let values = swept.filter_map(|glance| Some(glance.probability?.0));
                let Some((least, most)) = range(values.collect()) else {
                    return String::new();
                };
                format!(
                    "The cap binds in {} to {} of the simulated futures",
                    percent(least),
                    percent(most)
                )
            }
            Self::Paid => {
                let values = swept.filter_map(|glance| Some(glance.paid?.0));
                let Some((least, most)) = range(values.collect()) else {
                    return String::new();
                };
                let money = &reference.money;
                format!(
                    "{} to {} is paid on average",
                    money.format_short(least),
                    money.format_short(most)
                )
            }
            Self::Median => {
                let mut dates: Vec<Date> = swept
                    .filter_map(|glance| glance.median.map(|(date, ..)| date))
                    .collect();
                dates.sort_unstable();
                match (dates.first(), dates.last()) {
                    (Some(first), Some(last)) => {
                        let (first, last) = (day_month_year(*first), day_month_year(*last));
                        format!("The median date of the cap lies from {first} to {last}")
                    }
                    _ => "The cap binds in less than half of all futures".to_owned(),
                }
            }
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
        glances,
        by_case: glances.iter().map(|glance| (glance.case, glance)).collect(),
    };
    let figure = |drawn: Drawn| {
        let figure = match axes.len() {
            1 => grid.line(drawn),
            2 => grid.heat(drawn),
            3 => grid.multiples(drawn),
            _ => None,
        };
        Some((drawn.file().to_owned(), figure?))
    };
    Drawn::ALL.into_iter().filter_map(figure).collect()
}

struct Grid<'a> {
    reference: &'a Scenario,
    keys: &'a [String],
    axes: &'a [Vec<String>],
    glances: &'a [CaseGlance],
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
        let finding = sentence(drawn.finding(self.reference, self.glances));
        words_of(self.reference, self.reference.settings.paths(), finding)
    }

    /// The horizontal axis of a key: numbers or dates; `None` where its values are
    /// neither.
    fn horizontal(&self, axis: usize) -> Option<LineAxis> {
        let values = &self.axes[axis];
        let dates: Option<Vec<Date>> = values.iter().map(|value| Date::parse(value)).collect();
        match dates {
            Some(dates) => Some(LineAxis::Dates(dates)),
            None => {
                let numbers: Option<Vec<f64>> = values.iter().map(|v| position(v)).collect();
                Some(LineAxis::Numbers(self.keys[axis].clone(), numbers?))
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
            quantity: drawn.quantity(self.reference),
            measure: drawn.measure(self.reference),
            from_zero: drawn == Drawn::Probability,
            series: vec![series],
            level: as_written.map(|(value, _)| Level {
                label: "as written".to_owned(),
                value,
            }),
        };
        Some(Figure::Lines(Lines {
            frame: self.frame(drawn),
            x: self.horizontal(0)?,
            panels: vec![panel],
            bands: BANDS.to_owned(),
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
            title: self.keys[axis].clone(),
            labels: self.axes[axis].clone(),
        };
        let contours = match drawn {
            Drawn::Probability => vec![0.25, 0.5, 0.75],
            _ => rounds(values.iter().flatten().flatten().copied()),
        };
        Some(Figure::HeatMap(HeatMap {
            frame: self.frame(drawn),
            quantity: drawn.quantity(self.reference),
            measure: drawn.measure(self.reference),
            x: key(1),
            y: key(0),
            values,
            contours,
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
            let name = self.keys[axis].rsplit('.').next().unwrap_or_default();
            format!("{name} {}", self.axes[axis][i])
        };
        let quantity = drawn.quantity(self.reference);
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
                quantity: format!("{}: {quantity}", label(panel, p)),
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
