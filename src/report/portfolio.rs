//! The results of a portfolio as tables, JSON and text.

use std::fmt::Write;

use serde_json::json;

use super::probability::{error_in_percent, percent, share_of_outcomes};
use super::sensitivity::scope;
use super::table::{Table, Value, table};
use super::tables::Cell;
use super::text::{Entry, aligned, error_text, plain, significant};
use crate::scenario::Scenario;
use crate::simulate::{GroupResult, Measured, PortfolioResults};
use crate::stats::MeanEstimate;
use crate::study::Fund;
use crate::units::{decimals_for, grouped_number};

/// Contributions that a terminal shows.
const MOST_SHOWN: usize = 10;

/// A portfolio's results with what is needed to show them.
#[derive(Clone, Copy, Debug)]
pub struct FundReport<'a> {
    /// The portfolio.
    pub fund: &'a Fund,
    /// What came out.
    pub results: &'a PortfolioResults,
    /// The scenario by which results are reported: percentiles and looks.
    pub reference: &'a Scenario,
}

impl FundReport<'_> {
    fn percentiles(&self) -> &[f64] {
        &self.reference.report.percentiles
    }

    /// The tables, `deals.csv` and the others.
    pub fn tables(&self) -> Vec<Table> {
        vec![
            self.summary(),
            self.years(),
            self.quarters(),
            self.multiples(),
            self.deals(),
            self.deal_years(),
            self.groups("payer", "payers"),
            self.groups("vintage", "vintages"),
            self.concentration(),
        ]
    }

    fn cells(&self, measured: &Measured<'_>) -> Vec<Cell> {
        let quantile = |p: &f64| measured.distribution.quantile(p / 100.0);
        let percentiles = self.percentiles().iter();
        percentiles
            .map(|p| quantile(p).map_or(Cell::Empty, Cell::Number))
            .collect()
    }

    /// A line of amounts, with the columns that stand before.
    fn line(&self, table: &mut Table, first: Vec<Value>, measured: &Measured<'_>) {
        let mut line = first;
        line.extend(Value::amount(Some(measured.estimate)));
        line.push(measured.estimate.std_dev.into());
        table.push(line, &self.cells(measured));
    }

    fn summary(&self) -> Table {
        let columns = ["quantity", "unit", "value", "std_error", "std_dev"];
        let mut table = Table::new("summary", &columns, self.percentiles());
        let unit = self.fund.money.label();
        let results = self.results;
        let total = results.total.measured();
        let none = vec![Cell::Empty; self.percentiles().len()];
        let lone = |table: &mut Table, name: &str, unit: &str, estimate: MeanEstimate| {
            let line = vec![
                name.into(),
                unit.into(),
                estimate.mean.into(),
                Value::Error(estimate.std_error),
                Value::Empty,
            ];
            table.push(line, &none);
        };
        if let Some(invested) = results.invested {
            let certain = vec!["invested".into(), unit.as_str().into(), invested.into()];
            let mut line: Vec<Value> = certain;
            line.extend([Value::Error(0.0), Value::Number(0.0)]);
            table.push(
                line,
                &vec![Cell::Number(invested); self.percentiles().len()],
            );
        }
        self.line(
            &mut table,
            vec!["total_cash".into(), unit.as_str().into()],
            &total,
        );
        if let Some(invested) = results.invested {
            let estimate = total.estimate;
            let mut line: Vec<Value> = vec!["money_multiple".into(), "multiple".into()];
            line.extend([
                Value::Number(estimate.mean / invested),
                Value::Error(estimate.std_error / invested),
                Value::Number(estimate.std_dev / invested),
            ]);
            let cells = self.cells(&total).into_iter().map(|cell| match cell {
                Cell::Number(value) => Cell::Number(value / invested),
                other => other,
            });
            table.push(line, &cells.collect::<Vec<Cell>>());
        }
        if let Some(value) = &results.present_value {
            let first = vec!["present_value".into(), unit.as_str().into()];
            self.line(&mut table, first, &value.measured());
        }
        let tail = &results.tail;
        if let Some(threshold) = &tail.threshold {
            let line = vec![
                "tail_threshold".into(),
                unit.as_str().into(),
                threshold.value.into(),
                Value::Error(threshold.std_error),
                Value::Empty,
            ];
            table.push(line, &none);
        }
        lone(&mut table, "tail_mean", &unit, tail.mean);
        lone(&mut table, "tail_shortfall", &unit, tail.shortfall);
        table
    }

    fn years(&self) -> Table {
        let columns = [
            "year",
            "quantity",
            "invested",
            "mean",
            "std_error",
            "std_dev",
        ];
        let mut table = Table::new("years", &columns, self.percentiles());
        let known = self.results.invested.is_some();
        for year in &self.results.years {
            let invested = known.then_some(year.invested);
            for (name, cell) in [("cash", &year.cash), ("cumulative_cash", &year.cumulative)] {
                let first = vec![
                    Value::Year(year.year),
                    name.into(),
                    match name {
                        "cash" => invested.into(),
                        _ => Value::Empty,
                    },
                ];
                self.line(&mut table, first, &cell.measured());
            }
        }
        table
    }

    fn quarters(&self) -> Table {
        let columns = ["first_day", "last_day", "mean", "std_error", "std_dev"];
        let mut table = Table::new("quarters", &columns, self.percentiles());
        for quarter in &self.results.quarters {
            let first = vec![quarter.first_day.into(), quarter.last_day.into()];
            self.line(&mut table, first, &quarter.cash.measured());
        }
        table
    }

    fn multiples(&self) -> Table {
        table!("multiples", (multiple, estimate) in &self.results.multiples => {
            let (low, high) = estimate.probability_interval(super::probability::LEVEL);
            "multiple": *multiple;
            "probability", "std_error": Value::probability(*estimate);
            "ci_low", "ci_high": [low, high].map(Value::Probability);
        })
    }

    /// The deals by what they are expected to bring in, the largest first.
    fn by_cash(&self) -> Vec<usize> {
        let deals = &self.results.deals;
        let mut order: Vec<usize> = (0..deals.len()).collect();
        let mean = |i: &usize| deals[*i].adds.cash.measured().estimate.mean;
        order.sort_by(|a, b| mean(b).total_cmp(&mean(a)).then(a.cmp(b)));
        order
    }

    fn deals(&self) -> Table {
        let columns = [
            "id",
            "name",
            "payer",
            "vintage",
            "scenario",
            "invested",
            "cash",
            "cash_std_error",
            "cash_std_dev",
            "share",
            "share_std_error",
            "multiple",
            "multiple_std_error",
            "present_value",
            "present_value_std_error",
            "cap_reached",
            "cap_reached_std_error",
            "paid_back",
            "paid_back_std_error",
            "tail_cash",
            "tail_cash_std_error",
            "share_of_shortfall",
            "share_of_shortfall_std_error",
        ];
        let mut table = Table::new("deals", &columns, self.percentiles());
        for i in self.by_cash() {
            let (deal, names) = (&self.results.deals[i], &self.fund.deals[i]);
            let measured = deal.adds.cash.measured();
            let estimate = measured.estimate;
            let chance = |estimate: Option<crate::stats::Estimate>| {
                estimate.map_or([Value::Empty, Value::Empty], Value::probability)
            };
            let multiple = deal
                .invested
                .map(|invested| estimate.of_mean().scaled(1.0 / invested));
            let mut line: Vec<Value> = vec![
                names.id.as_str().into(),
                names.name.as_str().into(),
                names.payer.as_str().into(),
                Value::Count(u64::from(names.vintage.unsigned_abs())),
                names.scenario.as_str().into(),
                deal.invested.into(),
            ];
            line.extend(Value::amount(Some(estimate)));
            line.push(estimate.std_dev.into());
            line.extend(Value::pair(Some(deal.adds.share)));
            line.extend(Value::pair(multiple));
            line.extend(Value::pair(deal.present_value));
            line.extend(chance(deal.reached));
            line.extend(chance(deal.paid_back));
            line.extend(Value::pair(Some(deal.adds.tail)));
            line.extend(Value::pair(deal.adds.share_of_shortfall));
            table.push(line, &self.cells(&measured));
        }
        table
    }

    fn deal_years(&self) -> Table {
        let all = self.by_cash().into_iter().flat_map(|i| {
            let years = self.results.years.iter().zip(&self.results.deals[i].years);
            years.map(move |(year, cash)| (i, year.year, cash))
        });
        table!("deal_years", (i, year, cash) in all => {
            "id": self.fund.deals[i].id.as_str();
            "year": Value::Year(year);
            "cash", "std_error": Value::pair(Some(*cash));
        })
    }

    /// The groups of a kind in their order, with how many deals each has.
    fn of_kind(&self, by: &str) -> Vec<(&str, usize, &GroupResult)> {
        let groups = self.fund.portfolio.groups.iter().zip(&self.results.groups);
        let own = groups.filter(|(group, _)| group.by == by);
        own.map(|(group, found)| (group.name.as_str(), group.deals.len(), found))
            .collect()
    }

    fn groups(&self, by: &'static str, name: &'static str) -> Table {
        let columns = [
            by,
            "deals",
            "share",
            "share_std_error",
            "tail_cash",
            "tail_cash_std_error",
            "share_of_shortfall",
            "share_of_shortfall_std_error",
            "cash",
            "std_error",
            "std_dev",
        ];
        let mut table = Table::new(name, &columns, self.percentiles());
        for (name, deals, found) in self.of_kind(by) {
            let lacks = found.share_of_shortfall;
            let mut first = vec![name.into(), Value::Count(deals as u64)];
            for estimate in [Some(found.share), Some(found.tail), lacks] {
                first.extend(Value::pair(estimate));
            }
            self.line(&mut table, first, &found.cash.measured());
        }
        table
    }

    fn concentration(&self) -> Table {
        table!("concentration", found in &self.results.concentration => {
            "by": found.by;
            "members": found.members as u64;
            "herfindahl", "herfindahl_std_error": Value::pair(Some(found.herfindahl));
            "effective_number", "effective_number_std_error": Value::pair(Some(found.effective));
        })
    }

    /// The results as one JSON object: the lines of every table.
    pub fn json(&self) -> serde_json::Value {
        let tables = self.tables().into_iter();
        let tables: serde_json::Map<String, serde_json::Value> = tables
            .map(|table| (table.name.to_owned(), table.to_json()))
            .collect();
        let settings = &self.results.settings;
        json!({
            "study": "portfolio",
            "title": self.title(),
            "deals": self.fund.deals.len(),
            "factors": self.fund.portfolio.factors,
            "money": self.fund.money.label(),
            "paths": settings.paths(),
            "seed": settings.seed,
            "tail": self.results.tail.part,
            "tables": tables,
        })
    }

    /// What a reader should know before quoting it.
    pub fn warnings(&self) -> Vec<String> {
        let unpriced = &self.fund.without_price;
        let first = unpriced.first().map(|first| {
            format!(
                "what is paid is not known of {} of {} deals, the first {first}: no multiple is \
                 given; set agreement.upfront or valuation.invested for each",
                unpriced.len(),
                self.fund.deals.len()
            )
        });
        first.into_iter().collect()
    }

    /// What it is.
    pub fn title(&self) -> String {
        match self.fund.deals.len() {
            1 => "A portfolio of one deal".to_owned(),
            many => format!("A portfolio of {} deals", grouped_number(many as f64, 0)),
        }
    }

    /// What it comes to, in a sentence.
    pub fn answer(&self) -> String {
        let results = self.results;
        let total = results.total.measured().estimate;
        let cash = self.fund.money.format_suited(total.mean);
        let Some(invested) = results.invested else {
            let worst = self.fund.money.format_suited(results.tail.mean.mean);
            return format!(
                "The portfolio is expected to bring in {cash}, and {worst} in the worst {} of \
                 simulated outcomes.",
                share(results.tail.part)
            );
        };
        let back = results
            .multiples
            .first()
            .map_or_else(String::new, |(multiple, found)| {
                let multiple = match *multiple {
                    1.0 => "what is invested".to_owned(),
                    other => format!("{} times as much", plain(other)),
                };
                format!(", at least {multiple} in {}", share_of_outcomes(found.mean))
            });
        format!(
            "The portfolio is expected to bring in {cash} for {} invested, {} times as much{back}.",
            self.fund.money.format_suited(invested),
            plain_to(total.mean / invested, 2),
        )
    }

    /// The results for a terminal, without a last line feed; the first line is the answer.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let results = self.results;
        let _ = writeln!(out, "{}", self.answer());
        let count = |count: usize| grouped_number(count as f64, 0);
        let payers = self.of_kind("payer").len();
        let factors = &self.fund.portfolio.factors;
        let factors = match factors.len() {
            0 => "no common factor".to_owned(),
            1..=6 => format!("common factors: {}", factors.join(", ")),
            many => format!("{many} common factors"),
        };
        let _ = writeln!(
            out,
            "\n{} deals, {} payers, {factors}; amounts in {}",
            count(self.fund.deals.len()),
            count(payers),
            self.fund.money.label()
        );
        let _ = writeln!(out, "{}", scope(&results.settings));
        self.totals(&mut out);
        self.chances(&mut out);
        self.years_text(&mut out);
        self.contributions(&mut out);
        out.truncate(out.trim_end().len());
        out
    }

    fn totals(&self, out: &mut String) {
        let results = self.results;
        let mut header: Vec<Entry> = ["", "mean", "\u{b1}"].map(Entry::from).into();
        header.extend(self.percentiles().iter().map(|p| format!("p{p}").into()));
        let mut table = vec![header];
        let mut push = |name: &str, measured: &Measured<'_>, unit: f64| {
            let mut line: Vec<Entry> = vec![
                name.into(),
                significant(measured.estimate.mean / unit).into(),
                error_text(measured.estimate.std_error / unit).into(),
            ];
            line.extend(self.cells(measured).iter().map(|cell| match cell {
                Cell::Number(value) => significant(value / unit).into(),
                _ => "".into(),
            }));
            table.push(line);
        };
        let total = results.total.measured();
        push("Total cash", &total, 1.0);
        if let Some(invested) = results.invested {
            push("Money multiple", &total, invested);
        }
        if let Some(value) = &results.present_value {
            push("Present value", &value.measured(), 1.0);
        }
        out.push('\n');
        aligned(out, &table);
    }

    fn chances(&self, out: &mut String) {
        let results = self.results;
        let paths = results.settings.paths() as f64;
        if !results.multiples.is_empty() {
            let mut table: Vec<Vec<Entry>> = vec![
                ["Multiple of at least", "probability", "\u{b1}"]
                    .map(Entry::from)
                    .into(),
            ];
            for (multiple, found) in &results.multiples {
                table.push(vec![
                    plain(*multiple).into(),
                    percent(found.mean).into(),
                    error_in_percent(found.mean, found.std_error, paths).into(),
                ]);
            }
            out.push('\n');
            aligned(out, &table);
        }
        let tail = &results.tail;
        let times = results.invested.map_or_else(String::new, |invested| {
            format!(", a multiple of {}", plain_to(tail.mean.mean / invested, 2))
        });
        let _ = writeln!(
            out,
            "\nThe worst {} of simulated outcomes bring in {} \u{b1}{} on average{times}: {} \
             \u{b1}{} less than expected",
            share(tail.part),
            grouped(tail.mean.mean),
            error_text(tail.mean.std_error),
            grouped(tail.shortfall.mean),
            error_text(tail.shortfall.std_error),
        );
        for found in &results.concentration {
            if found.members > 1 && found.by != "vintage" {
                let _ = writeln!(
                    out,
                    "Expected cash is as even as over {} \u{b1}{} {}s of equal size (of {}; \
                     Herfindahl index {})",
                    significant(found.effective.mean),
                    error_text(found.effective.std_error),
                    found.by,
                    grouped_number(found.members as f64, 0),
                    significant(found.herfindahl.mean),
                );
            }
        }
    }

    fn years_text(&self, out: &mut String) {
        let known = self.results.invested.is_some();
        let mut header: Vec<Entry> = vec!["Year".into()];
        if known {
            header.push("invested".into());
        }
        header.extend(["cash", "\u{b1}"].map(Entry::from));
        header.extend(self.percentiles().iter().map(|p| format!("p{p}").into()));
        header.push("so far".into());
        let mut table = vec![header];
        for year in &self.results.years {
            let measured = year.cash.measured();
            let mut line: Vec<Entry> = vec![year.year.to_string().into()];
            if known {
                line.push(Entry::Number(year.invested));
            }
            line.push(Entry::Number(measured.estimate.mean));
            line.push(error_text(measured.estimate.std_error).into());
            line.extend(self.cells(&measured).iter().map(|cell| match cell {
                Cell::Number(value) => Entry::Number(*value),
                _ => "".into(),
            }));
            line.push(Entry::Number(year.cumulative.measured().estimate.mean));
            table.push(line);
        }
        out.push('\n');
        aligned(out, &table);
    }

    fn contributions(&self, out: &mut String) {
        let head = [
            "",
            "cash",
            "\u{b1}",
            "share",
            "in the tail",
            "of the shortfall",
        ];
        let part = |e: MeanEstimate| format!("{:.1}\u{a0}%", 100.0 * e.mean);
        let line = |name: &str, found: &GroupResult| -> Vec<Entry> {
            let cash = found.cash.measured().estimate;
            vec![
                name.into(),
                Entry::Number(cash.mean),
                error_text(cash.std_error).into(),
                part(found.share).into(),
                Entry::Number(found.tail.mean),
                found
                    .share_of_shortfall
                    .map_or_else(String::new, part)
                    .into(),
            ]
        };
        let of = |mut all: Vec<(&str, &GroupResult)>, what: &str, out: &mut String| {
            let mean = |found: &GroupResult| found.cash.measured().estimate.mean;
            all.sort_by(|a, b| mean(b.1).total_cmp(&mean(a.1)));
            let mut header = head.map(Entry::from).to_vec();
            header[0] = match all.len() {
                few if few <= MOST_SHOWN => format!("By {what}").into(),
                _ => format!("The {MOST_SHOWN} largest by {what}").into(),
            };
            let mut table = vec![header];
            table.extend(
                all.iter()
                    .take(MOST_SHOWN)
                    .map(|(name, found)| line(name, found)),
            );
            out.push('\n');
            aligned(out, &table);
        };
        let deals = self.fund.deals.iter().zip(&self.results.deals);
        let deals = deals.map(|(names, deal)| (names.id.as_str(), &deal.adds));
        of(deals.collect(), "deal", out);
        let payers = self.of_kind("payer");
        if payers.len() > 1 && payers.len() < self.fund.deals.len() {
            let payers = payers.into_iter().map(|(name, _, found)| (name, found));
            of(payers.collect(), "payer", out);
        }
    }
}

/// `5 %`, `0.5 %`.
fn share(part: f64) -> String {
    format!("{}\u{a0}%", crate::units::percent_digits(part))
}

/// A number to four significant digits, thousands apart.
fn grouped(value: f64) -> String {
    grouped_number(value, decimals_for(value, 4).min(6))
}

/// A number with so many decimals.
fn plain_to(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}
