//! The charts of the page: drawn for wide and for narrow screens on a light
//! ground, with rules that give them the colours of a dark one.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;

use super::super::figure::{Drawing, Figure, FigureError};
use super::super::{Report, figures};
use crate::scenario::{ChartOptions, Size, Style, Theme};

/// A chart in the forms the page needs.
pub struct Chart {
    name: String,
    wide: String,
    narrow: String,
    /// Colours on a light ground and what takes their place on a dark one.
    colours: BTreeSet<(String, String)>,
}

/// Draws every chart of a run.
pub fn all(report: &Report<'_>, convergence: bool) -> Result<Vec<Chart>, FigureError> {
    // Where the cap binds in no outcome the answer says so, and there is nothing to draw.
    let is_empty = |figure: &Figure| match figure {
        Figure::Binding(binding) => binding.not_reached >= 1.0,
        _ => false,
    };
    let figures = figures(report, convergence).into_iter();
    let figures = figures.filter(|(_, figure)| !is_empty(figure));
    drawn(figures.collect(), &report.scenario.report.charts)
}

/// Draws figures as charts of a page.
pub fn drawn(
    figures: Vec<(String, Figure)>,
    options: &ChartOptions,
) -> Result<Vec<Chart>, FigureError> {
    figures
        .into_par_iter()
        .map(|(name, mut figure)| {
            // The page names its sources and the run once.
            if options.only.contains(&name) {
                figure.reword(options);
            }
            let frame = figure.frame_mut();
            frame.sources.clear();
            frame.run.clear();
            let mut colours = BTreeSet::new();
            let mut draw = |size: Size, kind: &str| {
                let id = format!("{name}-{kind}");
                let svg = |theme| -> Result<String, FigureError> {
                    let style = Style {
                        size,
                        theme,
                        ..Style::default()
                    };
                    Ok(Drawing::new(&figure, style)?.inline_svg(&id))
                };
                let light = svg(Theme::Light)?;
                let dark = svg(Theme::Dark)?;
                colours.extend(
                    painted(&light)
                        .map(str::to_owned)
                        .zip(painted(&dark).map(str::to_owned)),
                );
                Ok::<String, FigureError>(light)
            };
            let (wide, narrow) = (draw(Size::Page, "wide")?, draw(Size::Column, "narrow")?);
            Ok(Chart {
                wide,
                narrow,
                colours,
                name,
            })
        })
        .collect()
}

/// The colours of an SVG's fills and strokes, in order.
fn painted(svg: &str) -> impl Iterator<Item = &str> {
    let places = svg.match_indices("=\"#");
    places.filter_map(|(i, _)| svg.get(i + 2..i + 9))
}

/// The rules that put dark colours in the place of light ones, chart by chart:
/// the drawings of both themes differ in nothing else.
pub fn dark_rules(charts: &[Chart]) -> String {
    let mut rules = String::from("@media screen and (prefers-color-scheme: dark) {\n");
    for chart in charts {
        for (light, dark) in &chart.colours {
            for paint in ["fill", "stroke"] {
                rules.push_str(&format!(
                    "#{}-chart [{paint}=\"{light}\"] {{ {paint}: {dark} }}\n",
                    chart.name
                ));
            }
        }
    }
    rules.push_str("}\n");
    rules
}

/// The chart of the answer: of the primary agreement, how sharing ends, or else when the
/// cap binds, or else what is paid.
fn of_answer(charts: &[Chart]) -> Option<usize> {
    let of_kind = |kind: &str| charts.iter().position(|chart| chart.name.starts_with(kind));
    // An agreement's total is the last of its charts.
    let total = of_kind("total")?;
    let kinds = ["ending", "binding"].into_iter();
    let found = kinds.filter_map(of_kind).find(|at| *at < total);
    Some(found.unwrap_or(total))
}

/// The chart of the answer, which stands first.
pub fn lead(charts: &[Chart]) -> Markup {
    html! { @if let Some(at) = of_answer(charts) { (charts[at].figure()) } }
}

/// The other charts, one below the other.
pub fn section(charts: &[Chart]) -> Markup {
    let first = of_answer(charts);
    let others = charts.iter().enumerate().filter(|(i, _)| Some(*i) != first);
    html! {
        p.screen { "Rest the pointer on a chart to read its values; the tables below hold them too." }
        @for (_, chart) in others { (chart.figure()) }
    }
}

impl Chart {
    pub fn figure(&self) -> Markup {
        html! {
            figure id={ (self.name) "-chart" } {
                div.wide { (PreEscaped(&self.wide)) }
                div.narrow { (PreEscaped(&self.narrow)) }
            }
        }
    }
}
