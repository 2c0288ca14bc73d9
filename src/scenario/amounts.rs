//! What an agreement says of its share, and of amounts by date.

use std::ops::Range;

use super::checked::{Bounds, Checked};
use super::file::{self, Form};
use super::keys::LARGEST_RATE;
use super::placed::Spanned;
use super::reading::stands_in;
use crate::agreement::{CapStep, DatedRate, Floor, Share, Tier, TierBasis, TierSet, Tranche};
use crate::units::{Date, Parameter};

const RATE: Bounds = Bounds::Closed(0.0, 1.0);
/// A tier may pay more than its revenue: six times the excess, say.
const SLOPE: Bounds = Bounds::Closed(0.0, 1000.0);
/// Rates per year.
pub const PER_YEAR: Bounds = Bounds::Above(-1.0, LARGEST_RATE);
/// The largest multiple of an upfront payment.
const MULTIPLE: Bounds = Bounds::Closed(0.0, 1000.0);

/// The share of revenue.
pub fn share(checked: &mut Checked<'_>, written: &Spanned<file::Share>) -> Share {
    let key = "agreement.share";
    match written.get_ref() {
        Form::Scalar(scalar) => checked.scalar_at(key, written.span(), scalar, RATE).into(),
        Form::List(rates) => Share::ByDate(dated(checked, key, written.span(), rates, RATE)),
        Form::Table(table) => by_tiers(checked, written, table),
    }
}

/// A share by tiers of one kind.
fn by_tiers(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Share>,
    table: &file::ShareTable,
) -> Share {
    let key = "agreement.share";
    let kinds = [
        &table.by_annual_revenue,
        &table.by_total_revenue,
        &table.by_paid,
    ];
    if let (Some(basis), None) = (&table.basis, &table.by_annual_revenue) {
        let key = "agreement.share.basis";
        let message = format!("`{key}` belongs to tiers of annual revenue");
        let label = "tiers of another kind have no basis".to_owned();
        checked.refuse(basis.span(), key, message, label);
    }
    match kinds {
        [Some(annual), None, None] => {
            let key = "agreement.share.basis";
            let basis = match &table.basis {
                Some(word) => checked.choice::<TierBasis>(key, word),
                None => checked.filled(key, "marginal", TierBasis::Marginal),
            };
            let mut sets = tiers(checked, "agreement.share.by_annual_revenue", annual);
            match sets.as_slice() {
                [set] if set.from.is_none() => Share::ByAnnualRevenue {
                    tiers: sets.remove(0).tiers,
                    basis,
                },
                _ => Share::ByAnnualRevenueFrom { sets, basis },
            }
        }
        [None, Some(total), None] => {
            Share::ByTotalRevenue(undated(checked, "agreement.share.by_total_revenue", total))
        }
        [None, None, Some(paid)] => {
            Share::ByPaid(undated(checked, "agreement.share.by_paid", paid))
        }
        kinds => {
            let message = format!("`{key}` is a table, but not of one kind of tiers");
            let names = ["by_annual_revenue", "by_total_revenue", "by_paid"];
            let given = names.iter().zip(kinds).filter(|(_, kind)| kind.is_some());
            let given: Vec<&str> = given.map(|(name, _)| *name).collect();
            let label = match given.as_slice() {
                [] => "this has neither by_annual_revenue, by_total_revenue nor by_paid".to_owned(),
                given => format!("this has {}", given.join(" and ")),
            };
            checked.refuse(written.span(), key, message, label);
            Parameter::Fixed(0.0).into()
        }
    }
}

/// Rates, each from a date on.
pub fn dated(
    checked: &mut Checked<'_>,
    key: &str,
    span: Range<usize>,
    list: &[Spanned<file::DatedRate>],
    bounds: Bounds,
) -> Vec<DatedRate> {
    if list.is_empty() {
        let label = "this is an empty list".to_owned();
        checked.refuse(span, key, format!("`{key}` holds no rate"), label);
    }
    let from_key = format!("{key}.from");
    let mut rates: Vec<DatedRate> = Vec::new();
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        let from = checked.date(&from_key, &file.from);
        ascends(checked, &from_key, &file.from, rates.last().map(|r| r.from));
        let rate = checked.item(key, i, "rate", &file.rate, bounds);
        rates.push(DatedRate { from, rate });
    }
    rates
}

/// Refuses a date that does not come after the one before it.
pub fn ascends(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<file::TomlDate>,
    before: Option<Date>,
) {
    if let Some(before) = before.filter(|before| written.get_ref().0 <= *before) {
        let message = format!("the dates of `{key}` must ascend");
        checked.refuse(
            written.span(),
            key,
            message,
            format!("this is not later than {before}"),
        );
    }
}

