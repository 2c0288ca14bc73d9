//! The formats that tables are written in beside CSV, which is always there.

use serde::{Deserialize, Serialize};

use super::workbook::{study_workbook, workbook};
use super::{Report, Table};
use crate::Error;

/// A format of a run's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// A workbook, with charts to edit: feature `workbook`.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Xlsx];

    /// Its word on the command line and in a manifest.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
        }
    }

    /// What it is for.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Xlsx => "A workbook for spreadsheet programs",
        }
    }

    /// The name of its file, after the scenario's.
    pub fn file(self, stem: &str) -> String {
        match self {
            Self::Xlsx => format!("{stem}.xlsx"),
        }
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] where this build cannot, and what keeps the file from being
    /// made.
    pub fn bytes(self, report: &Report<'_>, tables: &[Table]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Xlsx => workbook(report, tables),
        }
    }

    /// The bytes of the file of a study: its title, its text for a terminal, its tables.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn study_bytes(self, title: &str, text: &str, tables: &[Table]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Xlsx => study_workbook(title, text, tables),
        }
    }
}
