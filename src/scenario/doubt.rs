//! Values that are permitted and probably not meant.

use std::fmt;

/// A rate per year above this, 200 %, is probably written as a percentage.
const USUAL: f64 = 2.0;

/// A rate that was probably written as a percentage.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// Its dotted key.
    pub key: String,
    /// As written, or the least value of a distribution.
    pub value: f64,
}

impl Doubt {
    /// A doubt about a rate, a fraction per year; `None` where it is a usual one.
    pub fn of(key: String, value: f64) -> Option<Self> {
        (value > USUAL).then_some(Self { key, value })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value } = self;
        write!(
            f,
            "`{key}` is {value}, which is {} % a year: {value} % is written {}",
            tidy(value * 100.0),
            tidy(value / 100.0)
        )
    }
}

/// A number without the last digits that a conversion leaves.
pub fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_told_from_a_fraction() {
        assert_eq!(Doubt::of("a".to_owned(), 2.0), None);
        let said = Doubt::of("a".to_owned(), 7.0).unwrap().to_string();
        assert_eq!(said, "`a` is 7, which is 700 % a year: 7 % is written 0.07");
    }
}
