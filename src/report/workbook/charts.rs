//! Native charts and the sheet of numbers they draw. Titles and names of series
//! are taken from cells, so that no text of the scenario is read as a reference.

use rust_xlsxwriter::{
    Chart, ChartAxisDateUnitType, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartLineDashType, ChartSolidFill, ChartType, Color, Format, Worksheet, XlsxError,
};

use super::super::charts::bar_spans;
use super::super::{Part, Report};
use super::sheets::{date, text};
use crate::simulate::{Quantity, Slot};
use crate::units::{Date, Step};

/// The sheet of the charts.
pub const SHEET: &str = "Charts";
const DATA: &str = "Chart data";

/// Lines of the sheet of numbers: titles of charts, names of series, numbers.
const TITLE_ROW: u32 = 0;
const NAME_ROW: u32 = 1;
const FIRST_ROW: u32 = 2;

const OUTER_BAND: [u8; 3] = [214, 229, 242];
const INNER_BAND: [u8; 3] = [134, 178, 216];
const STRONG: u32 = 0x000B_4682;
const BAR: u32 = 0x0043_82BB;
const CAP: u32 = 0x00C0_4810;
const NEUTRAL: u32 = 0x00B0_B8C0;
const MUTED: u32 = 0x005E_6975;

const WIDTH: u32 = 820;
const HEIGHT: u32 = 400;
/// Rows of twenty pixels from one chart to the next.
const ROWS_APART: u32 = HEIGHT / 20 + 2;

/// Fills the sheet of numbers and makes the charts of them.
pub fn data(sheet: &mut Worksheet, report: &Report<'_>) -> Result<Vec<Chart>, XlsxError> {
    sheet.set_name(DATA)?.set_freeze_panes(FIRST_ROW, 0)?;
    let mut block = Block { sheet, column: 0 };
    let mut charts = Vec::new();
    let primary = report.primary();
    let step = report.scenario.timeline.step().word();
    charts.push(block.fan(
        &primary,
        Quantity::Revenue,
        &format!("Revenue per {step}"),
        None,
    )?);
    for part in report.parts() {
        let cap = part
            .contract
            .agreement
            .cap
            .as_ref()
            .and_then(|cap| cap.fixed());
        let before = part.contract.agreement.paid_before.fixed();
        let limit = cap.zip(before).map(|(cap, before)| (cap - before).max(0.0));
        let title = format!("{}Cumulative paid", part.prefix());
        charts.push(block.fan(&part, Quantity::CumulativePaid, &title, limit)?);
        if part.contract.agreement.cap.is_some() {
            charts.push(block.binding(&part)?);
        }
    }
    sheet.autofit();
    Ok(charts)
}

/// Puts the charts on their sheet, one below the other.
pub fn place(sheet: &mut Worksheet, charts: &[Chart]) -> Result<(), XlsxError> {
    sheet.set_screen_gridlines(false);
    for (i, chart) in charts.iter().enumerate() {
        sheet.insert_chart_with_offset(i as u32 * ROWS_APART, 0, chart, 16, 16)?;
    }
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

/// The sheet of numbers and the first column that is still free.
struct Block<'a> {
    sheet: &'a mut Worksheet,
    column: u16,
}

/// A column of numbers and where it ends.
#[derive(Clone, Copy)]
struct Column {
    column: u16,
    last_row: u32,
}

impl Column {
    fn values(self) -> (&'static str, u32, u16, u32, u16) {
        (DATA, FIRST_ROW, self.column, self.last_row, self.column)
    }

    fn name(self) -> (&'static str, u32, u16) {
        (DATA, NAME_ROW, self.column)
    }
}

