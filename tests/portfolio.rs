//! Portfolios: what deals bring in together, against closed forms; the table's mistakes; the
//! same bytes in any order of lines and on any number of threads.

mod common;

use std::collections::BTreeMap;

use capbind::math::{exp, inverse_normal_cdf, normal_cdf};
use capbind::simulate::{
    self, Cell, PartError, PortfolioError, PortfolioPart, PortfolioPlan, PortfolioResults,
    run_portfolio,
};
use capbind::stats::MeanEstimate;
use capbind::study::{Base, Deals, Fund, FundOptions, synthetic_deals};

/// One year's revenue of 100, log-normal with a deviation of 0.4 about its mean; all of it
/// is shared.
const YEAR: &str = r#"
timeline = { start = 2026-01-01, end = 2026-12-31, step = "year" }
revenue.gbm = { initial = 100, growth = 0, volatility = 0.4, observe = "end" }
agreement = { payer = "P", share = 1, upfront = 50 }
simulation = { points = 4096, replicates = 16, seed = 3, sampler = "random" }
"#;
const SIGMA: f64 = 0.4;

fn fund_on(text: &str, table: &str, tail: f64) -> Result<Fund, capbind::Error> {
    let deals = Deals::from_csv("deals.csv", table.as_bytes())?;
    let base = Base::new("deal.toml", "deal", text, &[]);
    let options = FundOptions {
        tail,
        ..FundOptions::default()
    };
    Fund::new(&deals, &BTreeMap::from([(String::new(), base)]), options)
}

fn run_on(text: &str, table: &str, tail: f64) -> PortfolioResults {
    let fund = fund_on(text, table, tail).unwrap_or_else(|error| panic!("{error}"));
    run_portfolio(&fund.portfolio, &()).unwrap()
}

#[track_caller]
fn close(estimate: MeanEstimate, exact: f64, largest_error: f64) {
    let error = (estimate.mean - exact).abs();
    assert!(
        error <= 4.0 * estimate.std_error + 1e-12 * exact.abs(),
        "{estimate:?} against {exact}"
    );
    assert!(estimate.std_error <= largest_error, "{estimate:?}");
}

fn sum(parts: impl Iterator<Item = f64>) -> f64 {
    parts.sum()
}

#[test]
fn a_lone_deal_is_the_log_normal_it_is_made_of() {
    let found = run_on(YEAR, "id\nA\n", 0.05);
    let total = found.total.measured();
    close(total.estimate.of_mean(), 100.0, 0.3);
    let exact = 100.0 * (exp(SIGMA * SIGMA) - 1.0).sqrt();
    assert!((total.estimate.std_dev / exact - 1.0).abs() < 0.02);
    // The mean below the quantile at α of a log-normal of mean μ: μ·Φ(Φ⁻¹(α) − σ)/α.
    let z = inverse_normal_cdf(0.05);
    close(found.tail.mean, 100.0 * normal_cdf(z - SIGMA) / 0.05, 0.2);
    let quantile = 100.0 * exp(SIGMA * z - 0.5 * SIGMA * SIGMA);
    let threshold = found.tail.threshold.unwrap();
    let error = (threshold.value - quantile).abs();
    assert!(error <= 4.0 * threshold.std_error + 1e-3 * quantile);
    // At least 1.5 times 50: ln 75 lies 0.519… deviations below the median.
    let (multiple, estimate) = found.multiples[2];
    let z = ((75.0_f64 / 100.0).ln() + 0.5 * SIGMA * SIGMA) / SIGMA;
    assert_eq!(multiple, 1.5);
    close(estimate.of_mean(), normal_cdf(-z), 0.005);
    let deal = &found.deals[0];
    assert_eq!(deal.adds.share.mean, 1.0);
    assert_eq!(deal.invested, Some(50.0));
    let back = normal_cdf(((100.0_f64 / 50.0).ln() - 0.5 * SIGMA * SIGMA) / SIGMA);
    close(deal.paid_back.unwrap().of_mean(), back, 0.002);
}

