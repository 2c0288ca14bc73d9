//! The time axis: years, or months and quarters under their years, each
//! labelled in its middle.

use super::axis;
use super::canvas::Anchor;
use super::sheet::{Drawn, Panel, Sheet};
use crate::units::{Date, Month};

/// Up to this many months, months are labelled.
const MONTHS_SHOWN: i32 = 18;
/// Up to this many months, quarters are labelled.
const QUARTERS_SHOWN: i32 = 42;
/// Blank space a label needs within its span.
const LABEL_PAD: f64 = 6.0;
const TICK_LENGTH: f64 = 5.0;
const YEAR_TICK_LENGTH: f64 = 22.0;
const LABEL_DROP: f64 = 16.0;
const YEAR_DROP: f64 = 32.0;

/// `Jul 2029`.
pub fn month_and_year(date: Date) -> String {
    format!("{}\u{a0}{}", Month::of_day(date).short(), date.year())
}

/// `Jul 2029`, `Q3 2029`, `2029`, or the first and the last month of other spans.
pub fn span(first: Date, last: Date) -> String {
    let months = month_index(last) - month_index(first) + 1;
    let month = i32::from(first.month()) - 1;
    match months {
        1 => month_and_year(first),
        3 if month % 3 == 0 => format!("Q{}\u{a0}{}", month / 3 + 1, first.year()),
        12 if month == 0 => first.year().to_string(),
        _ => format!("{} to {}", month_and_year(first), month_and_year(last)),
    }
}

/// `31 Dec 2030`.
pub fn day(date: Date) -> String {
    format!("{}\u{a0}{}", date.day(), month_and_year(date))
}

/// The dates shown, measured in days from the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calendar {
    start: Date,
    days: f64,
}

/// A stretch of the axis with a name, in days.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    from: f64,
    to: f64,
    label: String,
}

impl Calendar {
    /// From a first day to a last day, both included.
    pub fn new(first: Date, last: Date) -> Self {
        Self {
            start: first,
            days: f64::from(last.days_since(first).max(0) + 1),
        }
    }

    /// The same, begun on an earlier day.
    pub fn begun_on(self, day: Date) -> Self {
        let start = self.start.min(day);
        Self {
            start,
            days: self.days + f64::from(self.start.days_since(start)),
        }
    }

    /// The first day.
    pub fn start(&self) -> Date {
        self.start
    }

    /// Whether the axis reaches to the end of a day.
    pub fn reaches(&self, date: Date) -> bool {
        (0.0..=self.days).contains(&self.end_of(date))
    }

    /// Length of the axis.
    pub fn days(&self) -> f64 {
        self.days
    }

    /// Where the end of a day lies on the axis.
    pub fn end_of(&self, date: Date) -> f64 {
        f64::from(date.days_since(self.start) + 1)
    }

    /// Where the start of a day lies on the axis.
    pub fn start_of(&self, date: Date) -> f64 {
        f64::from(date.days_since(self.start))
    }

    /// Whether a day lies before the axis (`Less`), on it or after it.
    pub fn locate(&self, date: Date) -> std::cmp::Ordering {
        let day = self.start_of(date);
        if day < 0.0 {
            std::cmp::Ordering::Less
        } else if day >= self.days {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        }
    }

    fn months(&self) -> i32 {
        (self.days / 30.44).round() as i32
    }

    /// Height of the labels below the plot.
    pub fn height(&self, sheet: &Sheet<'_>) -> f64 {
        if self.months() <= QUARTERS_SHOWN {
            sheet.px(YEAR_DROP) + 6.0
        } else {
            sheet.px(LABEL_DROP) + 6.0
        }
    }

    /// Stretches of `months` months from the first whole one, cut to the axis.
    fn spans(&self, months: i32, label: impl Fn(i32) -> String) -> Vec<Span> {
        let first = month_index(self.start).div_euclid(months) * months;
        let mut spans = Vec::new();
        let mut index = first;
        while let Some(start) = month_start(index) {
            let from = self.start_of(start).max(0.0);
            if from >= self.days {
                break;
            }
            let to = month_start(index + months)
                .map_or(self.days, |next| self.start_of(next).min(self.days));
            spans.push(Span {
                from,
                to,
                label: label(index),
            });
            index += months;
        }
        spans
    }

    fn years(&self) -> Vec<Span> {
        self.spans(12, |index| index.div_euclid(12).to_string())
    }

    /// Where fiscal years that end with a month, 1 to 12, start and end, cut to the
    /// axis, and the calendar years they end in.
    pub fn fiscal_years(&self, last_month: i8) -> Vec<(f64, f64, i32)> {
        let offset = i32::from(last_month.clamp(1, 12)) % 12;
        let first = (month_index(self.start) - offset).div_euclid(12);
        let mut years = Vec::new();
        for year in first.. {
            let (start, next) = (year * 12 + offset, (year + 1) * 12 + offset);
            let Some(start) = month_start(start) else {
                break;
            };
            let from = self.start_of(start).max(0.0);
            if from >= self.days {
                break;
            }
            let to = month_start(next).map_or(self.days, |next| self.start_of(next));
            let ends_in = (next - 1).div_euclid(12);
            years.push((from, to.min(self.days), ends_in));
        }
        years
    }

