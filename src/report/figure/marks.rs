//! Vertical lines at dates and values, with their labels above the plot.

use std::cmp::Ordering;

use super::calendar::{self, Calendar};
use super::canvas::{Anchor, Stroke, TextStyle};
use super::data::Milestone;
use super::font::Weight;
use super::labels::{self, Flag, Slot};
use super::sheet::{Drawn, Sheet};
use super::{text, theme};

const ROW_HEIGHT: f64 = 16.0;
/// Blank space between the plot and the lowest row's base line.
const LIFT: f64 = 7.0;
/// Blank space between a line and its label.
const INDENT: f64 = 5.0;
/// Blank space after a label.
const TRAIL: f64 = 10.0;
const MAX_LABEL_WIDTH: f64 = 260.0;

/// A line with a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where it stands on the sheet.
    pub x: f64,
    /// What it means.
    pub label: String,
    /// The label's look.
    pub style: TextStyle,
    /// The line's look.
    pub stroke: Stroke,
}

/// Marks that have found their place, and the labels of those that have not.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    placed: Vec<(Mark, Slot)>,
    left_out: Vec<String>,
}

impl Marks {
    /// Places the labels between two sides in at most `rows` rows; the bold ones and
    /// the first given have the first choice.
    pub fn place(
        sheet: &Sheet<'_>,
        marks: Vec<Mark>,
        (left, right): (f64, f64),
        rows: usize,
    ) -> Self {
        let marks: Vec<Mark> = marks
            .into_iter()
            .map(|mark| Mark {
                label: text::fit(
                    sheet.fonts(),
                    &mark.label,
                    mark.style,
                    sheet.px(MAX_LABEL_WIDTH),
                ),
                ..mark
            })
            .collect();
        let flags: Vec<Flag> = marks
            .iter()
            .map(|mark| Flag {
                x: mark.x,
                width: sheet.measure(&mark.label, mark.style) + sheet.px(INDENT) + sheet.px(TRAIL),
                is_essential: mark.style.weight == Weight::SemiBold,
            })
            .collect();
        let slots = labels::hang(&flags, left, right + sheet.px(TRAIL), rows);
        let mut placed = Vec::new();
        let mut left_out = Vec::new();
        for (mark, slot) in marks.into_iter().zip(slots) {
            match slot {
                Some(slot) => placed.push((mark, slot)),
                None => left_out.push(mark.label),
            }
        }
        Self { placed, left_out }
    }

    /// The labels that found no place, for a note.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Height of the rows above the plot.
    pub fn height(&self, sheet: &Sheet<'_>) -> f64 {
        let rows = self.placed.iter().map(|(_, slot)| slot.row + 1).max();
        rows.map_or(0.0, |rows| {
            rows as f64 * sheet.px(ROW_HEIGHT) + sheet.px(LIFT) - 2.0
        })
    }

    /// Whether a line stands between two positions.
    pub fn cross(&self, left: f64, right: f64) -> bool {
        self.placed
            .iter()
            .any(|(mark, _)| mark.x > left && mark.x < right)
    }

    /// The first line between two positions, if any.
    pub fn first_between(&self, left: f64, right: f64) -> Option<f64> {
        let places = self.placed.iter().map(|(mark, _)| mark.x);
        places.filter(|x| left < *x && *x < right).reduce(f64::min)
    }

    /// Lines from `top` down to `bottom` only, where a second panel goes on.
    pub fn continue_lines(&self, sheet: &Sheet<'_>, top: f64, bottom: f64) -> Drawn {
        for (mark, _) in &self.placed {
            sheet.rule((mark.x, top), (mark.x, bottom), mark.stroke)?;
        }
        Ok(())
    }

    /// Lines from the rows above `top` down to `bottom`. Drawn before the data.
    pub fn draw_lines(&self, sheet: &Sheet<'_>, top: f64, bottom: f64) -> Drawn {
        for (mark, slot) in &self.placed {
            let head = base_line(sheet, top, *slot) - mark.style.size * theme::CAP_HEIGHT - 1.0;
            sheet.rule((mark.x, head), (mark.x, bottom), mark.stroke)?;
        }
        Ok(())
    }

    /// The labels above `top`.
    pub fn draw_labels(&self, sheet: &Sheet<'_>, top: f64) -> Drawn {
        for (mark, slot) in &self.placed {
            let (x, anchor) = if slot.leftwards {
                (mark.x - sheet.px(INDENT), Anchor::End)
            } else {
                (mark.x + sheet.px(INDENT), Anchor::Start)
            };
            sheet.text(
                &mark.label,
                (x, base_line(sheet, top, *slot)),
                mark.style,
                anchor,
            )?;
        }
        Ok(())
    }
}

fn base_line(sheet: &Sheet<'_>, top: f64, slot: Slot) -> f64 {
    top - sheet.px(LIFT) - slot.row as f64 * sheet.px(ROW_HEIGHT)
}

/// How a milestone's label looks.
pub fn label_style(sheet: &Sheet<'_>) -> TextStyle {
    sheet.label(sheet.colours.text)
}

/// How a milestone's line looks.
pub fn line_style(sheet: &Sheet<'_>) -> Stroke {
    sheet.dashed(sheet.colours.mark, 1.0, 2.0, 2.0)
}

/// The milestones on the axis as marks, from the last to the first, and notes on
/// those before and after it.
pub fn milestones(
    sheet: &Sheet<'_>,
    milestones: &[Milestone],
    calendar: &Calendar,
    x: impl Fn(f64) -> f64,
) -> (Vec<Mark>, Vec<String>) {
    let mut sorted: Vec<&Milestone> = milestones.iter().collect();
    sorted.sort_by_key(|milestone| milestone.date);
    let mut marks = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for milestone in sorted {
        let label = text::clean(&milestone.label);
        let dated = || format!("{label}, {}", calendar::month_and_year(milestone.date));
        match calendar.locate(milestone.date) {
            Ordering::Less => before.push(dated()),
            Ordering::Greater => after.push(dated()),
            Ordering::Equal => marks.push(Mark {
                x: x(calendar.end_of(milestone.date)),
                label,
                style: label_style(sheet),
                stroke: line_style(sheet),
            }),
        }
    }
    marks.reverse();
    let mut notes = Vec::new();
    for (when, what) in [("Before", before), ("After", after)] {
        if !what.is_empty() {
            notes.push(format!("{when} the dates shown: {}.", what.join("; ")));
        }
    }
    (marks, notes)
}

/// A note on marks without room.
pub fn note_left_out(marks: &Marks) -> Option<String> {
    let names = marks.left_out();
    (!names.is_empty()).then(|| format!("Not marked for want of space: {}.", names.join("; ")))
}
