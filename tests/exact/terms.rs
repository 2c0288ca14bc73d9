//! A contract and its revenue as plain terms, and the scenario that says them.

use std::fmt::Write;

use super::calendar::Day;
use super::number::{Decimal, Exact, count, fraction, whole, zero};

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
    pub on_account: Option<Decimal>,
    pub step_ups: Vec<StepUp>,
    /// Revenue of the year before the timeline, where years count from their first day.
    pub year_to_date: Option<Decimal>,
    pub milestones: Vec<Milestone>,
    pub rounding: bool,
    pub annual_cap: Option<(Decimal, Carry)>,
    /// Whether a part of a year has its part of it.
    pub prorated: bool,
    pub cap: Option<Cap>,
    pub upfront: Option<Decimal>,
    /// Paid upfront on later days.
    pub tranches: Vec<(Day, Decimal)>,
    pub floors: Vec<Floor>,
    pub paid_before: Option<Decimal>,
    pub minimum: Option<Decimal>,
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
        let later = self.tranches.iter().filter(|(date, _)| *date <= day);
        let first = self.upfront.map_or(zero(), Decimal::exact);
        later.fold(first, |sum, (_, amount)| sum + amount.exact())
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
        }
    }

    pub fn day_of(&self, when: When) -> Day {
        self.moment_of(when).0
    }

    pub fn scenario(&self) -> String {
        let mut text = format!("unit = \"{}\"\n", self.unit);
        let step = match self.step {
            1 => "month",
            3 => "quarter",
            _ => "year",
        };
        let (start, end) = (self.start, self.end);
        let _ = writeln!(
            text,
            "[timeline]\nstart = {start}\nend = {end}\nstep = \"{step}\""
        );
        for (i, segment) in self.segments.iter().enumerate() {
            let (header, model) = match self.segments.len() {
                1 => (String::new(), "revenue"),
                _ => (format!("[[revenue]]\nname = \"s{i}\"\n"), "revenue"),
            };
            let _ = write!(text, "{header}");
            if self.source == Source::Plan {
                let first = self.start.parts().0;
                let figures = segment.written.iter().enumerate();
                let figures: Vec<String> = figures
                    .map(|(k, amount)| format!("{} = {amount}", first + k as i64))
                    .collect();
                let figures = figures.join(", ");
                let _ = writeln!(
                    text,
                    "[{model}.forecast]\nannual = {{ {figures} }}\nvolatility = 0"
                );
            } else {
                let initial = segment.initial;
                let _ = writeln!(
                    text,
                    "[{model}.gbm]\ninitial = {initial}\ngrowth = 0\nvolatility = 0"
                );
            }
        }
        self.agreement(&mut text);
        if let Some(valuation) = &self.valuation {
            let _ = writeln!(text, "[valuation]\ndate = {}", valuation.date);
            let _ = match valuation.points.as_slice() {
                [(_, rate)] => writeln!(text, "discount_rate = {rate}"),
                points => {
                    let point = |(years, rate): &(Decimal, Decimal)| {
                        format!("{{ years = {years}, rate = {rate} }}")
                    };
                    let points: Vec<String> = points.iter().map(point).collect();
                    writeln!(text, "curve = [{}]", points.join(", "))
                }
            };
        }
        let _ = writeln!(text, "[simulation]\npoints = 64\nreplicates = 4");
        if self.past > 0 {
            self.actuals(&mut text);
        }
        text
    }

    fn agreement(&self, text: &mut String) {
        let mut line = |key: &str, value: String| {
            let _ = writeln!(text, "{key} = {value}");
        };
        line("[agreement]\npayer = \"A\"\npayee", "\"B\"".into());
        line("share", share(&self.share));
        let mut amount = |key: &str, value: Option<Decimal>| {
            if let Some(value) = value {
                line(key, value.to_string());
            }
        };
        amount("threshold", self.threshold);
        amount("on_account", self.on_account);
        amount("year_to_date", self.year_to_date);
        if self.tranches.is_empty() {
            amount("upfront", self.upfront);
        }
        amount("paid_before", self.paid_before);
        amount("annual_minimum", self.minimum);
        if let Some(day) = self.effective {
            line("effective", day.to_string());
        }
        if let Some(day) = self.expiry {
            line("expiry", day.to_string());
        }
        if self.segments.len() > 1 {
            let part = |(i, segment): (usize, &Segment)| format!("s{i} = {}", segment.eligible);
            let parts: Vec<String> = self.segments.iter().enumerate().map(part).collect();
            line("eligible", format!("{{ {} }}", parts.join(", ")));
        }
        if let Some((amount, carry)) = self.annual_cap {
            let carry = match carry {
                Carry::None => "none",
                Carry::Excess => "excess",
                Carry::Room => "room",
            };
            line("annual_cap", {
                let prorated = self.prorated;
                format!(
                    "{{ amount = {amount}, carry_forward = \"{carry}\", prorated = {prorated} }}"
                )
            });
        }
        if let Some(value) = &self.cap {
            line("cap", cap(value));
        }
        if let (Some(first), false) = (self.upfront, self.tranches.is_empty()) {
            let tranche =
                |(date, amount): &(Day, Decimal)| format!("{{ date = {date}, amount = {amount} }}");
            let mut all = vec![(self.effective().min(self.tranches[0].0.plus(-1)), first)];
            all.extend(&self.tranches);
            let all: Vec<String> = all.iter().map(tranche).collect();
            line("upfront", format!("[{}]", all.join(", ")));
        }
        if !self.floors.is_empty() {
            let floor = |floor: &Floor| match floor.by {
                Some(by) => format!("{{ by = {by}, {} }}", floor.amount),
                None => format!("{{ {} }}", floor.amount),
            };
            let floors: Vec<String> = self.floors.iter().map(floor).collect();
            line("floor", format!("[{}]", floors.join(", ")));
        }
        if !self.step_ups.is_empty() {
            let step_ups: Vec<String> = self.step_ups.iter().map(step_up).collect();
            line("step_up", format!("[{}]", step_ups.join(", ")));
        }
        if !self.milestones.is_empty() {
            let milestones: Vec<String> = self.milestones.iter().map(milestone).collect();
            line("milestone", format!("[{}]", milestones.join(", ")));
        }
        if self.year_ends != 12 {
            line("year_ends", month(self.year_ends));
        }
        let mut payment = Vec::new();
        if let Some(every) = self.every {
            let word = match every {
                1 => "month",
                3 => "quarter",
                6 => "half-year",
                _ => "year",
            };
            payment.push(format!("every = \"{word}\""));
        }
        if self.lag > 0 {
            payment.push(format!("lag_months = {}", self.lag));
        }
        if self.lag_days > 0 {
            payment.push(format!("lag_days = {}", self.lag_days));
        }
        if let Some(ends) = self.pay_year_ends {
            payment.push(format!("year_ends = {}", month(ends)));
        }
        if let Some(least) = self.least {
            payment.push(format!("least = {least}"));
        }
        if let Some(first) = self.first {
            payment.push(format!("first = {first}"));
        }
        if self.rounding {
            payment.push(format!("rounding = \"{}\"", self.rounded_to));
        }
        if !payment.is_empty() {
            line("payment", format!("{{ {} }}", payment.join(", ")));
        }
        if let Some(deferral) = &self.deferral {
            let to = match deferral.to {
                DeferredTo::Months(months) => format!("months = {months}"),
                DeferredTo::Day(day) => format!("until = {day}"),
            };
            let interest = deferral.interest.map(|rate| format!(", interest = {rate}"));
            let interest = interest.unwrap_or_default();
            line(
                "deferral",
                format!("{{ fraction = {}, {to}{interest} }}", deferral.fraction),
            );
        }
        match self.events.as_slice() {
            [] => {}
            [event] => line(
                "event",
                format!("{{ {}{} }}", when(*event), pays(&self.pays[0])),
            ),
            events => {
                let event = |(i, event): (usize, &When)| {
                    format!(
                        "{{ name = \"e{i}\", {}{} }}",
                        when(*event),
                        pays(&self.pays[i])
                    )
                };
                let events: Vec<String> = events.iter().enumerate().map(event).collect();
                line("event", format!("[{}]", events.join(", ")));
            }
        }
        if let Some(default) = &self.default {
            let claim = if default.claims_cap {
                ", claim = \"cap\""
            } else {
                ""
            };
            let (when, recovery, lag) = (when(default.when), default.recovery, default.lag);
            line(
                "default",
                format!("{{ {when}, recovery = {recovery}, lag_months = {lag}{claim} }}"),
            );
        }
    }

    fn actuals(&self, text: &mut String) {
        let mut header = "period_start,period_end".to_owned();
        for i in 0..self.segments.len() {
            match self.segments.len() {
                1 => header.push_str(",revenue"),
                _ => {
                    let _ = write!(header, ",revenue.s{i}");
                }
            }
        }
        if self.payments.is_some() {
            header.push_str(",payment");
        }
        let _ = writeln!(text, "[actuals]\ncsv = '''\n{header}");
        for (k, (first, last)) in self.periods().into_iter().take(self.past).enumerate() {
            let _ = write!(text, "{first},{last}");
            for segment in &self.segments {
                let _ = write!(text, ",{}", segment.written[k]);
            }
            if let Some(payments) = &self.payments {
                let _ = write!(text, ",{}", payments[k]);
            }
            text.push('\n');
        }
        text.push_str("'''\n");
    }
}

