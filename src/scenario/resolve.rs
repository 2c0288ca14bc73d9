//! From the file as written to the scenario: every check in one place, every
//! default filled once.

use toml::Spanned;

use super::checked::{Bounds, Checked};
use super::diagnostics::Problem;
use super::file::{self, ScenarioFile};
use super::keys::{
    LARGEST_GROWTH, LARGEST_RATE, LARGEST_VOLATILITY, LONGEST_LAG, MOST_PERCENTILES,
};
use super::{Milestone, ReportSettings, Scenario};
use crate::agreement::{Agreement, PaymentTerms, Schedule};
use crate::revenue::{Forecast, ForecastError, ForecastPlan, Gbm, Model, Observe, Observed};
use crate::simulate::{MAX_POINTS, Sampler, Settings, Valuation};
use crate::units::{Date, Money, Parameter, ReportingYear, Step, Timeline, TimelineError, Unit};

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
const VOLATILITY: Bounds = Bounds::Closed(0.0, LARGEST_VOLATILITY);

/// The scenario a file describes, or everything that is wrong with it.
pub fn resolve(file: ScenarioFile, stem: &str) -> Result<Scenario, Vec<Problem>> {
    let mut checked = Checked::default();
    let title = match &file.title {
        Some(title) => checked.text("title", title),
        None => checked.filled("title", stem, stem.to_owned()),
    };
    let money = money(&mut checked, &file);
    let Some(timeline) = timeline(&mut checked, &file.timeline) else {
        return Err(checked.problems);
    };
    let model = model(&mut checked, &file.revenue, &timeline);
    let agreement = agreement(&mut checked, &file.agreement, &timeline);
    let settings = settings(&mut checked, &file.simulation);
    let valuation = valuation(&mut checked, file.valuation.as_ref(), &timeline);
    let report = report(&mut checked, &file.report);
    let Some(model) = model.filter(|_| checked.problems.is_empty()) else {
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
        schedule: Schedule::new(&agreement, &timeline),
        timeline,
        inputs: checked.inputs,
        model,
        agreement,
        settings,
        valuation,
        report,
        defaults: checked.defaults,
        text: String::new(),
        overrides: Vec::new(),
        years,
    })
}

