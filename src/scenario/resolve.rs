//! From the file as written to the scenario: every check in one place, every
//! default filled once.

use std::ops::Range;

use toml::Spanned;

use super::agreement::{self, Around};
use super::checked::{Bounds, Checked};
use super::diagnostics::Problem;
use super::file::{self, ScenarioFile};
use super::keys::{LARGEST_PRECISION, LARGEST_RATE, MOST_PERCENTILES};
use super::reading::stands_in;
use super::revenue;
use super::source::Source;
use super::{Milestone, Precision, ReportSettings, Scenario};
use crate::agreement::Contract;
use crate::simulate::{
    DEFAULT_MOST_POINTS, FIRST_POINTS, MAX_POINTS, Sampler, Settings, Valuation,
};
use crate::units::{
    LEAST_DPI, MOST_DPI, Money, ReportingYear, Size, Step, Style, Theme, Timeline, TimelineError,
    Unit,
};

/// The months of a year by name.
pub const MONTHS: [(&str, i8); 12] = [
    ("january", 1),
    ("february", 2),
    ("march", 3),
    ("april", 4),
    ("may", 5),
    ("june", 6),
    ("july", 7),
    ("august", 8),
    ("september", 9),
    ("october", 10),
    ("november", 11),
    ("december", 12),
];
const DEFAULT_PERCENTILES: [f64; 5] = [5.0, 25.0, 50.0, 75.0, 95.0];

/// The scenario a file describes, or everything that is wrong with it.
///
/// Without a timeline, everything that does not depend on it is still checked.
pub fn resolve(
    file: ScenarioFile,
    stem: &str,
    source: &Source,
    problems: Vec<Problem>,
) -> Result<Scenario, Vec<Problem>> {
    let mut checked = Checked::new(source, problems);
    let title = match &file.title {
        Some(title) => checked.text("title", title),
        None => checked.filled("title", stem, stem.to_owned()),
    };
    let money = money(&mut checked, &file);
    let timeline = timeline(&mut checked, &file.timeline);
    let model = revenue::model(&mut checked, &file.revenue, timeline.as_ref());
    let around = Around {
        timeline: timeline.as_ref(),
        model: model.as_ref(),
        money: &money,
    };
    let agreements = agreement::agreements(&mut checked, &file.agreement, around);
    let settings = settings(&mut checked, &file.simulation);
    let precision = precision(&mut checked, &file.simulation);
    let valuation = valuation(&mut checked, file.valuation.as_ref(), timeline.as_ref());
    let report = report(&mut checked, &file.report);
    let (Some(timeline), Some(model), Some(agreements), true) =
        (timeline, model, agreements, checked.problems.is_empty())
    else {
        return Err(checked.problems);
    };
    let last_months = [Some(12), report.fiscal_year_ends].into_iter().flatten();
    let years = last_months
        .map(|month| ReportingYear::of(&timeline, month))
        .collect();
    Ok(Scenario {
        title,
        sources: file.source.0,
        money,
        contracts: agreements
            .into_iter()
            .map(|agreement| Contract::new(agreement, &timeline))
            .collect(),
        timeline,
        inputs: checked.inputs,
        model,
        settings,
        precision,
        valuation,
        report,
        defaults: checked.defaults,
        stem: String::new(),
        text: String::new(),
        overrides: Vec::new(),
        years,
    })
}

fn money(checked: &mut Checked<'_>, file: &ScenarioFile) -> Money {
    let unit = match &file.unit {
        Some(unit) => checked.choice("unit", unit, &Unit::ALL),
        None => checked.filled("unit", "one", Unit::One),
    };
    let code = match &file.currency {
        Some(code) => code.get_ref().as_str(),
        None => checked.filled("currency", "USD", "USD"),
    };
    Money::new(code, unit).unwrap_or_else(|| {
        let span = file.currency.as_ref().map_or(0..0, Spanned::span);
        let message = format!("`currency` cannot be {code:?}");
        checked.refuse(span, "currency", message, "not a currency code".to_owned());
        Money::new("USD", unit).expect("USD is a currency code")
    })
}

