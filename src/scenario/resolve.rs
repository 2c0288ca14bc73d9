//! From the file as written to the scenario: every check in one place, every
//! default filled once.

use super::actuals;
use super::agreement::{self, Around};
use super::cases::{self, Named};
use super::checked::{Bounds, Checked};
use super::correlation;
use super::diagnostics::Problem;
use super::file::{self, ScenarioFile};
use super::keys::LARGEST_PRECISION;
use super::placed::Spanned;
use super::reading::stands_in;
use super::reporting;
use super::revenue;
use super::source::Source;
use super::sweep;
use super::valuation;
use super::{Precision, Scenario};
use crate::agreement::{Agreement, Contract, When};
use crate::simulate::{DEFAULT_MOST_POINTS, FIRST_POINTS, MAX_POINTS, Sampler, Settings};
use crate::text::{brief, quoted, stray};
use crate::units::{Input, Money, Parameter, ReportingYear, Step, Timeline, TimelineError, Unit};

/// The scenario a file describes and what cases it names, or everything that is wrong
/// with it.
///
/// Without a timeline, everything that does not depend on it is still checked.
/// The first inputs are those called `reserved`, used or not.
pub fn resolve(
    file: ScenarioFile,
    stem: &str,
    source: &Source,
    problems: Vec<Problem>,
    reserved: &[String],
) -> Result<(Scenario, Vec<Named>), Vec<Problem>> {
    let mut checked = Checked::new(source, problems);
    checked.reserve(reserved);
    let title = match &file.title {
        Some(title) => checked.text("title", title),
        None => {
            let stem = brief(stem);
            checked.filled("title", &stem, stem.clone())
        }
    };
    let sources = sources(&mut checked, file.source.as_ref());
    let money = money(&mut checked, &file);
    let timeline = timeline(&mut checked, &file.timeline);
    let actuals = actuals::actuals(&mut checked, file.actuals.as_ref(), timeline.as_ref());
    let model = revenue::model(&mut checked, &file, timeline.as_ref(), actuals.as_ref());
    let around = Around {
        timeline: timeline.as_ref(),
        model: model.as_ref(),
        money: &money,
        actuals: actuals.as_ref(),
    };
    let agreements = agreement::agreements(&mut checked, &file.agreement, around);
    if let (Some(actuals), Some(table)) = (&actuals, &file.actuals) {
        let names = agreements.iter().flatten().map(|a| a.name.as_str());
        actuals.check_names(&mut checked, table, &names.collect::<Vec<_>>());
    }
    if let Some(table) = &file.correlation {
        correlation::tie_inputs(&mut checked, table);
    }
    let model = model.and_then(|model| revenue::weighed(&mut checked, model));
    let settings = settings(&mut checked, &file.simulation);
    let precision = precision(&mut checked, &file.simulation);
    let known = agreements.as_deref();
    let valuation = file.valuation.as_ref();
    let valuation = valuation::valuation(&mut checked, valuation, timeline.as_ref(), known);
    let report = reporting::report(&mut checked, &file.report, timeline.as_ref());
    let named = cases::named(&mut checked, file.case.as_ref());
    let sweep = file
        .sweep
        .as_ref()
        .map(|file| sweep::asked(&mut checked, file));
    let (Some(timeline), Some(model), Some(agreements), true) =
        (timeline, model, agreements, checked.problems.is_empty())
    else {
        return Err(checked.problems);
    };
    let mut agreements = agreements;
    let contracts = contracts(&agreements, &timeline, &checked.inputs);
    if reserved.is_empty() {
        forget_undrawn(&mut checked.inputs, &mut agreements, &contracts);
    }
    let last_months = [Some(12), report.fiscal_year_ends].into_iter().flatten();
    let years = last_months
        .map(|month| ReportingYear::of(&timeline, month))
        .collect();
    let scenario = Scenario {
        title,
        sources,
        money,
        agreements,
        contracts,
        timeline,
        inputs: checked.inputs,
        correlations: checked.correlations,
        model,
        settings,
        precision,
        valuation,
        report,
        sweep,
        defaults: checked.defaults,
        doubts: checked.doubts,
        stem: String::new(),
        written: Vec::new(),
        changes: Vec::new(),
        text: String::new(),
        overrides: Vec::new(),
        attached: Vec::new(),
        years,
        cases: Vec::new(),
    };
    Ok((scenario, named))
}