#[test]
fn a_lone_deal_is_that_of_a_run() {
    let text = include_str!("../scenarios/revenue-based-financing.toml");
    let text = &text.replace("points     = 16384", "points     = 2048");
    let found = run_on(text, "id\nA\n", 0.05);
    let base = Base::new("deal.toml", "deal", text, &[]);
    let scenario = base.with(&[]).unwrap();
    let run = simulate::run(&scenario.simulation(), &()).unwrap();
    let total = found.total.measured().estimate;
    // Recoveries after a default are in both.
    let multiple = run.primary().returns().unwrap().multiple().estimate;
    let difference = (total.mean / 200.0 - multiple.mean).abs();
    assert!(difference <= 4.0 * (total.std_error / 200.0).hypot(multiple.std_error));
    assert!(total.std_error < 1.0);
}

#[test]
fn factors_tie_deals_as_their_loadings_say() {
    let variance = exp(SIGMA * SIGMA) - 1.0;
    let deviation = |loadings: [f64; 2]| {
        let [a, b] = loadings;
        let table = format!("id,factor.f\nA,{a}\nB,{b}\n");
        let found = run_on(YEAR, &table, 0.05);
        let covariance = exp(a * b * SIGMA * SIGMA) - 1.0;
        let exact = 100.0 * (2.0 * variance + 2.0 * covariance).sqrt();
        let total = found.total.measured().estimate;
        close(total.of_mean(), 200.0, 0.6);
        assert!((total.std_dev / exact - 1.0).abs() < 0.02, "{loadings:?}");
        found
    };
    let alike = deviation([1.0, 1.0]);
    let [a, b] = [0, 1].map(|i| alike.deals[i].adds.cash.measured());
    // With nothing of their own they are one, path by path.
    assert_eq!((a.estimate, a.means), (b.estimate, b.means));
    let total = alike.total.measured().estimate;
    assert!((total.std_dev / (2.0 * a.estimate.std_dev) - 1.0).abs() < 1e-12);
    deviation([1.0, -1.0]);
    deviation([0.8, 0.6]);
    deviation([0.0, 0.7]);
}

/// One deal alone on a factor and the same deal by months and by quarters: what a factor does
/// over a quarter is what it does over its three months.
#[test]
fn a_factor_moves_quarters_as_their_months() {
    let text = YEAR
        .replace("2026-12-31", "2027-12-31")
        .replace("upfront = 50", "expiry = 2027-12-31")
        .replace("\"year\"", "\"month\"");
    let table = "id,timeline.step,factor.f\nM,month,1\nQ,quarter,1\nX,month,0\n";
    let found = run_on(&text, table, 0.05);
    let last = |i: usize| found.deals[i].years.last().unwrap().mean;
    close(found.deals[0].years[1], last(1), 1.0);
    let alone = |i: usize| found.deals[i].adds.cash.measured().estimate.std_dev;
    let pair = run_on(
        &text,
        "id,timeline.step,factor.f\nM,month,1\nQ,quarter,1\n",
        0.05,
    );
    let both = pair.total.measured().estimate.std_dev;
    // All but perfectly together.
    assert!((both / (alone(0) + alone(1)) - 1.0).abs() < 0.01);
}

