//! The cash of an agreement: when it comes in, what it is worth, and what it
//! returns on an investment.

use super::super::Simulation;
use crate::agreement::{Contract, Cut, Schedule, Settled, Settlement};
use crate::math::fma;
use crate::units::{Date, LANES, Lanes, Parameter};
use crate::valuation::{Convention, Investment, Valuation, internal_rate, payback};

/// What the payee pays for the agreement: on the valuation date where the
/// scenario says what, else upfront when the agreement takes effect. `None` where
/// nothing is paid, or where what an upfront payment has brought in before the
/// timeline is known in sum only.
pub fn investment(simulation: &Simulation<'_>, contract: &Contract) -> Option<Investment> {
    let valuation = simulation.valuation;
    if let Some((amount, date)) = valuation.and_then(|v| Some((v.invested?, v.date))) {
        return Some(Investment { amount, date });
    }
    let agreement = &contract.agreement;
    let amount = agreement.clauses.upfront.filter(|amount| *amount > 0.0)?;
    let date = agreement.effective;
    let whole =
        date >= simulation.timeline.start() || agreement.paid_before == Parameter::Fixed(0.0);
    whole.then_some(Investment { amount, date })
}

/// What the payments of a contract are worth.
#[derive(Debug)]
pub struct Worth<'a> {
    valuation: &'a Valuation,
    schedule: &'a Schedule,
    /// For each period or cash date, by the convention, a discount factor.
    factors: Vec<f64>,
}

impl<'a> Worth<'a> {
    /// The factors of a contract.
    pub fn new(simulation: &Simulation<'a>, contract: &'a Contract) -> Option<Self> {
        let valuation = simulation.valuation?;
        let schedule = &contract.schedule;
        let factors = match valuation.convention {
            Convention::PaymentDate => {
                let dates = schedule.cash_dates().iter();
                dates.map(|date| valuation.discount_factor(*date)).collect()
            }
            Convention::MidPeriod => {
                let periods = schedule.periods().iter();
                periods.map(|p| simulation.discount_factor(p)).collect()
            }
        };
        Some(Self {
            valuation,
            schedule,
            factors,
        })
    }

    /// The present values of a settled strip; `None` where they are asked of each path:
    /// from the middle of a period, which an event or a default moves.
    #[inline(always)]
    pub fn present_values(&self, settled: &Settled<LANES>) -> Option<Lanes> {
        if self.valuation.convention != Convention::PaymentDate {
            return None;
        }
        let mut values = [0.0; LANES];
        for (amounts, factor) in settled.cash.iter().zip(&self.factors) {
            for l in 0..LANES {
                values[l] += factor * amounts[l];
            }
        }
        for (value, recovered) in values.iter_mut().zip(&settled.recovered) {
            if let Some(recovered) = recovered {
                *value += recovered.amount * self.valuation.discount_factor(recovered.date);
            }
        }
        Some(values)
    }

    /// The present value of a settled path.
    pub fn present_value(&self, settlement: &Settlement) -> f64 {
        let recovered =
            |r: crate::agreement::Cash| r.amount * self.valuation.discount_factor(r.date);
        match self.valuation.convention {
            Convention::PaymentDate => {
                let cash = settlement.cash.iter().zip(&self.factors);
                let value: f64 = cash.map(|(amount, factor)| factor * amount).sum();
                value + settlement.recovered.map_or(0.0, recovered)
            }
            Convention::MidPeriod => {
                // The middle is that of the days before an event or a default.
                let of_cut = |cut: Cut| {
                    let period = self.schedule.periods()[cut.period];
                    let (first, paid) = (period.first_day, period.payment_date);
                    let factor = self.valuation.factor_of_days(first, cut.days, paid);
                    (cut.period, factor)
                };
                let of_cut = settlement.cut.map(of_cut);
                let lines = settlement.lines.iter().zip(&self.factors).enumerate();
                let values = lines.map(|(k, (line, factor))| match of_cut {
                    Some((cut, factor)) if cut == k => factor * line.payment,
                    _ => factor * line.payment,
                });
                values.sum()
            }
        }
    }

    /// What an investment is worth at the valuation date; 0 for one before it.
    pub fn of_investment(&self, investment: Investment) -> f64 {
        let years = investment.date.years_since(self.valuation.date);
        if years < 0.0 {
            return 0.0;
        }
        investment.amount * self.valuation.curve.factor(years)
    }
}

/// The cash that an investment brings in.
#[derive(Debug)]
pub struct Returning {
    investment: Investment,
    dates: Vec<Date>,
    /// Years from the investment to the close of each cash date; negative for
    /// one before it.
    years: Vec<f64>,
}

impl Returning {
    /// The cash of a contract from the date of an investment.
    pub fn new(contract: &Contract, investment: Investment) -> Self {
        let dates = contract.schedule.cash_dates().to_vec();
        let years = dates.iter().map(|date| years(investment, *date)).collect();
        Self {
            investment,
            dates,
            years,
        }
    }

    /// The last day on which any cash may come in.
    pub fn last_date(&self, contract: &Contract) -> Date {
        let agreement = &contract.agreement;
        let last = self.dates.last().copied().unwrap_or(agreement.expiry);
        let lag = agreement.clauses.default.map_or(0, |d| d.lag_months);
        last.max(agreement.expiry).add_days(1).add_months(lag)
    }

    /// Years and amounts of the cash of a settled path, in order but for what
    /// comes in after a default.
    pub fn flows(&self, settlement: &Settlement) -> impl Iterator<Item = (f64, f64)> + Clone {
        let cash = self
            .years
            .iter()
            .copied()
            .zip(settlement.cash.iter().copied());
        let recovered = settlement.recovered;
        let after = recovered.map(|r| (years(self.investment, r.date), r.amount));
        cash.chain(after).filter(|(years, _)| *years >= 0.0)
    }

    /// What is invested, and when.
    pub fn investment(&self) -> Investment {
        self.investment
    }

    /// The cash of a settled path, and its sum weighted with the years to it.
    pub fn cash(&self, settlement: &Settlement) -> (f64, f64) {
        let flows = self.flows(settlement);
        flows.fold((0.0, 0.0), |(sum, weighted), (years, amount)| {
            (sum + amount, fma(years, amount, weighted))
        })
    }

    /// The internal rate of return of a settled path; NaN for none.
    pub fn rate(&self, settlement: &Settlement) -> f64 {
        let flows = self.flows(settlement);
        internal_rate(self.investment.amount, flows).unwrap_or(f64::NAN)
    }

    /// The day on which the cash reaches the investment.
    pub fn payback(&self, settlement: &Settlement) -> Option<Date> {
        let cash = self.years.iter().zip(&settlement.cash);
        let amounts = cash.map(|(years, amount)| if *years >= 0.0 { *amount } else { 0.0 });
        let recovered = settlement.recovered;
        let all = amounts.chain(recovered.map(|r| r.amount));
        let at = payback(self.investment.amount, all)?;
        self.dates.get(at).copied().or(recovered.map(|r| r.date))
    }
}

/// Years from an investment to the close of a day; negative for a day before it.
fn years(investment: Investment, date: Date) -> f64 {
    if date < investment.date {
        return -1.0;
    }
    date.add_days(1).years_since(investment.date)
}