fn money(checked: &mut Checked, file: &ScenarioFile) -> Money {
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

fn timeline(checked: &mut Checked, file: &file::Timeline) -> Option<Timeline> {
    let start = checked.date("timeline.start", &file.start);
    let end = checked.date("timeline.end", &file.end);
    let step = checked.choice("timeline.step", &file.step, &Step::ALL);
    if !checked.problems.is_empty() {
        return None;
    }
    Timeline::new(start, end, step)
        .map_err(|error| {
            let (key, span, label) = match error {
                TimelineError::EndBeforeStart | TimelineError::OutOfCalendar => (
                    "timeline.end",
                    file.end.span(),
                    format!("this is before {start}"),
                ),
                TimelineError::TooLong => (
                    "timeline.step",
                    file.step.span(),
                    format!("too short a step from {start} to {end}"),
                ),
            };
            checked.refuse(span, key, error.to_string(), label);
        })
        .ok()
}

fn model(
    checked: &mut Checked,
    file: &Spanned<file::Revenue>,
    timeline: &Timeline,
) -> Option<Model> {
    match (&file.get_ref().forecast, &file.get_ref().gbm) {
        (Some(forecast), None) => {
            self::forecast(checked, forecast.get_ref(), timeline).map(Model::Forecast)
        }
        (None, Some(gbm)) => Some(Model::Gbm(self::gbm(checked, gbm.get_ref(), timeline))),
        (Some(_), Some(second)) => {
            let message = "two revenue models are given".to_owned();
            checked.refuse(second.span(), "revenue", message, "the second".to_owned());
            None
        }
        (None, None) => {
            let message = "no revenue model is given".to_owned();
            checked.refuse(
                file.span(),
                "revenue",
                message,
                "this names none".to_owned(),
            );
            None
        }
    }
}

fn gbm(checked: &mut Checked, file: &file::Gbm, timeline: &Timeline) -> Gbm {
    let growth = Bounds::Above(-1.0, LARGEST_GROWTH);
    Gbm::new(
        checked.scalar("revenue.gbm.initial", &file.initial, Bounds::POSITIVE),
        checked.scalar("revenue.gbm.growth", &file.growth, growth),
        checked.scalar("revenue.gbm.volatility", &file.volatility, VOLATILITY),
        observe(checked, "revenue.gbm.observe", file.observe.as_ref()),
        timeline,
    )
}

fn observe(checked: &mut Checked, key: &str, written: Option<&Spanned<String>>) -> Observe {
    match written {
        Some(word) => checked.choice(key, word, &Observe::ALL),
        None => checked.filled(key, Observe::Mid.word(), Observe::Mid),
    }
}

fn forecast(checked: &mut Checked, file: &file::Forecast, timeline: &Timeline) -> Option<Forecast> {
    let before = checked.problems.len();
    let plan = plan(checked, file, timeline);
    let volatility = checked.scalar("revenue.forecast.volatility", &file.volatility, VOLATILITY);
    let key = "revenue.forecast.growth_uncertainty";
    let growth_uncertainty = match &file.growth_uncertainty {
        Some(written) => checked.scalar(key, written, VOLATILITY),
        None => checked.filled(key, 0, Parameter::Fixed(0.0)),
    };
    let observe = observe(checked, "revenue.forecast.observe", file.observe.as_ref());
    if checked.problems.len() > before {
        return None;
    }
    Forecast::new(&plan, volatility, growth_uncertainty, observe, timeline)
        .map_err(|error| {
            let label = match error {
                ForecastError::MissingYear(year) => format!(
                    "the timeline runs from {} to {}; {year} is not here",
                    timeline.start(),
                    timeline.end()
                ),
                ForecastError::Gap(year) => format!("{year} is not here"),
                ForecastError::Disaggregate(_) => "these figures contradict each other".to_owned(),
            };
            let key = "revenue.forecast.annual";
            checked.refuse(file.annual.span(), key, error.to_string(), label);
        })
        .ok()
}

fn plan(checked: &mut Checked, file: &file::Forecast, timeline: &Timeline) -> ForecastPlan {
    let mut plan = ForecastPlan::default();
    for (name, figure) in file.annual.get_ref() {
        let key = format!("revenue.forecast.annual.{}", name.get_ref());
        match name.get_ref().parse::<i16>() {
            Ok(year) if (1900..=2300).contains(&year) => {
                let value = checked.number(&key, figure, Bounds::POSITIVE);
                plan.annual.insert(year, value);
            }
            _ => {
                let message = format!("`{}` is not a calendar year", name.get_ref());
                let label = "a year from 1900 to 2300 is wanted".to_owned();
                checked.refuse(name.span(), "revenue.forecast.annual", message, label);
            }
        }
    }
    for entry in &file.observed {
        observed(checked, entry, timeline, &mut plan);
    }
    plan
}

/// Adds one observed stretch to the plan if it fits.
fn observed(
    checked: &mut Checked,
    entry: &Spanned<file::Observed>,
    timeline: &Timeline,
    plan: &mut ForecastPlan,
) {
    const KEY: &str = "revenue.forecast.observed";
    let file = entry.get_ref();
    let (start_key, end_key) = (format!("{KEY}.start"), format!("{KEY}.end"));
    let first_day = checked.date(&start_key, &file.start);
    let last_day = checked.date(&end_key, &file.end);
    let revenue_key = format!("{KEY}.revenue");
    let revenue = checked.number(&revenue_key, &file.revenue, Bounds::POSITIVE);
    if first_day != first_day.first_of_month() || first_day < timeline.start() {
        let message = format!("`{start_key}` is not a month's first day of the timeline");
        checked.refuse(
            file.start.span(),
            &start_key,
            message,
            format!("this is {first_day}"),
        );
        return;
    }
    let same_year = first_day.year() == last_day.year();
    if last_day != last_day.last_of_month() || last_day < first_day || !same_year {
        let message = format!("`{end_key}` is not a month's last day of the same year");
        let label = format!("the stretch starts on {first_day}");
        checked.refuse(file.end.span(), &end_key, message, label);
        return;
    }
    let in_year = |seen: &&Observed| seen.first_day.year() == first_day.year();
    let known: f64 = plan
        .observed
        .iter()
        .filter(in_year)
        .map(|seen| seen.revenue)
        .sum();
    let months_of = |first: Date, last: Date| i32::from(last.month() - first.month()) + 1;
    let months: i32 = plan
        .observed
        .iter()
        .filter(in_year)
        .map(|seen| months_of(seen.first_day, seen.last_day))
        .sum();
    let problem = match (plan.observed.last(), plan.annual.get(&first_day.year())) {
        (Some(before), _) if before.last_day >= first_day => {
            Some("it begins before the one above it ends".to_owned())
        }
        (_, Some(year)) if known + revenue >= *year => {
            Some(format!("with it, the year's {year} is used up"))
        }
        _ if months + months_of(first_day, last_day) >= 12 => {
            Some("it leaves no month of its year open".to_owned())
        }
        _ => None,
    };
    match problem {
        Some(label) => {
            let message = format!("an entry of `{KEY}` does not fit");
            checked.refuse(entry.span(), KEY, message, label);
        }
        None => plan.observed.push(Observed {
            first_day,
            last_day,
            revenue,
        }),
    }
}

fn agreement(checked: &mut Checked, file: &file::Agreement, timeline: &Timeline) -> Agreement {
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
    let (start, end) = (timeline.start(), timeline.end());
    let key = "agreement.effective";
    let effective = match &file.effective {
        Some(written) => {
            let date = checked.date(key, written);
            if date > end {
                let message = format!("`{key}` lies after the timeline's end");
                let label = format!("the timeline ends on {end}");
                checked.refuse(written.span(), key, message, label);
            }
            date
        }
        None => checked.filled(key, start, start),
    };
    let key = "agreement.expiry";
    let expiry = match &file.expiry {
        Some(written) => {
            let date = checked.date(key, written);
            if date > end || date < start.max(effective) {
                let message = format!("`{key}` lies outside the timeline or before the start");
                let label = format!(
                    "sharing runs from {} to {end} at most",
                    start.max(effective)
                );
                checked.refuse(written.span(), key, message, label);
            }
            date
        }
        None => checked.filled(key, end, end),
    };
    Agreement {
        name,
        payer,
        payee,
        share,
        cap,
        paid_before,
        effective,
        expiry,
        payment: payment(checked, file.payment.as_ref(), timeline.step()),
    }
}

fn payment(checked: &mut Checked, file: Option<&file::Payment>, step: Step) -> PaymentTerms {
    let key = "agreement.payment.every";
    let every = match file.and_then(|payment| payment.every.as_ref()) {
        Some(written) => {
            let every = checked.choice(key, written, &Step::ALL);
            if every.months() < step.months() {
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

fn settings(checked: &mut Checked, file: &file::Simulation) -> Settings {
    let sampler = match &file.sampler {
        Some(written) => checked.choice("simulation.sampler", written, &Sampler::ALL),
        None => checked.filled("simulation.sampler", "sobol", Sampler::Sobol),
    };
    let key = "simulation.points";
    let points = match &file.points {
        Some(written) => {
            let points = *written.get_ref();
            let in_range = (64..=MAX_POINTS as i64).contains(&points);
            let even = sampler == Sampler::Random || points.count_ones() == 1;
            if !(in_range && even) {
                let message = format!("`{key}` is not a number of points for {:?}", sampler.word());
                let label = format!("{points} is not permitted");
                checked.refuse(written.span(), key, message, label);
            }
            points.unsigned_abs()
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

fn valuation(
    checked: &mut Checked,
    file: Option<&file::Valuation>,
    timeline: &Timeline,
) -> Option<Valuation> {
    let file = file?;
    let date = match &file.date {
        Some(written) => checked.date("valuation.date", written),
        None => checked.filled("valuation.date", timeline.start(), timeline.start()),
    };
    let rate = Bounds::Above(-1.0, LARGEST_RATE);
    Some(Valuation {
        date,
        discount_rate: checked.number("valuation.discount_rate", &file.discount_rate, rate),
    })
}

fn report(checked: &mut Checked, file: &file::Report) -> ReportSettings {
    let key = "report.percentiles";
    let percentiles = match &file.percentiles {
        Some(written) => {
            let values: Vec<f64> = written.get_ref().iter().map(|p| *p.get_ref()).collect();
            let inside = values.iter().all(|p| 0.0 < *p && *p < 100.0);
            let ascending = values.windows(2).all(|pair| pair[0] < pair[1]);
            if values.is_empty() || values.len() > MOST_PERCENTILES || !inside || !ascending {
                let message = format!("`{key}` is not a list of percentiles");
                let label = "out of range, out of order, or empty".to_owned();
                checked.refuse(written.span(), key, message, label);
            }
            values
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
    }
}
