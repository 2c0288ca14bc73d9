//! Round numbers on axes, and how numbers are written there.

use super::canvas::{Anchor, TextStyle};
use super::sheet::{Drawn, Panel, Sheet};
use super::{calendar, text, theme};
pub(super) use crate::report::probability::{of_outcomes, rounded as percent};
pub use crate::units::grouped_number as number;
use crate::units::{Date, Money, Unit};

/// Blank space between axis numbers and the plot, for labels of 12 pixels.
pub const TICK_GAP: f64 = 8.0;
/// The largest magnitude an axis takes; beyond it floating point has no room for
/// differences.
const LARGEST: f64 = 1e100;
/// Amounts of this many units or more are written in the next larger unit.
const LARGE_AMOUNT: f64 = 2000.0;
/// Amounts below this are written in the next smaller unit.
const SMALL_AMOUNT: f64 = 1.0;
/// How far beyond the data an axis goes on to end on a round number, as a share
/// of its length.
const ROUND_UP: f64 = 0.12;

/// Round numbers that cover a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// The numbers, ascending.
    pub values: Vec<f64>,
    /// Lower end of the axis.
    pub low: f64,
    /// Upper end of the axis.
    pub high: f64,
    /// Decimal places that tell the numbers apart.
    pub decimals: usize,
    /// The day that numbers are days after, where they are, and whether years are
    /// enough to name them.
    pub dates: Option<(Date, bool)>,
}

impl Ticks {
    /// About `count` round numbers from zero, or the lowest number if negative,
    /// to the highest. Numbers that are not finite are ignored.
    pub fn from_zero(numbers: impl Iterator<Item = f64>, count: usize) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for number in numbers.filter(|number| number.is_finite()) {
            low = low.min(number.max(-LARGEST));
            high = high.max(number.min(LARGEST));
        }
        Self::between(low, high, count)
    }

    /// About `count` round numbers between two.
    pub fn between(low: f64, high: f64, count: usize) -> Self {
        let usable = low.is_finite() && high.is_finite() && low < high;
        let (low, high) = if usable { (low, high) } else { (0.0, 1.0) };
        let step = round_step((high - low) / count.max(1) as f64);
        let end = |bound: f64, outer: f64| {
            let room = (high - low) * ROUND_UP;
            if (outer - bound).abs() <= room {
                outer
            } else {
                bound
            }
        };
        let high_end = end(high, (high / step).ceil() * step);
        let low_end = end(low, (low / step).floor() * step);
        // Half a step in a million absorbs rounding of the division.
        const SLACK: f64 = 5e-7;
        let first = (low_end / step - SLACK).ceil();
        let last = (high_end / step + SLACK).floor();
        let steps = (last - first).clamp(0.0, 100.0) as usize;
        Self {
            values: (0..=steps).map(|i| (first + i as f64) * step).collect(),
            low: low_end,
            high: high_end,
            decimals: decimals_of(step),
            dates: None,
        }
    }

    /// At least three round numbers from `low` to `high`, which are the axis' ends;
    /// about `count` where there is room for more.
    pub fn within(low: f64, high: f64, count: usize) -> Self {
        const LEAST: usize = 3;
        const TRIES: usize = 12;
        let tried = (0..TRIES).map(|more| {
            let mut ticks = Self::between(low, high, count.max(LEAST - 1) + more);
            ticks.values.retain(|value| (low..=high).contains(value));
            Self { low, high, ..ticks }
        });
        let mut fullest: Option<Self> = None;
        for ticks in tried {
            let found = ticks.values.len();
            if fullest
                .as_ref()
                .is_none_or(|best| found > best.values.len())
            {
                fullest = Some(ticks);
            }
            if found >= LEAST {
                break;
            }
        }
        let mut ticks = fullest.unwrap_or_else(|| Self::between(low, high, count));
        // Of many where there is room for few, every other; zero is none of the others.
        let keeps_zero = ticks.values.iter().position(|value| *value == 0.0);
        let keeps_zero = keeps_zero.is_none_or(|at| at % 2 == 0);
        if count <= LEAST && ticks.values.len() >= 2 * LEAST - 1 && keeps_zero {
            ticks.values = ticks.values.into_iter().step_by(2).collect();
        }
        ticks
    }

    /// Starts of months, quarters or years on an axis of days from a date.
    pub fn of_dates(from: Date, low: f64, high: f64, count: usize) -> Self {
        const STEPS: [i32; 10] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];
        let starts = |step: i32| -> Vec<f64> {
            let first = from.add_days(low.clamp(-1e6, 1e6).floor() as i32);
            let month = first.first_of_month();
            let index = i32::from(month.year()) * 12 + i32::from(month.month()) - 1;
            let start = month.add_months(-index.rem_euclid(step));
            (0..200)
                .map(|i| f64::from(start.add_months(i * step).days_since(from)))
                .skip_while(|day| *day < low)
                .take_while(|day| *day <= high)
                .collect()
        };
        let all = STEPS.into_iter().map(|step| (step, starts(step)));
        let mut fitting = all.filter(|(_, days)| (2..=count.max(3) + 1).contains(&days.len()));
        let (step, values) = fitting.next().unwrap_or((1, vec![low, high]));
        Self {
            values,
            low,
            high,
            decimals: 0,
            dates: Some((from, step % 12 == 0)),
        }
    }

    /// The same numbers on an axis that leaves `share` of its length above a value.
    pub fn with_room_above(self, value: f64, share: f64) -> Self {
        Self {
            high: self.high.max(value + (self.high - self.low) * share),
            ..self
        }
    }

    /// The same numbers with a taller axis: `share` of its length is added.
    pub fn with_headroom(self, share: f64) -> Self {
        Self {
            high: self.high + (self.high - self.low) * share,
            ..self
        }
    }

    /// A number as it stands on the axis.
    pub fn label(&self, value: f64) -> String {
        if let Some((from, years)) = self.dates {
            let date = from.add_days(value as i32);
            return match years {
                true => date.year().to_string(),
                false => calendar::month_and_year(date),
            };
        }
        if value == 0.0 {
            return "0".to_owned();
        }
        number(value, self.decimals)
    }

    /// Width of the widest number.
    pub fn width(&self, sheet: &Sheet<'_>) -> f64 {
        self.values
            .iter()
            .map(|&value| sheet.measure(&self.label(value), tick_style(sheet)))
            .fold(0.0, f64::max)
    }

    /// Grid lines across the panel, with the numbers to its left.
    pub fn draw_vertical(&self, sheet: &Sheet<'_>, panel: &Panel<'_>) -> Drawn {
        for &value in &self.values {
            let y = panel.y(value);
            let stroke = if value == 0.0 && self.dates.is_none() {
                sheet.solid(sheet.colours.axis, 1.0)
            } else {
                sheet.solid(sheet.colours.grid, 1.0)
            };
            sheet.rule((panel.rect.left, y), (panel.rect.right, y), stroke)?;
            sheet.text(
                &self.label(value),
                (
                    panel.rect.left - sheet.px(TICK_GAP),
                    centred(y, sheet.sizes.label),
                ),
                tick_style(sheet),
                Anchor::End,
            )?;
        }
        Ok(())
    }
}

