//! What the payments of a ledger are worth.

use super::number::*;
use super::settle::Ledger;
use super::terms::Valuation;

/// Present value of cash and recovery that is due on the valuation date or later.
pub fn present_value(valuation: &Valuation, ledger: &Ledger) -> Exact {
    let mut value = zero();
    for (day, amount) in ledger
        .cash
        .iter()
        .chain(ledger.recovered.iter().map(|(d, a)| (d, a)))
    {
        if *day >= valuation.date {
            // A payment falls at the close of its day.
            let years = day.plus(1).years_since(valuation.date);
            let rate = rate(&valuation.points, &years);
            value += amount * grown(&rate, &-years);
        }
    }
    value
}

/// Linear between the points; before the first and after the last, theirs.
fn rate(points: &[(Decimal, Decimal)], years: &Exact) -> Exact {
    let points: Vec<(Exact, Exact)> = points.iter().map(|(t, r)| (t.exact(), r.exact())).collect();
    let after = points.iter().position(|(at, _)| at >= years);
    match after {
        None => points[points.len() - 1].1.clone(),
        Some(0) => points[0].1.clone(),
        Some(i) => {
            let ((t0, r0), (t1, r1)) = (&points[i - 1], &points[i]);
            r0 + (r1 - r0) * (years - t0) / (t1 - t0)
        }
    }
}
