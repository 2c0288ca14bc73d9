//! Random contracts, settled twice: by the program and by a second settlement, written
//! from docs/contract.md alone, in exact fractions. Every payment, accrual, cash date
//! and end must agree.
//!
//! A case is its number: `EXACT_CASES=17..18 cargo test --test exact` runs case 17
//! alone, `EXACT_CASES=0..100000` a hundred thousand.

mod calendar;
mod draw;
mod engine;
mod flow;
mod joint;
mod number;
mod program;
mod settle;
mod terms;
mod value;
mod written;

use std::ops::Range;

use settle::Reason;

fn cases() -> Range<u64> {
    let asked = std::env::var("EXACT_CASES").unwrap_or("0..5000".into());
    let ends = asked
        .split_once("..")
        .map(|(from, to)| (from.parse(), to.parse()));
    match ends {
        Some((Ok(from), Ok(to))) => from..to,
        _ => panic!("EXACT_CASES={asked}: give a range of numbers, as 0..5000"),
    }
}

#[test]
fn every_contract_is_settled_exactly() {
    let mut wrong = Vec::new();
    let mut ends = [0_u64; 4];
    for number in cases() {
        let terms = draw::contract(number);
        let exact = settle::settle(&terms);
        ends[match exact.end.0 {
            Reason::Cap => 0,
            Reason::Expiry => 1,
            Reason::Event(_) => 2,
            Reason::Default => 3,
        }] += 1;
        let mut differences = program::differences(&terms, &exact);
        if !differences.is_empty() {
            differences.truncate(6);
            wrong.push((number, differences, terms));
        }
    }
    let Some((number, differences, terms)) = wrong.first() else {
        // A draw that hardly ever ends in one of the four ways shows nothing of it.
        let cases = cases().count() as u64;
        assert!(
            cases > 0 && (cases < 1000 || ends.iter().all(|n| n * 50 > cases)),
            "{ends:?}"
        );
        return;
    };
    let brief = wrong.iter().take(40).map(|(number, differences, _)| {
        format!(
            "  {number}: {}",
            differences[0].lines().next().unwrap_or_default()
        )
    });
    let revenue = |segment: &terms::Segment| format!("{:?}", floats(&segment.revenue));
    panic!(
        "{} cases differ:\n{}\n\ncase {number}:\n{}\nrevenue {}\n{}",
        wrong.len(),
        brief.collect::<Vec<_>>().join("\n"),
        differences.join("\n"),
        terms
            .segments
            .iter()
            .map(revenue)
            .collect::<Vec<_>>()
            .join(" and "),
        terms.scenario(),
    );
}

fn floats(amounts: &[number::Exact]) -> Vec<f64> {
    amounts.iter().map(number::float).collect()
}
