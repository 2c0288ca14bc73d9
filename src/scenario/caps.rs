//! What an agreement says of its caps and its minimums.

use std::ops::Range;

use super::amounts::{PER_YEAR, amount, ascends, dated, of_tranches, steps};
use super::checked::{Bounds, Checked};
use super::file::{self, Form};
use super::placed::Spanned;
use crate::agreement::{
    Agreement, Amounts, AnnualCap, CapStep, CarryForward, DatedAmount, Deflation, Indexation,
    PaymentPeriod, PeriodMinimum, TotalCap, Tranche, YearlyRate,
};
use crate::units::{Date, Parameter};
use crate::valuation::Curve;

/// The total cap; `start` is the first day of sharing, if it is known.
pub fn cap(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Cap>,
    upfront: &[Tranche],
    start: Option<Date>,
) -> Option<TotalCap> {
    let key = "agreement.cap";
    match written.get_ref() {
        Form::Scalar(scalar) => Some(
            checked
                .scalar_at(key, written.span(), scalar, Bounds::AMOUNT)
                .into(),
        ),
        Form::List(list) if list.is_empty() => {
            let label = "this is an empty list".to_owned();
            checked.refuse(written.span(), key, format!("`{key}` holds no cap"), label);
            None
        }
        Form::List(list) => Some(TotalCap {
            steps: steps(checked, key, list, upfront)?,
            indexation: Indexation::None,
        }),
        Form::Table(table) if table.of.is_some() => {
            if table.says_more() {
                let key = "agreement.cap.of";
                let message = format!("`{key}` stands beside other keys");
                let label = "the other agreement says what the cap is".to_owned();
                checked.refuse(written.span(), key, message, label);
            }
            // Until all agreements are known.
            Some(Parameter::Fixed(f64::INFINITY).into())
        }
        Form::Table(table) if table.irr.is_some() => {
            of_return(checked, written.span(), table, upfront, start)
        }
        Form::Table(table) => {
            let given = (table.amount.as_ref(), table.multiple.as_ref());
            let (amount, is_multiple) =
                amount(checked, (key, None), written.span(), given, upfront)?;
            Some(TotalCap {
                steps: of_tranches((None, None), amount, is_multiple, upfront),
                indexation: indexation(checked, table, start)?,
            })
        }
    }
}

/// Puts the cap of another agreement in the place of that of each that names it.
pub fn share(
    checked: &mut Checked<'_>,
    list: &[Spanned<file::Agreement>],
    agreements: &mut [Agreement],
) {
    const KEY: &str = "agreement.cap.of";
    let owns = |i: &usize| agreements[*i].cap.is_some() && list[*i].get_ref().cap_of().is_none();
    let owners: Vec<usize> = (0..agreements.len()).filter(owns).collect();
    let mut places = vec![None; agreements.len()];
    for (i, written) in list.iter().enumerate() {
        let Some(of) = written.get_ref().cap_of() else {
            continue;
        };
        let is_named = |owner: &&usize| agreements[**owner].name == of.get_ref().trim();
        let Some(&owner) = owners.iter().find(is_named) else {
            let message = format!("`{KEY}` names no agreement with a cap of its own");
            let label = "this is none of them".to_owned();
            let names: Vec<&str> = owners
                .iter()
                .map(|i| agreements[*i].name.as_str())
                .collect();
            let hint = match names.as_slice() {
                [] => "give one of the agreements a cap: cap = 100".to_owned(),
                names => format!("the agreements with one are {}", names.join(", ")),
            };
            checked.refuse_with(of.span(), KEY, message, label, hint);
            continue;
        };
        let moves = agreements[owner].cap.as_ref().is_some_and(|cap| {
            let is_multiple = cap.steps.iter().any(|step| step.multiple_of.is_some());
            cap.steps.len() > 1
                || cap.indexation != Indexation::None
                || is_multiple && !agreements[owner].clauses.advances.is_empty()
        });
        if moves {
            let message = format!("`{KEY}` names a cap that moves with time or revenue");
            let label = "payments of several agreements count against one amount".to_owned();
            let hint = "give that agreement an amount, or a multiple of one payment upfront";
            checked.refuse_with(of.span(), KEY, message, label, hint.to_owned());
        }
        agreements[i].cap = agreements[owner].cap.clone();
        (agreements[i].clauses.cap_of, places[i]) = (Some(owner), Some(of.span()));
        agreements[owner].clauses.cap_of = Some(owner);
        places[owner].get_or_insert(of.span());
    }
    for (agreement, place) in agreements.iter().zip(places) {
        let clauses = &agreement.clauses;
        let given = [
            ("deferral", clauses.deferral.is_some()),
            ("default", clauses.default.is_some()),
            ("payment.least", clauses.least_payment.is_some()),
            ("payment.rounding", clauses.cents_per_unit.is_some()),
        ];
        let given = given.into_iter().find(|(_, is_given)| *is_given);
        if let (Some(place), Some((name, _))) = (place, given) {
            let message = format!("a cap of several agreements cannot go with agreement.{name}");
            let label = format!("{:?} has it", agreement.name);
            let hint = "what the cap leaves is shared out by what falls due; leave it out of both";
            checked.refuse_with(place, KEY, message, label, hint.to_owned());
        }
    }
}

