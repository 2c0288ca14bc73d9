//! Random contracts of one to five clauses, each given by its number.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::calendar::Day;
use super::number::{Decimal, Exact, count, decimal};
use super::terms::*;

struct Dice(ChaCha8Rng);

impl Dice {
    /// A whole number, both ends included.
    fn of(&mut self, from: i64, to: i64) -> i64 {
        self.0.random_range(from..=to)
    }

    fn one_in(&mut self, of: i64) -> bool {
        self.of(1, of) == 1
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.of(0, among.len() as i64 - 1) as usize]
    }

    /// A decimal within whole bounds: round as often as not, so that bounds are met
    /// exactly.
    fn amount(&mut self, from: i64, to: i64) -> Decimal {
        match self.of(0, 3) {
            0 => decimal(self.of(from, to), 0),
            1 => decimal(
                self.of((from + 9) / 10, (to / 10).max((from + 9) / 10)) * 10,
                0,
            ),
            2 => decimal(self.of(from * 10, to * 10), 1),
            _ => decimal(self.of(from * 100, to * 100), 2),
        }
    }

    fn rate(&mut self) -> Decimal {
        match self.of(0, 3) {
            0 => decimal(self.of(1, 10), 1),
            1 | 2 => decimal(self.of(1, 40), 2),
            _ => decimal(self.of(1, 400), 3),
        }
    }

    fn day(&mut self, from: Day, to: Day) -> Day {
        from.plus(self.of(0, to.since(from).max(0)))
    }
}

/// The contract of a number.
pub fn contract(number: u64) -> Terms {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(number));
    let mut terms = plain(&mut dice, number);
    revenue(&mut dice, &mut terms);
    let mut clauses: Vec<Clause> = Vec::new();
    let count = dice.of(1, 5);
    while (clauses.len() as i64) < count {
        let clause = dice.pick(&CLAUSES);
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    for clause in CLAUSES
        .into_iter()
        .filter(|clause| clauses.contains(clause))
    {
        add(&mut dice, &mut terms, clause);
    }
    fit(&mut dice, &mut terms);
    terms
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    Cap,
    Dates,
    Segments,
    Threshold,
    ShareByDate,
    Tiers,
    ByPaid,
    OnAccount,
    StepUp,
    YearToDate,
    Milestones,
    Rounding,
    AnnualCap,
    Minimum,
    PartMinimum,
    Tranches,
    Advances,
    Floor,
    Terms,
    Least,
    First,
    Deferral,
    Event,
    Turn,
    RevenueFloor,
    Default,
    History,
    Valuation,
}

const CLAUSES: [Clause; 28] = [
    Clause::Dates,
    Clause::Segments,
    Clause::Threshold,
    Clause::ShareByDate,
    Clause::Tiers,
    Clause::ByPaid,
    Clause::OnAccount,
    Clause::StepUp,
    Clause::YearToDate,
    Clause::Milestones,
    Clause::Rounding,
    Clause::AnnualCap,
    Clause::Cap,
    Clause::Minimum,
    Clause::PartMinimum,
    Clause::Tranches,
    Clause::Advances,
    Clause::Floor,
    Clause::Terms,
    Clause::Least,
    Clause::First,
    Clause::Deferral,
    Clause::Event,
    Clause::Turn,
    Clause::RevenueFloor,
    Clause::Default,
    Clause::History,
    Clause::Valuation,
];

/// A flat share without a cap.
fn plain(dice: &mut Dice, number: u64) -> Terms {
    let step = dice.pick(&[1, 1, 3, 3, 12]);
    let start = match dice.of(0, 3) {
        0 | 1 => Day::new(dice.of(2024, 2028), dice.pick(&[1, 1, 4, 7, 10, 3]), 1),
        2 => Day::new(2026, 1, 1).plus(dice.of(0, 800)),
        _ => {
            let month = dice.pick(&[1, 3, 5, 7, 8, 10, 12]);
            Day::new(dice.of(2026, 2028), month, dice.of(28, 31))
        }
    };
    let periods = match step {
        1 => dice.of(2, 30),
        3 => dice.of(2, 14),
        _ => dice.of(1, 6),
    };
    let mut end = start.months_later(periods * step).plus(-1);
    if dice.one_in(3) {
        end = end.plus(-dice.of(0, 20 * step));
    }
    let cents = dice.pick(&[("one", 100), ("one", 100), ("thousand", 100_000)]);
    Terms {
        number,
        start,
        end,
        step,
        unit: cents.0,
        cents: cents.1,
        rounded_to: "cent",
        effective: None,
        expiry: None,
        share: Share::Flat(dice.rate()),
        threshold: None,
        revenue_floor: None,
        on_account: None,
        step_ups: Vec::new(),
        year_to_date: None,
        milestones: Vec::new(),
        rounding: false,
        annual_cap: None,
        prorated: false,
        cap: None,
        upfront: None,
        tranches: Vec::new(),
        advances: Vec::new(),
        floors: Vec::new(),
        paid_before: None,
        minimum: None,
        part_minimum: None,
        year_ends: if dice.one_in(4) { dice.of(1, 12) } else { 12 },
        every: None,
        lag: 0,
        lag_days: 0,
        pay_year_ends: None,
        least: None,
        first: None,
        deferral: None,
        events: Vec::new(),
        turn: None,
        pays: Vec::new(),
        default: None,
        segments: vec![segment()],
        past: 0,
        payments: None,
        source: Source::Given,
        valuation: None,
    }
}