fn timeline(checked: &mut Checked<'_>, file: &file::Timeline) -> Option<Timeline> {
    let before = checked.problems.len();
    let start = checked.date("timeline.start", &file.start);
    let end = checked.date("timeline.end", &file.end);
    let step = checked.choice("timeline.step", &file.step, &Step::ALL);
    let spans = [file.start.span(), file.end.span(), file.step.span()];
    if checked.problems.len() > before || spans.iter().any(stands_in) {
        return None;
    }
    Timeline::new(start, end, step)
        .map_err(|error| {
            let message = error.to_string();
            match error {
                TimelineError::EndBeforeStart => {
                    let label = format!("this is before the start, {start}");
                    checked.refuse(file.end.span(), "timeline.end", message, label);
                }
                TimelineError::OutOfCalendar => {
                    let label = format!("with this, it runs from {start} to {end}");
                    checked.refuse(file.end.span(), "timeline.end", message, label);
                }
                TimelineError::TooLong => {
                    let label = format!("too short a step from {start} to {end}");
                    let hint = "take a longer step or an earlier end".to_owned();
                    let span = file.step.span();
                    checked.refuse_with(span, "timeline.step", message, label, hint);
                }
            }
        })
        .ok()
}

fn settings(checked: &mut Checked<'_>, file: &file::Simulation) -> Settings {
    let sampler = match &file.sampler {
        Some(written) => checked.choice("simulation.sampler", written, &Sampler::ALL),
        None => checked.filled("simulation.sampler", "sobol", Sampler::Sobol),
    };
    let key = "simulation.points";
    let points = match &file.points {
        Some(written) => {
            let before = checked.problems.len();
            let points = checked.whole(key, written, 64, MAX_POINTS as i64) as u64;
            let uneven = sampler == Sampler::Sobol && !points.is_power_of_two();
            if checked.problems.len() == before && uneven {
                let message = format!("`{key}` is not a power of two");
                let next = points.next_power_of_two();
                let label = format!("the nearest are {} and {next}", next / 2);
                let hint = format!("take {next}, or sampler = \"random\" for any number");
                checked.refuse_with(written.span(), key, message, label, hint);
            }
            points
        }
        None => checked.filled(key, Settings::DEFAULT_POINTS, Settings::DEFAULT_POINTS),
    };
    let key = "simulation.replicates";
    let replicates = match &file.replicates {
        Some(written) => {
            let least = i64::from(Settings::LEAST_REPLICATES);
            let most = i64::from(Settings::MOST_REPLICATES);
            checked.whole(key, written, least, most) as u32
        }
        None => checked.filled(
            key,
            Settings::DEFAULT_REPLICATES,
            Settings::DEFAULT_REPLICATES,
        ),
    };
    let seed = match &file.seed {
        Some(written) => checked.whole("simulation.seed", written, 0, i64::MAX) as u64,
        None => checked.filled("simulation.seed", 0, 0),
    };
    Settings {
        points,
        replicates,
        sampler,
        seed,
    }
}

/// The precision wanted, if any, and where the search for it ends.
fn precision(checked: &mut Checked<'_>, file: &file::Simulation) -> Option<Precision> {
    let bounds = Bounds::Above(0.0, LARGEST_PRECISION);
    let key = "simulation.max_points";
    let most_points = match &file.max_points {
        Some(written) => {
            let before = checked.problems.len();
            let least = FIRST_POINTS as i64;
            let points = checked.whole(key, written, least, MAX_POINTS as i64) as u64;
            if checked.problems.len() == before && !points.is_power_of_two() {
                let message = format!("`{key}` is not a power of two");
                let next = points.next_power_of_two();
                let label = format!("the nearest are {} and {next}", next / 2);
                checked.refuse(written.span(), key, message, label);
            }
            points
        }
        None => DEFAULT_MOST_POINTS,
    };
    let wanted = file.precision.as_ref()?;
    Some(Precision {
        wanted: checked.number("simulation.precision", wanted, bounds),
        most_points,
    })
}