impl Block<'_> {
    /// Writes a column: its name, then one cell for each value that is there.
    fn column<T>(
        &mut self,
        name: &str,
        values: &[T],
        write: impl Fn(&mut Worksheet, (u32, u16), &T) -> Result<(), XlsxError>,
    ) -> Result<Column, XlsxError> {
        let column = self.column;
        text(
            self.sheet,
            (NAME_ROW, column),
            name,
            Format::new().set_bold(),
        )?;
        for (i, value) in values.iter().enumerate() {
            write(self.sheet, (FIRST_ROW + i as u32, column), value)?;
        }
        self.column += 1;
        let last_row = FIRST_ROW + (values.len() as u32).max(1) - 1;
        Ok(Column { column, last_row })
    }

    fn numbers(&mut self, name: &str, values: &[Option<f64>]) -> Result<Column, XlsxError> {
        self.column(name, values, |sheet, (row, column), value| {
            if let Some(value) = value {
                sheet.write_number(row, column, *value)?;
            }
            Ok(())
        })
    }

    fn title(&mut self, words: &str) -> Result<(&'static str, u32, u16), XlsxError> {
        let place = (TITLE_ROW, self.column);
        text(self.sheet, place, words, Format::new().set_bold())?;
        Ok((DATA, place.0, place.1))
    }

    /// Bands between percentiles, the median and the mean, and a level.
    fn fan(
        &mut self,
        part: &Part<'_>,
        quantity: Quantity,
        title: &str,
        level: Option<f64>,
    ) -> Result<Chart, XlsxError> {
        let scenario = part.scenario;
        let periods = scenario.timeline.periods();
        let measured: Vec<_> = (0..periods.len())
            .filter_map(|k| part.outcomes.quantity(quantity, Slot::Period(k)))
            .collect();
        let at = |p: f64| -> Vec<f64> {
            let quantile = measured.iter().map(|m| m.distribution.quantile(p / 100.0));
            quantile.map(Option::unwrap_or_default).collect()
        };
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        let percentiles = &scenario.report.percentiles;
        let title = self.title(&format!("{title}, {}", scenario.money.label()))?;
        let days: Vec<Date> = periods.iter().map(|period| period.last_day).collect();
        let days = self.column("period_end", &days, |sheet, place, day| {
            date(sheet, place, *day)
        })?;
        let mut bands = Chart::new(ChartType::AreaStacked);
        let mut below = at(percentiles[0]);
        let base = self.numbers(&format!("p{}", percentiles[0]), &some(&below))?;
        let series = bands.add_series();
        series.set_name(base.name()).set_values(base.values());
        series
            .set_categories(days.values())
            .set_format(ChartFormat::new().set_no_fill());
        for (i, pair) in percentiles.windows(2).enumerate() {
            let above = at(pair[1]);
            let width: Vec<f64> = above.iter().zip(&below).map(|(a, b)| a - b).collect();
            let name = format!("p{} to p{}", pair[0], pair[1]);
            let band = self.numbers(&name, &some(&width))?;
            let series = bands.add_series();
            series.set_name(band.name()).set_values(band.values());
            let colour = band_colour(i, percentiles.len() - 1);
            series
                .set_categories(days.values())
                .set_format(&mut filled(colour));
            below = above;
        }
        let mut lines = Chart::new(ChartType::Line);
        let mut line = |column: Column, colour: u32, width: f64, dash: ChartLineDashType| {
            let series = lines.add_series();
            series.set_name(column.name()).set_values(column.values());
            series.set_categories(days.values());
            let mut style = ChartLine::new();
            style
                .set_color(Color::RGB(colour))
                .set_width(width)
                .set_dash_type(dash);
            series.set_format(ChartFormat::new().set_line(&style));
        };
        if percentiles.contains(&50.0) {
            let median = self.numbers("median", &some(&at(50.0)))?;
            line(median, STRONG, 2.25, ChartLineDashType::Solid);
        }
        let mean: Vec<f64> = measured.iter().map(|m| m.estimate.mean).collect();
        let mean = self.numbers("mean", &some(&mean))?;
        line(mean, STRONG, 1.25, ChartLineDashType::RoundDot);
        if let Some(level) = level {
            let cap = self.numbers("cap", &vec![Some(level); periods.len()])?;
            line(cap, CAP, 1.75, ChartLineDashType::Solid);
        }
        bands.combine(&lines);
        dress(&mut bands, title, &[0]);
        bands
            .x_axis()
            .set_date_axis(true)
            .set_num_format("yyyy")
            .set_major_unit(1)
            .set_major_unit_date_type(ChartAxisDateUnitType::Years);
        bands.y_axis().set_num_format("#,##0.##").set_min(0);
        self.column += 1;
        Ok(bands)
    }

    /// Bars for the probability in each stretch of time, a line for it by its end.
    fn binding(&mut self, part: &Part<'_>) -> Result<Chart, XlsxError> {
        let outcomes = part.outcomes;
        let (step, spans) = bar_spans(&part.scenario.timeline);
        let title = self.title(&format!("{}When the cap binds", part.prefix()))?;
        let mut names: Vec<String> = spans
            .iter()
            .map(|(first, _)| span_name(step, *first))
            .collect();
        names.push("not reached".to_owned());
        let names = self.column("stretch", &names, |sheet, place, name| {
            text(sheet, place, name, Format::new())
        })?;
        let within = spans
            .iter()
            .map(|(first, last)| outcomes.reached_within(*first, *last).mean);
        let within = self.numbers("binds within", &within.map(Some).collect::<Vec<_>>())?;
        let mut rest = vec![None; spans.len()];
        rest.push(Some(1.0 - outcomes.reached().mean));
        let rest = self.numbers("not reached", &rest)?;
        let by = spans
            .iter()
            .map(|(_, last)| outcomes.reached_by(*last).mean);
        let by = self.numbers(
            "binds by the end (right axis)",
            &by.map(Some).collect::<Vec<_>>(),
        )?;
        let mut bars = Chart::new(ChartType::Column);
        for (column, colour) in [(within, BAR), (rest, NEUTRAL)] {
            let series = bars.add_series();
            series.set_name(column.name()).set_values(column.values());
            series
                .set_categories(names.values())
                .set_gap(30)
                .set_overlap(100);
            series.set_format(&mut filled(Color::RGB(colour)));
        }
        let mut line = Chart::new(ChartType::Line);
        let series = line.add_series();
        series.set_name(by.name()).set_values(by.values());
        series
            .set_categories(names.values())
            .set_secondary_axis(true);
        let mut style = ChartLine::new();
        style.set_color(Color::RGB(STRONG)).set_width(2.0);
        series.set_format(ChartFormat::new().set_line(&style));
        bars.combine(&line);
        dress(&mut bars, title, &[]);
        bars.y_axis().set_num_format("0%").set_min(0);
        bars.y2_axis().set_num_format("0%").set_min(0).set_max(1);
        self.column += 1;
        Ok(bars)
    }
}