fn segment() -> Segment {
    Segment {
        eligible: decimal(1, 0),
        revenue: Vec::new(),
        written: Vec::new(),
        initial: decimal(12, 0),
    }
}

/// Revenue of each period, from one of the sources.
fn revenue(dice: &mut Dice, terms: &mut Terms) {
    let calendar = terms.start.parts().1 == 1 && terms.start.parts().2 == 1;
    let years = terms.step == 12 && calendar && terms.end == terms.end.year_end(12);
    terms.source = match dice.of(0, 3) {
        0 => Source::Constant,
        _ if years => Source::Plan,
        _ => Source::Given,
    };
    let size = dice.pick(&[10, 100, 100, 1000]);
    let lengths = terms.lengths();
    let source = terms.source;
    for segment in &mut terms.segments {
        let least = i64::from(source != Source::Given);
        segment.written = lengths.iter().map(|_| dice.amount(least, size)).collect();
        let round = dice.amount(1, size / 10 + 1);
        if source == Source::Constant {
            segment.initial = round;
        }
    }
}

fn add(dice: &mut Dice, terms: &mut Terms, clause: Clause) {
    let (start, end) = (terms.start, terms.end);
    // About what a rate of a tenth earns on the timeline.
    let size = 1 + terms.periods().len() as i64 * dice.pick(&[1, 5, 20]);
    match clause {
        Clause::Dates => {
            if dice.one_in(2) {
                let from = if dice.one_in(3) {
                    start.plus(-500)
                } else {
                    start
                };
                terms.effective = Some(dice.day(from, end));
            }
            if terms.effective.is_none() || dice.one_in(2) {
                let from = terms.effective().max(start);
                terms.expiry = Some(dice.day(from, end));
            }
        }
        Clause::Segments => {
            let first = &terms.segments[0];
            let mut second = first.clone();
            second.written = first.written.iter().map(|_| dice.amount(1, 200)).collect();
            terms.segments.push(second);
            for segment in &mut terms.segments {
                segment.eligible = decimal(dice.of(0, 4) * 25, 2);
            }
        }
        Clause::Threshold => terms.threshold = Some(dice.amount(1, size * 5)),
        Clause::ShareByDate => {
            let mut day = dice.day(start.plus(-30), end);
            let mut rates = Vec::new();
            for _ in 0..dice.of(1, 3) {
                rates.push((day, dice.rate()));
                day = day.plus(dice.of(1, 400));
            }
            terms.share = Share::ByDate(rates);
        }
        Clause::Tiers => {
            let basis = dice.pick(&[Basis::Marginal, Basis::Retroactive]);
            terms.share = match dice.of(0, 5) {
                0 => Share::Total(tiers(dice, size * 8)),
                1 => {
                    let mut day = dice.day(start.plus(-30), end);
                    let mut sets = vec![(dice.one_in(2).then_some(day), tiers(dice, size * 4))];
                    for _ in 0..dice.of(1, 2) {
                        day = day.plus(dice.of(1, 400));
                        sets.push((Some(day), tiers(dice, size * 4)));
                    }
                    Share::AnnualFrom(sets, basis)
                }
                _ => Share::Annual(tiers(dice, size * 4), basis),
            };
        }
        // What is added would change the rate it is added to.
        Clause::StepUp if matches!(terms.share, Share::ByPaid(_)) => {}
        Clause::StepUp => {
            let first = terms.start.parts().0;
            for _ in 0..dice.of(1, 2) {
                let below = dice.amount(1, size * 5);
                let test = match dice.of(0, 2) {
                    0 => Test::Revenue(None, below),
                    1 => Test::Revenue(Some(first + dice.of(0, 2)), below),
                    _ => Test::Paid(dice.day(start, end), dice.amount(1, size / 2 + 1)),
                };
                let lasts = match (test, dice.of(0, 2)) {
                    (_, 0) => Lasts::End,
                    (Test::Revenue(..), 1) => Lasts::Year,
                    _ => Lasts::Reached,
                };
                let adds = decimal(dice.of(1, 30), 2);
                terms.step_ups.push(StepUp { adds, test, lasts });
            }
        }
        Clause::YearToDate => terms.year_to_date = Some(dice.amount(0, size * 3)),
        Clause::ByPaid => terms.share = Share::ByPaid(tiers(dice, size / 2 + 1)),
        // What is paid on account would change the rate it is on account of.
        Clause::OnAccount if matches!(terms.share, Share::ByPaid(_)) => {}
        Clause::OnAccount => terms.on_account = Some(dice.rate()),
        Clause::Milestones => {
            let first = terms.start.parts().0;
            for _ in 0..dice.of(1, 2) {
                let over = match dice.of(0, 3) {
                    0 => Over::EachYear,
                    1 => Over::Year(first + dice.of(0, 2)),
                    _ => Over::All,
                };
                let by = dice.one_in(3).then(|| dice.day(start, end));
                let (reaches, amount) = (dice.amount(1, size * 5), dice.amount(1, size));
                terms.milestones.push(Milestone {
                    reaches,
                    amount,
                    over,
                    by,
                });
            }
        }
        Clause::Rounding => {
            terms.rounding = true;
            if dice.one_in(4) {
                (terms.rounded_to, terms.cents) = ("unit", terms.cents / 100);
            }
        }
        Clause::AnnualCap => {
            let carry = dice.pick(&[Carry::None, Carry::Excess, Carry::Excess, Carry::Room]);
            let amount = yearly(dice, terms, (1, size / 2 + 1));
            terms.annual_cap = Some((amount, carry));
            terms.prorated = dice.one_in(2);
        }
        Clause::Cap => terms.cap = Some(cap(dice, terms, size)),
        Clause::Minimum => {
            let most = most_of_year(terms, 1).unwrap_or(size / 2 + 1);
            terms.minimum = Some(yearly(dice, terms, (0, most)));
        }
        Clause::PartMinimum => {
            let months = dice.pick(&[1, 3, 3, 6, 12]);
            let most = most_of_year(terms, 12 / months).unwrap_or(size / 4 + 1);
            terms.part_minimum = Some((months, yearly(dice, terms, (0, most))));
        }
        Clause::Tranches => {
            terms.upfront.get_or_insert(dice.amount(1, size / 2 + 1));
            let mut day = dice.day(start.plus(-100), end);
            for _ in 0..dice.of(1, 2) {
                terms.tranches.push((day, dice.amount(1, size / 2 + 1)));
                day = day.plus(dice.of(1, 400));
            }
        }
        Clause::Advances => {
            terms.upfront.get_or_insert(dice.amount(1, size / 2 + 1));
            let first_year = start.year_end(terms.year_ends).parts().0;
            for _ in 0..dice.of(1, 2) {
                let advance = Advance {
                    reaches: dice.amount(1, size * 4),
                    year: dice.one_in(3).then(|| first_year + dice.of(0, 2)),
                    by: dice.one_in(3).then(|| dice.day(start, end)),
                    amount: dice.amount(1, size / 2 + 1),
                };
                terms.advances.push(advance);
            }
        }
        Clause::Floor => {
            for _ in 0..dice.of(1, 2) {
                let by = (!dice.one_in(3)).then(|| dice.day(start, end));
                let amount = part(dice, terms, size);
                terms.floors.push(Floor { by, amount });
            }
        }
        Clause::Terms => {
            let groups: Vec<i64> = [1, 3, 6, 12]
                .into_iter()
                .filter(|m| *m >= terms.step)
                .collect();
            terms.every = (!dice.one_in(3)).then(|| dice.pick(&groups));
            terms.lag = dice.of(0, 5);
            if dice.one_in(2) {
                terms.lag_days = dice.of(1, 60);
            }
            if dice.one_in(3) {
                terms.pay_year_ends = Some(dice.of(1, 12));
            }
        }
        Clause::Least => terms.least = Some(dice.amount(1, size / 3 + 1)),
        Clause::First => terms.first = Some(dice.day(start, end.plus(100))),
        Clause::Deferral => {
            let to = match dice.of(0, 1) {
                0 => DeferredTo::Months(dice.of(1, 30)),
                _ => DeferredTo::Day(dice.day(start, end.plus(500))),
            };
            terms.deferral = Some(Deferral {
                fraction: decimal(dice.of(0, 20) * 5, 2),
                to,
                interest: (!dice.one_in(3)).then(|| dice.rate()),
            });
        }
        Clause::Event => {
            for _ in 0..dice.pick(&[1, 1, 2]) {
                let when = match dice.one_in(4) {
                    true => When::Reaches(dice.amount(1, size * 5)),
                    false => when(dice, terms),
                };
                terms.events.push(when);
                let pays = dice.one_in(2).then(|| {
                    let mut steps = Vec::new();
                    if dice.one_in(2) {
                        steps.push((Some(dice.day(start, end)), part(dice, terms, size)));
                    }
                    steps.push((None, part(dice, terms, size)));
                    (steps, !dice.one_in(3))
                });
                terms.pays.push(pays);
            }
        }
        Clause::Turn => terms.turn = Some((when(dice, terms), dice.rate())),
        Clause::RevenueFloor => terms.revenue_floor = Some(dice.amount(1, size * 8)),
        Clause::Default => {
            terms.default = Some(PayerDefault {
                when: when(dice, terms),
                recovery: decimal(dice.of(0, 20) * 5, 2),
                lag: dice.of(0, 12),
                claims_cap: terms.cap.is_some() && dice.one_in(2),
            });
        }
        Clause::History => {
            let periods = terms.periods().len() as i64;
            if periods > 1 && terms.source != Source::Plan {
                terms.past = dice.of(1, periods - 1) as usize;
                if dice.one_in(2) {
                    let payments = (0..terms.past).map(|_| dice.amount(0, size / 8 + 1));
                    terms.payments = Some(payments.collect());
                }
            }
        }
        Clause::Valuation => {
            let mut years = 0;
            let points = (0..dice.of(1, 3)).map(|_| {
                years += dice.of(1, 20);
                (decimal(years, 1), dice.rate())
            });
            terms.valuation = Some(Valuation {
                points: points.collect(),
                date: dice.day(start.plus(-200), end.plus(60)),
            });
        }
    }
}

