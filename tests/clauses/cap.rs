//! How much is paid at most.

use capbind::agreement::{AnnualCap, CarryForward};

use super::build::*;

/// Case I-D7 of the published truths.
#[test]
fn an_annual_cap_together_with_a_total_cap() {
    let timeline = years(6);
    let mut agreement = tenth(&timeline);
    agreement.share = fixed(0.15).into();
    agreement.cap = cap(100e6);
    agreement.clauses.annual_cap = Some(AnnualCap {
        amount: fixed(25e6),
        carry: CarryForward::None,
    });
    let path = settled(
        &agreement,
        &timeline,
        &[50e6, 120e6, 200e6, 250e6, 300e6, 100e6],
    );
    assert_close(&payments(&path), &[7.5e6, 18e6, 25e6, 25e6, 24.5e6, 0.0]);
    assert_eq!(path.reached.unwrap().period, 4);
    assert_eq!(path.binds, Some(4));
    assert_eq!(path.total_paid(), 100e6);
}
