//! The models, each from its table.

use std::ops::Range;

use super::super::checked::{Bounds, Checked};
use super::super::file::{self, Scalar, Stepped};
use super::super::keys::{LARGEST_GROWTH, LARGEST_VOLATILITY, LONGEST_HALF_LIFE, MOST_JUMPS};
use super::super::placed::Spanned;
use super::super::reading::stands_in;
use super::companies;
use super::plan::plan;
use crate::revenue::{
    Bootstrap, Curve, ErrorTerms, Forecast, ForecastError, Gbm, Growth, GrowthTerms, Jump, Model,
    Observe, Preserve, Shape, Volatility,
};
use crate::units::{Parameter, Timeline};

const VOLATILITY: Bounds = Bounds::Closed(0.0, LARGEST_VOLATILITY);
const GROWTH: Bounds = Bounds::Above(-1.0, LARGEST_GROWTH);
const HALF_LIFE: Bounds = Bounds::Above(0.0, LONGEST_HALF_LIFE);
const RATE: Bounds = Bounds::Above(0.0, LARGEST_GROWTH);
const YEARS: Bounds = Bounds::Closed(-400.0, 400.0);

/// The models by the keys of their tables: each has a function of its key's name below.
macro_rules! models {
    ($($key:ident => $model:ident;)*) => {
        /// Where a table of revenue names a model.
        pub fn places(file: &file::Revenue) -> Vec<Range<usize>> {
            // Named one by one: a key that is not in the list does not compile.
            let file::Revenue { name: _, reported: _, $($key),* } = file;
            let places = [$($key.as_ref().map(Spanned::span)),*];
            places.into_iter().flatten().collect()
        }

        /// The first model that a table of revenue names.
        pub fn first(
            checked: &mut Checked<'_>,
            file: &file::Revenue,
            timeline: Option<&Timeline>,
        ) -> Option<Model> {
            $(if let Some(table) = &file.$key {
                return $key(checked, table.get_ref(), timeline).map(Model::$model);
            })*
            None
        }
    };
}

models! {
    forecast => Forecast;
    gbm => Gbm;
    growth => Growth;
    jump => Jump;
    logistic => Curve;
    bass => Curve;
    bootstrap => Bootstrap;
}

fn gbm(checked: &mut Checked<'_>, file: &file::Gbm, timeline: Option<&Timeline>) -> Option<Gbm> {
    let initial = checked.scalar("revenue.gbm.initial", &file.initial, Bounds::POSITIVE);
    let growth = checked.scalar("revenue.gbm.growth", &file.growth, GROWTH);
    let volatility = volatility(
        checked,
        "revenue.gbm.volatility",
        &file.volatility,
        timeline,
    );
    let observe = observe(checked, "revenue.gbm.observe", file.observe.as_ref());
    Some(Gbm::new(initial, growth, volatility, observe, timeline?))
}

fn jump(checked: &mut Checked<'_>, file: &file::Jump, timeline: Option<&Timeline>) -> Option<Jump> {
    let initial = checked.scalar("revenue.jump.initial", &file.initial, Bounds::POSITIVE);
    let growth = checked.scalar("revenue.jump.growth", &file.growth, GROWTH);
    let volatility = volatility(
        checked,
        "revenue.jump.volatility",
        &file.volatility,
        timeline,
    );
    let key = "revenue.jump.jumps_per_year";
    let rate = checked.scalar(key, &file.jumps_per_year, Bounds::Closed(0.0, MOST_JUMPS));
    let most_rate = checked.greatest(rate).clamp(0.0, MOST_JUMPS);
    let size = Bounds::Closed(-LARGEST_VOLATILITY, LARGEST_VOLATILITY);
    let mean = checked.scalar("revenue.jump.jump_mean", &file.jump_mean, size);
    let key = "revenue.jump.jump_sd";
    let deviation = optional(checked, key, file.jump_sd.as_ref(), VOLATILITY, 0.0);
    let observe = observe(checked, "revenue.jump.observe", file.observe.as_ref());
    let base = Gbm::new(initial, growth, volatility, observe, timeline?);
    Some(Jump::new(base, rate, most_rate, mean, deviation))
}

