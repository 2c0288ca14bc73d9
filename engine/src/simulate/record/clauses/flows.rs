//! The cash of an agreement: when it comes in, what it is worth, and what it
//! returns on an investment.

use crate::agreement::{Contract, Schedule, Settled};
use crate::simulate::Simulation;
use crate::units::{Date, LANES, Lanes, Parameter};
use crate::valuation::{Convention, Flows, Investment, Valuation};

/// What the payee pays for the agreement: on the valuation date where the
/// scenario says what, else upfront, the first amount where there are several. `None`
/// where nothing is paid, or where what it has brought in before the timeline is known in
/// sum only.
pub fn investment(simulation: &Simulation<'_>, contract: &Contract) -> Option<Investment> {
    let valuation = simulation.valuation;
    if let Some((amount, date)) = valuation.and_then(|v| Some((v.invested?, v.date))) {
        return Some(Investment {
            amount,
            date,
            later: 0.0,
            is_upfront: false,
        });
    }
    let agreement = &contract.agreement;
    let (first, later) = agreement.clauses.upfront.split_first()?;
    let date = first.date.unwrap_or(agreement.effective);
    let whole =
        date >= simulation.timeline.start() || agreement.paid_before == Parameter::Fixed(0.0);
    whole.then(|| Investment {
        amount: first.amount,
        date,
        later: later.iter().map(|tranche| tranche.amount).sum(),
        is_upfront: true,
    })
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

    /// What the payments of each period count for where sums are taken
    /// [in passing](crate::agreement::Keep::Sums).
    pub fn in_passing(&self, contract: &Contract) -> Vec<Option<f64>> {
        match self.valuation.convention {
            Convention::PaymentDate => {
                let dates = contract.dates_completed().into_iter();
                dates.map(|date| Some(self.factors[date?])).collect()
            }
            Convention::MidPeriod => self.factors.iter().copied().map(Some).collect(),
        }
    }

    /// Whether they count for as much on every path: not where a period may be cut short.
    pub fn is_certain(&self, contract: &Contract) -> bool {
        let is_cut = !contract.agreement.clauses.events.is_empty();
        self.valuation.convention == Convention::PaymentDate || !is_cut
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

    /// What all that is invested is worth at the valuation date on a settled row of paths,
    /// what is paid before it left out.
    #[inline(always)]
    pub fn of_investment(&self, returning: &Returning, settled: &Settled<LANES>) -> Lanes {
        let first = returning.investment;
        let mut values = [self.of_amount(first.amount, first.date); LANES];
        for (amount, date) in &returning.later {
            let value = self.of_amount(*amount, *date);
            values.iter_mut().for_each(|sum| *sum += value);
        }
        for (amount, periods) in returning.advances.iter().zip(&settled.advanced) {
            for l in 0..LANES {
                if let Some((date, _)) = returning.starts.get(periods[l] as usize) {
                    values[l] += self.of_amount(*amount, *date);
                }
            }
        }
        values
    }

    fn of_amount(&self, amount: f64, date: Date) -> f64 {
        let years = date.years_since(self.valuation.date);
        if years < 0.0 {
            return 0.0;
        }
        amount * self.valuation.curve.factor(years)
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
    /// What is paid on later days, whatever happens.
    later: Vec<(f64, Date)>,
    /// What is advanced where revenue reaches a level.
    advances: Vec<f64>,
    /// The first day of each period, and the years from the investment to it.
    starts: Vec<(Date, f64)>,
}

impl Returning {
    /// The cash of a contract from the date of an investment.
    pub fn new(contract: &Contract, investment: Investment) -> Self {
        let all = contract.schedule.cash_dates();
        let before = all.partition_point(|date| *date < investment.date);
        let dates = all[before..].to_vec();
        let years = dates.iter().map(|date| years(investment, *date)).collect();
        let clauses = &contract.agreement.clauses;
        let (later, advances) = match investment.is_upfront {
            true => (&clauses.upfront[1..], &clauses.advances[..]),
            false => Default::default(),
        };
        let periods = contract.schedule.periods().iter();
        Self {
            investment,
            dates,
            before,
            years,
            later: later
                .iter()
                .filter_map(|tranche| Some((tranche.amount, tranche.date?)))
                .collect(),
            advances: advances.iter().map(|advance| advance.amount).collect(),
            starts: periods
                .map(|period| period.first_day)
                .map(|day| (day, day.years_since(investment.date)))
                .collect(),
        }
    }

    /// What is invested after the first amount on a settled row of paths: the years to it
    /// and the amounts.
    #[inline(always)]
    pub fn more(&self, settled: &Settled<LANES>) -> Vec<(Lanes, Lanes)> {
        let first = self.investment.date;
        let dated = self.later.iter();
        let dated =
            dated.map(|(amount, date)| ([date.years_since(first); LANES], [*amount; LANES]));
        let advanced = self.advances.iter().zip(&settled.advanced);
        let advanced = advanced.map(|(amount, periods)| {
            let (mut at, mut amounts) = ([0.0; LANES], [0.0; LANES]);
            for l in 0..LANES {
                if let Some((_, years)) = self.starts.get(periods[l] as usize) {
                    (at[l], amounts[l]) = (*years, *amount);
                }
            }
            (at, amounts)
        });
        dated.chain(advanced).collect()
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
        more: &'a [(Lanes, Lanes)],
    ) -> Flows<'a, LANES> {
        Flows {
            more,
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