/// A cap that is what was paid upfront and a return on it.
fn of_return(
    checked: &mut Checked<'_>,
    around: Range<usize>,
    table: &file::CapTable,
    upfront: &[Tranche],
    start: Option<Date>,
) -> Option<TotalCap> {
    let key = "agreement.cap.irr";
    let irr = table.irr.as_ref()?;
    let rate = checked.scalar(key, irr, PER_YEAR);
    if table.says_more() {
        let message = format!("`{key}` stands beside other keys");
        let label = "the rate and what was paid upfront say all of this cap".to_owned();
        checked.refuse(around, key, message, label);
    }
    let Some(first) = upfront.first() else {
        let message = format!("`{key}` is a return on nothing");
        let label = "the agreement has no upfront payment".to_owned();
        let hint = "add upfront = 100, what the payee paid at first".to_owned();
        checked.refuse_with(irr.span(), key, message, label, hint);
        return None;
    };
    let from = first.date.or(start)?;
    let mut steps: Vec<CapStep> = Vec::new();
    let mut worth = 0.0;
    for (i, tranche) in upfront.iter().enumerate() {
        let factor = match (tranche.date, rate) {
            _ if i == 0 => 1.0,
            (Some(date), Parameter::Fixed(rate)) => {
                Curve::flat(rate).factor(date.years_since(from))
            }
            _ => {
                let message = format!("`{key}` is uncertain, and there are several tranches");
                let label = "what later ones are worth would differ from path to path".to_owned();
                checked.refuse(irr.span(), key, message, label);
                return None;
            }
        };
        worth += tranche.amount * factor;
        let next = upfront.get(i + 1).and_then(|next| next.date);
        steps.push(CapStep {
            until: next.map(|day| day.add_days(-1)),
            amount: Parameter::Fixed(worth),
            multiple_of: None,
        });
    }
    let indexation = Indexation::Return { rate, from };
    Some(TotalCap { steps, indexation })
}

fn indexation(
    checked: &mut Checked<'_>,
    table: &file::CapTable,
    start: Option<Date>,
) -> Option<Indexation> {
    let alone = |key: &str, with: &str| format!("`agreement.cap.{key}` without `{with}`");
    for (date, key, with, is_given) in [
        (
            &table.from,
            "from",
            "escalation",
            table.escalation.is_some(),
        ),
        (
            &table.prices_of,
            "prices_of",
            "inflation",
            table.inflation.is_some(),
        ),
        (
            &table.valued_on,
            "valued_on",
            "discount_rate",
            table.discount_rate.is_some(),
        ),
    ] {
        if let Some(date) = date.as_ref().filter(|_| !is_given) {
            let label = "this dates nothing".to_owned();
            let path = format!("agreement.cap.{key}");
            checked.refuse(date.span(), &path, alone(key, with), label);
        }
    }
    let mut day = |key: &str, written: &Option<Spanned<file::TomlDate>>| match written {
        Some(date) => Some(checked.date(key, date)),
        None => start.map(|start| checked.filled(key, start, start)),
    };
    let given = [
        ("escalation", &table.escalation),
        ("inflation", &table.inflation),
        ("discount_rate", &table.discount_rate),
    ];
    let mut given = given
        .into_iter()
        .filter_map(|(name, rate)| Some((name, rate.as_ref()?)));
    let Some((name, rate)) = given.next() else {
        return Some(Indexation::None);
    };
    if let Some((other, second)) = given.next() {
        let key = format!("agreement.cap.{other}");
        let message = match (name, other) {
            ("escalation", "inflation") => {
                "a cap cannot both escalate and be in prices of a date".to_owned()
            }
            _ => format!("a cap cannot have both `{name}` and `{other}`"),
        };
        let label = match name {
            "inflation" => "it is in prices of a date already",
            _ => "it has an escalation already",
        };
        checked.refuse(second.span(), &key, message, label.to_owned());
        return None;
    }
    let key = format!("agreement.cap.{name}");
    if name == "escalation" {
        let from = day("agreement.cap.from", &table.from)?;
        // The first rate that counts is that of the first anniversary.
        let needed = from.add_months(12);
        let rate = yearly(checked, &key, rate, needed)?;
        return Some(Indexation::Escalating { rate, from });
    }
    let (prices_of, of) = match name {
        "inflation" => (
            day("agreement.cap.prices_of", &table.prices_of)?,
            Deflation::Prices,
        ),
        _ => (
            day("agreement.cap.valued_on", &table.valued_on)?,
            Deflation::Interest,
        ),
    };
    let needed = start.map_or(prices_of, |start| start.min(prices_of));
    let inflation = yearly(checked, &key, rate, needed)?;
    Some(Indexation::Real {
        inflation,
        prices_of,
        of,
    })
}

