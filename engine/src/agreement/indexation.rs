//! How a cap moves with time.

use serde::{Deserialize, Serialize};

use super::share::DatedRate;
use crate::math::{exp, ln};
use crate::units::{Date, Parameter};

/// How a cap moves with time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Indexation {
    /// It does not.
    None,
    /// It grows by a rate on each anniversary of a date.
    Escalating {
        /// Growth per year, above −1; of rates by date, the one in force on the
        /// anniversary.
        rate: YearlyRate,
        /// The day on which the cap is its plain amount.
        from: Date,
    },
    /// The cap is in prices of a date: each payment counts against it divided by
    /// the price level, Π (1 + inflation)^years up to the middle of its accrual days.
    Real {
        /// Inflation per year, above −1.
        inflation: YearlyRate,
        /// The day at whose prices the cap is stated.
        prices_of: Date,
        /// What the rate is one of: it is said, and changes nothing.
        of: Deflation,
    },
    /// The cap is what was paid upfront, and a return on it: each payment counts against
    /// it divided by (1 + rate)^years up to its payment date, each amount upfront likewise.
    Return {
        /// The internal rate of return per year, above −1.
        rate: Parameter,
        /// The day of the first amount upfront.
        from: Date,
    },
}

/// What payments are made comparable by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deflation {
    /// A rise of prices.
    Prices,
    /// A rate of interest: the cap is a present value.
    Interest,
}

/// A rate per year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum YearlyRate {
    /// The same at all times.
    Constant(Parameter),
    /// Each from its date on, dates ascending; 0 before the first.
    ByDate(Vec<DatedRate>),
}

impl From<Parameter> for YearlyRate {
    fn from(rate: Parameter) -> Self {
        Self::Constant(rate)
    }
}

impl Indexation {
    /// Whether payments count against the cap at another worth than their own.
    pub(super) fn is_real(&self) -> bool {
        matches!(self, Self::Real { .. } | Self::Return { .. })
    }

    /// The growth that counts on the days from `first` to `last`, whose share is paid on
    /// a day, and the anniversaries gone by.
    pub(super) fn growth(&self, first: Date, last: Date, paid: Date) -> (i32, Growth) {
        match self {
            Self::None => (0, Growth::default()),
            Self::Return { rate, from } => {
                // A payment falls at the close of its day.
                (0, Growth::of(*rate, paid.add_days(1).years_since(*from)))
            }
            Self::Escalating { rate, from } => {
                let years = first.years_since(*from).floor().max(0.0) as i32;
                (years, rate.of_anniversaries(*from, years))
            }
            Self::Real { .. } => {
                let days = f64::from(last.days_since(first) + 1);
                (0, self.of_prices(first, days).unwrap_or_default())
            }
        }
    }

    /// The growth up to a day on which more is paid upfront; `None` where the cap is not a
    /// return on that.
    pub(super) fn of_advance(&self, day: Date) -> Option<Growth> {
        match self {
            Self::Return { rate, from } => Some(Growth::of(*rate, day.years_since(*from))),
            _ => None,
        }
    }

    /// The growth of prices up to the middle of `days` days from `first` on, the last
    /// of which may count in part; `None` where the cap is not in prices of a date.
    pub(super) fn of_prices(&self, first: Date, days: f64) -> Option<Growth> {
        let Self::Real {
            inflation,
            prices_of,
            ..
        } = self
        else {
            return None;
        };
        let middle = 0.5 * (first.years_since(*prices_of) + first.years_after(days, *prices_of));
        Some(inflation.over(*prices_of, middle))
    }
}

impl YearlyRate {
    /// The growth on the first `years` anniversaries of a date.
    fn of_anniversaries(&self, from: Date, years: i32) -> Growth {
        let rates = match self {
            Self::Constant(rate) => return Growth::of(*rate, f64::from(years)),
            Self::ByDate(rates) => rates,
        };
        let days = (1..=years).map(|year| from.add_months(12 * year));
        let in_force = days.filter_map(|day| rates.iter().rev().find(|rate| rate.from <= day));
        Growth {
            certain: 0.0,
            years: in_force.map(|rate| (rate.rate, 1.0)).collect(),
        }
    }

    /// The growth over some years from a date on; less than 0 for years before it.
    fn over(&self, from: Date, years: f64) -> Growth {
        let rates = match self {
            Self::Constant(rate) => return Growth::of(*rate, years),
            Self::ByDate(rates) => rates,
        };
        let mut growth = Growth::default();
        for (i, rate) in rates.iter().enumerate() {
            let begins = rate.from.years_since(from);
            let next = rates.get(i + 1);
            let ends = next.map_or(f64::INFINITY, |next| next.from.years_since(from));
            let within = years.clamp(begins, ends) - 0.0_f64.clamp(begins, ends);
            growth.add(rate.rate, within);
        }
        growth
    }
}

/// Growth at several rates, each for some years.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Growth {
    /// Logarithm of the growth at rates that are the same on every path.
    certain: f64,
    /// The other rates, or the only one, with their years.
    years: Vec<(Parameter, f64)>,
}

impl Growth {
    fn of(rate: Parameter, years: f64) -> Self {
        Self {
            certain: 0.0,
            years: vec![(rate, years)],
        }
    }

    fn add(&mut self, rate: Parameter, years: f64) {
        match rate {
            _ if years == 0.0 => {}
            Parameter::Fixed(rate) => self.certain += years * ln(1.0 + rate),
            uncertain => self.years.push((uncertain, years)),
        }
    }

    /// 1 over Π (1 + rate)^years on each path of a row.
    #[inline(always)]
    pub fn deflators<const N: usize>(&self, inputs: &[[f64; N]]) -> [f64; N] {
        let is_certain = |(rate, _): &(Parameter, f64)| rate.fixed().is_some();
        if self.years.iter().all(is_certain) {
            return [self.deflator(inputs, 0); N];
        }
        let mut logs = [self.certain; N];
        for (rate, years) in &self.years {
            let rate = rate.lanes(inputs);
            for l in 0..N {
                logs[l] += years * ln(1.0 + rate[l]);
            }
        }
        logs.map(|log| exp(-log))
    }

    /// The same on one path.
    pub fn deflator<const N: usize>(&self, inputs: &[[f64; N]], lane: usize) -> f64 {
        let of = |(rate, years): &(Parameter, f64)| years * ln(1.0 + rate.lane(inputs, lane));
        let log = self.years.iter().map(of).fold(self.certain, |a, b| a + b);
        exp(-log)
    }

    /// Multiplies amounts by Π (1 + rate)^years for whole years, by multiplication.
    #[inline(always)]
    pub fn grow<const N: usize>(&self, inputs: &[[f64; N]], amounts: &mut [f64; N]) {
        let mut factors = [1.0; N];
        for (rate, years) in &self.years {
            let rate = rate.lanes(inputs);
            for _ in 0..*years as i32 {
                for l in 0..N {
                    factors[l] *= 1.0 + rate[l];
                }
            }
        }
        for l in 0..N {
            amounts[l] *= factors[l];
        }
    }
}