/// An amount, or a multiple where something is paid upfront.
fn part(dice: &mut Dice, terms: &Terms, size: i64) -> Amount {
    match terms.upfront.is_some() && dice.one_in(2) {
        true => Amount::Multiple(decimal(dice.of(0, 250), 2)),
        false => Amount::Of(dice.amount(0, size)),
    }
}

/// Amounts for years: one, or some by date.
fn yearly(dice: &mut Dice, terms: &Terms, (least, most): (i64, i64)) -> Yearly {
    if dice.one_in(2) {
        // A whole number does not exceed what bounds it.
        return Yearly::One(decimal(dice.of(least, most), 0));
    }
    let mut day = dice.day(terms.start.plus(-400), terms.end);
    let mut amounts = Vec::new();
    for _ in 0..dice.of(1, 3) {
        amounts.push((day, dice.amount(least, most)));
        day = day.plus(dice.of(1, 500));
    }
    Yearly::From(amounts)
}

/// The most that one of so many equal parts of a year may pay at least.
fn most_of_year(terms: &Terms, parts: i64) -> Option<i64> {
    match &terms.annual_cap {
        Some((Yearly::One(amount), _)) => Some(count(&amount.exact()) / parts),
        _ => None,
    }
}

fn when(dice: &mut Dice, terms: &Terms) -> When {
    match dice.of(0, 3) {
        0 => When::Years(decimal(dice.of(1, 40), 1)),
        1 => When::On(dice.day(terms.start, terms.end).group_end(3, 12)),
        _ => When::On(dice.day(terms.start, terms.end.plus(60))),
    }
}

