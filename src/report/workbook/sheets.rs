//! Sheets of words and numbers.

use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Table as ExcelTable, TableColumn,
    TableStyle, Worksheet, XlsxError,
};

use super::super::answer::headline;
use super::super::manifest::sha256;
use super::super::table::human;
use super::super::text::{capitalised, scope};
use super::super::{Report, Table, Value, runs_in_a_spreadsheet};
use super::names::Names;
use crate::units::Date;

/// The longest text a cell may hold, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;

/// How numbers show; the cells hold all their digits.
pub const AMOUNT: &str = "#,##0.000";
const ERROR: &str = "0.0E+00";
const PROBABILITY: &str = "0.000%";
const COUNT: &str = "#,##0";
const YEAR: &str = "0";
const DATE: &str = "yyyy-mm-dd";

/// The format of a header.
pub fn header() -> Format {
    Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E1_ECF6))
        .set_border_bottom(FormatBorder::Thin)
}

fn number_format(format: &str) -> Format {
    Format::new().set_num_format(format)
}

/// A result table: header frozen and with filters, one line for each row.
pub fn table(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    sheet.set_name(sheet_name(table.name))?;
    let mut columns = Vec::new();
    for (column, name) in table.columns.iter().enumerate() {
        let of_words = |row: &Vec<Value>| matches!(row[column], Value::Text(_));
        let side = match table.rows.first().is_some_and(of_words) {
            true => FormatAlign::Left,
            false => FormatAlign::Right,
        };
        let name = human(name);
        let format = header().set_align(side);
        sheet.write_string_with_format(0, column as u16, &name, &format)?;
        columns.push(
            TableColumn::new()
                .set_header(name)
                .set_header_format(format),
        );
    }
    if !table.rows.is_empty() {
        let last = (table.rows.len() as u32, table.columns.len() as u16 - 1);
        let whole = ExcelTable::new()
            .set_name(format!("{}_table", table.name))
            .set_columns(&columns)
            .set_style(TableStyle::Light1)
            .set_banded_rows(false);
        sheet.add_table(0, 0, last.0, last.1, &whole)?;
    }
    for (i, row) in table.rows.iter().enumerate() {
        for (column, value) in row.iter().enumerate() {
            let place = (i as u32 + 1, column as u16);
            write(sheet, place, value)?;
        }
    }
    finish(sheet)
}

/// The name of a table's sheet.
pub fn sheet_name(table: &str) -> String {
    capitalised(&table.replace('_', " "))
}

fn finish(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet
        .set_freeze_panes(1, 0)?
        .set_repeat_rows(0, 0)?
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .autofit();
    Ok(())
}

fn write(sheet: &mut Worksheet, (row, column): (u32, u16), value: &Value) -> Result<(), XlsxError> {
    let (number, format) = match value {
        Value::Text(words) => return text(sheet, (row, column), words, Format::new()),
        Value::Date(date) => return self::date(sheet, (row, column), *date),
        Value::Empty => return Ok(()),
        Value::Number(value) => (*value, AMOUNT),
        Value::Error(value) => (*value, ERROR),
        Value::Probability(value) | Value::ProbabilityError(value) => (*value, PROBABILITY),
        Value::Count(count) => (*count as f64, COUNT),
        Value::Year(year) => (f64::from(*year), YEAR),
    };
    sheet.write_number_with_format(row, column, number, &number_format(format))?;
    Ok(())
}

/// Writes a date as a date; as ISO text where the calendar of workbooks, which
/// begins in 1900, does not have it.
pub fn date(sheet: &mut Worksheet, (row, column): (u32, u16), date: Date) -> Result<(), XlsxError> {
    let known = u16::try_from(date.year()).ok().and_then(|year| {
        ExcelDateTime::from_ymd(year, date.month().unsigned_abs(), date.day().unsigned_abs()).ok()
    });
    match known {
        Some(known) => {
            sheet.write_datetime_with_format(row, column, known, &number_format(DATE))?;
        }
        None => text(sheet, (row, column), &date.to_string(), Format::new())?,
    }
    Ok(())
}

