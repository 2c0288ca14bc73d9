//! What stands beside curves in small panels: their names, and what they say at
//! each point.

use plotters::style::RGBColor;

use super::canvas::Anchor;
use super::labels::{self, Wish};
use super::lines::{Plot, colour};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::studies::{LineAxis, Lines, Measure};
use super::{axis, calendar, text};

const LABEL_GAP: f64 = 10.0;
const LABEL_HEIGHT: f64 = 15.0;

/// The curves' names at their right ends.
pub fn draw(sheet: &Sheet<'_>, panel: &Panel<'_>, plot: &Plot, most: f64) -> Drawn {
    let mut named: Vec<(f64, String, RGBColor)> = plot
        .series
        .iter()
        .filter(|curve| !curve.label.is_empty())
        .filter_map(|curve| {
            let last = curve.values.iter().rev().find(|value| value.is_finite())?;
            Some((
                panel.y(*last),
                curve.label.clone(),
                colour(sheet, curve.style),
            ))
        })
        .collect();
    named.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wishes: Vec<Wish> = named
        .iter()
        .map(|(middle, ..)| Wish {
            middle: *middle,
            height: sheet.px(LABEL_HEIGHT),
        })
        .collect();
    let half = sheet.px(LABEL_HEIGHT) / 2.0;
    let rect = panel.rect;
    let middles = labels::spread(&wishes, rect.top - half, rect.bottom + half);
    for ((_, label, colour), middle) in named.iter().zip(middles) {
        let style = sheet.label(*colour).bold();
        let label = text::fit(sheet.fonts(), label, style, most);
        let at = (
            rect.right + sheet.px(LABEL_GAP),
            axis::centred(middle, style.size),
        );
        sheet.text(&label, at, style, Anchor::Start)?;
    }
    Ok(())
}

/// What the curves say at each point.
pub fn hints(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    plot: &Plot,
    points: &[f64],
    lines: &Lines,
) -> Drawn {
    const MOST: usize = 120;
    let every = points.len().div_ceil(MOST).max(1);
    let shown: Vec<usize> = (0..points.len()).step_by(every).collect();
    for (n, &i) in shown.iter().enumerate() {
        let x = panel.x(points[i]);
        let to = |other: Option<&usize>, edge: f64| {
            other.map_or(edge, |&other| f64::midpoint(panel.x(points[other]), x))
        };
        let before = n.checked_sub(1).and_then(|n| shown.get(n));
        let rect = Rect {
            left: to(before, panel.rect.left),
            right: to(shown.get(n + 1), panel.rect.right),
            ..panel.rect
        };
        let at = match &lines.x {
            LineAxis::Dates(dates) => calendar::month_and_year(dates[i]),
            LineAxis::Numbers(title, values) => {
                format!(
                    "{}: {}",
                    text::clean(title),
                    Measure::Number(String::new()).label(values[i])
                )
            }
        };
        let mut said = vec![at];
        for curve in &plot.series {
            let Some(value) = curve.values.get(i).filter(|value| value.is_finite()) else {
                continue;
            };
            let name = match curve.label.as_str() {
                "" => String::new(),
                label => format!("{label}: "),
            };
            let mut line = format!("{name}{}", plot.measure.label(*value));
            if let Some((low, high)) = curve
                .band
                .get(i)
                .filter(|(low, high)| (low + high).is_finite())
            {
                let ends = [low, high].map(|end| plot.measure.label(*end));
                line.push_str(&format!(" ({} to {})", ends[0], ends[1]));
            }
            said.push(line);
        }
        sheet.hint(rect, &said.join("\n"))?;
    }
    Ok(())
}
