//! The formats that tables are written in: CSV, which is always there, and those beside it.

use serde::{Deserialize, Serialize};

use super::Report;
use super::table::Table;
use crate::Error;
use crate::units::worded;

/// Tables on their way into files, and what stands around them.
pub struct Tabled<'a> {
    /// What a file of all tables is named after.
    pub stem: &'a str,
    /// What they are of.
    pub title: &'a str,
    /// What a terminal shows of them; of a run, the report says it.
    pub text: &'a str,
    /// The tables.
    pub tables: &'a [Table],
    /// The run that they are of, if it is one.
    pub report: Option<&'a Report<'a>>,
}

/// A format of tables: one file of the source each.
pub trait TableFormat: Sync {
    /// Its files, by name.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] where this build cannot, and what keeps a file from being made.
    fn files(&self, of: &Tabled<'_>) -> Result<Vec<(String, Vec<u8>)>, Error>;
}

#[cfg(feature = "workbook")]
const XLSX: &dyn TableFormat = &super::workbook::Xlsx;
#[cfg(not(feature = "workbook"))]
const XLSX: &dyn TableFormat = &NotBuilt(Format::Xlsx);
#[cfg(feature = "parquet")]
const PARQUET: &dyn TableFormat = &super::parquet::Parquet;
#[cfg(not(feature = "parquet"))]
const PARQUET: &dyn TableFormat = &NotBuilt(Format::Parquet);

/// A format that this build does not write.
#[cfg(not(all(feature = "workbook", feature = "parquet")))]
struct NotBuilt(Format);

#[cfg(not(all(feature = "workbook", feature = "parquet")))]
impl TableFormat for NotBuilt {
    fn files(&self, _: &Tabled<'_>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.0.built().map(|()| Vec::new())
    }
}

worded! {
    /// A format of tables beside CSV.
    #[derive(PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[non_exhaustive]
    pub enum Format {
        /// A workbook for spreadsheet programs
        Xlsx = "xlsx",
        /// A file for each table, each column with the type of its values
        Parquet = "parquet",
    }
}

impl Format {
    /// Each of several, once.
    pub fn once(all: &[Self]) -> Vec<Self> {
        let known = Self::ALL.into_iter();
        known.filter(|format| all.contains(format)).collect()
    }

    /// Refuses it where this build does not write it.
    ///
    /// # Errors
    /// [`Error::NotBuilt`]
    pub fn built(self) -> Result<(), Error> {
        let (is_built, what, feature) = match self {
            Self::Xlsx => (cfg!(feature = "workbook"), "workbook", "workbook"),
            Self::Parquet => (cfg!(feature = "parquet"), "Parquet", "parquet"),
        };
        match is_built {
            true => Ok(()),
            false => Err(Error::NotBuilt { what, feature }),
        }
    }

    /// How it is written.
    pub fn writer(self) -> &'static dyn TableFormat {
        match self {
            Self::Xlsx => XLSX,
            Self::Parquet => PARQUET,
        }
    }
}
