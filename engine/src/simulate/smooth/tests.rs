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

/// A few points of each of a few replicates.
fn few_points<'a>(
    timeline: &'a Timeline,
    model: &'a Model,
    contract: &'a Contract,
) -> Simulation<'a> {
    Simulation {
        timeline,
        model,
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
    }
}

/// Lines around the centre are more than a strip, drawn one after the other in the same
/// memory: each is what it is alone.
#[test]
fn lines_around_the_centre_do_not_depend_on_their_strip() {
    let timeline = timeline();
    for model in models(&timeline) {
        let contract = share(25.0, &timeline);
        let simulation = few_points(&timeline, &model, &contract);
        let layout = Arc::new(Layout::new(&simulation, Fineness::USUAL).unwrap());
        let integration = Integration::new(&simulation, Arc::clone(&layout));
        let all = integration.central(&mut integration.paths()).remove(0);
        let around = around_centre(COORDINATES);
        assert_eq!((all.len(), around.len()), (73, 73));
        for i in [0, 15, 16, 63, 64, 72] {
            let mut paths = Paths::new(&simulation, &layout.terms);
            paths.place(&simulation, &layout.draws, &layout.terms, &around[i..=i]);
            let mut sums = layout.lines.sums();
            layout.add(0, &mut paths, (0, 1), &mut sums);
            let alone: Vec<f64> = sums.iter().map(|sum| sum[0]).collect();
            assert!(alone == all[i], "{i}: {alone:?}, {:?}", all[i]);
        }
    }
}

/// Replicates of few points share a strip: each is what it is alone.
#[test]
fn replicates_do_not_depend_on_their_strip() {
    let timeline = timeline();
    for model in models(&timeline) {
        let contract = share(25.0, &timeline);
        for (points, replicates) in [(4, 7), (16, 5), (32, 5), (128, 3)] {
            let mut simulation = few_points(&timeline, &model, &contract);
            simulation.settings.points = points;
            simulation.settings.replicates = replicates;
            let layout = Layout::new(&simulation, Fineness::USUAL).unwrap();
            let integration = Integration::new(&simulation, Arc::new(layout));
            let together = integration.of_all(&()).unwrap();
            assert_eq!(together.len(), replicates as usize);
            for (replicate, means) in together.into_iter().enumerate() {
                let mut paths = integration.paths();
                let alone = integration.replicate(replicate as u32, &mut paths, &());
                assert!(means[0] == alone.unwrap(), "{replicate} of {points} points");
            }
        }
    }
}

/// Where lines are few, those around the centre are at most a third of them.
#[test]
fn lines_around_the_centre_are_few_where_lines_are() {
    let timeline = timeline();
    let model = &models(&timeline)[0];
    let contract = share(25.0, &timeline);
    let simulation = few_points(&timeline, model, &contract);
    for (points, coordinates) in [(4, 1), (8, 2), (16, 3), (32, 4), (64, 6)] {
        let mut fewer = simulation;
        fewer.settings.points = points;
        let layout = Layout::new(&fewer, Fineness::USUAL).unwrap();
        let integration = Integration::new(&fewer, Arc::new(layout));
        assert_eq!(integration.controlled(), coordinates, "{points}");
    }
}

/// What the end of the series and interpolation add: half the steps and more terms, on
/// the same points.
#[test]
fn finer_steps_and_more_terms_change_nothing_that_counts() {
    let timeline = timeline();
    for model in models(&timeline) {
        let simulation = |contract| few_points(&timeline, &model, contract);
        let uncapped = share(1000.0, &timeline);
        let uncapped = smooth(&simulation(&uncapped), &()).unwrap().unwrap();
        let cap = 0.95 * uncapped.total(Total::Uncapped).unwrap().mean;
        let contract = share(cap, &timeline);
        let simulation = simulation(&contract);
        let at = |fineness: Fineness| {
            let layout = Layout::for_limits(&simulation, Vec::new(), &[], fineness).unwrap();
            let integration = Integration::new(&simulation, Arc::new(layout));
            let replicates = 0..simulation.settings.replicates;
            let mut paths = integration.paths();
            let means =
                replicates.map(|r| integration.replicate(r, &mut paths, &Unheard(&())).unwrap());
            let means = means.collect();
            integration.finish(means)
        };
        let usual = at(Fineness::USUAL);
        let fine = at(Fineness {
            step: 0.5 * Fineness::USUAL.step,
            rest: 1e-4 * Fineness::USUAL.rest,
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

/// The whole in one step is what all steps add up to.
#[test]
fn totals_alone_are_those_of_all_steps() {
    let timeline = timeline();
    for model in models(&timeline) {
        for cap in [5.0, 22.0, 31.0, 1000.0] {
            let contract = share(cap, &timeline);
            let simulation = few_points(&timeline, &model, &contract);
            let (all, whole) = (
                smooth(&simulation, &()).unwrap().unwrap(),
                smooth_totals(&simulation, &()).unwrap().unwrap(),
            );
            let [a, b] = [all.reached_by(timeline.end()), whole.reached()];
            assert!((a.mean - b.mean).abs() <= 1e-9, "{a:?} {b:?}\n{model:?}");
            assert!((a.std_error - b.std_error).abs() <= 1e-9, "{a:?} {b:?}");
            for total in [Total::Paid, Total::Uncapped, Total::Excess, Total::Headroom] {
                let [a, b] = [all.total(total), whole.total(total)].map(Option::unwrap);
                assert!(
                    (a.mean - b.mean).abs() <= 1e-8,
                    "{total:?} {a:?} {b:?}\n{model:?}"
                );
            }
            assert_eq!(whole.total(Total::PresentValue), None);
        }
    }
}
