//! Exact numbers: decimals as a contract writes them, and fractions of them.

use std::fmt;

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

/// An exact number.
pub type Exact = BigRational;

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

    pub fn is_zero(self) -> bool {
        self.units == 0
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
    Exact::from_integer(value.into())
}

pub fn fraction(over: i64, under: i64) -> Exact {
    Exact::new(over.into(), under.into())
}

pub fn zero() -> Exact {
    whole(0)
}

/// The difference, or nothing where it would be negative.
pub fn beyond(value: &Exact, bound: &Exact) -> Exact {
    (value - bound).max(zero())
}

/// A power of 1 + rate. Whole exponents are exact; others are good to 16 digits and
/// kept to 30 places, lest denominators grow from period to period.
pub fn grown(rate: &Exact, years: &Exact) -> Exact {
    let base = rate + Exact::one();
    if years.is_integer() {
        let years = years.to_integer().to_i32().unwrap();
        return Exact::pow(&base, years);
    }
    let power = base.to_f64().unwrap().powf(years.to_f64().unwrap());
    kept(&Exact::from_float(power).unwrap())
}

/// To 30 decimal places.
pub fn kept(value: &Exact) -> Exact {
    let scale = Exact::pow(&whole(10), 30);
    (value * &scale).round() / scale
}

/// To the nearest of `parts` to a unit, halves away from zero.
pub fn rounded(value: &Exact, parts: i64) -> Exact {
    (value * whole(parts)).round() / whole(parts)
}

/// Down to one of `parts` to a unit.
pub fn floored(value: &Exact, parts: i64) -> Exact {
    (value * whole(parts)).floor() / whole(parts)
}

pub fn float(value: &Exact) -> f64 {
    value.to_f64().unwrap()
}

/// A whole number as one.
pub fn count(value: &Exact) -> i64 {
    value.to_integer().to_i64().unwrap()
}

pub fn is_negative(value: &Exact) -> bool {
    value.is_negative()
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
