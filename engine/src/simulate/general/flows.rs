//! The cash of an agreement: when it comes in, what it is worth, and what it
//! returns on an investment.

use super::super::Simulation;
use crate::agreement::{Contract, Schedule, Settled, Tranche};
use crate::units::{Date, LANES, Lanes, Parameter};
use crate::valuation::{Convention, Flows, Investment, Valuation};

/// What the payee pays for the agreement: on the valuation date where the
/// scenario says what, else upfront when the agreement takes effect. `None` where
/// nothing is paid, or on several days, or where what an upfront payment has brought in before the
/// timeline is known in sum only.
pub fn investment(simulation: &Simulation<'_>, contract: &Contract) -> Option<Investment> {
    let valuation = simulation.valuation;
    if let Some((amount, date)) = valuation.and_then(|v| Some((v.invested?, v.date))) {
        return Some(Investment { amount, date });
    }
    let agreement = &contract.agreement;
    let [Tranche { date, amount }] = agreement.clauses.upfront[..] else {
        return None;
    };
    let date = date.unwrap_or(agreement.effective);
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

    /// The present values of a settled row of paths.
    #[inline(always)]
    pub fn present_values(&self, settled: &Settled<LANES>) -> Lanes {
        match self.valuation.convention {
            Convention::PaymentDate => self.of_cash(settled),
            Convention::MidPeriod => self.of_periods(settled),
        }
    }

    #[inline(always)]
    fn of_cash(&self, settled: &Settled<LANES>) -> Lanes {
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
        values
    }

    #[inline(always)]
    fn of_periods(&self, settled: &Settled<LANES>) -> Lanes {
        // The middle of a period cut short is that of the days before an event or a default.
        let (mut cut, mut of_cut) = ([-1.0; LANES], [0.0; LANES]);
        for (l, own) in settled.cut.iter().enumerate() {
            if let Some(own) = own {
                let period = self.schedule.periods()[own.period];
                let (first, paid) = (period.first_day, period.payment_date);
                cut[l] = own.period as f64;
                of_cut[l] = self.valuation.factor_of_days(first, own.days, paid);
            }
        }
        let mut values = [0.0; LANES];
        for (k, (line, factor)) in settled.lines.iter().zip(&self.factors).enumerate() {
            let k = k as f64;
            for l in 0..LANES {
                let factor = if cut[l] == k { of_cut[l] } else { *factor };
                values[l] += factor * line.payment[l];
            }
        }
        values
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
    /// The cash dates from that of the investment on.
    dates: Vec<Date>,
    /// How many come before.
    before: usize,
    /// Years from the investment to the close of each date.
    years: Vec<f64>,
}

impl Returning {
    /// The cash of a contract from the date of an investment.
    pub fn new(contract: &Contract, investment: Investment) -> Self {
        let all = contract.schedule.cash_dates();
        let before = all.partition_point(|date| *date < investment.date);
        let dates = all[before..].to_vec();
        let years = dates.iter().map(|date| years(investment, *date)).collect();
        Self {
            investment,
            dates,
            before,
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

    /// What is invested, and when.
    pub fn investment(&self) -> Investment {
        self.investment
    }

    /// Years and amounts of what comes in after a default, on a settled row of paths; none
    /// where nothing does on any.
    #[inline(always)]
    pub fn recovered(&self, settled: &Settled<LANES>) -> Option<(Lanes, Lanes)> {
        let mut found = None;
        for (l, recovered) in settled.recovered.iter().enumerate() {
            if let Some(cash) = recovered
                && cash.date >= self.investment.date
            {
                let (at, amounts) = found.get_or_insert(([0.0; LANES], [0.0; LANES]));
                at[l] = years(self.investment, cash.date);
                amounts[l] = cash.amount;
            }
        }
        found
    }

    /// The cash of a settled row of paths, in order but for what is
    /// [recovered](Self::recovered).
    #[inline(always)]
    pub fn flows<'a>(
        &'a self,
        settled: &'a Settled<LANES>,
        recovered: Option<&'a (Lanes, Lanes)>,
    ) -> Flows<'a, LANES> {
        Flows {
            years: &self.years,
            amounts: &settled.cash[self.before..],
            last: recovered,
        }
    }

    /// The day of a flow by its position, an infinite one for none, on a path.
    #[inline(always)]
    pub fn date(&self, position: f64, lane: usize, settled: &Settled<LANES>) -> Option<Date> {
        if position == f64::INFINITY {
            return None;
        }
        let known = self.dates.get(position as usize).copied();
        known.or(settled.recovered[lane].map(|recovered| recovered.date))
    }
}

/// Years from an investment to the close of a day not before it.
fn years(investment: Investment, date: Date) -> f64 {
    date.add_days(1).years_since(investment.date)
}
