//! Samples at the extremes of what a scenario can give.

use super::*;

pub fn long_frame() -> Frame {
    Frame {
        title: "A revenue share between <script>alert(\"1\")</script> & an unusually long-named \
                counterparty, AVATAR To Werke Aktiengesellschaft, as amended and restated for the \
                third time on 27 April 2026 and supplemented by two side letters"
            .to_owned(),
        subtitle: "The cap binds in 86\u{a0}% of outcomes. ".repeat(12),
        sources: frame().sources.repeat(4),
        run: frame().run,
    }
}

fn many_milestones() -> Vec<Milestone> {
    (0..14)
        .map(|i| Milestone {
            date: date(2026, 6, 15).add_months(i * i / 3),
            label: format!("Milestone number {i} of the agreement"),
        })
        .collect()
}

fn flat_fan(value: f64, dates: Vec<Date>) -> Fan {
    let values = vec![value; dates.len()];
    Fan {
        percentiles: PERCENTILES
            .map(|percentile| PercentileCurve {
                percentile,
                values: values.clone(),
            })
            .to_vec(),
        mean: values.clone(),
        reference: Some(Curve {
            label: "Plan".to_owned(),
            values,
        }),
        dates,
        ..paid(0.0, 38.0)
    }
}

fn one_bar(probability: f64) -> Binding {
    let bar = BindingBar {
        start: date(2026, 1, 1),
        end: date(2026, 12, 31),
        probability,
        cumulative: probability,
    };
    let when = (probability > 0.0).then_some(date(2026, 1, 31));
    Binding {
        bars: vec![bar],
        causes: Vec::new(),
        not_reached: 1.0 - probability,
        quantiles: PERCENTILES.map(|percent| (percent, when)).to_vec(),
        ..binding(38.0, 12)
    }
}

fn long_binding() -> Binding {
    let ends = month_ends(2026, 360);
    let bars: Vec<BindingBar> = ends
        .iter()
        .enumerate()
        .map(|(month, end)| {
            let cumulative = |month: f64| 0.7 / (1.0 + (-(month - 150.0) / 40.0).exp());
            BindingBar {
                start: end.first_of_month(),
                end: *end,
                probability: cumulative(month as f64) - cumulative(month as f64 - 1.0),
                cumulative: cumulative(month as f64),
            }
        })
        .collect();
    Binding {
        frame: long_frame(),
        bar_span: Step::Month,
        bars,
        causes: Vec::new(),
        not_reached: 0.3,
        quantiles: vec![
            (5.0, Some(ends[49])),
            (25.0, Some(ends[128])),
            (50.0, Some(ends[187])),
            (75.0, None),
        ],
        milestones: many_milestones(),
        ghosts: Vec::new(),
    }
}

fn no_frame() -> Frame {
    Frame {
        title: String::new(),
        subtitle: String::new(),
        sources: String::new(),
        run: String::new(),
    }
}