/// Tiers that do not go by date.
fn undated(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<Vec<Spanned<file::Tier>>>,
) -> Vec<Tier> {
    let dates = written
        .get_ref()
        .iter()
        .filter_map(|tier| tier.get_ref().from.as_ref());
    if let Some(from) = dates.clone().next() {
        let message = format!("`{key}.from` belongs to tiers of annual revenue");
        let label = "these tiers do not change by date".to_owned();
        checked.refuse(from.span(), key, message, label);
    }
    let sets = tiers(checked, key, written);
    sets.into_iter().flat_map(|set| set.tiers).collect()
}

/// Sets of tiers, each from a date on but for a lone one, or the first.
fn tiers(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<Vec<Spanned<file::Tier>>>,
) -> Vec<TierSet> {
    let list = written.get_ref();
    if list.is_empty() && !stands_in(&written.span()) {
        let label = "this is an empty list".to_owned();
        checked.refuse(written.span(), key, format!("`{key}` holds no tier"), label);
    }
    let from_key = format!("{key}.from");
    let mut sets = vec![TierSet {
        from: None,
        tiers: Vec::new(),
    }];
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        if let Some(written) = &file.from {
            let from = checked.date(&from_key, written);
            let before = sets.last().and_then(|set| set.from);
            ascends(checked, &from_key, written, before);
            let set = TierSet {
                from: Some(from),
                tiers: Vec::new(),
            };
            match i {
                0 => sets[0] = set,
                _ => sets.push(set),
            }
        }
        let before = sets.last().and_then(|set| set.tiers.last().copied());
        let above = bound(checked, key, item, before);
        let rate = match (&file.rate, &file.slope) {
            (Some(rate), None) => checked.item(key, i, "rate", rate, RATE),
            (None, Some(slope)) => checked.item(key, i, "slope", slope, SLOPE),
            (rate, _) => {
                let key = format!("{key}.rate");
                let (message, label) = match rate {
                    None => (format!("missing key `{key}`"), "this table has no `rate`"),
                    Some(_) => (
                        format!("`{key}` beside `slope`"),
                        "one of the two says the rate",
                    ),
                };
                checked.refuse(item.span(), &key, message, label.to_owned());
                Parameter::Fixed(0.0)
            }
        };
        if let Some(set) = sets.last_mut() {
            set.tiers.push(Tier { above, rate });
        }
    }
    sets
}

/// Where a tier begins, after the one before it.
fn bound(
    checked: &mut Checked<'_>,
    key: &str,
    item: &Spanned<file::Tier>,
    before: Option<Tier>,
) -> f64 {
    let key = format!("{key}.above");
    match (&item.get_ref().above, before) {
        (Some(above), None) => {
            let value = checked.number(&key, above, Bounds::AMOUNT);
            if value > 0.0 {
                let message = format!("the first `{key}` must be 0");
                let label = "below this, there is no rate".to_owned();
                let hint = "begin with { above = 0, rate = 0 } where nothing is shared at first";
                checked.refuse_with(above.span(), &key, message, label, hint.to_owned());
            }
            value
        }
        (Some(above), Some(before)) => {
            let value = checked.number(&key, above, Bounds::AMOUNT);
            if value <= before.above {
                let message = format!("the bounds of `{key}` must ascend");
                let label = format!("this is not more than {}", before.above);
                checked.refuse(above.span(), &key, message, label);
            }
            value
        }
        (None, None) => 0.0,
        (None, Some(_)) => {
            let message = format!("missing key `{key}`");
            let label = "a tier after the first needs one".to_owned();
            checked.refuse(item.span(), &key, message, label);
            f64::NAN
        }
    }
}

/// Amounts, each until a day, the last without one.
pub fn steps(
    checked: &mut Checked<'_>,
    key: &str,
    list: &[Spanned<file::CapStep>],
    upfront: &[Tranche],
) -> Option<Vec<CapStep>> {
    let key_of_day = format!("{key}.until");
    let mut steps: Vec<CapStep> = Vec::new();
    let mut before = None;
    let mut complete = true;
    for (i, item) in list.iter().enumerate() {
        let key_of_day = key_of_day.as_str();
        let file = item.get_ref();
        let is_last = i + 1 == list.len();
        match &file.until {
            Some(until) if is_last => {
                let message = format!("the last cap has `{key_of_day}`");
                let label = "after this, it is not said what the cap is".to_owned();
                checked.refuse(until.span(), key_of_day, message, label);
            }
            None if !is_last => {
                let message = format!("missing key `{key_of_day}`");
                let label = "only the last cap of a list has none".to_owned();
                checked.refuse(item.span(), key_of_day, message, label);
            }
            _ => {}
        }
        let until = file.until.as_ref().map(|until| {
            ascends(checked, key_of_day, until, before);
            checked.date(key_of_day, until)
        });
        let given = (file.amount.as_ref(), file.multiple.as_ref());
        match amount(checked, (key, Some(i)), item.span(), given, upfront) {
            Some((amount, is_multiple)) => {
                let days = (before, until);
                steps.extend(of_tranches(days, amount, is_multiple, upfront));
            }
            None => complete = false,
        }
        before = until;
    }
    complete.then_some(steps)
}

