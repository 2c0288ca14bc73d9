//! A contract and its revenue as plain terms.

use super::calendar::Day;
use super::number::{Decimal, Exact, beyond, count, fraction, whole, zero};

#[derive(Clone, Debug)]
pub struct Terms {
    /// Which case it is.
    pub number: u64,
    pub start: Day,
    pub end: Day,
    /// Months of a period.
    pub step: i64,
    pub unit: &'static str,
    /// Parts of a unit of money that amounts are rounded to.
    pub cents: i64,
    /// The word for them.
    pub rounded_to: &'static str,
    pub effective: Option<Day>,
    pub expiry: Option<Day>,
    pub share: Share,
    pub threshold: Option<Decimal>,
    /// Revenue per year below which a period earns no share.
    pub revenue_floor: Option<Decimal>,
    pub on_account: Option<Decimal>,
    pub step_ups: Vec<StepUp>,
    /// Revenue of the year before the timeline, where years count from their first day.
    pub year_to_date: Option<Decimal>,
    pub milestones: Vec<Milestone>,
    pub rounding: bool,
    pub annual_cap: Option<(Yearly, Carry)>,
    /// Whether a part of a year has its part of it.
    pub prorated: bool,
    pub cap: Option<Cap>,
    pub upfront: Option<Decimal>,
    /// Paid upfront on later days.
    pub tranches: Vec<(Day, Decimal)>,
    /// Paid upfront where revenue reaches a level.
    pub advances: Vec<Advance>,
    pub floors: Vec<Floor>,
    pub paid_before: Option<Decimal>,
    pub minimum: Option<Yearly>,
    /// Months of the parts of a year that have a minimum of their own.
    pub part_minimum: Option<(i64, Yearly)>,
    /// The last month of the years of annual clauses.
    pub year_ends: i64,
    /// Months that are paid together.
    pub every: Option<i64>,
    pub lag: i64,
    pub lag_days: i64,
    /// The last month of the years that are paid in parts; that of the annual clauses
    /// where it is not given.
    pub pay_year_ends: Option<i64>,
    pub least: Option<Decimal>,
    pub first: Option<Day>,
    pub deferral: Option<Deferral>,
    pub events: Vec<When>,
    /// When sharing goes on at another rate.
    pub turn: Option<(When, Decimal)>,
    /// What each event makes due, and whether less what has been paid.
    pub pays: Vec<Option<Pays>>,
    pub default: Option<PayerDefault>,
    pub segments: Vec<Segment>,
    /// Periods that have happened.
    pub past: usize,
    /// What was paid for them, where it is known.
    pub payments: Option<Vec<Decimal>>,
    pub source: Source,
    pub valuation: Option<Valuation>,
}

/// What an event makes due up to each day, and whether less what has been paid.
pub type Pays = (Vec<(Option<Day>, Amount)>, bool);
/// Bounds and rates.
pub type Tiers = Vec<(Decimal, Decimal)>;

#[derive(Clone, Debug)]
pub enum Share {
    Flat(Decimal),
    ByDate(Vec<(Day, Decimal)>),
    Annual(Vec<(Decimal, Decimal)>, Basis),
    /// Tiers that begin anew on a day.
    AnnualFrom(Vec<(Option<Day>, Tiers)>, Basis),
    Total(Vec<(Decimal, Decimal)>),
    ByPaid(Vec<(Decimal, Decimal)>),
}

/// Paid upfront where revenue reaches a level.
#[derive(Clone, Copy, Debug)]
pub struct Advance {
    pub reaches: Decimal,
    pub year: Option<i64>,
    pub by: Option<Day>,
    pub amount: Decimal,
}

/// An amount, or a multiple of what is paid upfront.
#[derive(Clone, Copy, Debug)]
pub enum Amount {
    Of(Decimal),
    Multiple(Decimal),
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Of(amount) => write!(f, "amount = {amount}"),
            Self::Multiple(multiple) => write!(f, "multiple = {multiple}"),
        }
    }
}

/// The least that has been paid by a day.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    pub by: Option<Day>,
    pub amount: Amount,
}