/// A rate per year, or rates by date of which one is in force on the day `needed`.
fn yearly(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<file::Stepped<file::DatedRate>>,
    needed: Date,
) -> Option<YearlyRate> {
    let list = match written.get_ref() {
        file::Stepped::Scalar(scalar) => {
            let rate = checked.scalar_at(key, written.span(), scalar, PER_YEAR);
            return Some(rate.into());
        }
        file::Stepped::Steps(list) => list,
    };
    let rates = dated(checked, key, written.span(), list, PER_YEAR);
    let first = rates.first()?.from;
    if first > needed {
        let message = format!("`{key}` begins too late");
        let label = format!("no rate is given for {needed}");
        let hint = "begin with the rate in force on that day".to_owned();
        checked.refuse_with(list[0].get_ref().from.span(), key, message, label, hint);
    }
    Some(YearlyRate::ByDate(rates))
}

/// Amounts for each year or part of one: one, or each from a date on.
pub fn by_date(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<file::Stepped<file::DatedAmount>>,
) -> Amounts {
    match written.get_ref() {
        file::Stepped::Scalar(scalar) => checked
            .scalar_at(key, written.span(), scalar, Bounds::AMOUNT)
            .into(),
        file::Stepped::Steps(list) => dated_amounts(checked, key, written.span(), list),
    }
}

fn dated_amounts(
    checked: &mut Checked<'_>,
    key: &str,
    span: Range<usize>,
    list: &[Spanned<file::DatedAmount>],
) -> Amounts {
    if list.is_empty() {
        let label = "this is an empty list".to_owned();
        checked.refuse(span, key, format!("`{key}` holds no amount"), label);
    }
    let from_key = format!("{key}.from");
    let mut amounts: Vec<DatedAmount> = Vec::new();
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        let from = checked.date(&from_key, &file.from);
        let before = amounts.last().map(|amount| amount.from);
        ascends(checked, &from_key, &file.from, before);
        let amount = checked.item(key, i, "amount", &file.amount, Bounds::AMOUNT);
        amounts.push(DatedAmount { from, amount });
    }
    Amounts::ByDate(amounts)
}

/// The least for each month, quarter or half of a year.
pub fn minimum(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Minimum>,
    annual_cap: Option<&AnnualCap>,
) -> PeriodMinimum {
    let file = written.get_ref();
    let every = checked.choice::<PaymentPeriod>("agreement.minimum.every", &file.every);
    let key = "agreement.minimum.amount";
    let amount = by_date(checked, key, &file.amount);
    if let (Some(least), Some(cap)) = (amount.fixed(), annual_cap.and_then(|c| c.amount.fixed()))
        && least * f64::from(12 / every.months()) > cap * (1.0 + 1e-12)
    {
        let message = format!("`{key}` of a year is more than agreement.annual_cap");
        let label = format!("no year pays more than {cap}");
        checked.refuse(file.amount.span(), key, message, label);
    }
    PeriodMinimum { every, amount }
}

/// The annual cap.
pub fn annual_cap(
    checked: &mut Checked<'_>,
    written: &Spanned<file::AnnualCap>,
) -> Option<AnnualCap> {
    let key = "agreement.annual_cap";
    let none = CarryForward::None;
    let carry_key = "agreement.annual_cap.carry_forward";
    let table = match written.get_ref() {
        Form::Scalar(scalar) => {
            let amount = checked.scalar_at(key, written.span(), scalar, Bounds::AMOUNT);
            return Some(AnnualCap {
                amount: amount.into(),
                carry: checked.filled(carry_key, "none", none),
                prorated: false,
            });
        }
        Form::List(list) => {
            return Some(AnnualCap {
                amount: dated_amounts(checked, key, written.span(), list),
                carry: checked.filled(carry_key, "none", none),
                prorated: false,
            });
        }
        Form::Table(table) => table,
    };
    let carry = match &table.carry_forward {
        Some(word) => checked.choice::<CarryForward>(carry_key, word),
        None => checked.filled(carry_key, "none", none),
    };
    let key = "agreement.annual_cap.amount";
    let Some(amount) = &table.amount else {
        let message = format!("missing key `{key}`");
        let label = "this table has no `amount`".to_owned();
        checked.refuse(written.span(), key, message, label);
        return None;
    };
    Some(AnnualCap {
        amount: by_date(checked, key, amount),
        carry,
        prorated: table.prorated.as_ref().is_some_and(|is| *is.get_ref()),
    })
}