fn valuation(
    checked: &mut Checked<'_>,
    file: Option<&file::Valuation>,
    timeline: Option<&Timeline>,
) -> Option<Valuation> {
    let file = file?;
    let date = file
        .date
        .as_ref()
        .map(|written| checked.date("valuation.date", written));
    let rate = Bounds::Above(-1.0, LARGEST_RATE);
    let discount_rate = checked.number("valuation.discount_rate", &file.discount_rate, rate);
    let start = timeline.map(Timeline::start);
    let date = date.or_else(|| Some(checked.filled("valuation.date", start?, start?)))?;
    Some(Valuation {
        date,
        discount_rate,
    })
}

fn report(checked: &mut Checked<'_>, file: &file::Report) -> ReportSettings {
    let key = "report.percentiles";
    let percentiles = match &file.percentiles {
        Some(written) => {
            if let Some((span, message, label)) = bad_percentiles(written) {
                checked.refuse(span, key, message, label);
            }
            written.get_ref().iter().map(|p| *p.get_ref()).collect()
        }
        None => checked.filled(key, "[5, 25, 50, 75, 95]", DEFAULT_PERCENTILES.to_vec()),
    };
    let fiscal_year_ends = file
        .fiscal_year_ends
        .as_ref()
        .map(|month| checked.choice("report.fiscal_year_ends", month, &MONTHS));
    let milestones = file
        .milestone
        .iter()
        .map(|milestone| Milestone {
            date: checked.date("report.milestone.date", &milestone.date),
            label: checked.text("report.milestone.label", &milestone.label),
        })
        .collect();
    ReportSettings {
        percentiles,
        fiscal_year_ends,
        milestones,
        style: style(checked, file),
    }
}

fn style(checked: &mut Checked<'_>, file: &file::Report) -> Style {
    let default = Style::default();
    let (theme, size) = (file.theme.as_ref(), file.size.as_ref());
    let (least, most) = (i64::from(LEAST_DPI), i64::from(MOST_DPI));
    let dpi = file.dpi.as_ref();
    let dpi = dpi.map(|written| checked.whole("report.dpi", written, least, most));
    Style {
        theme: theme.map_or(default.theme, |word| {
            checked.choice("report.theme", word, &Theme::ALL)
        }),
        size: size.map_or(default.size, |word| {
            checked.choice("report.size", word, &Size::ALL)
        }),
        dpi: dpi
            .and_then(|dpi| u32::try_from(dpi).ok())
            .unwrap_or(default.dpi),
    }
}

/// The first thing wrong with a list of percentiles: where, what, and what is
/// marked.
fn bad_percentiles(written: &Spanned<Vec<Spanned<f64>>>) -> Option<(Range<usize>, String, String)> {
    let list = written.get_ref();
    let count = list.len();
    if count == 0 || count > MOST_PERCENTILES {
        let message = "`report.percentiles` holds none, or too many".to_owned();
        return Some((
            written.span(),
            message,
            format!("this is a list of {count}"),
        ));
    }
    let inside = |p: f64| 0.0 < p && p < 100.0;
    if let Some(p) = list.iter().find(|p| !inside(*p.get_ref())) {
        let message = "each item of `report.percentiles` must lie between 0 and 100".to_owned();
        let label = "0 and 100 themselves are no percentiles".to_owned();
        return Some((p.span(), message, label));
    }
    let pair = list
        .windows(2)
        .find(|pair| pair[0].get_ref() >= pair[1].get_ref())?;
    let message = "`report.percentiles` must ascend".to_owned();
    let label = format!("this comes after {}", pair[0].get_ref());
    Some((pair[1].span(), message, label))
}