    /// Ticks and labels below the panel.
    pub fn draw(&self, sheet: &Sheet<'_>, panel: &Panel<'_>) -> Drawn {
        let bottom = panel.rect.bottom;
        let base = sheet.solid(sheet.colours.axis, 1.0);
        sheet.rule((panel.rect.left, bottom), (panel.rect.right, bottom), base)?;
        let months = self.months();
        if months > QUARTERS_SHOWN {
            return self.draw_years(sheet, panel);
        }
        let fine = if months <= MONTHS_SHOWN {
            self.spans(1, |index| {
                Month::numbered((index.rem_euclid(12) + 1) as i8)
                    .short()
                    .to_owned()
            })
        } else {
            self.spans(3, |index| format!("Q{}", index.rem_euclid(12) / 3 + 1))
        };
        draw_spans(
            sheet,
            panel,
            &fine,
            sheet.px(TICK_LENGTH),
            sheet.px(LABEL_DROP),
        )?;
        draw_spans(
            sheet,
            panel,
            &self.years(),
            sheet.px(YEAR_TICK_LENGTH),
            sheet.px(YEAR_DROP),
        )
    }

    /// Every year, or every second, fifth, … where they would touch.
    fn draw_years(&self, sheet: &Sheet<'_>, panel: &Panel<'_>) -> Drawn {
        let years = self.years();
        let widest = sheet.measure("2000", axis::tick_style(sheet)) + 2.0 * sheet.px(LABEL_PAD);
        let per_year = panel.rect.width() / (self.days / 365.25);
        let every = [1, 2, 5, 10, 20, 50, 100, 200, 500]
            .into_iter()
            .find(|&years| f64::from(years) * per_year >= widest)
            .unwrap_or(1000);
        if every == 1 {
            return draw_spans(
                sheet,
                panel,
                &years,
                sheet.px(TICK_LENGTH),
                sheet.px(LABEL_DROP),
            );
        }
        for span in &years {
            let round = span
                .label
                .parse::<i32>()
                .is_ok_and(|year| year.rem_euclid(every) == 0);
            if round {
                tick(sheet, panel, span.from, sheet.px(TICK_LENGTH))?;
                let middle = panel.x((span.from + span.to) / 2.0);
                label(sheet, panel, &span.label, middle, sheet.px(LABEL_DROP))?;
            }
        }
        Ok(())
    }
}

fn draw_spans(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    spans: &[Span],
    length: f64,
    drop: f64,
) -> Drawn {
    for span in spans {
        tick(sheet, panel, span.from, length)?;
        let (left, right) = (panel.x(span.from), panel.x(span.to));
        if sheet.measure(&span.label, axis::tick_style(sheet)) + sheet.px(LABEL_PAD) <= right - left
        {
            label(sheet, panel, &span.label, (left + right) / 2.0, drop)?;
        }
    }
    spans
        .last()
        .map_or(Ok(()), |last| tick(sheet, panel, last.to, length))
}

fn tick(sheet: &Sheet<'_>, panel: &Panel<'_>, day: f64, length: f64) -> Drawn {
    let (x, bottom) = (panel.x(day), panel.rect.bottom);
    let stroke = sheet.solid(sheet.colours.axis, 1.0);
    sheet.rule((x, bottom), (x, bottom + length), stroke)
}

fn label(sheet: &Sheet<'_>, panel: &Panel<'_>, text: &str, x: f64, drop: f64) -> Drawn {
    let at = (x, panel.rect.bottom + drop + 1.0);
    sheet.text(text, at, axis::tick_style(sheet), Anchor::Middle)
}

/// Months since year 0.
fn month_index(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

/// The first day of a month, where the calendar has it.
fn month_start(index: i32) -> Option<Date> {
    let year = i16::try_from(index.div_euclid(12)).ok()?;
    let month = i8::try_from(index.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn years_quarters_and_months_are_named() {
        let labels = |spans: Vec<Span>| {
            spans
                .into_iter()
                .map(|span| span.label)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let calendar = Calendar::new(date(2026, 5, 1), date(2028, 2, 29));
        assert_eq!(labels(calendar.years()), "2026 2027 2028");
        assert_eq!(calendar.years()[0].to, 245.0);
        let quarters = calendar.spans(3, |index| format!("Q{}", index.rem_euclid(12) / 3 + 1));
        assert_eq!(labels(quarters), "Q2 Q3 Q4 Q1 Q2 Q3 Q4 Q1");
        assert_eq!(month_and_year(date(2029, 7, 31)), "Jul\u{a0}2029");
        assert_eq!(span(date(2029, 7, 1), date(2029, 9, 30)), "Q3\u{a0}2029");
        assert_eq!(span(date(2029, 7, 1), date(2029, 7, 31)), "Jul\u{a0}2029");
        assert_eq!(span(date(2029, 1, 1), date(2029, 12, 31)), "2029");
        assert_eq!(
            span(date(2029, 2, 3), date(2029, 4, 30)),
            "Feb\u{a0}2029 to Apr\u{a0}2029"
        );
    }

    #[test]
    fn fiscal_years_are_named_after_the_year_they_end_in() {
        let calendar = Calendar::new(date(2026, 1, 1), date(2027, 12, 31));
        assert_eq!(
            calendar.fiscal_years(6),
            [
                (0.0, 181.0, 2026),
                (181.0, 546.0, 2027),
                (546.0, 730.0, 2028)
            ]
        );
        assert_eq!(
            calendar.fiscal_years(12),
            [(0.0, 365.0, 2026), (365.0, 730.0, 2027)]
        );
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        let calendar = Calendar::new(date(9998, 1, 1), date(9999, 12, 31));
        assert_eq!(calendar.years().len(), 2);
    }
}
