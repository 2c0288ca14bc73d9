//! Native charts and the sheet of numbers they draw. Titles and names of series
//! are taken from cells, so that no text of the scenario is read as a reference.

use plotters::style::RGBColor;
use rust_xlsxwriter::{
    Chart, ChartAxisDateUnitType, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartLineDashType, ChartSolidFill, ChartType, Color, Format, Worksheet, XlsxError,
};

use super::super::Report;
use super::super::charts::figures;
use super::super::figure::{Binding, BindingBar, Fan, Figure, Palette, Stands, pairs};
use super::sheets::{date, text};
use crate::scenario::Theme;
use crate::units::{Date, Step};

/// The sheet of the charts.
pub const SHEET: &str = "Charts";
const DATA: &str = "Chart data";

/// Lines of the sheet of numbers: titles of charts, names of series, numbers.
const TITLE_ROW: u32 = 0;
const NAME_ROW: u32 = 1;
const FIRST_ROW: u32 = 2;

const WIDTH: u32 = 820;
const HEIGHT: u32 = 400;
/// Rows of twenty pixels from one chart to the next.
const ROWS_APART: u32 = HEIGHT / 20 + 2;

/// Fills the sheet of numbers and makes the charts of them: what the pictures of the
/// run show, fans and binding dates, with their titles and in their colours.
pub fn data(sheet: &mut Worksheet, report: &Report<'_>) -> Result<Vec<Chart>, XlsxError> {
    sheet.set_name(DATA)?.set_freeze_panes(FIRST_ROW, 0)?;
    let mut block = Block {
        sheet,
        column: 0,
        colours: Theme::Light.palette(),
    };
    let mut charts = Vec::new();
    for (_, figure) in figures(report, false) {
        match figure {
            Figure::Fan(fan) => charts.push(block.fan(&fan)?),
            // Where the cap binds in no outcome its title says so, and there is no bar.
            Figure::Binding(binding) if binding.causes.is_empty() && !binding.bars.is_empty() => {
                charts.push(block.binding(&binding)?);
            }
            _ => {}
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
    colours: &'static Palette,
}

/// A cell of the sheet of numbers.
type Place = (&'static str, u32, u16);

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

    /// A column of numbers; what is not one leaves its cell empty.
    fn numbers(&mut self, name: &str, values: &[f64]) -> Result<Column, XlsxError> {
        self.column(name, values, |sheet, (row, column), value| {
            if value.is_finite() {
                sheet.write_number(row, column, *value)?;
            }
            Ok(())
        })
    }

    fn title(&mut self, words: &str) -> Result<Place, XlsxError> {
        let place = (TITLE_ROW, self.column);
        text(self.sheet, place, words, Format::new().set_bold())?;
        Ok((DATA, place.0, place.1))
    }

    /// Bands between percentiles, the median and the mean, a reference and a level.
    fn fan(&mut self, fan: &Fan) -> Result<Chart, XlsxError> {
        let colours = self.colours;
        let title = self.title(&fan.frame.title)?;
        let days = self.column("period_end", &fan.dates, |sheet, place, day| {
            date(sheet, place, *day)
        })?;
        let quantity = self.title(&format!("{}, {}", fan.quantity, fan.money.label()))?;
        let mut bands = Chart::new(ChartType::AreaStacked);
        let mut area = |band: Column, fill: Option<RGBColor>| {
            let series = bands.add_series();
            series.set_name(band.name()).set_values(band.values());
            let mut format = match fill {
                Some(fill) => filled(fill),
                None => ChartFormat::new().set_no_fill().clone(),
            };
            series.set_categories(days.values()).set_format(&mut format);
        };
        let percentiles: Vec<f64> = fan.percentiles.iter().map(|p| p.percentile).collect();
        let pairs = pairs(&percentiles);
        // Their edges upwards: the lower ones inwards, the upper ones outwards.
        let lower = pairs.iter().map(|(lower, _)| *lower);
        let upper = pairs.iter().rev().map(|(_, upper)| *upper);
        let edges: Vec<usize> = lower.chain(upper).collect();
        if let Some(&lowest) = edges.first() {
            let curve = &fan.percentiles[lowest];
            let base = self.numbers(&format!("p{}", curve.percentile), &curve.values)?;
            area(base, None);
        }
        for (i, edge) in edges.windows(2).enumerate() {
            let [below, above] = [edge[0], edge[1]].map(|at| &fan.percentiles[at]);
            let values = above.values.iter().zip(&below.values);
            let width: Vec<f64> = values.map(|(above, below)| above - below).collect();
            let name = format!("p{} to p{}", below.percentile, above.percentile);
            let band = self.numbers(&name, &width)?;
            let depth = i.min(edges.len() - 2 - i);
            area(band, Some(colours.band(depth, pairs.len())));
        }
        let mut lines = Chart::new(ChartType::Line);
        let mut line = |column: Column, colour: RGBColor, width: f64, dash: ChartLineDashType| {
            let series = lines.add_series();
            series.set_name(column.name()).set_values(column.values());
            series.set_categories(days.values());
            let mut style = ChartLine::new();
            style
                .set_color(rgb(colour))
                .set_width(width)
                .set_dash_type(dash);
            series.set_format(ChartFormat::new().set_line(&style));
        };
        if let Some(median) = fan.percentiles.iter().find(|p| p.percentile == 50.0) {
            let median = self.numbers("median", &median.values)?;
            line(median, colours.strong, 2.25, ChartLineDashType::Solid);
        }
        let mean = self.numbers("mean", &fan.mean)?;
        line(mean, colours.strong, 1.25, ChartLineDashType::RoundDot);
        if let Some(reference) = &fan.reference {
            let column = self.numbers(&reference.label, &reference.values)?;
            line(column, colours.reference, 1.25, ChartLineDashType::Dash);
        }
        if let Some(level) = &fan.level {
            let column = self.numbers(&level.label, &vec![level.value; fan.dates.len()])?;
            line(column, colours.cap, 1.75, ChartLineDashType::Solid);
        }
        // The blank area below the bands is no entry of the legend. Without two percentiles
        // there are no bands, and a chart has to have something of its own.
        let hidden: &[usize] = if pairs.is_empty() { &[] } else { &[0] };
        let mut chart = match pairs.is_empty() {
            true => lines,
            false => {
                bands.combine(&lines);
                bands
            }
        };
        self.dress(&mut chart, title, hidden);
        let x = chart.x_axis().set_num_format("yyyy");
        match fan.stands == Stands::OverAll {
            // A year's value above the year, not at its end.
            true => x.set_text_axis(true),
            false => x
                .set_date_axis(true)
                .set_major_unit(1)
                .set_major_unit_date_type(ChartAxisDateUnitType::Years),
        };
        chart
            .y_axis()
            .set_name(quantity)
            .set_num_format("#,##0.##")
            .set_min(0);
        self.column += 1;
        Ok(chart)
    }

    /// Bars for the probability in each stretch of time, a line for it by its end.
    fn binding(&mut self, binding: &Binding) -> Result<Chart, XlsxError> {
        const NOT_REACHED: &str = "not reached";
        let colours = self.colours;
        let title = self.title(&binding.frame.title)?;
        let spans = binding.bars.iter();
        let names = spans.map(|bar| span_name(binding.bar_span, bar.start));
        let names: Vec<String> = names.chain([NOT_REACHED.to_owned()]).collect();
        let names = self.column("stretch", &names, |sheet, place, name| {
            text(sheet, place, name, Format::new())
        })?;
        let of = |value: fn(&BindingBar) -> f64| -> Vec<f64> {
            binding.bars.iter().map(value).collect()
        };
        let within = self.numbers("binds within", &of(|bar| bar.probability))?;
        let mut rest = vec![f64::NAN; binding.bars.len()];
        rest.push(binding.not_reached);
        let rest = self.numbers(NOT_REACHED, &rest)?;
        let by = of(|bar| bar.cumulative);
        let by = self.numbers("binds by the end (right axis)", &by)?;
        let mut bars = Chart::new(ChartType::Column);
        for (column, colour) in [(within, colours.bar), (rest, colours.neutral)] {
            let series = bars.add_series();
            series.set_name(column.name()).set_values(column.values());
            series
                .set_categories(names.values())
                .set_gap(30)
                .set_overlap(100);
            series.set_format(&mut filled(colour));
        }
        let mut line = Chart::new(ChartType::Line);
        let series = line.add_series();
        series.set_name(by.name()).set_values(by.values());
        series
            .set_categories(names.values())
            .set_secondary_axis(true);
        let mut style = ChartLine::new();
        style.set_color(rgb(colours.strong)).set_width(2.0);
        series.set_format(ChartFormat::new().set_line(&style));
        bars.combine(&line);
        self.dress(&mut bars, title, &[]);
        bars.y_axis().set_num_format("0%").set_min(0);
        bars.y2_axis().set_num_format("0%").set_min(0).set_max(1);
        self.column += 1;
        Ok(bars)
    }

    /// Size, title, quiet grid, legend below; the entries named stay out of it.
    fn dress(&self, chart: &mut Chart, title: Place, hidden: &[usize]) {
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
        grid.set_color(rgb(self.colours.grid)).set_width(0.75);
        chart.y_axis().set_major_gridlines_line(&grid);
        let mut axis = ChartLine::new();
        axis.set_color(rgb(self.colours.axis)).set_width(0.75);
        chart
            .x_axis()
            .set_format(ChartFormat::new().set_line(&axis));
    }
}

fn filled(colour: RGBColor) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(rgb(colour)));
    format
}

fn rgb(RGBColor(red, green, blue): RGBColor) -> Color {
    Color::RGB(u32::from_be_bytes([0, red, green, blue]))
}

/// How an axis calls a stretch of time by its first day.
fn span_name(step: Step, first: Date) -> String {
    match step {
        Step::Month => format!("{}-{:02}", first.year(), first.month()),
        Step::Quarter => format!("Q{} {}", (first.month() - 1) / 3 + 1, first.year()),
        Step::Year => first.year().to_string(),
    }
}