fn month(of_year: i64) -> String {
    let months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    format!("\"{}\"", months[of_year as usize - 1])
}

fn pays(pays: &Option<Pays>) -> String {
    let Some((steps, less_paid)) = pays else {
        return String::new();
    };
    let step = |(until, amount): &(Option<Day>, Amount)| match until {
        Some(until) => format!("{{ until = {until}, {amount} }}"),
        None => format!("{{ {amount} }}"),
    };
    let steps: Vec<String> = steps.iter().map(step).collect();
    format!(", pays = [{}], less_paid = {less_paid}", steps.join(", "))
}

fn when(when: When) -> String {
    match when {
        When::On(day) => format!("date = {day}"),
        When::Years(years) => format!("after_years = {years}"),
    }
}

fn share(share: &Share) -> String {
    let tiers = |tiers: &[(Decimal, Decimal)]| {
        let tier =
            |(above, rate): &(Decimal, Decimal)| format!("{{ above = {above}, rate = {rate} }}");
        tiers.iter().map(tier).collect::<Vec<_>>().join(", ")
    };
    let basis = |basis: &Basis| match basis {
        Basis::Marginal => "marginal",
        Basis::Retroactive => "retroactive",
    };
    match share {
        Share::Flat(rate) => rate.to_string(),
        Share::ByDate(rates) => dated(rates),
        Share::Annual(rates, of) => {
            let of = basis(of);
            format!(
                "{{ by_annual_revenue = [{}], basis = \"{of}\" }}",
                tiers(rates)
            )
        }
        Share::AnnualFrom(sets, of) => {
            let of = basis(of);
            let set = |(from, rates): &(Option<Day>, Vec<(Decimal, Decimal)>)| match from {
                Some(from) => tiers(rates).replacen("above", &format!("from = {from}, above"), 1),
                None => tiers(rates),
            };
            let sets: Vec<String> = sets.iter().map(set).collect();
            format!(
                "{{ by_annual_revenue = [{}], basis = \"{of}\" }}",
                sets.join(", ")
            )
        }
        // A slope says the same as a rate.
        Share::Total(rates) => {
            let rates = tiers(rates).replace("rate", "slope");
            format!("{{ by_total_revenue = [{rates}] }}")
        }
        Share::ByPaid(rates) => format!("{{ by_paid = [{}] }}", tiers(rates)),
    }
}