/// Every extreme with its name.
pub fn all() -> Vec<(&'static str, Figure)> {
    let bins = |values: &[(f64, f64, f64)]| {
        values
            .iter()
            .map(|&(low, high, probability)| Bin {
                low,
                high,
                probability,
            })
            .collect::<Vec<_>>()
    };
    let capped = |probability| {
        Some(CapMass {
            value: 38.0,
            probability,
            in_part: false,
        })
    };
    let certain = |bins: Vec<Bin>| Total {
        bins,
        at_cap: capped(1.0),
        mean: 38.0,
        percentiles: PERCENTILES.map(|percent| (percent, 38.0)).to_vec(),
        ..total(Some(38.0))
    };
    let years: Vec<Date> = (0..30).map(|year| date(2026 + year, 12, 31)).collect();
    let shuffled = paid(0.2, 60.0);
    let tiny = Fan {
        money: Money::new("CHF", Unit::Billion).expect("a currency code"),
        percentiles: shuffled
            .percentiles
            .iter()
            .map(|curve| PercentileCurve {
                percentile: curve.percentile,
                values: curve
                    .values
                    .iter()
                    .map(|value| 1e-4 * (value - 9.0))
                    .collect(),
            })
            .collect(),
        mean: Vec::new(),
        level: None,
        ..shuffled
    };
    vec![
        ("x-fan-long-words", {
            let mut fan = paid(0.2, 38.0);
            fan.frame = long_frame();
            fan.milestones = many_milestones();
            Figure::Fan(fan)
        }),
        ("x-fan-no-volatility", Figure::Fan(revenue(0.0))),
        (
            "x-fan-all-at-cap",
            Figure::Fan(flat_fan(38.0, month_ends(2026, 12))),
        ),
        ("x-fan-zero", Figure::Fan(flat_fan(0.0, years))),
        (
            "x-fan-one-point",
            Figure::Fan(flat_fan(12.0, month_ends(2026, 1))),
        ),
        ("x-fan-no-points", Figure::Fan(flat_fan(12.0, Vec::new()))),
        ("x-fan-quarters", {
            let mut fan = paid(0.3, 38.0);
            fan.dates = month_ends(2027, 36);
            Figure::Fan(fan)
        }),
        ("x-fan-far-cap", Figure::Fan(paid(0.2, 5000.0))),
        ("x-fan-high-cap", Figure::Fan(paid(0.2, 100.0))),
        ("x-fan-negative-tiny", Figure::Fan(tiny)),
        ("x-fan-not-finite", {
            let mut fan = flat_fan(f64::NAN, month_ends(2026, 20));
            fan.mean = vec![f64::INFINITY; 3];
            fan.frame = no_frame();
            Figure::Fan(fan)
        }),
        ("x-fan-eighty-years", {
            let mut fan = revenue(0.2);
            fan.dates = (0..60).map(|year| date(2026 + year, 12, 31)).collect();
            fan.reported[0].first_day = date(2004, 1, 1);
            fan.milestones = many_milestones();
            Figure::Fan(fan)
        }),
        ("x-fan-reported-one-point", {
            let mut fan = flat_fan(12.0, month_ends(2026, 1));
            fan.reported = reported();
            fan.reported[1].value = f64::NAN;
            fan.reported[2].value = 40.0;
            Figure::Fan(fan)
        }),
        ("x-strip-eighty-years", {
            let mut long = strip();
            long.frame = long_frame();
            long.rows[0].to = date(2105, 12, 31);
            long.rows[1].label = long.frame.title.repeat(2);
            long.rows[1].by_any = true;
            long.milestones = many_milestones();
            Figure::Strip(long)
        }),
        ("x-strip-one-month", {
            let mut short = strip();
            short.rows.truncate(1);
            short.rows[0].to = date(2026, 1, 31);
            short.rows[0].is_capped = false;
            short.rows[0].ends.clear();
            short.milestones.clear();
            short.fiscal_year_ends = None;
            Figure::Strip(short)
        }),
        ("x-strip-backwards", {
            let mut odd = strip();
            odd.rows[0].to = date(2020, 1, 1);
            odd.fiscal_year_ends = Some(12);
            Figure::Strip(odd)
        }),
        ("x-strip-nothing", {
            let mut none = strip();
            none.rows.clear();
            none.milestones.clear();
            Figure::Strip(none)
        }),
        ("x-binding-never", Figure::Binding(one_bar(0.0))),
        ("x-binding-never-long", {
            let mut never = binding(5000.0, 1);
            never.quantiles.clear();
            Figure::Binding(never)
        }),
        ("x-binding-at-once", Figure::Binding(one_bar(1.0))),
        ("x-binding-early", Figure::Binding(binding(2.0, 3))),
        ("x-binding-360", Figure::Binding(long_binding())),
        ("x-binding-none", {
            let mut none = binding(38.0, 12);
            none.bars.clear();
            Figure::Binding(none)
        }),
        ("x-total-all-at-cap", Figure::Total(certain(Vec::new()))),
        (
            "x-total-all-at-cap-zero-bins",
            Figure::Total(certain(bins(&[(0.0, 19.0, 0.0), (19.0, 38.0, 0.0)]))),
        ),
        ("x-total-never-at-cap", Figure::Total(total(Some(5000.0)))),
        ("x-total-one-value", {
            let mut one = total(None);
            one.bins = bins(&[(12.0, 12.0, 1.0)]);
            one.mean = 12.0;
            one.percentiles = PERCENTILES.map(|percent| (percent, 12.0)).to_vec();
            Figure::Total(one)
        }),
        ("x-total-not-finite", {
            let mut none = total(None);
            none.bins = bins(&[(f64::NAN, f64::INFINITY, f64::NAN)]);
            none.mean = f64::NAN;
            none.percentiles = vec![(50.0, f64::NEG_INFINITY)];
            none.frame = no_frame();
            Figure::Total(none)
        }),
    ]
}