/// Ascending bounds, the first at nothing, each with a rate.
fn tiers(dice: &mut Dice, size: i64) -> Vec<(Decimal, Decimal)> {
    let mut bounds = vec![decimal(0, 0)];
    bounds.extend((0..dice.of(0, 2)).map(|_| dice.amount(1, 3 * size)));
    bounds.sort_by_key(|bound| bound.exact());
    bounds.dedup_by_key(|bound| bound.exact());
    bounds
        .into_iter()
        .map(|above| (above, dice.rate()))
        .collect()
}

fn cap(dice: &mut Dice, terms: &mut Terms, size: i64) -> Cap {
    let mut cap = Cap {
        amounts: vec![(None, dice.amount(0, size))],
        multiples: false,
        escalation: None,
        inflation: None,
        discounts: dice.one_in(2),
        irr: None,
    };
    let (start, end) = (terms.start, terms.end);
    match dice.of(0, 6) {
        0 => {
            let from = dice.one_in(2).then(|| dice.day(start.plus(-800), end));
            cap.escalation = Some((rates(dice, terms, from, true), from));
        }
        1 => {
            let of = dice.one_in(2).then(|| dice.day(start.plus(-800), end));
            cap.inflation = Some((rates(dice, terms, of, false), of));
        }
        2 => {
            let mut until = dice.day(start.plus(-20), end);
            cap.amounts.clear();
            for _ in 0..dice.of(1, 2) {
                cap.amounts.push((Some(until), dice.amount(0, size)));
                until = until.plus(dice.of(1, 500));
            }
            cap.amounts.push((None, dice.amount(0, size)));
        }
        3 => {
            cap.multiples = true;
            terms.upfront = Some(dice.amount(1, size));
            // Which a clause may add tranches to.
            for (_, amount) in &mut cap.amounts {
                *amount = decimal(dice.of(0, 300), 2);
            }
        }
        4 => {
            terms.upfront = Some(dice.amount(1, size));
            cap.irr = Some(decimal(dice.of(0, 60), 2));
        }
        _ => {}
    }
    if dice.one_in(3) {
        terms.paid_before = Some(dice.amount(0, size / 2 + 1));
    }
    cap
}