fn dated(rates: &[(Day, Decimal)]) -> String {
    let rate = |(from, rate): &(Day, Decimal)| format!("{{ from = {from}, rate = {rate} }}");
    let rates: Vec<String> = rates.iter().map(rate).collect();
    format!("[{}]", rates.join(", "))
}

fn cap(cap: &Cap) -> String {
    let key = if cap.multiples { "multiple" } else { "amount" };
    if let [(None, amount)] = cap.amounts.as_slice() {
        let mut text = format!("{{ {key} = {amount}");
        let clauses = [
            ("escalation", "from", &cap.escalation),
            ("inflation", "prices_of", &cap.inflation),
        ];
        for (name, since, clause) in clauses {
            if let Some((rates, day)) = clause {
                let rates = match rates {
                    Rates::One(rate) => rate.to_string(),
                    Rates::From(rates) => dated(rates),
                };
                let _ = write!(text, ", {name} = {rates}");
                if let Some(day) = day {
                    let _ = write!(text, ", {since} = {day}");
                }
            }
        }
        return text + " }";
    }
    let step = |(until, amount): &(Option<Day>, Decimal)| match until {
        Some(until) => format!("{{ until = {until}, {key} = {amount} }}"),
        None => format!("{{ {key} = {amount} }}"),
    };
    let steps: Vec<String> = cap.amounts.iter().map(step).collect();
    format!("[{}]", steps.join(", "))
}

fn step_up(step_up: &StepUp) -> String {
    let test = match step_up.test {
        Test::Revenue(None, below) => format!("revenue_below = {below}"),
        Test::Revenue(Some(year), below) => format!("year = {year}, revenue_below = {below}"),
        Test::Paid(on, below) => format!("on = {on}, paid_below = {below}"),
    };
    let lasts = match step_up.lasts {
        Lasts::End => "end",
        Lasts::Reached => "reached",
        Lasts::Year => "year",
    };
    format!("{{ {test}, adds = {}, lasts = \"{lasts}\" }}", step_up.adds)
}

fn milestone(milestone: &Milestone) -> String {
    let mut text = format!(
        "{{ reaches = {}, amount = {}",
        milestone.reaches, milestone.amount
    );
    match milestone.over {
        Over::All => {}
        Over::EachYear => text.push_str(", each_year = true"),
        Over::Year(year) => {
            let _ = write!(text, ", year = {year}");
        }
    }
    if let Some(by) = milestone.by {
        let _ = write!(text, ", by = {by}");
    }
    text + " }"
}
