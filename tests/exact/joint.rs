//! Two agreements under one cap, settled in exact fractions.

use capbind::scenario::Scenario;
use capbind::simulate::{self, Quantity, Slot, replay};

use super::number::{Exact, float, fraction, whole, zero};

/// A few random numbers.
struct Dice(u64);

impl Dice {
    fn of(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + (self.0 % (high - low + 1) as u64) as i64
    }
}

/// Years of revenue in two segments, and what two agreements say: rates in percent, a year
/// from which each shares, and one cap.
struct Case {
    revenue: [Vec<i64>; 2],
    rates: [i64; 2],
    tier: Option<i64>,
    minimum: Option<i64>,
    from: [i64; 2],
    before: [i64; 2],
    cap: i64,
}

impl Case {
    fn drawn(number: u64) -> Self {
        let mut dice =
            Dice(0x9e37_79b9_7f4a_7c15 ^ (number + 1).wrapping_mul(0xff51_afd7_ed55_8ccd));
        let years = dice.of(2, 6);
        let mut revenue = || (0..years).map(|_| dice.of(0, 40) * 10).collect::<Vec<_>>();
        let revenue = [revenue(), revenue()];
        Self {
            revenue,
            rates: [dice.of(1, 40), dice.of(1, 40)],
            tier: (dice.of(0, 2) == 0).then(|| dice.of(1, 20) * 10),
            minimum: (dice.of(0, 2) == 0).then(|| dice.of(1, 30)),
            from: [0, dice.of(0, 2).min(years - 1)],
            before: [dice.of(0, 1) * dice.of(0, 9), dice.of(0, 1) * dice.of(0, 9)],
            cap: dice.of(0, 150),
        }
    }

    fn years(&self) -> usize {
        self.revenue[0].len()
    }

    fn scenario(&self) -> Scenario {
        let years = self.years() as i64;
        let rows = (0..years - 1).map(|k| {
            let of = |s: usize| self.revenue[s][k as usize];
            format!("{0}-01-01,{0}-12-31,{1},{2}\n", 2026 + k, of(0), of(1))
        });
        let last = |s: usize| self.revenue[s][years as usize - 1].max(1);
        let segment = |s: usize| {
            format!(
                "[[revenue]]\nname = \"s{s}\"\ngbm = {{ initial = {}, growth = 0, volatility = 0 }}\n",
                last(s)
            )
        };
        let agreement = |s: usize, share: String, cap: String, rest: String| {
            let (one, other) = (u8::from(s == 0), u8::from(s == 1));
            format!(
                "[[agreement]]\nname = \"a{s}\"\npayer = \"p\"\npayee = \"q{s}\"\nshare = {share}\n\
                 eligible = {{ s0 = {one}, s1 = {other} }}\ncap = {cap}\n\
                 effective = {}-01-01\npaid_before = {}\n{rest}",
                2026 + self.from[s],
                self.before[s]
            )
        };
        let [first, second] = self.rates.map(|rate| format!("{rate}e-2"));
        let tiered = |rate: &str| match self.tier {
            Some(above) => format!(
                "{{ by_annual_revenue = [{{ rate = {rate} }}, {{ above = {above}, rate = 0.05 }}] }}"
            ),
            None => rate.to_owned(),
        };
        let minimum = self
            .minimum
            .map(|least| format!("annual_minimum = {least}\n"));
        let text = format!(
            "[timeline]\nstart = 2026-01-01\nend = {}-12-31\nstep = \"year\"\n\
             [simulation]\npoints = 64\nreplicates = 4\n{}{}{}{}[actuals]\ncsv = '''\n\
             period_start,period_end,revenue.s0,revenue.s1\n{}'''\n",
            2025 + years,
            segment(0),
            segment(1),
            agreement(0, first, self.cap.to_string(), minimum.unwrap_or_default()),
            agreement(
                1,
                tiered(&second),
                "{ of = \"a0\" }".to_owned(),
                String::new()
            ),
            rows.collect::<String>(),
        );
        Scenario::parse("joint.toml", "joint", &text, &[]).unwrap()
    }

    /// What is due in a year under an agreement, whatever the cap says.
    fn due(&self, s: usize, k: usize) -> Exact {
        if (k as i64) < self.from[s] {
            return zero();
        }
        let last = self.years() - 1;
        let revenue = match k == last {
            true => self.revenue[s][k].max(1),
            false => self.revenue[s][k],
        };
        let percent = |rate: i64, revenue: i64| fraction(rate, 100) * whole(revenue);
        if s == 0 {
            let least = whole(self.minimum.unwrap_or(0));
            return percent(self.rates[0], revenue).max(least);
        }
        let above = self.tier.map_or(0, |above| (revenue - above).max(0));
        percent(self.rates[1], revenue - above) + percent(5, above)
    }
}

#[test]
fn two_agreements_under_one_cap_are_settled_exactly() {
    let mut reached = 0;
    for number in 0..150 {
        let case = Case::drawn(number);
        let scenario = case.scenario();
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let path = replay(&scenario.simulation(), 1, &()).unwrap().remove(0);
        let ledgers = path.settle_all(&scenario.model, &scenario.contracts);
        let mut left = whole(case.cap - case.before[0] - case.before[1]).max(zero());
        let mut year = None;
        for k in 0..case.years() {
            let due = [case.due(0, k), case.due(1, k)];
            let sum = &due[0] + &due[1];
            let part = match sum > left {
                true => &left / &sum,
                false => whole(1),
            };
            if year.is_none() && sum >= left {
                year = Some(2026 + k as i64);
            }
            left -= &sum * &part;
            for (s, due) in due.iter().enumerate() {
                let wanted = float(&(due * &part));
                let line = ledgers[s].lines[k];
                let run = results.agreements[s].quantity(Quantity::Payment, Slot::Period(k));
                let run = run.unwrap().estimate.mean;
                for found in [line.payment, run] {
                    assert!(
                        (found - wanted).abs() < 1e-9,
                        "{number}, {k}, {s}: {found} {wanted}"
                    );
                }
                assert!(
                    (line.headroom_after - float(&left)).abs() < 1e-9,
                    "{number}, {k}"
                );
                let flows = line.accrued + line.added - line.payment - line.excess;
                assert!(flows.abs() < 1e-9, "{number}, {k}, {s}: {flows}");
            }
        }
        let found = ledgers[0]
            .reached
            .map(|reached| i64::from(reached.date.year()));
        assert_eq!(found, year, "{number}");
        reached += u32::from(year.is_some());
    }
    assert!((40..150).contains(&reached), "{reached}");
}