/// The agreements on the grid, without what changes nothing in them.
fn contracts(agreements: &[Agreement], timeline: &Timeline, inputs: &[Input]) -> Vec<Contract> {
    let of = |agreement: &Agreement| {
        let simplified = agreement.simplified(agreement.expiry, timeline, inputs);
        Contract::new(simplified, timeline)
    };
    agreements.iter().map(of).collect()
}

/// Leaves out the last inputs where nothing but the time of what cannot happen is drawn
/// by them: futures are those of a file that does not speak of it.
fn forget_undrawn(inputs: &mut Vec<Input>, written: &mut [Agreement], contracts: &[Contract]) {
    let draws = |when: &When, at: usize| match *when {
        When::Years(drawn)
        | When::Hazard {
            unit_wait: drawn, ..
        } => drawn == Parameter::Uncertain(at),
        When::Revenue(_) | When::Payments(_) => false,
    };
    while let Some(last) = inputs.pop_if(|last| last.loadings.is_empty()) {
        let at = inputs.len();
        let is_drawn = |when: &&mut When| draws(when, at);
        let whens = written.iter_mut().flat_map(|a| a.clauses.whens_mut());
        let undrawn: Vec<&mut When> = whens.filter(is_drawn).collect();
        let mut kept = contracts.iter().flat_map(|c| c.agreement.clauses.whens());
        if undrawn.is_empty() || kept.any(|when| draws(&when, at)) {
            inputs.push(last);
            return;
        }
        for when in undrawn {
            match when {
                When::Years(years) => *years = Parameter::Fixed(last.distribution.range().0),
                When::Hazard { unit_wait, .. } => *unit_wait = Parameter::Fixed(f64::INFINITY),
                When::Revenue(_) | When::Payments(_) => {}
            }
        }
    }
}

/// Where the figures come from: texts of any number of lines.
fn sources(checked: &mut Checked<'_>, written: Option<&Spanned<file::Sources>>) -> Vec<String> {
    let Some(written) = written else {
        return Vec::new();
    };
    let sources = &written.get_ref().0;
    if let Some((_, c)) = sources.iter().find_map(|source| stray(source)) {
        let message = "`source` holds a control character".to_owned();
        let label = format!("among this is {}", c.escape_unicode());
        checked.refuse(written.span(), "source", message, label);
    }
    sources.clone()
}

fn money(checked: &mut Checked<'_>, file: &ScenarioFile) -> Money {
    let unit = match &file.unit {
        Some(unit) => checked.choice::<Unit>("unit", unit),
        None => checked.filled("unit", "one", Unit::One),
    };
    let code = match &file.currency {
        Some(code) => code.get_ref().as_str(),
        None => checked.filled("currency", "USD", "USD"),
    };
    Money::new(code, unit).unwrap_or_else(|| {
        let span = file.currency.as_ref().map_or(0..0, |code| code.span());
        let message = format!("`currency` cannot be {}", quoted(code));
        checked.refuse(span, "currency", message, "not a currency code".to_owned());
        Money::new("USD", unit).expect("USD is a currency code")
    })
}

fn timeline(checked: &mut Checked<'_>, file: &file::Timeline) -> Option<Timeline> {
    let before = checked.problems.len();
    let start = checked.date("timeline.start", &file.start);
    let end = checked.date("timeline.end", &file.end);
    let step = checked.choice::<Step>("timeline.step", &file.step);
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
        Some(written) => checked.choice::<Sampler>("simulation.sampler", written),
        None => checked.filled("simulation.sampler", "sobol", Sampler::Sobol),
    };
    let key = "simulation.points";
    let points = match &file.points {
        Some(written) => {
            let before = checked.problems.len();
            let least = Settings::LEAST_POINTS as i64;
            let points = checked.whole(key, written, least, MAX_POINTS as i64) as u64;
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