#[derive(Clone, Copy, Debug)]
pub struct StepUp {
    pub adds: Decimal,
    pub test: Test,
    pub lasts: Lasts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Revenue of a year, or of every whole one.
    Revenue(Option<i64>, Decimal),
    /// What has been paid by the close of a day.
    Paid(Day, Decimal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    End,
    Reached,
    Year,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    Marginal,
    Retroactive,
}

#[derive(Clone, Debug)]
pub struct Milestone {
    pub reaches: Decimal,
    pub amount: Decimal,
    pub over: Over,
    pub by: Option<Day>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    All,
    EachYear,
    Year(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    None,
    Excess,
    Room,
}

#[derive(Clone, Debug)]
pub struct Cap {
    /// Amounts with the last day each is in force; the last has none.
    pub amounts: Vec<(Option<Day>, Decimal)>,
    /// Whether these are multiples of the upfront payment.
    pub multiples: bool,
    /// Growth on anniversaries, and the day from which they count.
    pub escalation: Option<(Rates, Option<Day>)>,
    /// Rise of prices, and the day whose prices the amount is in.
    pub inflation: Option<(Rates, Option<Day>)>,
    /// Whether that is written as a present value.
    pub discounts: bool,
    /// A return on what is paid upfront, in the place of an amount.
    pub irr: Option<Decimal>,
}

/// Rates per year, each from a day on; a lone one from ever.
#[derive(Clone, Debug)]
pub enum Rates {
    One(Decimal),
    From(Vec<(Day, Decimal)>),
}

impl Rates {
    /// The rate in force on a day.
    pub fn on(&self, day: Day) -> Exact {
        match self {
            Self::One(rate) => rate.exact(),
            Self::From(rates) => {
                let before = rates.iter().rev().find(|(from, _)| *from <= day);
                before.unwrap_or(&rates[0]).1.exact()
            }
        }
    }
}

/// Amounts for years or parts of them, each from a day on; a lone one from ever.
#[derive(Clone, Debug)]
pub enum Yearly {
    One(Decimal),
    From(Vec<(Day, Decimal)>),
}

impl Yearly {
    /// The amount in force on a day.
    pub fn on(&self, day: Day) -> Option<Exact> {
        match self {
            Self::One(amount) => Some(amount.exact()),
            Self::From(amounts) => {
                let before = amounts.iter().rev().find(|(from, _)| *from <= day);
                before.map(|(_, amount)| amount.exact())
            }
        }
    }

    pub fn is_nothing(&self) -> bool {
        match self {
            Self::One(amount) => amount.exact() == zero(),
            Self::From(amounts) => amounts.iter().all(|(_, amount)| amount.exact() == zero()),
        }
    }
}

impl std::fmt::Display for Yearly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(amount) => write!(f, "{amount}"),
            Self::From(amounts) => {
                let amount = |(from, amount): &(Day, Decimal)| {
                    format!("{{ from = {from}, amount = {amount} }}")
                };
                let amounts: Vec<String> = amounts.iter().map(amount).collect();
                write!(f, "[{}]", amounts.join(", "))
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct Deferral {
    pub fraction: Decimal,
    pub to: DeferredTo,
    pub interest: Option<Decimal>,
}

#[derive(Clone, Copy, Debug)]
pub enum DeferredTo {
    Months(i64),
    Day(Day),
}

#[derive(Clone, Copy, Debug)]
pub enum When {
    On(Day),
    Years(Decimal),
    /// When eligible revenue to date reaches a level.
    Reaches(Decimal),
}

#[derive(Clone, Debug)]
pub struct PayerDefault {
    pub when: When,
    pub recovery: Decimal,
    pub lag: i64,
    pub claims_cap: bool,
}

#[derive(Clone, Debug)]
pub struct Segment {
    pub eligible: Decimal,
    /// Revenue of each period.
    pub revenue: Vec<Exact>,
    /// The same as written, where it is not the model's.
    pub written: Vec<Decimal>,
    /// What the model starts with, per year.
    pub initial: Decimal,
}

/// Where revenue after the history comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A run rate that stays as it is.
    Constant,
    /// A plan of calendar years.
    Plan,
    /// Put in the place of what the model gives.
    Given,
}

#[derive(Clone, Debug)]
pub struct Valuation {
    pub date: Day,
    /// Years and rates; one at no time for a single rate.
    pub points: Vec<(Decimal, Decimal)>,
}

impl Terms {
    /// First and last day of each period.
    pub fn periods(&self) -> Vec<(Day, Day)> {
        let starts = (0..).map(|k| self.start.months_later(k * self.step));
        let ends = (1..).map(|k| self.start.months_later(k * self.step).plus(-1));
        let periods = starts.zip(ends).take_while(|(first, _)| *first <= self.end);
        periods
            .map(|(first, last)| (first, last.min(self.end)))
            .collect()
    }

    /// The part of a full period's revenue that each period earns, in years.
    pub fn lengths(&self) -> Vec<Exact> {
        let full = |first: usize| self.start.months_later((first as i64 + 1) * self.step);
        let periods = self.periods();
        let parts = periods.iter().enumerate().map(|(k, (first, last))| {
            let part = fraction(last.since(*first) + 1, full(k).since(*first));
            part * fraction(self.step, 12)
        });
        parts.collect()
    }