/// Writes words as words. Those that would become a formula if the cell were
/// edited are marked as text, as an apostrophe typed before them does.
pub fn text(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    words: &str,
    format: Format,
) -> Result<(), XlsxError> {
    let format = if runs_in_a_spreadsheet(words) {
        format.set_quote_prefix()
    } else {
        format
    };
    sheet.write_string_with_format(row, column, clipped(words), &format)?;
    Ok(())
}

/// The height of a row, in points, whose texts are wrapped in columns of these
/// widths in characters: not every program works it out by itself.
fn height<'t>(texts: impl Iterator<Item = (&'t str, u16)>) -> f64 {
    const LINE: f64 = 15.0;
    const HIGHEST: f64 = 409.0;
    let lines = texts.map(|(text, width)| {
        let lines = text
            .lines()
            .map(|line| line.chars().count().div_ceil(usize::from(width)));
        lines.map(|count| count.max(1)).sum::<usize>()
    });
    (LINE * lines.max().unwrap_or(1).max(1) as f64).min(HIGHEST)
}

/// A text cut to what a cell may hold.
fn clipped(words: &str) -> String {
    let mut length = 0;
    let kept = words.chars().take_while(|c| {
        length += c.len_utf16();
        length < LONGEST_TEXT
    });
    let kept: String = kept.collect();
    if kept.len() < words.len() {
        format!("{kept}\u{2026}")
    } else {
        kept
    }
}

