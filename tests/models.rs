//! Revenue models held against reference values, closed forms and each other.

mod truth;

use capbind::scenario::Scenario;
use capbind::simulate::{self, Outcomes, Path, Quantity, Slot, Total};
use serde_json::Value;
use truth::*;

/// A scenario on a grid of years (or other steps) from 2026.
fn scenario(step: &str, last_day: &str, revenue: &str, contract: &Value) -> String {
    format!(
        "[timeline]\nstart = 2026-01-01\nend = {last_day}\nstep = \"{step}\"\n{revenue}\n\
         [agreement]\nshare = {}\ncap = {}\n\
         [simulation]\npoints = 16384\nreplicates = 16\nseed = 3\n",
        contract["rate"], contract["cap"],
    )
}

fn parsed(text: &str) -> Scenario {
    Scenario::parse("case.toml", "case", text, &[]).unwrap_or_else(|e| panic!("{e}"))
}

fn medians(scenario: &Scenario) -> Vec<f64> {
    let inputs = scenario.inputs.iter();
    inputs.map(|input| input.distribution.median()).collect()
}

fn expected_revenue(scenario: &Scenario) -> Vec<f64> {
    scenario.model.expected(&medians(scenario))
}

fn check_revenue(what: &str, outcomes: &Outcomes, truths: &[f64], largest_error: f64) {
    for (k, truth) in truths.iter().enumerate() {
        let measured = outcomes
            .quantity(Quantity::Revenue, Slot::Period(k))
            .unwrap();
        let what = format!("{what}, period {k}");
        check(
            &what,
            measured.estimate,
            *truth,
            1e-9 * truth,
            largest_error * truth,
        );
    }
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

#[test]
fn jumps_by_merton() {
    let case = case("E-BJ1-ran");
    let model = &case["model"];
    let revenue = format!(
        "[revenue.jump]\ninitial = {}\ngrowth = {}\nvolatility = {}\njumps_per_year = {}\n\
         jump_mean = {}\njump_sd = {}\nobserve = \"end\"",
        model["R0"],
        f(&model["mu_arith"]).exp_m1(),
        model["sigma"],
        model["lambda_per_year"],
        model["jump_log_mean"],
        model["jump_log_sd"],
    );
    let text = scenario("year", "2035-12-31", &revenue, &case["contract"]);
    let (scenario, outcomes) = run(&text);
    // Jumps are pseudo-random: 262,144 paths.
    check_binding_to(2e-3, &scenario, &outcomes, &case);
    check_cumulative_to(1e-3, &scenario, &outcomes, &case);
    let (sum, tolerance) = expected(&case, "E_sum_revenue").remove(0);
    let exact: f64 = expected_revenue(&scenario).iter().sum();
    assert!((exact - f(&sum)).abs() <= tolerance + 1e-9);
    check_revenue("jump", &outcomes, &expected_revenue(&scenario), 2e-3);
    let (deviation, _) = expected(&case, "SD_total_paid").remove(0);
    let found = outcomes.total(Total::Paid).unwrap().estimate.std_dev;
    assert!(close(found, f(&deviation), 5e-3), "{found}");
}

#[test]
fn growth_by_schwartz_and_moon() {
    let case = case("F-MR1");
    let model = |name: &str| f(&case["model"][name]);
    // The case counts in quarters: rates per quarter are a fourth of those per year.
    let half_life = |speed: f64| std::f64::consts::LN_2 / (4.0 * speed);
    let revenue = format!(
        "[revenue.growth]\ninitial = {}\ngrowth = {}\nlong_run_growth = {}\nhalf_life = {}\n\
         volatility = {}\nlong_run_volatility = {}\nvolatility_half_life = {}\n\
         growth_volatility = {}\ngrowth_volatility_half_life = {}\nobserve = \"end\"",
        4.0 * model("R0"),
        (4.0 * model("mu0")).exp_m1(),
        (4.0 * model("mubar")).exp_m1(),
        half_life(model("kap")),
        2.0 * model("sig0"),
        2.0 * model("sigbar"),
        half_life(model("k1")),
        8.0 * model("eta0"),
        half_life(model("k2")),
    );
    let text = scenario("quarter", "2035-12-31", &revenue, &case["contract"]);
    let (scenario, outcomes) = run(&text);
    check_binding(&scenario, &outcomes, &case);
    check_cumulative(&scenario, &outcomes, &case);
    let truths = |metric: &str| -> Vec<f64> {
        let (values, _) = expected(&case, metric).remove(0);
        values.as_array().unwrap().iter().map(f).collect()
    };
    let means = truths("E_revenue_by_period");
    for (found, truth) in expected_revenue(&scenario).iter().zip(&means) {
        assert!(close(*found, *truth, 1e-12), "{found} {truth}");
    }
    check_revenue("growth", &outcomes, &means, 2e-3);
    let response = scenario.model.response(&[]);
    let variances = truths("var_ln_revenue_by_period");
    let logs = truths("mean_ln_revenue_by_period");
    for k in 0..40 {
        let variance: f64 = response.by_shock[k].iter().map(|x| x * x).sum();
        assert!((variance - variances[k]).abs() < 1e-12);
        assert!((response.revenue[k].ln() - logs[k]).abs() < 1e-12);
    }
}

const PROJECTION: &str = "[revenue.forecast]\n\
    annual = { 2026 = 100, 2027 = 130, 2028 = 165, 2029 = 200, 2030 = 230 }\nobserve = \"end\"\n";

#[test]
fn a_projection_with_one_common_error() {
    let case = case("G-common");
    let revenue = format!(
        "{PROJECTION}volatility = 0\nlevel_uncertainty = {}\n",
        case["model"]["log_sd"]
    );
    let text = scenario("year", "2030-12-31", &revenue, &case["contract"]);
    let (scenario, outcomes) = run(&text);
    check_binding(&scenario, &outcomes, &case);
    check_cumulative(&scenario, &outcomes, &case);
}

#[test]
fn two_correlated_segments() {
    let case = case("H-SEG2");
    let model = &case["model"];
    let segment = |i: usize| {
        format!(
            "[[revenue]]\nname = \"{i}\"\n[revenue.gbm]\ninitial = {}\ngrowth = {}\n\
             volatility = {}\nobserve = \"end\"\n",
            model["R0"][i],
            f(&model["mu_arith"][i]).exp_m1(),
            model["sigma"][i],
        )
    };
    let revenue = format!(
        "{}{}[correlation]\nsegments = [[\"0\", \"1\", {}]]\n",
        segment(0),
        segment(1),
        model["rho_pairwise"]
    );
    let text = scenario("year", "2028-12-31", &revenue, &case["contract"]);
    let (scenario, outcomes) = run(&text);
    check_binding(&scenario, &outcomes, &case);
    check_cumulative(&scenario, &outcomes, &case);
    let (sum, tolerance) = expected(&case, "E_sum_revenue").remove(0);
    let exact: f64 = expected_revenue(&scenario).iter().sum();
    assert!((exact - f(&sum)).abs() <= tolerance);
    let by_segment = scenario.model.expected_by_segment(&[]);
    assert!(close(
        by_segment[0][2] + by_segment[1][2],
        expected_revenue(&scenario)[2],
        1e-12
    ));
    let (deviation, _) = expected(&case, "SD_sum_revenue").remove(0);
    let found = outcomes.total(Total::Uncapped).unwrap().estimate.std_dev;
    let share = f(&case["contract"]["rate"]);
    assert!(close(found, share * f(&deviation), 2e-3), "{found}");
}

/// The same two segments without the correlation are spread less.
#[test]
fn correlated_segments_spread_more() {
    let segments = "[[revenue]]\nname = \"a\"\n[revenue.gbm]\ninitial = 50\ngrowth = 0.2\n\
        volatility = 0.3\n[[revenue]]\nname = \"b\"\n[revenue.forecast]\n\
        annual = { 2026 = 40, 2027 = 50 }\nvolatility = 0.3\ngrowth_uncertainty = 0.1\n";
    let contract = serde_json::json!({ "rate": 0.1, "cap": 1000 });
    let deviation = |correlation: f64| {
        let revenue =
            format!("{segments}[correlation]\nsegments = [[\"b\", \"a\", {correlation}]]\n");
        let text = scenario("quarter", "2027-12-31", &revenue, &contract);
        let (_, outcomes) = run(&text.replace("16384", "1024"));
        outcomes.total(Total::Uncapped).unwrap().estimate.std_dev
    };
    assert!(deviation(0.8) > 1.2 * deviation(0.0));
    assert!(deviation(-0.8) < 0.8 * deviation(0.0));
}

#[test]
fn the_bass_curve() {
    let case = case("I-BASS");
    let model = &case["model"];
    let revenue = format!(
        "[revenue.bass]\nmarket = {}\ninnovation = {}\nimitation = {}\n",
        model["market"], model["p"], model["q"]
    );
    let text = scenario("year", "2040-12-31", &revenue, &case["contract"]);
    let scenario = parsed(&text);
    let (truths, tolerance) = expected(&case, "cumulative_revenue").remove(0);
    let mut cumulative = 0.0;
    for (revenue, truth) in expected_revenue(&scenario)
        .iter()
        .zip(truths.as_array().unwrap())
    {
        cumulative += revenue;
        assert!((cumulative - f(truth)).abs() <= tolerance);
    }
    let (period, _) = expected(&case, "binding_period").remove(0);
    let (_, outcomes) = run(&text.replace("16384", "64"));
    let last_day = |k: i64| scenario.timeline.periods()[k as usize - 1].last_day;
    let period = period.as_i64().unwrap();
    assert_eq!(outcomes.reached_by(last_day(period)).mean, 1.0);
    assert_eq!(outcomes.reached_by(last_day(period - 1)).mean, 0.0);
    // Finer periods come nearer to the time in the continuous curve.
    let (time, _) = expected(&case, "continuous_binding_time").remove(0);
    let monthly = text
        .replace("step = \"year\"", "step = \"month\"")
        .replace("16384", "64");
    let (monthly, outcomes) = run(&monthly);
    let date = outcomes.reached_quantile(0.5).unwrap();
    assert!((monthly.timeline.years_to(date) - f(&time)).abs() < 0.01);
}

#[test]
fn the_logistic_curve() {
    let case = case("I-LOGISTIC");
    let model = &case["model"];
    let revenue = |errors: &str| {
        format!(
            "[revenue.logistic]\ncapacity = {}\nsteepness = {}\nmidpoint = {}\n\
             observe = \"end\"\n{errors}",
            model["L"], model["k"], model["t0"]
        )
    };
    let certain = scenario("year", "2037-12-31", &revenue(""), &case["contract"]);
    let (truths, tolerance) = expected(&case, "revenue").remove(0);
    let found = expected_revenue(&parsed(&certain));
    for (found, truth) in found.iter().zip(truths.as_array().unwrap()) {
        assert!((found - f(truth)).abs() <= tolerance);
    }
    let (_, outcomes) = run(&certain.replace("16384", "64"));
    let (time, _) = expected(&case, "fractional_binding_time_sigma0").remove(0);
    let date = outcomes.reached_quantile(0.5).unwrap();
    let years = parsed(&certain).timeline.years_to(date);
    assert!((years - f(&time)).abs() < 1.5 / 365.0, "{date}");
    let error = format!("level_uncertainty = {}\n", model["common_log_sd"]);
    let uncertain = scenario("year", "2037-12-31", &revenue(&error), &case["contract"]);
    let (scenario, outcomes) = run(&uncertain);
    let renamed = |metric: &str| {
        let mut entry = case["expected"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["metric"] == metric);
        entry.take().unwrap().clone()
    };
    let mut by_period = case.clone();
    let mut binding = renamed("P_bind_by_period_sigma025");
    binding["metric"] = "P_bind_by_period".into();
    let mut paid = renamed("E_cum_paid_by_period_sigma025");
    paid["metric"] = "E_cum_paid_by_period".into();
    by_period["expected"] = serde_json::json!([binding, paid]);
    check_binding(&scenario, &outcomes, &by_period);
    check_cumulative(&scenario, &outcomes, &by_period);
}

/// Paths of a scenario, quasi-random.
fn paths(text: &str, count: u64) -> Vec<Path> {
    simulate::replay(&parsed(text).simulation(), count, &()).unwrap()
}

/// Mean and variance of the logarithm of each period's revenue, relative to a plan.
fn log_moments(paths: &[Path], plan: &[f64]) -> Vec<(f64, f64)> {
    let count = paths.len() as f64;
    (0..plan.len())
        .map(|k| {
            let logs: Vec<f64> = paths
                .iter()
                .map(|p| (p.revenue[k] / plan[k]).ln())
                .collect();
            let mean = logs.iter().sum::<f64>() / count;
            let square = logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
            (mean, square / (count - 1.0))
        })
        .collect()
}

/// Variances of log errors against closed forms, and the mean or median kept.
#[test]
fn forecast_errors_have_their_variances() {
    const COUNT: u64 = 16_384;
    let plan = [100.0, 130.0, 165.0, 200.0, 230.0];
    let contract = serde_json::json!({ "rate": 0.1, "cap": 50 });
    let ar = |s: f64, phi: f64, t: f64| s * s * (1.0 - phi.powf(2.0 * t)) / (1.0 - phi * phi);
    type Variance<'a> = &'a dyn Fn(f64) -> f64;
    let cases: [(&str, Variance<'_>); 6] = [
        ("volatility = 0.2", &|t| 0.04 * t),
        ("volatility = 0.2\npersistence = 0.6", &|t| ar(0.2, 0.6, t)),
        ("volatility = 0\nlevel_uncertainty = 0.25", &|_| 0.0625),
        ("volatility = 0\nannual_uncertainty = 0.15", &|_| 0.0225),
        ("volatility = 0.1\ngrowth_uncertainty = 0.08", &|t| {
            0.01 * t + 0.0064 * t * t
        }),
        (
            "volatility = [{ from = 2026-01-01, value = 0.3 }, { from = 2028-01-01, value = 0.1 }]",
            &|t| 0.09 * t.min(2.0) + 0.01 * (t - 2.0).max(0.0),
        ),
    ];
    for (errors, variance) in cases {
        for preserve in ["mean", "median"] {
            let revenue = format!("{PROJECTION}{errors}\npreserve = \"{preserve}\"\n");
            let text = scenario("year", "2030-12-31", &revenue, &contract);
            let moments = log_moments(&paths(&text, COUNT), &plan);
            for (k, (mean, found)) in moments.into_iter().enumerate() {
                let exact = variance(k as f64 + 1.0);
                let centre = if preserve == "mean" {
                    -0.5 * exact
                } else {
                    0.0
                };
                // One Owen scrambling of 2¹⁴ points: far better than 1/√n.
                assert!(close(found, exact, 0.01), "{errors}: {found} for {exact}");
                assert!(
                    (mean - centre).abs() < 2e-3,
                    "{errors}: {mean} for {centre}"
                );
            }
            let factor = expected_revenue(&parsed(&text))[4] / plan[4];
            let exact = if preserve == "mean" {
                1.0
            } else {
                (0.5 * variance(5.0)).exp()
            };
            assert!(close(factor, exact, 1e-12), "{errors} {preserve}");
        }
    }
}

/// An error of each year alone is the same in all months of the year and
/// independent between years.
#[test]
fn annual_errors_last_a_calendar_year() {
    let revenue = format!("{PROJECTION}volatility = 0\nannual_uncertainty = 0.2\n");
    let contract = serde_json::json!({ "rate": 0.1, "cap": 50 });
    let text = scenario("month", "2030-12-31", &revenue, &contract);
    let plan = expected_revenue(&parsed(&text));
    let paths = paths(&text, 4096);
    let error = |path: &Path, k: usize| path.revenue[k] / plan[k];
    let mut product = 0.0;
    for path in &paths {
        assert!(close(error(path, 12), error(path, 23), 1e-12));
        assert!(!close(error(path, 11), error(path, 12), 1e-9));
        product += error(path, 0).ln() * error(path, 12).ln();
    }
    let covariance = product / paths.len() as f64 - 0.02 * 0.02;
    assert!(covariance.abs() < 4.0 * 0.04 / 64.0, "{covariance}");
}

const MODELS: [(&str, &str); 6] = [
    ("gbm", "initial = 20\ngrowth = 0.4\nvolatility = 0.3\n"),
    (
        "forecast",
        "annual = { 2026 = 20, 2027 = 30, 2028 = 40 }\nvolatility = 0.2\npersistence = 0.7\n\
         growth_uncertainty = 0.1\nlevel_uncertainty = 0.1\nannual_uncertainty = 0.1\n\
         preserve = \"median\"\n",
    ),
    (
        "growth",
        "initial = 20\ngrowth = 0.6\nlong_run_growth = 0.1\nhalf_life = 1.5\nvolatility = 0.2\n\
         long_run_volatility = 0.1\ngrowth_volatility = 0.2\nrevenue_risk_price = 0.1\n\
         growth_risk_price = 0.1\n",
    ),
    (
        "jump",
        "initial = 20\ngrowth = 0.4\nvolatility = 0.2\njumps_per_year = 0.8\njump_mean = -0.1\n\
         jump_sd = 0.2\n",
    ),
    (
        "logistic",
        "capacity = 80\nsteepness = 1.1\nmidpoint = 1.5\nvolatility = 0.2\n",
    ),
    (
        "bass",
        "market = 300\ninnovation = 0.03\nimitation = 0.5\nlaunch = -1.5\nlevel_uncertainty = 0.2\n",
    ),
];

fn one_model(name: &str, keys: &str, sampler: &str) -> String {
    let contract = serde_json::json!({ "rate": 0.1, "cap": 9 });
    let revenue = format!("[revenue.{name}]\n{keys}");
    let text = scenario("quarter", "2028-12-31", &revenue, &contract);
    text.replace("seed = 3", &format!("seed = 3\nsampler = \"{sampler}\""))
        .replace("16384", "4096")
}

#[test]
fn simulated_means_are_the_expected_revenue_with_both_samplers() {
    let bootstrap = ("bootstrap", "initial = 20\nconsecutive_years = 2\n");
    for (name, keys) in MODELS.into_iter().chain([bootstrap]) {
        for sampler in ["sobol", "random"] {
            let (scenario, outcomes) = run(&one_model(name, keys, sampler));
            let what = format!("{name} {sampler}");
            check_revenue(&what, &outcomes, &expected_revenue(&scenario), 5e-3);
        }
    }
}

/// A distribution of one value is that value: every parameter reaches its place
/// on each path.
#[test]
fn every_scalar_may_be_a_distribution() {
    for (name, keys) in MODELS {
        let fixed = paths(&one_model(name, keys, "random"), 128);
        let mut uncertain = 0;
        for line in keys.lines() {
            let (key, value) = line.split_once(" = ").unwrap();
            if value.parse::<f64>().is_err() {
                continue;
            }
            let drawn = format!("{key} = {{ discrete = {{ values = [{value}], weights = [1] }} }}");
            let keys = keys.replace(line, &drawn);
            let paths = paths(&one_model(name, &keys, "random"), 128);
            uncertain += 1;
            for (a, b) in fixed.iter().zip(&paths) {
                let pairs = a.revenue.iter().zip(&b.revenue);
                assert!(
                    pairs.clone().all(|(a, b)| close(*a, *b, 1e-12)),
                    "{name}.{key}"
                );
            }
        }
        assert!(uncertain >= 3, "{name}");
    }
}

#[test]
fn a_volatility_of_equal_steps_is_constant() {
    let steps = "[{ from = 2026-01-01, value = 0.3 }, { from = 2027-05-01, value = 0.3 }]";
    let constant = "initial = 20\ngrowth = 0.4\nvolatility = 0.3\n";
    let stepped = constant.replace("= 0.3", &format!("= {steps}"));
    let (a, b) = (
        paths(&one_model("gbm", constant, "random"), 64),
        paths(&one_model("gbm", &stepped, "random"), 64),
    );
    for (a, b) in a.iter().zip(&b) {
        assert!(
            a.revenue
                .iter()
                .zip(&b.revenue)
                .all(|(a, b)| close(*a, *b, 1e-12))
        );
    }
}

/// Ranks from 0, averaged over ties.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = at as f64 + 0.5 * (group.len() - 1) as f64;
        group.iter().for_each(|i| ranks[*i] = rank);
        at += group.len();
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum()
    };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn correlated_inputs_have_the_rank_correlations_asked_for() {
    let text = r#"
        [timeline]
        start = 2026-01-01
        end = 2026-12-31
        step = "year"
        [revenue.gbm]
        initial = { lognormal = { p10 = 8, p90 = 12 } }
        growth = { triangular = [0.1, 0.2, 0.5] }
        volatility = { uniform = [0.1, 0.4] }
        [agreement]
        share = { uniform = [0.1, 0.2] }
        cap = { normal = { mean = 20, sd = 1 } }
        [correlation]
        inputs = [
            ["agreement.cap", "revenue.gbm.initial", 0.7],
            ["revenue.gbm.growth", "revenue.gbm.initial", -0.5],
            ["agreement.cap", "revenue.gbm.volatility", 0.3],
        ]
        [simulation]
        points = 16384
        sampler = "SAMPLER"
        "#;
    for (sampler, tolerance) in [("sobol", 0.005), ("random", 4.0 / 128.0)] {
        let text = text.replace("SAMPLER", sampler);
        let names: Vec<String> = parsed(&text)
            .inputs
            .iter()
            .map(|i| i.name.clone())
            .collect();
        let paths = paths(&text, 16_384);
        let column = |name: &str| {
            let i = names.iter().position(|n| n == name).unwrap();
            ranks(&paths.iter().map(|p| p.inputs[i]).collect::<Vec<f64>>())
        };
        for (a, b, rank) in [
            ("agreement.cap", "revenue.gbm.initial", 0.7),
            ("revenue.gbm.growth", "revenue.gbm.initial", -0.5),
            ("agreement.cap", "revenue.gbm.volatility", 0.3),
            ("revenue.gbm.growth", "revenue.gbm.volatility", 0.0),
            ("agreement.share", "agreement.cap", 0.0),
        ] {
            let found = correlation(&column(a), &column(b));
            assert!(
                (found - rank).abs() < tolerance,
                "{sampler} {a} {b}: {found}"
            );
        }
    }
    // The marginal distributions stay what they are.
    let sobol = text.replace("SAMPLER", "sobol");
    let paths = paths(&sobol, 16_384);
    let below = paths.iter().filter(|p| p.inputs[0] < 8.0).count() as f64;
    assert!((below / 16_384.0 - 0.1).abs() < 2e-3, "{below}");
}

/// Two annual steps of the growth model by hand: with d² = (1 − e^(−2κ)) / 2κ the
/// variance of log revenue is 2σ² + d²η² + 2ρσdη, and the mean follows from it.
#[test]
fn shocks_of_revenue_and_growth_may_be_correlated() {
    const PATHS: u64 = 16_384;
    let (sigma, eta, half_life): (f64, f64, f64) = (0.3, 0.2, 2.0);
    let revenue = |correlation: &str| {
        format!(
            "[revenue.growth]\ninitial = 10\ngrowth = 0.5\nlong_run_growth = 0.1\n\
             half_life = {half_life}\nvolatility = {sigma}\ngrowth_volatility = {eta}\n\
             growth_volatility_half_life = 5\nobserve = \"end\"\n{correlation}\n"
        )
    };
    let text = |correlation: &str| {
        let contract = serde_json::json!({ "rate": 0.1, "cap": 9 });
        scenario("year", "2027-12-31", &revenue(correlation), &contract)
    };
    let kappa = std::f64::consts::LN_2 / half_life;
    let kept = (-kappa).exp();
    let deviation = ((1.0 - kept * kept) / (2.0 * kappa)).sqrt() * eta;
    let growth = [
        1.5_f64.ln(),
        kept * 1.5_f64.ln() + (1.0 - kept) * 1.1_f64.ln(),
    ];
    let plan = 10.0 * (growth[0] + growth[1] - sigma * sigma).exp();
    for correlation in [-1.0, -0.6, 0.0, 0.5, 1.0] {
        let text = text(&format!("shock_correlation = {correlation:?}"));
        let paths = paths(&text, PATHS);
        let variance =
            2.0 * sigma * sigma + deviation * deviation + 2.0 * correlation * sigma * deviation;
        let (mean, found) = log_moments(&paths, &[1.0, plan])[1];
        let count = PATHS as f64;
        assert!(
            mean.abs() <= 4.0 * (variance / count).sqrt(),
            "{correlation}: {mean}"
        );
        let error = variance * (2.0 / count).sqrt();
        assert!(
            (found - variance).abs() <= 4.0 * error,
            "{correlation}: {found} {variance}"
        );
        let expected = expected_revenue(&parsed(&text))[1];
        assert!(
            close(expected, plan * (0.5 * variance).exp(), 1e-12),
            "{correlation}"
        );
    }
    // None is 0, to the last bit.
    assert_eq!(
        paths(&text(""), 256),
        paths(&text("shock_correlation = 0"), 256)
    );
}

#[test]
fn the_bootstrap_draws_years_of_one_company_together() {
    let keys = "initial = 1\nobserve = \"end\"\n\
        companies = { Alpha = [1, 2, 8], Beta = [1, 3, 3] }\nconsecutive_years = CONSECUTIVE\n";
    let growth = |consecutive: &str, count: u64| -> Vec<(f64, f64)> {
        let revenue = format!(
            "[revenue.bootstrap]\n{}",
            keys.replace("CONSECUTIVE", consecutive)
        );
        let contract = serde_json::json!({ "rate": 0.1, "cap": 9 });
        let text = scenario("year", "2027-12-31", &revenue, &contract);
        let pair = |p: &Path| (p.revenue[0], p.revenue[1] / p.revenue[0]);
        paths(&text, count).iter().map(pair).collect()
    };
    let together = growth("2", 4096);
    let is =
        |found: &(f64, f64), a: f64, b: f64| close(found.0, a, 1e-12) && close(found.1, b, 1e-12);
    assert!(together.iter().all(|g| is(g, 2.0, 4.0) || is(g, 3.0, 1.0)));
    let alpha = together.iter().filter(|g| is(g, 2.0, 4.0)).count() as f64;
    assert!((alpha / 4096.0 - 0.5).abs() < 4.0 * 0.5 / 64.0);
    let apart = growth("1", 4096);
    let mixed = apart.iter().filter(|g| is(g, 3.0, 4.0)).count() as f64;
    let error = (15.0_f64 / 256.0 / 4096.0).sqrt();
    assert!((mixed / 4096.0 - 1.0 / 16.0).abs() < 4.0 * error);
}

/// A scenario with the companies of a CSV file beside it, and one with other keys.
fn of_companies(rows: &str, keys: &str) -> (Scenario, Scenario) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("companies.csv"), rows).unwrap();
    let contract = serde_json::json!({ "rate": 0.1, "cap": 9 });
    let load = |keys: &str| {
        let revenue = format!("[revenue.bootstrap]\ninitial = 1\n{keys}\n");
        let text = scenario("year", "2029-12-31", &revenue, &contract);
        let path = folder.path().join("a.toml");
        std::fs::write(&path, text).unwrap();
        Scenario::load(&path, &[]).unwrap()
    };
    (load("companies = \"companies.csv\""), load(keys))
}