fn growth(
    checked: &mut Checked<'_>,
    file: &file::Growth,
    timeline: Option<&Timeline>,
) -> Option<Growth> {
    let key = |name: &str| format!("revenue.growth.{name}");
    let initial = checked.scalar(&key("initial"), &file.initial, Bounds::POSITIVE);
    let growth = checked.scalar(&key("growth"), &file.growth, GROWTH);
    let long_run_growth = checked.scalar(&key("long_run_growth"), &file.long_run_growth, GROWTH);
    let half_life = checked.scalar(&key("half_life"), &file.half_life, HALF_LIFE);
    let volatility = checked.scalar(&key("volatility"), &file.volatility, VOLATILITY);
    // What is left out is as another key says.
    let mut like =
        |name: &str, written: Option<&Spanned<Scalar>>, bounds, (other, value)| match written {
            Some(written) => checked.scalar(&key(name), written, bounds),
            None => checked.filled(&key(name), format!("as {other}"), value),
        };
    let long_run_volatility = like(
        "long_run_volatility",
        file.long_run_volatility.as_ref(),
        VOLATILITY,
        ("volatility", volatility),
    );
    let volatility_half_life = like(
        "volatility_half_life",
        file.volatility_half_life.as_ref(),
        HALF_LIFE,
        ("half_life", half_life),
    );
    let growth_volatility_half_life = like(
        "growth_volatility_half_life",
        file.growth_volatility_half_life.as_ref(),
        HALF_LIFE,
        ("half_life", half_life),
    );
    // Known to be 0 where it is left out, as the model is usually written.
    let shock_correlation = match &file.shock_correlation {
        Some(written) => checked.scalar(
            &key("shock_correlation"),
            written,
            Bounds::Closed(-1.0, 1.0),
        ),
        None => Parameter::Fixed(0.0),
    };
    let price = Bounds::Closed(-LARGEST_VOLATILITY, LARGEST_VOLATILITY);
    let mut none = |name: &str, written: &Option<Spanned<Scalar>>, bounds| {
        optional(checked, &key(name), written.as_ref(), bounds, 0.0)
    };
    let terms = GrowthTerms {
        initial,
        growth,
        long_run_growth,
        half_life,
        volatility,
        long_run_volatility,
        volatility_half_life,
        growth_volatility: none("growth_volatility", &file.growth_volatility, VOLATILITY),
        growth_volatility_half_life,
        shock_correlation,
        revenue_risk_price: none("revenue_risk_price", &file.revenue_risk_price, price),
        growth_risk_price: none("growth_risk_price", &file.growth_risk_price, price),
    };
    let observe = observe(checked, "revenue.growth.observe", file.observe.as_ref());
    Some(Growth::new(terms, observe, timeline?))
}

fn forecast(
    checked: &mut Checked<'_>,
    file: &file::Forecast,
    timeline: Option<&Timeline>,
) -> Option<Forecast> {
    let before = checked.problems.len();
    let mut plan = plan(checked, file, timeline);
    let errors = errors(checked, "forecast", &file.errors(), timeline);
    let observe = observe(checked, "revenue.forecast.observe", file.observe.as_ref());
    let timeline = timeline?;
    let annual = file.annual.iter();
    let mut figures = annual.flat_map(|annual| annual.get_ref().values());
    let mut is_unknown = figures.any(|figure| stands_in(&figure.span()));
    if let Some(launch) = &file.launch {
        plan.launch = super::plan::launch(checked, launch, &plan, timeline);
        is_unknown |= plan.launch.is_none();
    }
    let annual = file.annual.as_ref();
    let place = annual
        .map(Spanned::span)
        .into_iter()
        .chain(file.plan.iter().map(Spanned::span))
        .reduce(|all, next| all.start.min(next.start)..all.end.max(next.end));
    let key = match annual {
        Some(_) => "revenue.forecast.annual",
        None => "revenue.forecast.plan",
    };
    let place = place?;
    is_unknown |= stands_in(&place);
    if checked.problems.len() > before || is_unknown {
        return None;
    }
    Forecast::with_errors(&plan, errors, observe, timeline)
        .map_err(|error| {
            let runs = format!(
                "the timeline runs from {} to {}",
                timeline.start(),
                timeline.end()
            );
            let label = match error {
                ForecastError::MissingYear(year) => format!("{runs}; {year} is not here"),
                ForecastError::MissingMonth(day) => format!("{runs}; {day} is not here"),
                ForecastError::Gap(year) => format!("{year} is not here"),
                ForecastError::Twice(day) => format!("{day} lies in two of these"),
                ForecastError::Nothing => "every figure here is 0".to_owned(),
                ForecastError::Disaggregate(_) => "these figures contradict each other".to_owned(),
            };
            checked.refuse(place, key, error.to_string(), label);
        })
        .ok()
}