/// Size, title, quiet grid, legend below; the entries named stay out of it.
fn dress(chart: &mut Chart, title: (&'static str, u32, u16), hidden: &[usize]) {
    chart.set_width(WIDTH).set_height(HEIGHT);
    chart
        .title()
        .set_name(title)
        .set_font(ChartFont::new().set_size(13));
    chart
        .legend()
        .set_position(ChartLegendPosition::Bottom)
        .delete_entries(hidden);
    let mut grid = ChartLine::new();
    grid.set_color(Color::RGB(0x00DD_E2E7)).set_width(0.75);
    chart.y_axis().set_major_gridlines_line(&grid);
    let mut axis = ChartLine::new();
    axis.set_color(Color::RGB(MUTED)).set_width(0.75);
    chart
        .x_axis()
        .set_format(ChartFormat::new().set_line(&axis));
}

fn filled(colour: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(colour));
    format
}

/// The colour of a band: the nearer to the middle, the darker.
fn band_colour(index: usize, count: usize) -> Color {
    let depth = index.min(count - 1 - index);
    let deepest = (count - 1) / 2;
    let share = match deepest {
        0 => 1.0,
        _ => depth as f64 / deepest as f64,
    };
    let mix = |i: usize| {
        let (from, to) = (f64::from(OUTER_BAND[i]), f64::from(INNER_BAND[i]));
        (from + (to - from) * share).round() as u32
    };
    Color::RGB(mix(0) << 16 | mix(1) << 8 | mix(2))
}

/// How an axis calls a stretch of time by its first day.
fn span_name(step: Step, first: Date) -> String {
    match step {
        Step::Month => format!("{}-{:02}", first.year(), first.month()),
        Step::Quarter => format!("Q{} {}", (first.month() - 1) / 3 + 1, first.year()),
        Step::Year => first.year().to_string(),
    }
}
