//! Paths settled side by side are each as it is alone, to the last bit.

use capbind::agreement::{Agreement, Contract, Settled, Settlement, Share, When};
use capbind::units::{LANES, Parameter};
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::lone;
use super::properties::{MONTHS, agreement};

/// Numbers from 0 to 1.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Makes numbers uncertain: each is then an input around what it was.
fn uncertain(agreement: &mut Agreement) -> Vec<f64> {
    let mut around = Vec::new();
    let mut draw = |parameter: &mut Parameter| {
        if let Parameter::Fixed(value) = *parameter {
            *parameter = Parameter::Uncertain(around.len());
            around.push(value);
        }
    };
    if let Share::Flat(rate) = &mut agreement.share {
        draw(rate);
    }
    if let Some(cap) = &mut agreement.cap {
        cap.steps.iter_mut().for_each(|step| draw(&mut step.amount));
    }
    draw(&mut agreement.paid_before);
    let clauses = &mut agreement.clauses;
    clauses.threshold.iter_mut().for_each(&mut draw);
    clauses.minimum.iter_mut().map(lone).for_each(&mut draw);
    if let Some(minimum) = &mut clauses.period_minimum {
        draw(lone(&mut minimum.amount));
    }
    for when in clauses.whens_mut() {
        if let When::Years(years) = when {
            draw(years);
        }
    }
    if let Some(deferral) = &mut clauses.deferral {
        draw(&mut deferral.fraction);
        draw(&mut deferral.interest);
    }
    around
}

/// Every number of a settlement, by its bits.
fn bits(path: &Settlement) -> Vec<u64> {
    let lines = path.lines.iter().flat_map(|line| {
        [
            line.accrued,
            line.added,
            line.payment,
            line.excess,
            line.loss,
            line.headroom_after,
            line.cumulative_paid,
        ]
    });
    let recovered = path.recovered.map_or(-1.0, |cash| cash.amount);
    let others = [path.interest, path.above_cap, recovered];
    lines
        .chain(path.cash.iter().copied())
        .chain(others)
        .map(f64::to_bits)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_row_settles_each_path_as_alone(
        (timeline, mut agreement) in agreement(),
        seed in any::<u64>(),
        draws in any::<bool>(),
        rounds in any::<bool>(),
        paid in vec(0.0..20.0_f64, 0..5),
    ) {
        agreement.clauses.cents_per_unit = rounds.then_some(100.0);
        agreement.clauses.past_periods = paid.len();
        agreement.clauses.paid_so_far = paid;
        let around = if draws { uncertain(&mut agreement) } else { Vec::new() };
        let mut dice = Dice(seed);
        let mut row = |around: f64| -> [f64; LANES] {
            std::array::from_fn(|_| around * (0.75 + 0.5 * dice.next()))
        };
        let inputs: Vec<[f64; LANES]> = around.into_iter().map(|value| row(value).map(|x| x.min(1e3))).collect();
        let revenue: Vec<[f64; LANES]> = (0..MONTHS)
            .map(|_| row(60.0).map(|x| if x < 48.0 { 0.0 } else { x }))
            .collect();
        let contract = Contract::new(agreement, &timeline);
        let mut all = Settled::new(MONTHS, contract.schedule.cash_dates().len());
        contract.settle_row(&inputs, &revenue, &mut all);
        let mut one = Settlement::default();
        for l in 0..LANES {
            let column = |rows: &[[f64; LANES]]| rows.iter().map(|row| row[l]).collect::<Vec<f64>>();
            let (inputs, revenue) = (column(&inputs), column(&revenue));
            contract.settle(&inputs, &revenue, &mut one);
            let of_row = all.path(l, &contract, &revenue);
            prop_assert_eq!(bits(&one), bits(&of_row), "{:?}", contract.agreement);
            prop_assert_eq!(one.end, of_row.end);
            prop_assert_eq!(one.cut, of_row.cut);
            prop_assert_eq!(one.binds, of_row.binds);
            prop_assert_eq!(one.reached.map(|r| (r.period, r.date)), of_row.reached.map(|r| (r.period, r.date)));
        }
    }
}