fn logistic(
    checked: &mut Checked<'_>,
    file: &file::Logistic,
    timeline: Option<&Timeline>,
) -> Option<Curve> {
    let key = "revenue.logistic.capacity";
    let capacity = checked.scalar(key, &file.capacity, Bounds::POSITIVE);
    let steepness = checked.scalar("revenue.logistic.steepness", &file.steepness, RATE);
    let midpoint = checked.scalar("revenue.logistic.midpoint", &file.midpoint, YEARS);
    let errors = errors(checked, "logistic", &file.errors(), timeline);
    let observe = observe(checked, "revenue.logistic.observe", file.observe.as_ref());
    let shape = Shape::Logistic {
        capacity,
        steepness,
        midpoint,
    };
    Some(Curve::new(shape, errors, observe, timeline?))
}

fn bass(
    checked: &mut Checked<'_>,
    file: &file::Bass,
    timeline: Option<&Timeline>,
) -> Option<Curve> {
    let market = checked.scalar("revenue.bass.market", &file.market, Bounds::POSITIVE);
    let innovation = checked.scalar("revenue.bass.innovation", &file.innovation, RATE);
    let from_none = Bounds::Closed(0.0, LARGEST_GROWTH);
    let imitation = checked.scalar("revenue.bass.imitation", &file.imitation, from_none);
    let launch = optional(
        checked,
        "revenue.bass.launch",
        file.launch.as_ref(),
        YEARS,
        0.0,
    );
    let errors = errors(checked, "bass", &file.errors(), timeline);
    let observe = observe(checked, "revenue.bass.observe", file.observe.as_ref());
    let shape = Shape::Bass {
        market,
        innovation,
        imitation,
        launch,
    };
    Some(Curve::new(shape, errors, observe, timeline?))
}

fn bootstrap(
    checked: &mut Checked<'_>,
    file: &file::Bootstrap,
    timeline: Option<&Timeline>,
) -> Option<Bootstrap> {
    const COMPANIES: &str = companies::KEY;
    let before = checked.problems.len();
    let initial = checked.scalar("revenue.bootstrap.initial", &file.initial, Bounds::POSITIVE);
    let histories = match &file.companies {
        Some(written) => companies::histories(checked, written),
        None => checked.filled(
            COMPANIES,
            "the reference class shipped",
            Some(crate::revenue::reference_class()),
        ),
    };
    let key = "revenue.bootstrap.consecutive_years";
    let years = match &file.consecutive_years {
        Some(written) => checked.whole(key, written, 1, 50) as usize,
        None => checked.filled(key, 1, 1),
    };
    let observe = observe(checked, "revenue.bootstrap.observe", file.observe.as_ref());
    let (timeline, histories) = (timeline?, histories?);
    let longest = histories.iter().map(|h| h.growth.len()).max().unwrap_or(0);
    if checked.problems.len() == before && longest < years {
        let message = format!("no company has {years} consecutive years of growth");
        let label = format!("the longest history has {longest}");
        match (&file.consecutive_years, &file.companies) {
            (Some(years), _) => checked.refuse(years.span(), key, message, label),
            (None, Some(companies)) => {
                let message = format!("`{COMPANIES}` has no company with two years in a row");
                let label = "a year alone shows no growth".to_owned();
                let place = companies::place(checked, companies);
                checked.refuse(place, COMPANIES, message, label);
            }
            (None, None) => {}
        }
    }
    if checked.problems.len() > before {
        return None;
    }
    Bootstrap::new(initial, &histories, years, observe, timeline)
}