#[test]
fn parts_add_up_to_the_whole() {
    let text = include_str!("../assets/portfolio.toml").replace(
        "replicates = 16",
        "replicates = 8\npoints = 192\nsampler = \"random\"",
    );
    let found = run_on(&text, &synthetic_deals(60, 4), 0.07);
    let exact = |parts: f64, whole: f64| {
        assert!((parts / whole - 1.0).abs() < 1e-12, "{parts} of {whole}");
    };
    let deals = || found.deals.iter().map(|deal| &deal.adds);
    let total = found.total.measured().estimate.mean;
    exact(sum(deals().map(|d| d.cash.measured().estimate.mean)), total);
    exact(sum(deals().map(|d| d.share.mean)), 1.0);
    exact(sum(deals().map(|d| d.tail.mean)), found.tail.mean.mean);
    exact(
        sum(deals().map(|d| d.share_of_shortfall.unwrap().mean)),
        1.0,
    );
    // Payers and vintages are two ways to divide the same.
    exact(
        sum(found.groups.iter().map(|group| group.tail.mean)),
        2.0 * found.tail.mean.mean,
    );
    exact(
        sum(found.years.iter().map(|y| y.cash.measured().estimate.mean)),
        total,
    );
    exact(
        sum(found
            .quarters
            .iter()
            .map(|q| q.cash.measured().estimate.mean)),
        total,
    );
    let last = found
        .years
        .last()
        .unwrap()
        .cumulative
        .measured()
        .estimate
        .mean;
    exact(last, total);
    exact(
        sum(found.years.iter().map(|year| year.invested)),
        found.invested.unwrap(),
    );
    let shortfall = found.tail.shortfall.mean;
    exact(shortfall, total - found.tail.mean.mean);
    for deal in &found.deals {
        exact(
            sum(deal.years.iter().map(|y| y.mean)),
            deal.adds.cash.measured().estimate.mean,
        );
    }
}

#[test]
fn concentration_is_that_of_the_shares() {
    let certain = YEAR.replace("volatility = 0.4", "volatility = 0");
    let table = "id,payer,agreement.share\nA,X,0.4\nB,X,0.4\nC,Y,0.1\nD,Z,0.1\n";
    let found = run_on(&certain, table, 0.05);
    let [deals, payers] = [0, 1].map(|i| &found.concentration[i]);
    assert_eq!(
        (deals.by, deals.members, payers.by, payers.members),
        ("deal", 4, "payer", 3)
    );
    let near = |estimate: MeanEstimate, exact: f64| {
        assert!((estimate.mean - exact).abs() < 1e-12 && estimate.std_error < 1e-12);
    };
    near(deals.herfindahl, 0.34);
    near(deals.effective, 1.0 / 0.34);
    near(payers.herfindahl, 0.66);
    // Nothing lacks anything where all is certain.
    assert!(
        found
            .deals
            .iter()
            .all(|deal| deal.adds.share_of_shortfall.is_none())
    );
}

#[test]
fn more_deals_and_more_paths_change_none() {
    let few = run_on(YEAR, "id,factor.f\nB,0.5\n", 0.05);
    let many = run_on(YEAR, "id,factor.f\nA,0.1\nB,0.5\nC,-0.9\n", 0.05);
    let b = |found: &PortfolioResults, i: usize| found.deals[i].adds.cash.measured().estimate;
    assert_eq!(b(&few, 0), b(&many, 1));
}

/// Every number of the results, to the last bit.
fn numbers(found: &PortfolioResults) -> String {
    let cell = |cell: &Cell| {
        let measured = cell.measured();
        let quantile = |q: f64| measured.distribution.estimate(q);
        let quantiles = [0.01, 0.05, 0.5, 0.95].map(quantile);
        format!(
            "{:?} {:?} {quantiles:?}\n",
            measured.estimate, measured.means
        )
    };
    let years = found
        .years
        .iter()
        .flat_map(|year| [&year.cash, &year.cumulative]);
    let quarters = found.quarters.iter().map(|quarter| &quarter.cash);
    let adds = found
        .groups
        .iter()
        .chain(found.deals.iter().map(|deal| &deal.adds));
    let adds: Vec<_> = adds.collect();
    let cells = years
        .chain(quarters)
        .chain([&found.total])
        .chain(adds.iter().map(|of| &of.cash));
    let mut all: String = cells.map(cell).collect();
    for of in adds {
        all += &format!("{:?} {:?} {:?}\n", of.share, of.tail, of.share_of_shortfall);
    }
    for deal in &found.deals {
        all += &format!("{:?} {:?} {:?}\n", deal.reached, deal.paid_back, deal.years);
    }
    all + &format!(
        "{:?} {:?} {:?}",
        found.concentration, found.multiples, found.tail
    )
}

