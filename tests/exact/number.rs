//! Exact numbers: decimals as a contract writes them, and fractions of them.

use std::fmt;

use dashu_ratio::RBig;

/// An exact number.
pub type Exact = RBig;

/// A decimal: so many units of a place after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal {
    units: i64,
    places: u32,
}

/// `units` × 10^−places.
pub fn decimal(units: i64, places: u32) -> Decimal {
    Decimal { units, places }
}

impl Decimal {
    pub fn exact(self) -> Exact {
        fraction(self.units, 10_i64.pow(self.places))
    }

    /// What a program reads where this decimal is written.
    pub fn float(self) -> f64 {
        self.to_string().parse().unwrap()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_i64.pow(self.places);
        let sign = if self.units < 0 { "-" } else { "" };
        let (whole, rest) = (self.units.abs() / scale, self.units.abs() % scale);
        match self.places {
            0 => write!(f, "{sign}{whole}"),
            places => write!(f, "{sign}{whole}.{rest:0places$}", places = places as usize),
        }
    }
}

pub fn whole(value: i64) -> Exact {
    Exact::from(value)
}

pub fn fraction(over: i64, under: i64) -> Exact {
    whole(over) / whole(under)
}

pub fn zero() -> Exact {
    Exact::ZERO
}

/// The difference, or nothing where it would be negative.
pub fn beyond(value: &Exact, bound: &Exact) -> Exact {
    (value - bound).max(zero())
}

/// A power of 1 + rate. Whole exponents are exact; others are good to 16 digits and
/// kept to 30 places, lest denominators grow from period to period.
pub fn grown(rate: &Exact, years: &Exact) -> Exact {
    let base = rate + whole(1);
    if years.is_int() {
        return base.pow(count(years) as isize);
    }
    kept(&Exact::try_from(float(&base).powf(float(years))).unwrap())
}

/// To 30 decimal places.
pub fn kept(value: &Exact) -> Exact {
    let scale = whole(10).pow(30);
    Exact::from((value * &scale).round()) / scale
}

/// To the nearest of `parts` to a unit, halves away from zero.
pub fn rounded(value: &Exact, parts: i64) -> Exact {
    Exact::from((value * whole(parts)).round()) / whole(parts)
}

/// Down to one of `parts` to a unit.
pub fn floored(value: &Exact, parts: i64) -> Exact {
    Exact::from((value * whole(parts)).floor()) / whole(parts)
}

pub fn float(value: &Exact) -> f64 {
    value.to_f64().value()
}

/// A whole number as one.
pub fn count(value: &Exact) -> i64 {
    value.trunc().try_into().unwrap()
}

#[test]
fn decimals_are_written_and_rounded_as_decimals() {
    assert_eq!(decimal(-1005, 3).to_string(), "-1.005");
    assert_eq!(decimal(70, 1).exact(), whole(7));
    assert_eq!(
        rounded(&decimal(1005, 3).exact(), 100),
        decimal(101, 2).exact()
    );
    assert_eq!(floored(&decimal(1009, 3).exact(), 100), whole(1));
    assert_eq!(grown(&fraction(1, 10), &whole(-2)), fraction(100, 121));
    let root = grown(&fraction(21, 100), &fraction(1, 2));
    assert!((float(&root) - 1.1).abs() < 1e-15);
}
