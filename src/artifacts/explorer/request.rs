//! What can be asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::scenario::{Size, Theme};
use crate::units::Worded as _;

/// A request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Takes a scenario: what there is to change in it, and what it is of.
    Open {
        /// What errors call it.
        name: String,
        /// Its text.
        text: String,
        /// Texts of the files that it names.
        #[serde(default)]
        files: BTreeMap<String, String>,
    },
    /// The controls as they are after some changes `key=value`.
    Controls {
        /// The changes.
        overrides: Vec<String>,
    },
    /// The clauses of each agreement that a page can switch on and off.
    Switches,
    /// Simulates: answer, key figures, charts, and how it differs from other cases.
    Show {
        /// The changes.
        overrides: Vec<String>,
        /// Points in each replicate: a power of two, 16 or more.
        points: u64,
        /// Cases to compare with.
        #[serde(default)]
        pins: Vec<Pin>,
        /// How charts are drawn.
        draw: Draw,
        /// Replicates, where they are not those of the scenario: fewer for a quick look.
        #[serde(default)]
        replicates: Option<u32>,
        /// The charts wanted, by name; all where it is left out.
        #[serde(default)]
        charts: Option<Vec<String>>,
        /// Whether the numbers behind the charts and every summary figure are wanted, too.
        #[serde(default)]
        full: bool,
    },
    /// The probability that the cap binds from one day to another, of what was shown last.
    Dates {
        /// Position of the agreement.
        agreement: usize,
        /// First day, as ISO 8601.
        from: String,
        /// Last day.
        to: String,
    },
    /// The probability that the total paid lies between two amounts, of what was shown last.
    Amounts {
        /// Position of the agreement.
        agreement: usize,
        /// Lower end.
        from: f64,
        /// Upper end.
        to: f64,
    },
    /// A chart of what was shown last as a file of its own: SVG text, or PNG as bytes.
    Picture {
        /// Its name.
        chart: String,
        /// `svg` or `png`.
        kind: String,
        /// How it is drawn.
        draw: Draw,
    },
    /// The scenario with the changes in it, and the command that gives the same numbers.
    Export {
        /// The changes.
        overrides: Vec<String>,
    },
    /// Every file that `capbind run` would write but charts and page, and the summary as
    /// `capbind run --json` prints it.
    Run {
        /// The changes.
        overrides: Vec<String>,
    },
}

/// A case to compare with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// What charts call it.
    pub label: String,
    /// Its changes.
    pub overrides: Vec<String>,
}

/// How charts are drawn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// `light` or `dark`.
    pub theme: String,
    /// `slide`, `page` or `column`.
    pub size: String,
}

impl Draw {
    /// The theme; light where there is no such one.
    pub fn theme(&self) -> Theme {
        Theme::of(&self.theme).unwrap_or(Theme::Light)
    }

    /// The size; that of a page where there is no such one.
    pub fn size(&self) -> Size {
        Size::of(&self.size).unwrap_or(Size::Page)
    }
}
