//! `capbind explain`: the ledger of one path.

use super::{Place, golden};

/// Two agreements, one with many clauses and payments rounded to cents.
const CLAUSES: &str = r#"title = "Two agreements"
unit = "million"

[timeline]
start = 2026-01-01
end = 2028-12-31
step = "quarter"

[revenue.gbm]
initial = 40
growth = 0.25
volatility = 0.30

[[agreement]]
name = "royalty"
payer = "Grower"
payee = "Lender"
share = { by_annual_revenue = [{ rate = 0.05 }, { above = 30, rate = 0.08 }] }
upfront = 4
cap = [{ until = 2027-06-30, multiple = 1.2 }, { multiple = 1.5 }]
annual_minimum = 1.5
payment = { every = "quarter", lag_months = 2, rounding = "cent" }
deferral = { fraction = 0.25, months = 12, interest = 0.06 }
event = { name = "sale of the company", hazard = 0.2 }

[[agreement]]
name = "rebate"
payer = "Lender"
payee = "Grower"
share = [{ from = 2026-02-15, rate = 0.01 }, { from = 2027-01-01, rate = 0.02 }]
default = { hazard = 0.3, recovery = 0.4, lag_months = 6 }

[simulation]
points = 64
seed = 7
"#;

/// The rows of a CSV table as header and cells.
fn rows(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = text.lines().map(|line| line.split(',').collect());
    (lines.next().unwrap(), lines.collect())
}

fn column<'a>(table: &(Vec<&str>, Vec<Vec<&'a str>>), name: &str) -> Vec<&'a str> {
    let at = table.0.iter().position(|head| *head == name).unwrap();
    table.1.iter().map(|row| row[at]).collect()
}

#[test]
fn the_ledger_of_a_path_is_printed() {
    let place = Place::new();
    let run = place.run(&["explain", "a.toml", "--path", "3"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("explain.txt", &run.stdout);
    place.write("b.toml", CLAUSES);
    let run = place.run(&["explain", "b.toml", "--path", "2"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("explain_clauses.txt", &run.stdout);
    assert_eq!(place.names("."), ["a.toml", "b.toml"]);
}

#[test]
fn its_numbers_are_those_of_the_path_s_rows() {
    let place = Place::new();
    place.write("b.toml", CLAUSES);
    for (file, agreements) in [("a.toml", 1), ("b.toml", 2)] {
        let out = format!("out-{agreements}");
        let run = place.run(&[
            "run",
            file,
            "--no-charts",
            "--keep-paths",
            "200",
            "--out",
            &out,
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let text = place.read(&format!("{out}/paths.csv"));
        let paths = rows(&text);
        for number in ["0", "63", "64", "130", "199"] {
            let run = place.run(&["explain", file, "--path", number, "--csv"]);
            let explained = rows(&run.stdout);
            assert_eq!(explained.1.len(), 12 * agreements);
            let numbers = column(&paths, "path");
            let is_this = |(_, path): &(usize, &&str)| **path == number;
            let at: Vec<usize> = numbers
                .iter()
                .enumerate()
                .filter(is_this)
                .map(|(i, _)| i)
                .collect();
            for name in ["period_end", "revenue", "payment", "cumulative_paid"] {
                let all = column(&paths, name);
                let wanted: Vec<&str> = at.iter().map(|i| all[*i]).collect();
                assert_eq!(column(&explained, name), wanted, "{name} of path {number}");
            }
        }
    }
}

#[test]
fn sums_match_to_the_cent() {
    let place = Place::new();
    place.write("b.toml", CLAUSES);
    for number in 0..20 {
        let number = number.to_string();
        let run = place.run(&["explain", "b.toml", "--path", &number, "--csv"]);
        let table = rows(&run.stdout);
        // A unit is a million: 100 million cents.
        let cents = |name: &str| -> Vec<i64> {
            let cells = column(&table, name);
            let cents = |cell: &&str| (cell.parse::<f64>().unwrap() * 1e8).round() as i64;
            cells.iter().take(12).map(cents).collect()
        };
        let decimals = |cell: &&str| cell.split_once('.').map_or(0, |(_, digits)| digits.len());
        assert!(
            column(&table, "payment")
                .iter()
                .take(12)
                .all(|cell| decimals(cell) <= 8)
        );
        let paid: i64 = cents("payment").iter().sum();
        assert_eq!(paid, *cents("cumulative_paid").last().unwrap());
        let due: i64 = ["accrued_share", "added"]
            .iter()
            .flat_map(|name| cents(name))
            .sum();
        let excess: i64 = cents("excess_over_cap").iter().sum();
        assert_eq!(due, paid + excess);
    }
}

#[test]
fn a_path_beyond_the_last_is_refused() {
    let place = Place::new();
    let run = place.run(&["explain", "a.toml", "--path", "1024"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (
            2,
            "",
            "error: there is no path 1024: this scenario has 1024 paths\n  try: count from 0 to 1023\n"
        )
    );
}
