//! Slopes in every key, against closed forms.

use capbind::math::{exp, ln, normal_cdf};
use capbind::scenario::Scenario;
use capbind::stats::MeanEstimate;
use capbind::study::{Local, Slope, local};

fn scenario(text: &str) -> Scenario {
    Scenario::parse("a.toml", "a", text, &[]).unwrap_or_else(|error| panic!("{error:?}"))
}

fn slope(found: &Local, key: &str, quantity: usize) -> Slope {
    let own = found.keys.iter().find(|own| own.key == key);
    let own = own.unwrap_or_else(|| panic!("no {key} in {:?}", found.keys));
    own.slopes[quantity].unwrap()
}

#[track_caller]
fn near(what: &str, found: MeanEstimate, exact: f64) {
    let off = (found.mean - exact).abs();
    // Of central differences over a thousandth of the value.
    let allowed = 5.0 * found.std_error + 2e-5 * exact.abs();
    assert!(off <= allowed, "{what}: {found:?}, exactly {exact}");
}

const PROBABILITY: usize = 0;
const TOTAL: usize = 1;

/// One log-normal period.
#[test]
fn one_period_has_its_derivatives() {
    let text = "timeline = { start = 2026-01-01, end = 2026-12-31, step = \"year\" }\n\
        revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.4, observe = \"end\" }\n\
        agreement = { share = 0.1, cap = 9, paid_before = 0 }\n";
    let found = local(&scenario(text), &()).unwrap();
    let keys: Vec<&str> = found.keys.iter().map(|key| key.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "agreement.cap",
            "agreement.paid_before",
            "agreement.share",
            "revenue.gbm.growth",
            "revenue.gbm.initial",
            "revenue.gbm.volatility"
        ]
    );
    let count = found.quantities.len();
    assert_eq!(count, 3, "no present value without a valuation");
    // Accrued share is 12·exp(0.4 z − 0.08); the root where it is the cap.
    let root = (ln(9.0 / 12.0) + 0.08) / 0.4;
    let density = exp(-0.5 * root * root) * 0.398_942_280_401_432_7;
    let reached = normal_cdf(-root);
    let by_cap = -density / (0.4 * 9.0);
    let of = |key: &str, quantity| slope(&found, key, quantity);
    near("∂P/∂cap", of("agreement.cap", PROBABILITY).slope, by_cap);
    near(
        "∂P/∂before",
        of("agreement.paid_before", PROBABILITY).slope,
        -by_cap,
    );
    near(
        "∂P/∂share",
        of("agreement.share", PROBABILITY).slope,
        density / (0.4 * 0.1),
    );
    near(
        "∂P/∂initial",
        of("revenue.gbm.initial", PROBABILITY).slope,
        density / (0.4 * 100.0),
    );
    near(
        "∂P/∂growth",
        of("revenue.gbm.growth", PROBABILITY).slope,
        density / (0.4 * 1.2),
    );
    // ξ = (ln(cap/12) + σ²/2)/σ.
    let by_volatility = -density * (0.5 - ln(9.0 / 12.0) / 0.16);
    near(
        "∂P/∂σ",
        of("revenue.gbm.volatility", PROBABILITY).slope,
        by_volatility,
    );
    near("∂E/∂cap", of("agreement.cap", TOTAL).slope, reached);
    near(
        "∂E/∂before",
        of("agreement.paid_before", TOTAL).slope,
        -reached,
    );
    let below = 12.0 * normal_cdf(root - 0.4);
    near("∂E/∂share", of("agreement.share", TOTAL).slope, below / 0.1);
    let elasticity = of("agreement.share", TOTAL).elasticity.unwrap();
    near("elasticity", elasticity, below / (below + 9.0 * reached));
    // The median path binds after this part of the year.
    let day = of("agreement.cap", 2);
    assert_eq!(day.elasticity, None);
    near("days", day.slope, 365.0 / (12.0 * exp(-0.08)));
    near(
        "days for a percent",
        day.one_percent,
        0.09 * 365.0 / (12.0 * exp(-0.08)),
    );
}