/// How axis numbers look.
pub fn tick_style(sheet: &Sheet<'_>) -> TextStyle {
    sheet.label(sheet.colours.muted).tabular()
}

/// How axis titles look.
pub fn title_style(sheet: &Sheet<'_>) -> TextStyle {
    sheet.label(sheet.colours.text)
}

/// Writes the title of a panel's values, its capitals' tops at `top`, in `width`.
pub fn draw_title(sheet: &Sheet<'_>, title: &str, (left, top): (f64, f64), width: f64) -> Drawn {
    let style = title_style(sheet);
    let fitted = text::fit(sheet.fonts(), title, style, width);
    let base = top + style.size * theme::CAP_HEIGHT;
    sheet.text(&fitted, (left, base), style, Anchor::Start)
}

/// The base line of a text whose capitals are centred on `y`.
pub fn centred(y: f64, size: f64) -> f64 {
    y + size * theme::CAP_HEIGHT / 2.0
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten not below `raw`.
fn round_step(raw: f64) -> f64 {
    let magnitude = 10_f64.powi(raw.log10().floor() as i32);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .filter(|step| step.is_finite() && *step > 0.0)
        .unwrap_or(raw)
}

fn decimals_of(step: f64) -> usize {
    const MAX_DECIMALS: usize = 12;
    (0..MAX_DECIMALS)
        .find(|&decimals| {
            let scaled = step * 10_f64.powi(decimals as i32);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .unwrap_or(MAX_DECIMALS)
}

/// The name of a percentile: `median`, `5 %`, `97.5 %`.
pub fn percentile(percent: f64) -> String {
    if percent == 50.0 {
        "median".to_owned()
    } else {
        format!("{percent}\u{a0}%")
    }
}

/// The name of percentiles that share a value, ascending: `25–95 %, median`.
pub fn percentiles(percents: &[f64]) -> String {
    let (Some(low), Some(high)) = (percents.first(), percents.last()) else {
        return String::new();
    };
    if percents.len() == 1 {
        return percentile(*low);
    }
    let median = if percents.contains(&50.0) {
        ", median"
    } else {
        ""
    };
    format!("{low}–{high}\u{a0}%{median}")
}

/// The unit an axis is written in, so that its numbers are neither long nor
/// minute.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The unit of the axis.
    pub money: Money,
    /// Amounts in the unit given times this are amounts of the axis.
    pub factor: f64,
}

impl Scale {
    /// The unit for amounts up to `largest` of `money`.
    pub fn for_amounts(money: &Money, largest: f64) -> Self {
        const THOUSAND: f64 = 1000.0;
        let units = Unit::ALL;
        let (mut at, mut factor) = (money.unit() as usize, 1.0);
        let largest = largest.abs();
        while largest * factor >= LARGE_AMOUNT && at + 1 < units.len() {
            at += 1;
            factor /= THOUSAND;
        }
        while largest > 0.0 && largest * factor < SMALL_AMOUNT && at > 0 {
            at -= 1;
            factor *= THOUSAND;
        }
        Money::new(money.currency(), units[at]).map_or_else(
            || Self {
                money: money.clone(),
                factor: 1.0,
            },
            |money| Self { money, factor },
        )
    }

    /// An axis title with the unit: `Cumulative paid, $ bn`.
    pub fn title(&self, quantity: &str) -> String {
        format!("{quantity}, {}", self.money.axis_label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_data() {
        let ticks = Ticks::from_zero([38.0, 3.0].into_iter(), 5);
        assert_eq!(ticks.values, [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!((ticks.low, ticks.high), (0.0, 40.0));
        let labels: Vec<_> = ticks.values.iter().map(|&v| ticks.label(v)).collect();
        assert_eq!(labels, ["0", "10", "20", "30", "40"]);
        let ticks = Ticks::from_zero([0.012].into_iter(), 5);
        assert_eq!(ticks.decimals, 4);
        assert_eq!(ticks.label(ticks.values[1]), "0.0025");
        let ticks = Ticks::from_zero([-3.0, 5.0].into_iter(), 4);
        assert_eq!(ticks.values, [-2.0, 0.0, 2.0, 4.0]);
        assert_eq!(ticks.label(-2.0), "\u{2212}2");
        for (low, high) in [(37.79391, 37.7967), (99.2, 100.0), (2.1, 4.9), (0.0, 1.0)] {
            let ticks = Ticks::within(low, high, 1);
            assert!(ticks.values.len() >= 3, "{low} {high}: {ticks:?}");
            assert!(ticks.values.iter().all(|v| (low..=high).contains(v)));
        }
        let ticks = Ticks::within(-35.0, 76.0, 3);
        assert!(ticks.values.contains(&0.0), "{ticks:?}");
        let from = Date::new(2026, 1, 1).unwrap();
        let ticks = Ticks::of_dates(from, 0.0, 1826.0, 5);
        assert_eq!(ticks.label(ticks.values[0]), "2026");
        assert!(ticks.values.len() >= 3, "{ticks:?}");
        let ticks = Ticks::of_dates(from, 10.0, 150.0, 4);
        assert_eq!(ticks.label(ticks.values[0]), "Feb\u{a0}2026");
    }

    #[test]
    fn ticks_cope_with_anything() {
        for numbers in [
            vec![],
            vec![0.0],
            vec![f64::NAN, f64::INFINITY],
            vec![1e300, -1e300],
            vec![1e-300],
        ] {
            let ticks = Ticks::from_zero(numbers.into_iter(), 5);
            assert!(ticks.low < ticks.high);
            assert!(ticks.values.len() <= 101);
        }
    }

    #[test]
    fn percentiles_are_named() {
        assert_eq!(percentile(50.0), "median");
        assert_eq!(percentile(97.5), "97.5\u{a0}%");
    }

    #[test]
    fn axes_change_unit_rather_than_grow_digits() {
        let usd = Money::new("USD", Unit::One).unwrap();
        let scale = Scale::for_amounts(&usd, 38e9);
        assert_eq!(scale.title("Paid"), "Paid, $\u{a0}bn");
        let billion = Money::new("USD", Unit::Billion).unwrap();
        assert_eq!(Scale::for_amounts(&billion, 38.0).factor, 1.0);
        assert_eq!(
            Scale::for_amounts(&billion, 0.004).title("Paid"),
            "Paid, $\u{a0}m"
        );
        assert_eq!(Scale::for_amounts(&billion, 0.0).factor, 1.0);
    }
}