/// The steps of an amount that applies after a day until another: a multiple of what has
/// been paid upfront grows with every tranche. Before the first tranche it is of that.
pub fn of_tranches(
    (after, until): (Option<Date>, Option<Date>),
    amount: Parameter,
    is_multiple: bool,
    upfront: &[Tranche],
) -> Vec<CapStep> {
    let step = |until, multiple_of| CapStep {
        until,
        amount,
        multiple_of,
    };
    if !is_multiple {
        return vec![step(until, None)];
    }
    let mut steps = Vec::new();
    let mut advanced = 0.0;
    for (i, tranche) in upfront.iter().enumerate() {
        advanced += tranche.amount;
        let next = upfront.get(i + 1).and_then(|next| next.date);
        let last = next.map(|day| day.add_days(-1));
        let is_before = last.is_some_and(|last| after.is_some_and(|after| last <= after));
        let ends = last.is_none_or(|last| until.is_some_and(|until| until <= last));
        match (is_before, ends) {
            (true, _) => {}
            (false, true) => {
                steps.push(step(until, Some(advanced)));
                break;
            }
            (false, false) => steps.push(step(last, Some(advanced))),
        }
    }
    steps
}

/// What has been paid upfront by a day; the first tranche before it, too.
fn advanced(upfront: &[Tranche], by: Option<Date>) -> f64 {
    let is_paid = |(i, tranche): &(usize, &Tranche)| {
        let date = tranche.date.filter(|_| *i > 0);
        date.is_none_or(|date| by.is_none_or(|by| date <= by))
    };
    let paid = upfront.iter().enumerate().filter(is_paid);
    paid.map(|(_, tranche)| tranche.amount).sum()
}

/// The least that has been paid by a day.
pub fn floors(
    checked: &mut Checked<'_>,
    list: &[Spanned<file::Floor>],
    upfront: &[Tranche],
) -> Vec<Floor> {
    let key = "agreement.floor";
    let mut floors = Vec::new();
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        let by = file
            .by
            .as_ref()
            .map(|by| checked.date("agreement.floor.by", by));
        let given = (file.amount.as_ref(), file.multiple.as_ref());
        let Some((amount, is_multiple)) =
            amount(checked, (key, Some(i)), item.span(), given, upfront)
        else {
            continue;
        };
        floors.push(Floor {
            by,
            amount,
            multiple_of: is_multiple.then(|| advanced(upfront, by)),
        });
    }
    floors
}

/// An amount, or a multiple of what is paid upfront, and whether it is one.
pub fn amount(
    checked: &mut Checked<'_>,
    (key, item): (&str, Option<usize>),
    around: Range<usize>,
    given: (
        Option<&Spanned<file::Scalar>>,
        Option<&Spanned<file::Scalar>>,
    ),
    upfront: &[Tranche],
) -> Option<(Parameter, bool)> {
    let mut scalar = |name: &str, written: &Spanned<file::Scalar>, bounds: Bounds| match item {
        Some(i) => checked.item(key, i, name, written, bounds),
        None => checked.scalar(&format!("{key}.{name}"), written, bounds),
    };
    match given {
        (Some(amount), None) => Some((scalar("amount", amount, Bounds::AMOUNT), false)),
        (None, Some(multiple)) => {
            let value = scalar("multiple", multiple, MULTIPLE);
            if upfront.is_empty() {
                let key = format!("{key}.multiple");
                let message = format!("`{key}` is a multiple of nothing");
                let label = "the agreement has no upfront payment".to_owned();
                let hint = "add upfront = 100, what the payee paid at first, or write an amount";
                checked.refuse_with(multiple.span(), &key, message, label, hint.to_owned());
                return None;
            }
            Some((value, true))
        }
        (amount, _) => {
            let message = format!("`{key}` needs an amount or a multiple");
            let label = match amount {
                Some(_) => "this has both",
                None => "this has neither",
            };
            checked.refuse(around, key, message, label.to_owned());
            None
        }
    }
}