#[test]
fn companies_may_stand_in_a_file() {
    let rows = "company,year,revenue\nAlpha,2020,1\nAlpha,2021,2\nAlpha,2022,8\n\
        Beta,2020,1\nBeta,2021,3\nBeta,2023,4\nBeta,2024,20\nGamma,2024,7\n";
    // A missing year divides a history; a year alone has no growth.
    let keys = "companies = { Alpha = [1, 2, 8], Beta = [1, 3], Beta2 = [4, 20] }";
    let (file, inline) = of_companies(rows, keys);
    assert_eq!(file.model, inline.model);
    let spreadsheet = rows.replacen("company,year,revenue", "Company,Year,Revenue", 1);
    let (pasted, _) = of_companies(&spreadsheet.replace(',', ";"), keys);
    assert_eq!(pasted.model, inline.model);
    // All that decides the results is part of the scenario.
    let again = Scenario::read("a.toml", "a", &file.text, &file.overrides, &file.attached);
    let again = again.unwrap();
    assert_eq!(again.model, file.model);
    assert_eq!(file.attached[0].name, "companies.csv");
    assert!(file.overrides.is_empty());
}

#[test]
fn the_reference_class_is_a_file_like_any_other() {
    let shipped = include_str!("../engine/src/revenue/reference_class.csv");
    let (file, left_out) = of_companies(shipped, "");
    assert_eq!(file.model, left_out.model);
    let windows = format!("\u{feff}{}", shipped.replace('\n', "\r\n"));
    assert_eq!(of_companies(&windows, "").0.model, file.model);
}