#[test]
fn any_cut_gives_the_results_of_one_run() {
    // Three blocks in each replicate, the last cut short.
    let text = YEAR.replace(
        "points = 4096, replicates = 16",
        "points = 9000, replicates = 4",
    );
    let table = "id,factor.x\nA,0.5\nB,0.4\nC,\n";
    let fund = fund_on(&text, table, 0.05).unwrap();
    let wanted = numbers(&run_portfolio(&fund.portfolio, &()).unwrap());
    let plan = PortfolioPlan::new(&fund.portfolio);
    for count in [1, 5, 12] {
        let shards = plan.shards(count);
        assert_eq!(
            shards.iter().map(|shard| plan.paths(shard)).sum::<u64>(),
            36_000
        );
        let part = |shard| plan.compute(shard, &()).unwrap().to_bytes();
        let mut parts: Vec<Vec<u8>> = shards.iter().map(part).collect();
        // Neither the threads nor the order play a part.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert!(pool.install(|| part(&shards[0])) == parts[0]);
        parts.rotate_left(count / 2);
        let read = |bytes: &Vec<u8>| PortfolioPart::from_bytes(bytes).unwrap();
        let found = plan.finish(parts.iter().map(read), &()).unwrap();
        assert!(numbers(&found) == wanted, "{count} parts");
        if count == 5 {
            let refused = plan.finish(parts[1..].iter().map(read), &()).unwrap_err();
            assert!(refused.to_string().contains("missing"), "{refused}");
        }
    }
    let other = fund_on(&text, "id,factor.x\nA,0.5\nB,0.4\nD,\n", 0.05).unwrap();
    let other = PortfolioPlan::new(&other.portfolio);
    let foreign = other.compute(&other.shards(1)[0], &()).unwrap();
    let refused = plan.finish([foreign], &()).unwrap_err();
    assert!(matches!(
        refused,
        PortfolioError::Parts(PartError::Foreign { .. })
    ));
}

#[test]
fn the_mistakes_of_a_table_are_named() {
    let refused = |table: &str| match fund_on(YEAR, table, 0.05) {
        Ok(_) => panic!("{table} is accepted"),
        Err(error) => error.to_string(),
    };
    for (table, said) in [
        ("payer\nX\n", "deals.csv: no column is called id"),
        ("id\n", "there is no deal below the first line"),
        (
            "id,shares\nA,1\n",
            "the column \"shares\" is neither a key nor one of",
        ),
        ("id,id\nA,A\n", "two columns are called \"id\""),
        (
            "id\nA\n\"\"\nA\n",
            "line 4, column id is \"A\": line 2 has this id, too",
        ),
        (
            "id,note\nA,x\n,y\n",
            "line 3, column id is empty: a deal needs an id",
        ),
        (
            "id,factor.f\nA,1.2\n",
            "line 2, column factor.f is \"1.2\": a loading from -1 to 1",
        ),
        (
            "id,factor.f\nA,60%\n",
            "a loading from -1 to 1 is permitted; write 60% as 0.6",
        ),
        (
            "id,factor.f,factor.g\nA,0.8,0.8\n",
            "line 2, the loadings: their squares add up to 1.2800",
        ),
        (
            "id,simulation.seed\nA,2\n",
            "the column simulation.seed is of the whole portfolio",
        ),
        (
            "id,agreement.share\nA,0.1\nB,1.4\n",
            "line 3, column agreement.share is \"1.4\"",
        ),
        ("id,agreement.share\nA,0.1\nB,1.4\n", "permitted: 0 to 1"),
        (
            "id,agreement.sharre\nA,0.1\n",
            "line 2, the scenario: unknown key `agreement.sharre`",
        ),
        ("id,unit\nA,x\n", "the column \"unit\" is neither"),
        (
            "id,a.b,c\nA,1\n",
            "line 2 has 2 cells where the first line has 3",
        ),
    ] {
        let error = refused(table);
        assert!(error.contains(said), "{table}\n{error}");
    }
    let many: String = (0..40).map(|i| format!("D{i},2\n")).collect();
    let error = refused(&format!("id,agreement.share\n{many}"));
    assert!(error.contains("\nand 32 more"), "{error}");
    let twice = format!(
        "{}\n",
        YEAR.replace("agreement = {", "agreement = [{").replace(
            "50 }",
            "50, name = \"one\" }, { payer = \"P\", share = 0.1, name = \"two\" }]"
        )
    );
    let error = match fund_on(&twice, "id\nA\n", 0.05) {
        Ok(_) => panic!("several agreements are accepted"),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("line 2, the scenario"), "{error}");
}

