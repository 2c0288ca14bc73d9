//! Exact fractions: what an example comes to when nothing is rounded.

use std::ops::{Add, Div, Mul, Sub};

/// A fraction in lowest terms with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    over: i128,
    under: i128,
}

pub fn exact(over: i128, under: i128) -> Exact {
    let divisor = gcd(over.abs(), under.abs()).max(1) * under.signum();
    Exact {
        over: over / divisor,
        under: under / divisor,
    }
}

/// A whole number.
pub fn whole(value: i128) -> Exact {
    exact(value, 1)
}

/// Hundredths.
pub fn percent(value: i128) -> Exact {
    exact(value, 100)
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Exact {
    pub fn value(self) -> f64 {
        self.over as f64 / self.under as f64
    }

    pub fn min(self, other: Self) -> Self {
        if (self - other).over < 0 { self } else { other }
    }

    pub fn max(self, other: Self) -> Self {
        if (self - other).over < 0 { other } else { self }
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        exact(
            self.over * other.under + other.over * self.under,
            self.under * other.under,
        )
    }
}

impl Sub for Exact {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        exact(
            self.over * other.under - other.over * self.under,
            self.under * other.under,
        )
    }
}

impl Mul for Exact {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        exact(self.over * other.over, self.under * other.under)
    }
}

impl Div for Exact {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        exact(self.over * other.under, self.under * other.over)
    }
}

#[test]
fn fractions_are_exact() {
    let third = exact(1, 3);
    assert_eq!(third + third + third, whole(1));
    assert_eq!(exact(-2, -6), third);
    assert_eq!(third * whole(3) - whole(2), whole(-1));
    assert_eq!(whole(1) / whole(3), third);
    assert_eq!(third.min(whole(0)), whole(0));
    assert_eq!(third.max(whole(0)), third);
}
