//! What an agreement says the payee pays: at once, by date, where revenue reaches a level.

use super::amounts::ascends;
use super::checked::{Bounds, Checked};
use super::file;
use super::placed::Spanned;
use crate::agreement::{Advance, Tranche};

const KEY: &str = "agreement.upfront";

/// What the payee pays by date, and what where revenue reaches a level.
pub fn upfront(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Upfront>,
) -> (Vec<Tranche>, Vec<Advance>) {
    let (mut tranches, mut advances) = (Vec::<Tranche>::new(), Vec::new());
    let list = match written.get_ref() {
        file::Upfront::One(amount) => {
            let amount = checked.number_at(KEY, written.span(), *amount, Bounds::DIVISOR);
            tranches.push(Tranche { date: None, amount });
            return (tranches, advances);
        }
        file::Upfront::Tranches(list) => list,
    };
    if list.is_empty() {
        let label = "this is an empty list".to_owned();
        let message = format!("`{KEY}` holds no amount");
        checked.refuse(written.span(), KEY, message, label);
    }
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        let amount = checked.number("agreement.upfront.amount", &file.amount, Bounds::DIVISOR);
        match (&file.date, &file.revenue_reaches) {
            (Some(written), None) => {
                let key = "agreement.upfront.date";
                let before = tranches.last().and_then(|tranche| tranche.date);
                ascends(checked, key, written, before);
                condition_alone(checked, file);
                let date = Some(checked.date(key, written));
                tranches.push(Tranche { date, amount });
            }
            (None, Some(_)) if i == 0 => {
                let message = format!("the first of `{KEY}` has no date");
                let label = "nothing is paid before revenue reaches a level".to_owned();
                let hint = "begin with what is paid at first: { date = 2026-01-01, amount = 100 }";
                checked.refuse_with(item.span(), KEY, message, label, hint.to_owned());
            }
            (None, Some(level)) => {
                let reaches = checked.item(KEY, i, "revenue_reaches", level, Bounds::POSITIVE);
                let year = file.year.as_ref();
                let key_of_year = "agreement.upfront.year";
                let year = year.map(|year| checked.whole(key_of_year, year, 1900, 2300) as i16);
                let by = file.by.as_ref();
                let by = by.map(|by| checked.date("agreement.upfront.by", by));
                advances.push(Advance {
                    amount,
                    reaches,
                    year,
                    by,
                });
            }
            (date, _) => {
                let message = format!("`{KEY}` needs a date or revenue_reaches for each amount");
                let label = match date {
                    Some(_) => "this has both",
                    None => "this has neither",
                };
                checked.refuse(item.span(), KEY, message, label.to_owned());
            }
        }
    }
    (tranches, advances)
}

/// Refuses what says how revenue is added up beside a date.
fn condition_alone(checked: &mut Checked<'_>, file: &file::Tranche) {
    let year = file.year.as_ref().map(|year| ("year", year.span()));
    let by = file.by.as_ref().map(|by| ("by", by.span()));
    for (name, span) in year.into_iter().chain(by) {
        let key = format!("{KEY}.{name}");
        let message = format!("`{key}` without `revenue_reaches`");
        let label = "this amount is paid on its date".to_owned();
        checked.refuse(span, &key, message, label);
    }
}