#[test]
fn a_table_is_kept_by_id_whatever_its_order() {
    let text = |table: &str| {
        Deals::from_csv("deals.csv", table.as_bytes())
            .unwrap()
            .to_csv()
    };
    let one = text("id;agreement.share;name\nB;0,05;\"b, c\"\nA;0,1;\n");
    assert_eq!(one, "id,agreement.share,name\nA,0.1,\nB,0.05,\"b, c\"\n");
    assert_eq!(text(&one), one);
}

#[cfg(feature = "cli")]
mod command {
    use std::fs;
    use std::path::Path;

    use super::common::capbind;

    /// Every file of a folder of results, by name.
    fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files.extend(self::files(&path)),
                false => {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    files.push((name, fs::read(&path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    #[test]
    fn bytes_depend_on_no_order_and_on_no_thread() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        let new = ["new", "fund", "--template", "portfolio", "--deals", "12"];
        capbind(folder).args(new).assert().success();
        let table = fs::read_to_string(folder.join("fund.csv")).unwrap();
        let mut lines: Vec<&str> = table.lines().collect();
        lines[1..].reverse();
        fs::create_dir(folder.join("turned")).unwrap();
        fs::write(
            folder.join("turned/fund.csv"),
            format!("{}\n", lines.join("\n")),
        )
        .unwrap();
        fs::copy(folder.join("fund.toml"), folder.join("turned/fund.toml")).unwrap();
        let run = |table: &str, threads: &str, out: &str| {
            let args = [
                "portfolio",
                table,
                "--paths",
                "4096",
                "--threads",
                threads,
                "--out",
                out,
            ];
            let done = capbind(folder).args(args).assert().success();
            String::from_utf8(done.get_output().stdout.clone()).unwrap()
        };
        let text = run("fund.csv", "2", "one");
        assert!(
            text.starts_with("The portfolio is expected to bring in $"),
            "{text}"
        );
        run("turned/fund.csv", "1", "other");
        let [one, other] = ["one", "other"].map(|name| files(&folder.join(name)));
        assert_eq!(
            one.len(),
            10 + 3 * 4 - 4,
            "nine tables, four charts twice, the manifest"
        );
        assert_eq!(one, other);
        capbind(folder).args(["verify", "one"]).assert().success();
        capbind(folder).args(new).assert().failure();
    }

    #[test]
    fn shipped_deals_are_simulated() {
        let place = tempfile::tempdir().unwrap();
        let table = super::common::project().join("scenarios/portfolio-royalties.csv");
        let mut command = capbind(place.path());
        command
            .arg("portfolio")
            .arg(&table)
            .args(["--paths", "4096", "--json"]);
        let done = command.assert().success();
        let found: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
        assert_eq!(found["tables"]["deals"].as_array().unwrap().len(), 10);
        let multiple = &found["tables"]["summary"][2];
        assert_eq!(multiple["quantity"], "money_multiple");
        assert!(multiple["value"].as_f64().unwrap() > 1.0);
        assert!(
            fs::read_dir(place.path()).unwrap().next().is_none(),
            "nothing is written"
        );
    }
}
