//! Which share is earned.

use capbind::agreement::{DatedRate, Share};

use super::build::*;

fn by_date(rates: &[(capbind::units::Date, f64)]) -> Share {
    let rates = rates.iter().map(|&(from, rate)| DatedRate {
        from,
        rate: fixed(rate),
    });
    Share::ByDate(rates.collect())
}

#[test]
fn a_rate_that_changes_inside_a_period_applies_by_days() {
    // 20 % to 10 April 2026, 10 % from then on: ten of thirty days at 20 %.
    let timeline = months(6);
    let mut agreement = tenth(&timeline);
    agreement.share = by_date(&[(day(2026, 2, 1), 0.2), (day(2026, 4, 11), 0.1)]);
    let path = settled(&agreement, &timeline, &[300.0; 6]);
    assert_close(&accrued(&path), &[0.0, 60.0, 60.0, 40.0, 30.0, 30.0]);
}

#[test]
fn the_same_rate_at_every_date_is_a_flat_share() {
    let timeline = months(6);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(100.0);
    let revenue = [300.0, 200.0, 0.0, 400.0, 100.0, 300.0];
    let flat = settled(&agreement, &timeline, &revenue);
    agreement.share = by_date(&[
        (day(2026, 1, 1), 0.1),
        (day(2026, 2, 11), 0.1),
        (day(2026, 4, 11), 0.1),
    ]);
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&payments(&path), &payments(&flat));
    assert_eq!(path.end, flat.end);
    assert_eq!(path.reached.unwrap().date, day(2026, 5, 31));
}