/// Where a concession that has ended fell in what could be forecast of it.
#[test]
fn the_severn_crossings_ended_in_the_upper_sixth_of_the_forecast() {
    let text = include_str!("../scenarios/severn-crossings.toml");
    let overrides = ["simulation.points=4096".to_owned()];
    let scenario = Scenario::parse("severn.toml", "severn", text, &overrides).unwrap();
    let mut results = simulate::run(&scenario.simulation(), &()).unwrap();
    let outcomes = results.agreements.remove(0);
    let ended = &scenario.report.milestones[1];
    assert_eq!(
        (ended.label.as_str(), ended.date.to_string().as_str()),
        ("Ended", "2018-01-08")
    );
    // The number that docs/evidence.md states, to half a point.
    check("ended", outcomes.reached_by(ended.date), 0.847, 0.005, 1e-3);
    let quantile = |q: f64| outcomes.reached_quantile(q).unwrap();
    assert!(quantile(0.5) < ended.date && ended.date < quantile(0.95));
}

/// The segments are a division of the base case and nothing else.
#[test]
fn the_segments_of_the_scenario_add_up_to_the_base_case() {
    let parse = |text: &str| Scenario::parse("a.toml", "a", text, &[]).unwrap();
    let segments = parse(include_str!("../scenarios/openai-segments.toml"));
    let base = parse(include_str!("../scenarios/openai-microsoft.toml"));
    let (parts, whole) = (expected_revenue(&segments), expected_revenue(&base));
    for year in 0..5 {
        let sum = |months: &[f64]| months[12 * year..12 * year + 12].iter().sum::<f64>();
        assert!(close(sum(&parts), sum(&whole), 1e-12), "{year}");
    }
    let quarter = |months: &[f64]| months[..3].iter().sum::<f64>();
    assert!(close(quarter(&parts), quarter(&whole), 1e-12));
}
