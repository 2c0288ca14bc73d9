use super::super::observer::Unheard;
use super::super::settings::{Sampler, Settings};
use super::*;
use crate::agreement::{Agreement, Clauses, Contract, PaymentTerms};
use crate::revenue::{ErrorTerms, Forecast, ForecastPlan, Gbm, Model, Observe, Segment, Segments};
use crate::units::{Correlation, Date, Parameter, Step, Timeline};

/// The months from May 2026 to December 2028.
fn timeline() -> Timeline {
    let day = |y, m, d| Date::new(y, m, d).unwrap();
    Timeline::new(day(2026, 5, 1), day(2028, 12, 31), Step::Month).unwrap()
}

/// A share of 20 % of all revenue.
fn share(cap: f64, timeline: &Timeline) -> Contract {
    let agreement = Agreement {
        name: "share".to_owned(),
        payer: "company".to_owned(),
        payee: "partner".to_owned(),
        share: Parameter::Fixed(0.2).into(),
        cap: Some(Parameter::Fixed(cap).into()),
        paid_before: Parameter::Fixed(0.0),
        effective: timeline.start(),
        expiry: timeline.end(),
        payment: PaymentTerms::default(),
        clauses: Clauses::default(),
    };
    Contract::new(agreement, timeline)
}

/// A plan with every lasting error, calm and wild diffusions, and a sum of two.
fn models(timeline: &Timeline) -> Vec<Model> {
    let gbm = |initial, growth, volatility: f64| {
        Gbm::new(
            Parameter::Fixed(initial),
            Parameter::Fixed(growth),
            Parameter::Fixed(volatility),
            Observe::Mid,
            timeline,
        )
    };
    let plan = ForecastPlan {
        annual: [(2026, 28.0), (2027, 46.0), (2028, 69.0)].into(),
        ..ForecastPlan::default()
    };
    let errors = ErrorTerms {
        volatility: Some(Parameter::Fixed(0.2).into()),
        growth_uncertainty: Parameter::Fixed(0.12),
        level_uncertainty: Parameter::Fixed(0.3),
        ..ErrorTerms::default()
    };
    let plan = Forecast::with_errors(&plan, errors, Observe::Mid, timeline).unwrap();
    let segment = |name: &str, gbm| Segment {
        name: name.to_owned(),
        model: Model::Gbm(gbm),
    };
    let segments = vec![
        segment("a", gbm(10.0, 0.5, 0.6)),
        segment("b", gbm(14.0, 0.4, 0.1)),
    ];
    vec![
        Model::Forecast(plan),
        Model::Gbm(gbm(24.0, 0.5, 0.05)),
        Model::Gbm(gbm(24.0, 0.5, 0.9)),
        Model::Segments(Segments::new(segments, &Correlation::new(2, &[]).unwrap())),
    ]
}

/// What nodes and interpolation add: half the steps and a half the nodes' distance, on
/// the same points.
#[test]
fn finer_nodes_and_steps_change_nothing_that_counts() {
    let timeline = timeline();
    for model in models(&timeline) {
        let simulation = |contract| Simulation {
            timeline: &timeline,
            model: &model,
            inputs: &[],
            contracts: slice::from_ref(contract),
            valuation: None,
            calendars: &[],
            settings: Settings {
                points: 64,
                replicates: 4,
                sampler: Sampler::Sobol,
                seed: 5,
            },
            ordering: None,
        };
        let uncapped = share(1000.0, &timeline);
        let uncapped = smooth(&simulation(&uncapped)).unwrap();
        let cap = 0.95 * uncapped.total(Total::Uncapped).unwrap().mean;
        let contract = share(cap, &timeline);
        let simulation = simulation(&contract);
        let at = |fineness: Fineness| {
            let layout = Layout::as_fine(&simulation, fineness).unwrap();
            let integration = Integration::new(&simulation, Arc::new(layout));
            let replicates = 0..simulation.settings.replicates;
            let means = replicates.map(|r| integration.replicate(r, &Unheard(&())).unwrap());
            let means = means.collect();
            integration.finish(means)
        };
        let usual = at(Fineness::USUAL);
        let fine = at(Fineness {
            step: 0.5 * Fineness::USUAL.step,
            rise: 0.5 * Fineness::USUAL.rise,
        });
        let end = timeline.end();
        assert!(fine.reached_by(end).mean > 0.01 && fine.reached_by(end).mean < 0.99);
        for day in 0..timeline.days() {
            let date = timeline.start().add_days(day);
            let off = usual.reached_by(date).mean - fine.reached_by(date).mean;
            assert!(off.abs() <= 1e-8, "{date}: {off:e}\n{model:?}");
        }
        for period in 0..timeline.periods().len() {
            let [a, b] = [&usual, &fine].map(|s| s.payment(period).mean);
            // Of amounts up to about one.
            assert!((a - b).abs() <= 2e-8, "{period}: {:e}\n{model:?}", a - b);
        }
    }
}
