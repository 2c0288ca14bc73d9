//! A flat share under all clauses is the rule itself, to the last bit.

use capbind::agreement::rule::{Cap, day_reached};
use capbind::agreement::{EndReason, Schedule};
use capbind::units::Date;
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;

/// Accrued share, headroom before, payment, excess, headroom after, total paid.
type Line = [f64; 6];
/// Period, fraction of it and day.
type Moment = (usize, f64, Date);

/// The rule applied by hand: what the engine does for each path of a row.
fn by_rule(
    schedule: &Schedule,
    (share, cap, paid_before): (f64, f64, f64),
    revenue: &[f64],
) -> (Vec<Line>, Option<Moment>) {
    let cap = Cap::new(cap, paid_before);
    let (mut paid, mut reached) = (0.0, None);
    let mut lines = Vec::new();
    for (k, (period, revenue)) in schedule.periods().iter().zip(revenue).enumerate() {
        let accrued = share * period.eligible * revenue;
        let headroom = cap.limit() - paid;
        let payment = cap.pay(paid, accrued);
        if payment.reached && period.days > 0 && reached.is_none() {
            let day = day_reached(headroom, accrued, f64::from(period.days));
            let fraction = (headroom / accrued).clamp(0.0, 1.0).max(0.0);
            reached = Some((k, fraction, period.first_day.add_days(day as i32)));
        }
        paid = payment.paid;
        lines.push([
            accrued,
            headroom,
            payment.amount,
            payment.excess,
            cap.limit() - paid,
            paid,
        ]);
    }
    (lines, reached)
}

proptest! {
    #[test]
    fn a_flat_share_is_the_rule_to_the_last_bit(
        share in 0.0..=1.0_f64,
        cap in prop_oneof![4 => 0.0..200.0_f64, 1 => Just(f64::INFINITY)],
        paid_before in prop_oneof![1 => Just(0.0), 1 => 0.0..60.0_f64],
        revenue in vec(prop_oneof![1 => Just(0.0), 9 => 0.0..100.0_f64], 2..40),
        days in (0..45_i32, 0..45_i32),
    ) {
        let timeline = months(revenue.len());
        let mut agreement = tenth(&timeline);
        agreement.share = fixed(share).into();
        agreement.cap = (cap < f64::INFINITY).then(|| fixed(cap).into());
        agreement.paid_before = fixed(paid_before);
        agreement.effective = timeline.start().add_days(days.0);
        agreement.expiry = timeline.end().add_days(-days.1).max(agreement.effective);
        prop_assert!(agreement.is_flat());
        let schedule = Schedule::new(&agreement, &timeline);
        let path = settled(&agreement, &timeline, &revenue);
        let (lines, reached) = by_rule(&schedule, (share, cap, paid_before), &revenue);
        for (line, wanted) in path.lines.iter().zip(lines) {
            let found = [
                line.accrued,
                line.headroom_before,
                line.payment,
                line.excess,
                line.headroom_after,
                line.cumulative_paid,
            ];
            prop_assert_eq!(found.map(f64::to_bits), wanted.map(f64::to_bits));
            prop_assert_eq!((line.added, line.loss), (0.0, 0.0));
        }
        let found = path.reached.map(|r| (r.period, r.fraction, r.date));
        prop_assert_eq!(found, reached);
        let reason = if reached.is_some() { EndReason::Cap } else { EndReason::Expiry };
        prop_assert_eq!(path.end.reason, reason);
        prop_assert_eq!(path.end.date, reached.map_or(agreement.expiry, |r| r.2));
    }
}