#[test]
fn the_base_case_is_consistent_in_all_of_its_keys() {
    let text = include_str!("../scenarios/openai-microsoft.toml");
    let found = local(&scenario(text), &()).unwrap();
    assert_eq!(found.quantities.len(), 4);
    let of = |key: &str, quantity| slope(&found, key, quantity);
    let reached = found.quantities[PROBABILITY].1.mean;
    near("∂E/∂cap", of("agreement.cap", TOTAL).slope, reached);
    near(
        "∂E/∂before",
        of("agreement.paid_before", TOTAL).slope,
        -reached,
    );
    // All amounts doubled, nothing but amounts changes.
    let share = of("agreement.share", TOTAL).elasticity.unwrap().mean;
    let cap = of("agreement.cap", TOTAL).elasticity.unwrap().mean;
    assert!((share + cap - 1.0).abs() < 1e-5, "{share} {cap}");
    // Revenue as a whole is worth what the share is: the observed quarter and the plan.
    let revenue = found
        .keys
        .iter()
        .filter(|key| key.key.starts_with("revenue.forecast.annual."));
    let revenue: Vec<_> = revenue
        .chain(found.keys.iter().filter(|key| key.key.contains("observed")))
        .collect();
    assert_eq!(revenue.len(), 6, "{:?}", found.keys);
    let sum = |quantity: usize| -> f64 {
        let own = revenue
            .iter()
            .filter_map(|key| key.slopes[quantity]?.elasticity);
        own.map(|own| own.mean).sum()
    };
    assert!(
        (sum(TOTAL) / share - 1.0).abs() < 1e-3,
        "{} {share}",
        sum(TOTAL)
    );
    // A higher rate is worth less and changes no payment.
    let rate = of("valuation.discount_rate", 2).slope;
    assert!(rate.mean < -10.0 * rate.std_error);
    let of_total = of("valuation.discount_rate", TOTAL).slope;
    assert_eq!((of_total.mean, of_total.std_error), (0.0, 0.0));
    // Known well enough for three digits, wherever they are more than nothing.
    for key in &found.keys {
        for slope in key.slopes.iter().flatten() {
            let one = slope.one_percent;
            assert!(
                one.std_error <= 2e-3 * one.mean.abs() + 1e-4,
                "{}: {one:?}",
                key.key
            );
        }
    }
}

#[test]
fn what_is_counted_has_no_slope() {
    let text = "timeline = { start = 2026-01-01, end = 2027-12-31, step = \"month\" }\n\
        revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.4 }\n\
        agreement = { share = 0.1, cap = 9, annual_minimum = 1 }\n";
    let refused = local(&scenario(text), &()).unwrap_err().to_string();
    let why = "there is no slope of estimates that are counted: the agreement is more \
               than a share of revenue up to a cap";
    assert!(refused.starts_with(why), "{refused}");
}

#[test]
fn slopes_of_a_mixture_are_those_of_its_cases_by_probability() {
    let text = "timeline = { start = 2026-01-01, end = 2028-12-31, step = \"year\" }\n\
        revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.4, observe = \"end\" }\n\
        agreement = { share = 0.1, cap = 36 }\n\
        case = [{ name = \"one\", probability = 0.3 }, { name = \"two\", \
        set = { revenue.gbm.growth = 0.1 } }]\n";
    let mixed = local(&scenario(text), &()).unwrap();
    let alone = ["one", "two"].map(|name| {
        let taken = [format!("case={name}")];
        let scenario = Scenario::parse("a.toml", "a", text, &taken).unwrap();
        local(&scenario, &()).unwrap()
    });
    for key in ["agreement.cap", "agreement.share", "revenue.gbm.volatility"] {
        for quantity in [PROBABILITY, TOTAL] {
            let [one, two] = [0, 1].map(|i| slope(&alone[i], key, quantity).slope.mean);
            near(
                key,
                slope(&mixed, key, quantity).slope,
                0.3 * one + 0.7 * two,
            );
        }
    }
    // Where the other has the rest, a probability moves the total by their difference.
    let totals = [0, 1].map(|i| alone[i].quantities[TOTAL].1.mean);
    let by_weight = slope(&mixed, "case.one.probability", TOTAL).slope;
    near("probability", by_weight, totals[0] - totals[1]);
    // The median date moves as the mixture's distribution does.
    let date = mixed.quantities.len() - 1;
    let by_cap = slope(&mixed, "agreement.cap", date).slope;
    assert!(
        by_cap.mean > 0.0 && by_cap.std_error < 0.05 * by_cap.mean,
        "{by_cap:?}"
    );
}