    /// What has been paid upfront by a day.
    pub fn advanced(&self, day: Day) -> Exact {
        let later = self.paid_later().into_iter();
        let later = later.filter(|(date, _)| *date <= day);
        let first = self.upfront.map_or(zero(), Decimal::exact);
        later.fold(first, |sum, (_, amount)| sum + amount.exact())
    }

    /// What is paid upfront on later days, as if sharing went on: what comes after its end
    /// bears on nothing.
    pub fn paid_later(&self) -> Vec<(Day, Decimal)> {
        let advances = self.advances.iter();
        let advances =
            advances.filter_map(|advance| Some((self.day_of_advance(advance)?, advance.amount)));
        self.tranches.iter().copied().chain(advances).collect()
    }

    /// The first day of the period after revenue has reached a level.
    fn day_of_advance(&self, advance: &Advance) -> Option<Day> {
        let days = self.periods().into_iter().map(|(first, _)| first);
        let mut days = days.filter(|day| self.effective() <= *day && *day <= self.expiry());
        days.find(|day| {
            let by = advance.by.map_or(day.plus(-1), |by| by.min(day.plus(-1)));
            *day > self.start && self.eligible_to(by, advance.year) >= advance.reaches.exact()
        })
    }

    /// Eligible revenue up to a day, of one year or in all.
    fn eligible_to(&self, day: Day, year: Option<i64>) -> Exact {
        let mut sum = zero();
        let counts_before = year.is_some() && self.year_to_date.is_some();
        for (k, (first, last)) in self.periods().into_iter().enumerate() {
            let counts = |segment: &Segment| segment.eligible.exact() * &segment.revenue[k];
            let all = self.segments.iter().map(counts).fold(zero(), |a, b| a + b);
            let (mut from, mut to) = (first, last.min(self.expiry()).min(day));
            if !counts_before {
                from = from.max(self.effective());
            }
            if let Some(year) = year {
                let end = Day::new(year, self.year_ends, 1).months_later(1).plus(-1);
                from = from.max(end.plus(1).months_later(-12));
                to = to.min(end);
            }
            sum += all * fraction((to.since(from) + 1).max(0), last.since(first) + 1);
        }
        let first_year = self.start.year_end(self.year_ends).parts().0;
        if let (Some(before), true) = (self.year_to_date, year == Some(first_year)) {
            sum += before.exact();
        }
        sum
    }

    /// An amount that counts on a day.
    pub fn amount_on(&self, amount: Amount, day: Day) -> Exact {
        match amount {
            Amount::Of(amount) => amount.exact(),
            Amount::Multiple(multiple) => multiple.exact() * self.advanced(day),
        }
    }

    pub fn effective(&self) -> Day {
        self.effective.unwrap_or(self.start)
    }

    pub fn expiry(&self) -> Day {
        self.expiry.unwrap_or(self.end)
    }

    /// The day on which something happens, and how much of it has passed then.
    pub fn moment_of(&self, when: When) -> (Day, Exact) {
        match when {
            When::On(day) => (day, whole(1)),
            When::Years(years) => {
                let months = years.exact() * whole(12);
                let whole_months = count(&months);
                let from = self.start.months_later(whole_months);
                let to = self.start.months_later(whole_months + 1);
                let days = (months - whole(whole_months)) * whole(to.since(from));
                // Midnight belongs to the day that ends.
                let day = count(&Exact::from(days.ceil())) - 1;
                (from.plus(day), days - whole(day))
            }
            When::Reaches(level) => self.reaches(&level.exact()),
        }
    }

    /// When eligible revenue to date reaches a level, no earlier than history ends.
    fn reaches(&self, level: &Exact) -> (Day, Exact) {
        let mut sum = zero();
        for (k, (first, last)) in self.periods().into_iter().enumerate() {
            let counts = |segment: &Segment| segment.eligible.exact() * &segment.revenue[k];
            let all = self.segments.iter().map(counts).fold(zero(), |a, b| a + b);
            let (from, to) = (first.max(self.effective()), last.min(self.expiry()));
            let days = (to.since(from) + 1).max(0);
            let eligible = all * fraction(days, last.since(first) + 1);
            if days > 0 && &sum + &eligible >= *level {
                let missing = beyond(level, &sum);
                let moment = match missing > zero() {
                    true => missing / eligible * whole(days),
                    false => zero(),
                };
                let passed = count(&Exact::from(moment.ceil())) - 1;
                let found = (from.plus(passed), moment - whole(passed));
                let today = match self.past {
                    0 => return found,
                    past => self.periods()[past - 1].1,
                };
                return if found.0 > today {
                    found
                } else {
                    (today, whole(1))
                };
            }
            sum += eligible;
        }
        (Day::FAR, whole(1))
    }

    pub fn day_of(&self, when: When) -> Day {
        self.moment_of(when).0
    }
}
