//! How charts look where no scenario says it.

use serde::{Deserialize, Serialize};

use super::within;
use crate::scenario::{ChartOptions, LEAST_DPI, MOST_DPI, Size, Style, Theme};
use crate::study::StudyError;
use crate::units::by_word;

/// How charts look; what is not said is as it is by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Their ground.
    #[serde(default, with = "by_word::option")]
    pub theme: Option<Theme>,
    /// What they are for, which decides their width and type.
    #[serde(default, with = "by_word::option")]
    pub size: Option<Size>,
    /// Pixels of PNG charts per inch.
    pub dpi: Option<u32>,
    /// The charts drawn, by their file names without extension; all where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chart_names: Vec<String>,
    /// A title in the place of the chart's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A subtitle in the place of the chart's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// Whether the numbers behind each chart are written too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chart_data: bool,
}

impl Looks {
    /// Which charts are drawn, and with what words.
    pub fn chart_options(&self) -> ChartOptions {
        ChartOptions {
            only: self.chart_names.clone(),
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            data: self.chart_data,
        }
    }

    /// As a style.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn style(&self) -> Result<Style, StudyError> {
        let Style { theme, size, dpi } = Style::default();
        Ok(Style {
            theme: self.theme.unwrap_or(theme),
            size: self.size.unwrap_or(size),
            dpi: match self.dpi {
                Some(asked) => within("--dpi", asked, &(LEAST_DPI..=MOST_DPI))?,
                None => dpi,
            },
        })
    }
}