/// What the workbook holds and where it comes from.
pub fn about(sheet: &mut Worksheet, report: &Report<'_>) -> Result<(), XlsxError> {
    let scenario = report.scenario;
    const ABOUT_WIDTH: u16 = 96;
    sheet.set_name("About")?;
    sheet
        .set_column_width(0, 18)?
        .set_column_width(1, ABOUT_WIDTH)?;
    let mut lines = vec![("Title", scenario.title.clone())];
    for part in report.parts() {
        lines.push(("Answer", format!("{}{}", part.prefix(), headline(&part))));
    }
    lines.push(("Scope", scope(report)));
    let warnings = report.warnings.iter();
    lines.extend(warnings.map(|warning| ("Warning", warning.to_string())));
    let sources = scenario.sources.iter();
    lines.extend(sources.map(|source| ("Source", source.clone())));
    lines.extend([
        (
            "How to read",
            "std_error is one standard error of the simulation; p5 to p95 are percentiles of \
             the simulated outcomes. Cells show rounded numbers and hold all digits."
                .to_owned(),
        ),
        ("Program", format!("capbind {}", env!("CARGO_PKG_VERSION"))),
        ("Scenario SHA-256", sha256(scenario.text.as_bytes())),
    ]);
    let top = FormatAlign::Top;
    for (row, (name, words)) in lines.iter().enumerate() {
        let row = row as u32;
        let label = Format::new().set_bold().set_align(top);
        sheet.write_string_with_format(row, 0, *name, &label)?;
        let mut format = Format::new().set_text_wrap().set_align(top);
        if row == 0 {
            format = format.set_bold().set_font_size(14);
        }
        text(sheet, (row, 1), words, format)?;
        sheet.set_row_height(row, height(std::iter::once((words.as_str(), ABOUT_WIDTH))))?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// One line of the sheet of inputs.
struct InputLine<'a> {
    table: &'a str,
    key: String,
    value: Typed,
    given: &'static str,
    remark: &'a str,
}

/// A value as a cell holds it.
enum Typed {
    Number(f64),
    Date(Date),
    Text(String),
}

impl Typed {
    /// From TOML: texts without their quotes; what is no single value as it is written.
    fn of(written: &str) -> Self {
        let value = format!("x = {written}").parse::<toml::Table>();
        let value = value.ok().and_then(|mut table| table.remove("x"));
        match value {
            Some(toml::Value::Integer(value)) => Self::Number(value as f64),
            Some(toml::Value::Float(value)) if value.is_finite() => Self::Number(value),
            Some(toml::Value::String(text)) => Self::Text(text),
            Some(toml::Value::Datetime(_)) => match Date::parse(written.trim()) {
                Some(date) => Self::Date(date),
                None => Self::Text(written.to_owned()),
            },
            _ => Self::Text(written.to_owned()),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Number(_) | Self::Date(_) => String::new(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The parts of a value that is a table of numbers by year, such as an annual plan.
fn by_year(written: &str) -> Option<Vec<(String, f64)>> {
    let value = format!("x = {written}")
        .parse::<toml::Table>()
        .ok()?
        .remove("x")?;
    let parts = value.as_table()?.iter().map(|(year, value)| {
        let value = value
            .as_float()
            .or_else(|| Some(value.as_integer()? as f64))?;
        year.parse::<u16>().ok().map(|_| (year.clone(), value))
    });
    parts.collect()
}

/// Every key of the scenario, typed and with its author's remark; numbers and dates have
/// names.
pub fn inputs(
    sheet: &mut Worksheet,
    report: &Report<'_>,
    names: &mut Names,
) -> Result<(), XlsxError> {
    const SHEET: &str = "Inputs";
    const COLUMNS: [(&str, u16); 5] = [
        ("Table", 22),
        ("Key", 22),
        ("Value", 44),
        ("Given", 16),
        ("Remark", 90),
    ];
    const VALUE: u16 = 2;
    sheet.set_name(SHEET)?;
    for (column, (name, _)) in COLUMNS.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, *name, &header())?;
    }
    let lines = input_lines(report);
    for (i, line) in lines.iter().enumerate() {
        let row = i as u32 + 1;
        let words = line.value.words();
        let texts = [line.table, &line.key, &words, line.given, line.remark];
        let widths = COLUMNS.iter().map(|(_, width)| *width);
        sheet.set_row_height(row, height(texts.into_iter().zip(widths)))?;
        let top = || Format::new().set_align(FormatAlign::Top);
        for (column, words) in texts.into_iter().enumerate() {
            if column as u16 != VALUE {
                text(sheet, (row, column as u16), words, top().set_text_wrap())?;
            }
        }
        let place = (row, VALUE);
        let left = top().set_align(FormatAlign::Left);
        match &line.value {
            Typed::Number(value) => {
                sheet.write_number_with_format(row, VALUE, *value, &left)?;
            }
            Typed::Date(value) => date(sheet, place, *value)?,
            Typed::Text(words) => text(sheet, place, words, left.set_text_wrap())?,
        }
        if !matches!(line.value, Typed::Text(_)) {
            names.add(&line.key, SHEET, place);
            names.add(&format!("{}.{}", line.table, line.key), SHEET, place);
        }
    }
    sheet.autofilter(0, 0, lines.len() as u32, COLUMNS.len() as u16 - 1)?;
    finish(sheet)?;
    for (column, (_, width)) in COLUMNS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    Ok(())
}

fn input_lines<'a>(report: &Report<'a>) -> Vec<InputLine<'a>> {
    let scenario = report.scenario;
    let mut lines = Vec::new();
    for key in &scenario.written {
        let given = match key.is_override {
            true => "command line",
            false => "file",
        };
        let mut line = |name: String, value: Typed, remark| {
            lines.push(InputLine {
                table: &key.table,
                key: name,
                value,
                given,
                remark,
            });
        };
        match by_year(&key.value) {
            Some(years) => {
                for (i, (year, value)) in years.into_iter().enumerate() {
                    let remark = if i == 0 { key.remark.as_str() } else { "" };
                    line(format!("{}.{year}", key.key), Typed::Number(value), remark);
                }
            }
            None => line(key.key.clone(), Typed::of(&key.value), &key.remark),
        }
    }
    lines.extend(scenario.defaults.iter().map(|(key, value)| {
        let (table, key) = key.rsplit_once('.').unwrap_or(("", key));
        InputLine {
            table,
            key: key.to_owned(),
            value: Typed::of(value),
            given: "by default",
            remark: "",
        }
    }));
    lines
}
