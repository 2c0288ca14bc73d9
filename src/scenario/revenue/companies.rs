//! The companies whose growth is drawn from: in the scenario or in a CSV file.

use std::ops::Range;

use super::super::attached::is_name;
use super::super::checked::{Bounds, Checked};
use super::super::dialect::head;
use super::super::file::{self, Companies};
use super::super::keys::{LARGEST_AMOUNT, SMALLEST_DIVISOR};
use super::super::placed::Spanned;
use super::super::rows::{Refusal, Rows};
use super::super::wording::nearest;
use crate::revenue::History;
use crate::text::{brief, quoted};

pub const KEY: &str = "revenue.bootstrap.companies";
/// The columns of a file, but for that of revenue, which may say in what.
const COLUMNS: [&str; 4] = ["company", "year", "kind", "source"];
const COLUMNS_HINT: &str = "the columns are company, year and revenue (or revenue_ and its unit), and may be kind and source";

/// The histories of the companies that a file gives; `None` where it cannot be used.
pub fn histories(checked: &mut Checked<'_>, written: &Spanned<Companies>) -> Option<Vec<History>> {
    match written.get_ref() {
        Companies::Table(table) => Some(in_table(checked, written, table)),
        Companies::Csv(text) => {
            let rows = match is_name(text) {
                true => checked.file(text),
                false => Some((text.as_str(), written.span())),
            };
            // A file that cannot be read has been refused by now.
            let (text, place) = rows?;
            let read = Rows::read(checked, text, place).and_then(|rows| in_rows(&rows));
            let noted = read.map_err(|mut refusal| {
                refusal.hint.get_or_insert(COLUMNS_HINT.to_owned());
                refusal.note(checked, KEY);
            });
            noted.ok()
        }
    }
}

/// Where the rows stand that a file gives: in the file that it names, if it does.
pub fn place(checked: &Checked<'_>, written: &Spanned<Companies>) -> Range<usize> {
    let file = match written.get_ref() {
        Companies::Csv(name) => checked.file(name),
        Companies::Table(_) => None,
    };
    file.map_or(written.span(), |(_, place)| place)
}

/// Companies with a list of consecutive annual revenues each.
fn in_table(
    checked: &mut Checked<'_>,
    written: &Spanned<Companies>,
    table: &file::CompanyTable,
) -> Vec<History> {
    let mut histories = Vec::new();
    for (name, years) in table {
        let key = format!("{KEY}.{}", name.get_ref());
        let figures = years.get_ref().iter();
        let revenue: Vec<f64> = figures
            .map(|figure| checked.number(&key, figure, Bounds::DIVISOR))
            .collect();
        if revenue.len() < 2 {
            let message = format!("`{key}` is no history");
            let label = format!("this is a list of {}", revenue.len());
            checked.refuse(years.span(), &key, message, label);
        }
        histories.push(History::of_revenue(name.get_ref(), &revenue));
    }
    if histories.is_empty() {
        let message = format!("`{KEY}` names no company");
        checked.refuse(written.span(), KEY, message, "this is empty".to_owned());
    }
    histories
}

/// Revenue of consecutive years of a company.
struct Stretch {
    company: String,
    last_year: f64,
    revenue: Vec<f64>,
}

/// Companies with a row for each year, in order; a year that is missing divides a
/// history in two.
fn in_rows(rows: &Rows) -> Result<Vec<History>, Refusal> {
    let is_revenue = |name: &str| name == "revenue" || name.starts_with("revenue_");
    let mut revenue_at = None;
    for (i, cell) in rows.header.iter().enumerate() {
        let name = head(&cell.text);
        let name = name.as_str();
        let known = COLUMNS.contains(&name) || is_revenue(name);
        let twice = rows.column(name) != Some(i) || is_revenue(name) && revenue_at.is_some();
        if !known {
            let near = nearest(name, &["company", "year", "kind", "source", "revenue"]);
            let label = near.map_or("there is no such column".to_owned(), |near| {
                format!("did you mean {near}?")
            });
            let what = format!("it has a column {}", quoted(&cell.text));
            return Err(Refusal::new(&cell.span, what, label));
        } else if twice {
            let what = "it has a column twice";
            return Err(Refusal::new(&cell.span, what, "this is the second"));
        }
        if is_revenue(name) {
            revenue_at = Some(i);
        }
    }
    let (company_at, year_at) = (rows.wanted("company")?, rows.wanted("year")?);
    let revenue_at = match revenue_at {
        Some(at) => at,
        None => rows.wanted("revenue")?,
    };
    let kind_at = rows.column("kind");
    let mut stretches: Vec<Stretch> = Vec::new();
    for line in &rows.lines {
        let company = &line.cells[company_at];
        if company.text.is_empty() {
            let label = format!("line {} names none", line.number);
            return Err(Refusal::new(&company.span, "a company has no name", label));
        }
        if let Some(kind) = kind_at.map(|at| &line.cells[at])
            && kind.text != "annual"
        {
            let label = format!("line {} says {}", line.number, quoted(&kind.text));
            let mut refusal = Refusal::new(&kind.span, "a figure is not annual", label);
            let hint =
                "only annual revenue gives growth by years: leave the row out, or the column kind";
            refusal.hint = Some(hint.to_owned());
            return Err(refusal);
        }
        let is_year = |year: f64| year.fract() == 0.0 && (1900.0..=2300.0).contains(&year);
        let year = line.number_at(year_at, is_year, "a year is none from 1900 to 2300")?;
        let permits = |value| (SMALLEST_DIVISOR..=LARGEST_AMOUNT).contains(&value);
        let what = "a revenue is no number from 1e-9 to 1e15";
        let revenue = line.number_at(revenue_at, permits, what)?;
        let of_company = |stretch: &&Stretch| stretch.company == company.text;
        let latest = stretches.iter().rev().find(of_company);
        if let Some(latest) = latest.filter(|latest| latest.last_year >= year) {
            let cell = &line.cells[year_at];
            let label = format!(
                "line {}: {} has had {} before",
                line.number,
                brief(&company.text),
                latest.last_year
            );
            let mut refusal = Refusal::new(&cell.span, "years are out of order", label);
            let hint = "give each company's years in order, each once";
            refusal.hint = Some(hint.to_owned());
            return Err(refusal);
        }
        match stretches.last_mut() {
            Some(last) if last.company == company.text && last.last_year + 1.0 == year => {
                last.last_year = year;
                last.revenue.push(revenue);
            }
            _ => stretches.push(Stretch {
                company: company.text.clone(),
                last_year: year,
                revenue: vec![revenue],
            }),
        }
    }
    if stretches.is_empty() {
        return Err(Refusal::new(
            &rows.span,
            "it names no company",
            "it has 0 rows",
        ));
    }
    // A year alone has no growth.
    let stretches = stretches.iter().filter(|stretch| stretch.revenue.len() > 1);
    let histories = stretches.map(|s| History::of_revenue(&s.company, &s.revenue));
    Ok(histories.collect())
}
