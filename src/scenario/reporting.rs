//! `[report]`: what to report, and how charts are to look.

use std::ops::Range;

use super::checked::{Bounds, Checked};
use super::doubt::tidy;
use super::file;
use super::keys::MOST_PERCENTILES;
use super::placed::Spanned;
use super::reading::stands_in;
use super::{Covenant, Milestone, Past, ReportSettings};
use crate::scenario::{ChartOptions, LEAST_DPI, MOST_DPI, Size, Style, Theme};
use crate::units::{Month, Timeline, worded};

worded! {
    /// A calendar of [`Scenario::calendars`](super::Scenario::calendars), in its order.
    pub enum CalendarKind {
        /// Years from January to December
        Calendar = "calendar",
        /// Years that end when the books are closed
        Fiscal = "fiscal",
    }
}

const DEFAULT_PERCENTILES: [f64; 5] = [5.0, 25.0, 50.0, 75.0, 95.0];

/// What to report, and how charts are to look.
pub fn report(
    checked: &mut Checked<'_>,
    file: &file::Report,
    timeline: Option<&Timeline>,
) -> ReportSettings {
    let key = "report.percentiles";
    let percentiles = match &file.percentiles {
        Some(written) => {
            if let Some((span, message, label)) = bad_percentiles(written) {
                checked.refuse(span, key, message, label);
            }
            written.get_ref().iter().map(|p| *p.get_ref()).collect()
        }
        None => checked.filled(key, "[5, 25, 50, 75, 95]", DEFAULT_PERCENTILES.to_vec()),
    };
    let fiscal_year_ends = file.fiscal_year_ends.as_ref().map(|month| {
        checked
            .choice::<Month>("report.fiscal_year_ends", month)
            .number()
    });
    let milestones = file
        .milestone
        .iter()
        .map(|milestone| Milestone {
            date: checked.date("report.milestone.date", &milestone.date),
            label: checked.text("report.milestone.label", &milestone.label),
        })
        .collect();
    ReportSettings {
        percentiles,
        fiscal_year_ends,
        milestones,
        covenants: file
            .covenant
            .iter()
            .map(|entry| covenant(checked, entry, timeline))
            .collect(),
        style: style(checked, file),
        charts: charts(checked, file),
        history: file
            .history
            .iter()
            .map(|entry| past(checked, entry, timeline))
            .collect(),
    }
}

fn style(checked: &mut Checked<'_>, file: &file::Report) -> Style {
    let default = Style::default();
    let (theme, size) = (file.theme.as_ref(), file.size.as_ref());
    let (least, most) = (i64::from(LEAST_DPI), i64::from(MOST_DPI));
    let dpi = file.dpi.as_ref();
    let dpi = dpi.map(|written| checked.whole("report.dpi", written, least, most));
    Style {
        theme: theme.map_or(default.theme, |word| {
            checked.choice::<Theme>("report.theme", word)
        }),
        size: size.map_or(default.size, |word| {
            checked.choice::<Size>("report.size", word)
        }),
        dpi: dpi
            .and_then(|dpi| u32::try_from(dpi).ok())
            .unwrap_or(default.dpi),
    }
}

fn charts(checked: &mut Checked<'_>, file: &file::Report) -> ChartOptions {
    let names = file.charts.as_ref();
    let names = names.map_or(&[][..], |names| names.get_ref().as_slice());
    let mut text = |key: &str, written: &Option<Spanned<String>>| {
        written.as_ref().map(|written| checked.text(key, written))
    };
    ChartOptions {
        title: text("report.chart_title", &file.chart_title),
        subtitle: text("report.chart_subtitle", &file.chart_subtitle),
        only: names
            .iter()
            .map(|name| checked.text("report.charts", name))
            .collect(),
        data: file.chart_data.as_ref().is_some_and(|data| *data.get_ref()),
    }
}

/// An amount that is to have been paid by a day of the timeline.
fn covenant(
    checked: &mut Checked<'_>,
    entry: &file::Covenant,
    timeline: Option<&Timeline>,
) -> Covenant {
    const BY: &str = "report.covenant.by";
    let by = checked.date(BY, &entry.by);
    let paid = checked.number("report.covenant.paid", &entry.paid, Bounds::POSITIVE);
    let outside = timeline.filter(|timeline| by < timeline.start());
    if let Some(timeline) = outside.filter(|_| !stands_in(&entry.by.span())) {
        let message = format!("`{BY}` lies before the timeline");
        let label = format!("the timeline starts on {}", timeline.start());
        checked.refuse(entry.by.span(), BY, message, label);
    }
    Covenant { by, paid }
}

/// One stretch of the history, which ends before the timeline starts.
fn past(checked: &mut Checked<'_>, entry: &file::Observed, timeline: Option<&Timeline>) -> Past {
    const END: &str = "report.history.end";
    let first_day = checked.date("report.history.start", &entry.start);
    let last_day = checked.date(END, &entry.end);
    let revenue = checked.number("report.history.revenue", &entry.revenue, Bounds::AMOUNT);
    let end = entry.end.span();
    let is_missing = stands_in(&end) || stands_in(&entry.start.span());
    if is_missing {
        // Said already.
    } else if last_day < first_day {
        let message = format!("`{END}` lies before the entry's start");
        checked.refuse(end, END, message, format!("it starts on {first_day}"));
    } else if let Some(timeline) = timeline.filter(|timeline| last_day >= timeline.start()) {
        let message = format!("`{END}` lies within the timeline");
        let label = format!("the timeline starts on {}", timeline.start());
        let hint = "history is what was before; what is known of the timeline itself goes into \
                    revenue.forecast.observed";
        checked.refuse_with(end, END, message, label, hint.to_owned());
    }
    Past {
        first_day,
        last_day,
        revenue,
    }
}

/// The first thing wrong with a list of percentiles: where, what, and what is
/// marked.
fn bad_percentiles(written: &Spanned<Vec<Spanned<f64>>>) -> Option<(Range<usize>, String, String)> {
    let list = written.get_ref();
    let count = list.len();
    if count == 0 || count > MOST_PERCENTILES {
        let message = "`report.percentiles` holds none, or too many".to_owned();
        return Some((
            written.span(),
            message,
            format!("this is a list of {count}"),
        ));
    }
    let inside = |p: f64| 0.0 < p && p < 100.0;
    if let Some(p) = list.iter().find(|p| !inside(*p.get_ref())) {
        let message = "each item of `report.percentiles` must lie between 0 and 100".to_owned();
        let label = "0 and 100 themselves are no percentiles".to_owned();
        return Some((p.span(), message, label));
    }
    let mut pairs = list.windows(2);
    if let Some(pair) = pairs.find(|pair| pair[0].get_ref() >= pair[1].get_ref()) {
        let message = "`report.percentiles` must ascend".to_owned();
        let label = format!("this is not more than {}", pair[0].get_ref());
        return Some((pair[1].span(), message, label));
    }
    // One alone may be meant.
    let are_fractions = count > 1 && list.iter().all(|p| *p.get_ref() < 1.0);
    are_fractions.then(|| {
        let percent = |p: &Spanned<f64>| tidy(100.0 * p.get_ref()).to_string();
        let meant: Vec<String> = list.iter().map(percent).collect();
        let message = "`report.percentiles` are fractions".to_owned();
        let label = format!("probably meant: [{}]", meant.join(", "));
        (written.span(), message, label)
    })
}
