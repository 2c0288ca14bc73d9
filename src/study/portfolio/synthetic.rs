//! Made-up deals, to try portfolios with.

use std::fmt::Write;

use rand_distr::{Distribution, LogNormal, Uniform};

use crate::simulate::Streams;

/// What every deal is moved by.
const COMMON: [&str; 3] = ["economy", "credit", "rates"];
const SECTORS: [&str; 9] = [
    "software",
    "music",
    "film",
    "pharma",
    "devices",
    "retail",
    "energy",
    "mining",
    "transport",
];
const REGIONS: [&str; 8] = [
    "north_america",
    "latin_america",
    "britain",
    "europe",
    "nordics",
    "india",
    "east_asia",
    "oceania",
];
/// Deals for each payer, about.
const OF_PAYER: usize = 8;

/// A table of `count` deals, in USD million, for the scenario that `capbind new --template
/// portfolio` writes: bought in the quarters of 2024 to 2026 and held for five years, on
/// twenty common factors. The same numbers for the same seed on every machine; they are of
/// nobody.
pub fn synthetic_deals(count: usize, seed: u64) -> String {
    let mut generator = Streams::new(seed).generator("synthetic deals", 0);
    // Most deals are small: half below 25 of revenue a year, one in twenty above 170.
    let sizes = LogNormal::new(3.2, 1.15).expect("a deviation above 0");
    let mut size = sizes.sample_iter(Streams::new(seed).generator("synthetic sizes", 0));
    let mut between = |low: f64, high: f64| {
        let range = Uniform::new(low, high).expect("the lower number first");
        range.sample(&mut generator)
    };
    let mut out = String::from(
        "id,payer,timeline.start,timeline.end,revenue.gbm.initial,revenue.gbm.growth,\
         revenue.gbm.volatility,agreement.share,agreement.upfront,agreement.cap",
    );
    for factor in COMMON.iter().chain(&SECTORS).chain(&REGIONS) {
        let _ = write!(out, ",factor.{factor}");
    }
    out.push('\n');
    let payers = count.div_ceil(OF_PAYER).max(1);
    for deal in 0..count {
        let mut choice = |of: usize| (between(0.0, of as f64) as usize).min(of - 1);
        // A payer has one sector and one region, a few payers have many deals.
        let payer = choice(payers) * choice(payers) / payers;
        let (sector, region) = (payer % SECTORS.len(), payer * 5 % REGIONS.len());
        let (year, month) = (2024 + choice(3), 1 + 3 * choice(4));
        let last = match month {
            1 => format!("{}-12-31", year + 4),
            4 => format!("{}-03-31", year + 5),
            7 => format!("{}-06-30", year + 5),
            _ => format!("{}-09-30", year + 5),
        };
        let size = size.next().unwrap_or_default();
        let (growth, volatility) = (between(-0.05, 0.2), between(0.15, 0.5));
        let share = between(0.02, 0.1);
        // About what five years bring in at a tenth a year, more or less well judged.
        let price = 5.0 * share * size * (1.0 + 2.5 * (growth - 0.1)) * between(0.75, 1.0);
        let multiple = between(1.4, 2.2);
        let _ = write!(
            out,
            "D{:05},Payer {:03},{year}-{month:02}-01,{last},{size:.1},{growth:.3},{volatility:.3},\
             {share:.4},{price:.2},{{ multiple = {multiple:.2} }}",
            deal + 1,
            payer + 1,
        );
        let loadings = [between(0.2, 0.45), between(0.05, 0.25), between(-0.2, 0.1)];
        for loading in loadings {
            let _ = write!(out, ",{loading:.2}");
        }
        for (own, of) in [(sector, SECTORS.len()), (region, REGIONS.len())] {
            for at in 0..of {
                // What is another sector's moves it a little.
                let loading = match at == own {
                    true => between(0.3, 0.5),
                    false => between(0.0, 0.08),
                };
                let _ = write!(out, ",{loading:.2}");
            }
        }
        out.push('\n');
    }
    out
}
