//! From the file as written to the scenario: every check in one place, every
//! default filled once.

use std::ops::Range;

use toml::Spanned;

use super::checked::{Bounds, Checked};
use super::diagnostics::Problem;
use super::file::{self, ScenarioFile};
use super::keys::{LARGEST_PRECISION, LARGEST_RATE, LONGEST_LAG, MOST_PERCENTILES};
use super::reading::stands_in;
use super::revenue;
use super::source::Source;
use super::{Milestone, Precision, ReportSettings, Scenario};
use crate::agreement::{Agreement, Clauses, Contract, PaymentTerms, TotalCap};
use crate::simulate::{
    DEFAULT_MOST_POINTS, FIRST_POINTS, MAX_POINTS, Sampler, Settings, Valuation,
};
use crate::units::{
    LEAST_DPI, MOST_DPI, Money, Parameter, ReportingYear, Size, Step, Style, Theme, Timeline,
    TimelineError, Unit,
};

const MONTHS: [(&str, i8); 12] = [
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
    let agreements = agreements(&mut checked, &file.agreement, timeline.as_ref());
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

/// Every agreement; `None` without a timeline. Each of several has a name of its
/// own, by which its keys are known.
fn agreements(
    checked: &mut Checked<'_>,
    file: &Spanned<Vec<Spanned<file::Agreement>>>,
    timeline: Option<&Timeline>,
) -> Option<Vec<Agreement>> {
    let list = file.get_ref();
    let key = "agreement";
    if list.is_empty() && checked.problems.iter().all(|p| p.key != [key]) {
        let label = "this is an empty list".to_owned();
        checked.refuse(file.span(), key, "there is no agreement".to_owned(), label);
    }
    if let [only] = list.as_slice() {
        return Some(vec![agreement(checked, only.get_ref(), timeline)?]);
    }
    let mut names: Vec<&str> = Vec::new();
    let mut agreements = Vec::new();
    for written in list {
        let key = "agreement.name";
        match &written.get_ref().name {
            None => {
                let label = "this one has none".to_owned();
                let message = format!("missing key `{key}`: there are several agreements");
                checked.refuse(written.span(), key, message, label);
            }
            Some(name) if names.contains(&name.get_ref().trim()) => {
                let label = "another one has this name".to_owned();
                let message = format!("`{key}` is given twice");
                checked.refuse(name.span(), key, message, label);
            }
            Some(name) => names.push(name.get_ref().trim()),
        }
        let name = written.get_ref().name.as_ref();
        checked.enter("agreement", name.map_or("", |name| name.get_ref().trim()));
        agreements.push(agreement(checked, written.get_ref(), timeline));
        checked.leave();
    }
    agreements.into_iter().collect()
}

fn agreement(
    checked: &mut Checked<'_>,
    file: &file::Agreement,
    timeline: Option<&Timeline>,
) -> Option<Agreement> {
    let mut text = |key: &str, written: &Option<Spanned<String>>, default: &str| match written {
        Some(written) => checked.text(key, written),
        None => checked.filled(key, default, default.to_owned()),
    };
    let payer = text("agreement.payer", &file.payer, "payer");
    let payee = text("agreement.payee", &file.payee, "payee");
    let name = text("agreement.name", &file.name, "agreement");
    let share = checked.scalar("agreement.share", &file.share, Bounds::Closed(0.0, 1.0));
    let cap = file
        .cap
        .as_ref()
        .map(|cap| checked.scalar("agreement.cap", cap, Bounds::AMOUNT));
    let key = "agreement.paid_before";
    let paid_before = match &file.paid_before {
        Some(written) => checked.scalar(key, written, Bounds::AMOUNT),
        None => checked.filled(key, 0, Parameter::Fixed(0.0)),
    };
    let payment = payment(checked, file.payment.as_ref(), timeline);
    let key = "agreement.effective";
    let effective = file.effective.as_ref().and_then(|written| {
        let before = checked.problems.len();
        let date = checked.date(key, written);
        if checked.problems.len() > before {
            return None;
        }
        if let Some(end) = timeline.map(Timeline::end).filter(|end| date > *end) {
            let message = format!("`{key}` lies after the timeline's end");
            let label = format!("the timeline ends on {end}");
            checked.refuse(written.span(), key, message, label);
        }
        Some(date)
    });
    let key = "agreement.expiry";
    let expiry = file.expiry.as_ref().and_then(|written| {
        let before = checked.problems.len();
        let date = checked.date(key, written);
        if checked.problems.len() > before {
            return None;
        }
        let first = effective.max(timeline.map(Timeline::start));
        if let Some(end) = timeline.map(Timeline::end).filter(|end| date > *end) {
            let message = format!("`{key}` lies after the timeline's end");
            let label = format!("the timeline ends on {end}");
            let hint = "move timeline.end, or leave the key out to share until then".to_owned();
            checked.refuse_with(written.span(), key, message, label, hint);
        } else if let Some(first) = first.filter(|first| date < *first) {
            let message = format!("`{key}` lies before the first day of sharing");
            let label = format!("sharing starts on {first}");
            checked.refuse(written.span(), key, message, label);
        }
        Some(date)
    });
    let (start, end) = timeline.map(|timeline| (timeline.start(), timeline.end()))?;
    Some(Agreement {
        name,
        payer,
        payee,
        share: share.into(),
        cap: cap.map(TotalCap::from),
        paid_before,
        effective: effective.unwrap_or_else(|| checked.filled("agreement.effective", start, start)),
        expiry: expiry.unwrap_or_else(|| checked.filled("agreement.expiry", end, end)),
        payment,
        clauses: Clauses::default(),
    })
}

fn payment(
    checked: &mut Checked<'_>,
    file: Option<&file::Payment>,
    timeline: Option<&Timeline>,
) -> PaymentTerms {
    let key = "agreement.payment.every";
    let every = match file.and_then(|payment| payment.every.as_ref()) {
        Some(written) => {
            let every = checked.choice(key, written, &Step::ALL);
            let longer = |step: &Step| every.months() < step.months();
            if let Some(step) = timeline.map(Timeline::step).filter(longer) {
                let message = format!("`{key}` is shorter than a period");
                let label = format!("periods of one {} cannot be paid in parts", step.word());
                let hint = "make timeline.step shorter, or pay less often".to_owned();
                checked.refuse_with(written.span(), key, message, label, hint);
            }
            Some(every)
        }
        None => checked.filled(key, "after each period", None),
    };
    let key = "agreement.payment.lag_months";
    let lag_months = match file.and_then(|payment| payment.lag_months.as_ref()) {
        Some(written) => checked.whole(key, written, 0, LONGEST_LAG) as i32,
        None => checked.filled(key, 0, 0),
    };
    PaymentTerms { every, lag_months }
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