/// Rates by date have one in force on every day that matters.
fn rates(dice: &mut Dice, terms: &Terms, since: Option<Day>, negative: bool) -> Rates {
    let rate = |dice: &mut Dice| match negative && dice.one_in(4) {
        true => decimal(-dice.of(1, 30), 2),
        false => decimal(dice.of(0, 60), 2),
    };
    if dice.one_in(2) {
        return Rates::One(rate(dice));
    }
    let earliest = terms.effective().min(terms.start);
    let mut day = since
        .map_or(earliest, |since| since.min(earliest))
        .plus(-dice.of(0, 100));
    let mut rates = Vec::new();
    for _ in 0..dice.of(1, 3) {
        rates.push((day, rate(dice)));
        day = day.plus(dice.of(1, 700));
    }
    Rates::From(rates)
}

/// Makes the clauses agree with each other.
fn fit(dice: &mut Dice, terms: &mut Terms) {
    let periods = terms.periods();
    // A return is worked out by the dates on which payments fall due.
    if terms.cap.as_ref().is_some_and(|cap| cap.irr.is_some()) {
        (terms.deferral, terms.least) = (None, None);
    }
    // No event falls into the past.
    if terms.past > 0 {
        let today = periods[terms.past - 1].1;
        let later = |when: &mut When, dice: &mut Dice, day: Day| {
            if day <= today {
                *when = When::On(dice.day(today.plus(1), terms.end.plus(60)));
            }
        };
        let turn = terms.turn.map(|(when, _)| when);
        let by_time = |when: &When| match when {
            When::Reaches(_) => Day::FAR,
            when => terms.day_of(*when),
        };
        let days: Vec<Day> = terms.events.iter().chain(&turn).map(by_time).collect();
        let turn = terms.turn.iter_mut().map(|(when, _)| when);
        for (event, day) in terms.events.iter_mut().chain(turn).zip(days) {
            later(event, dice, day);
        }
        let day = terms
            .default
            .as_ref()
            .map(|default| terms.day_of(default.when));
        if let (Some(default), Some(day)) = (&mut terms.default, day) {
            later(&mut default.when, dice, day);
        }
    }
    // Nothing is paid for days outside the agreement.
    let (effective, expiry) = (terms.effective(), terms.expiry());
    for (payment, (first, last)) in terms.payments.iter_mut().flatten().zip(&periods) {
        if *last < effective || *first > expiry {
            *payment = decimal(0, 0);
        }
    }
    let lengths = terms.lengths();
    let (past, source) = (terms.past, terms.source);
    for segment in &mut terms.segments {
        let initial = segment.initial.exact();
        let of_period = |(k, length): (usize, &Exact)| match source {
            Source::Constant if k >= past => &initial * length,
            _ => segment.written[k].exact(),
        };
        segment.revenue = lengths.iter().enumerate().map(of_period).collect();
    }
}