/// The errors around the path of a model.
fn errors(
    checked: &mut Checked<'_>,
    model: &str,
    keys: &file::ErrorKeys<'_>,
    timeline: Option<&Timeline>,
) -> ErrorTerms {
    let key = |name: &str| format!("revenue.{model}.{name}");
    let volatility = match keys.volatility {
        Some(written) => Some(volatility(checked, &key("volatility"), written, timeline)),
        None => checked.filled(&key("volatility"), 0, None),
    };
    // Known to be 1 where it is left out: the plain random walk, not worth a line.
    let persistence = keys.persistence.map_or(Parameter::Fixed(1.0), |written| {
        checked.scalar(&key("persistence"), written, Bounds::Above(0.0, 1.0))
    });
    let name = key("growth_uncertainty");
    let growth_uncertainty = optional(checked, &name, keys.growth_uncertainty, VOLATILITY, 0.0);
    let mut quiet = |name: &str, written: Option<&Spanned<Scalar>>| {
        written.map_or(Parameter::Fixed(0.0), |written| {
            checked.scalar(&key(name), written, VOLATILITY)
        })
    };
    let level_uncertainty = quiet("level_uncertainty", keys.level_uncertainty);
    let annual_uncertainty = quiet("annual_uncertainty", keys.annual_uncertainty);
    let preserve = keys.preserve.map_or(Preserve::Mean, |word| {
        checked.choice::<Preserve>(&key("preserve"), word)
    });
    ErrorTerms {
        volatility,
        persistence,
        growth_uncertainty,
        level_uncertainty,
        annual_uncertainty,
        preserve,
    }
}

/// A scalar that is `default` where it is left out.
fn optional(
    checked: &mut Checked<'_>,
    key: &str,
    written: Option<&Spanned<Scalar>>,
    bounds: Bounds,
    default: f64,
) -> Parameter {
    match written {
        Some(written) => checked.scalar(key, written, bounds),
        None => checked.filled(key, default, Parameter::Fixed(default)),
    }
}

fn observe(checked: &mut Checked<'_>, key: &str, written: Option<&Spanned<String>>) -> Observe {
    match written {
        Some(word) => checked.choice::<Observe>(key, word),
        None => checked.filled(key, Observe::Mid.word(), Observe::Mid),
    }
}

/// A volatility: one value, or values by date.
fn volatility(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<Stepped>,
    timeline: Option<&Timeline>,
) -> Volatility {
    let steps = match written.get_ref() {
        Stepped::Scalar(scalar) => {
            let bounded = checked.scalar_at(key, written.span(), scalar, VOLATILITY);
            return bounded.into();
        }
        Stepped::Steps(steps) => steps,
    };
    let mut values = Vec::new();
    let mut before = None;
    for step in steps {
        let step = step.get_ref();
        let from = checked.date(key, &step.from);
        if let Some(before) = before.filter(|before| from <= *before) {
            let message = format!("the dates of `{key}` must ascend");
            let label = format!("this is not later than {before}");
            checked.refuse(step.from.span(), key, message, label);
        }
        before = Some(from);
        let value = checked.number(key, &step.value, VOLATILITY);
        values.push((timeline.map_or(0.0, |t| t.years_to(from)), value));
    }
    if values.is_empty() {
        let message = format!("`{key}` has no value");
        checked.refuse(
            written.span(),
            key,
            message,
            "this is an empty list".to_owned(),
        );
        return Parameter::Fixed(0.0).into();
    }
    Volatility::Steps(values)
}
