//! Tables as Parquet: a file for each, each column with the type of its values.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::format::{TableFormat, Tabled};
use super::table::{Table, Value};
use crate::Error;
use crate::units::Date;

/// Lines kept before they are written.
const GROUP: usize = 1 << 16;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// Days.
    Date,
    /// Texts.
    Text,
}

/// The format.
pub struct Parquet;

impl TableFormat for Parquet {
    fn files(&self, of: &Tabled<'_>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let file = |table: &Table| {
            let kinds = (0..table.columns.len()).map(|at| Kind::of(table, at));
            let columns = table.columns.iter().cloned().zip(kinds).collect();
            let mut bytes = Vec::new();
            let mut written = ParquetTable::new(&mut bytes, table.name, columns)?;
            written.push(table.rows.clone())?;
            written.finish()?;
            Ok((format!("{}.parquet", table.name), bytes))
        };
        let files = of.tables.iter().map(file);
        let files: Result<_, ParquetError> = files.collect();
        files.map_err(|error| Error::Format {
            format: "Parquet file",
            reason: error.to_string(),
        })
    }
}

impl Kind {
    /// That of a table's column: texts, unless all its values are of another.
    fn of(table: &Table, column: usize) -> Self {
        let kind = |value: &Value| match value {
            Value::Count(_) | Value::Year(_) => Some(Self::Whole),
            Value::Number(_)
            | Value::Probability(_)
            | Value::Error(_)
            | Value::ProbabilityError(_) => Some(Self::Number),
            Value::Date(_) => Some(Self::Date),
            Value::Text(_) => Some(Self::Text),
            Value::Empty => None,
        };
        let kinds = || table.rows.iter().filter_map(|row| kind(&row[column]));
        let first = kinds().next().unwrap_or(Self::Number);
        match kinds().all(|kind| kind == first) {
            true => first,
            false => Self::Text,
        }
    }
}

/// A table on its way into a file.
pub struct ParquetTable<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    kinds: Vec<Kind>,
    /// The values of each column.
    columns: Vec<Vec<Value>>,
}

impl<W: Write + Send> ParquetTable<W> {
    /// A table without lines that has these columns.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(out: W, name: &str, columns: Vec<(String, Kind)>) -> Result<Self, ParquetError> {
        let fields: Result<Vec<TypePtr>, ParquetError> = columns
            .iter()
            .map(|(name, kind)| field(name, *kind).map(Arc::new))
            .collect();
        let schema = Type::group_type_builder(name).with_fields(fields?);
        let properties = WriterProperties::builder().set_created_by("capbind".to_owned());
        Ok(Self {
            writer: SerializedFileWriter::new(
                out,
                Arc::new(schema.build()?),
                Arc::new(properties.build()),
            )?,
            kinds: columns.iter().map(|(_, kind)| *kind).collect(),
            columns: vec![Vec::new(); columns.len()],
        })
    }

    /// Adds lines of the table.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn push(&mut self, rows: Vec<Vec<Value>>) -> Result<(), ParquetError> {
        for row in rows {
            for (column, value) in self.columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        if self.columns[0].len() >= GROUP {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is kept as one row group.
    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.columns[0].is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (kind, values) in self.kinds.iter().zip(&mut self.columns) {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            let levels = values.iter().map(|value| i16::from(*value != Value::Empty));
            let levels: Vec<i16> = levels.collect();
            match kind {
                Kind::Whole => {
                    let values: Vec<i64> = values.iter().filter_map(whole).collect();
                    let column = column.typed::<Int64Type>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
                Kind::Number => {
                    let values: Vec<f64> = values.iter().filter_map(number).collect();
                    let column = column.typed::<DoubleType>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
                Kind::Date => {
                    let days = values.iter().filter_map(number);
                    let values: Vec<i32> = days.map(|days| days as i32).collect();
                    let column = column.typed::<Int32Type>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
                Kind::Text => {
                    let texts = values.iter().filter(|value| **value != Value::Empty);
                    let texts = texts.map(|value| ByteArray::from(value.to_field().as_str()));
                    let values: Vec<ByteArray> = texts.collect();
                    let column = column.typed::<ByteArrayType>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
            }
            column.close()?;
            values.clear();
        }
        group.close()?;
        Ok(())
    }

    /// Writes the rest and the end of the file.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn finish(mut self) -> Result<(), ParquetError> {
        self.flush()?;
        self.writer.close().map(|_| ())
    }
}

fn field(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Whole => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Count(count) => i64::try_from(*count).ok(),
        Value::Year(year) => Some((*year).into()),
        _ => None,
    }
}

/// A number, or the days of a date since 1970.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Date(date) => {
            let epoch = Date::new(1970, 1, 1)?;
            Some(f64::from(date.days_since(epoch)))
        }
        other => other.number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn a_table_is_read_back_with_its_types() {
        let date = Date::new(2026, 1, 11).unwrap();
        let mut table = Table::new("t", &["case", "cap", "expiry", "name", "odd"], &[]);
        let cap = Value::Number(20.0);
        let none = || Value::Empty;
        table.push(
            vec![Value::Count(0), none(), none(), "=x".into(), date.into()],
            &[],
        );
        let odd = Value::Number(1.5);
        table.push(vec![Value::Count(1), cap, date.into(), none(), odd], &[]);
        let tabled = Tabled {
            stem: "a",
            title: "",
            text: "",
            tables: &[table],
            report: None,
        };
        let mut files = Parquet.files(&tabled).unwrap();
        let (name, bytes) = files.remove(0);
        assert_eq!(name, "t.parquet");
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
        let fields = rows.map(|row| -> Vec<Field> {
            let columns = row.get_column_iter();
            columns.map(|(_, field)| field.clone()).collect()
        });
        let text = |text: &str| Field::Str(text.to_owned());
        // 11 January 2026 in days since 1970; texts as they are: nothing of them is made
        // harmless for spreadsheets.
        let day = Field::Date(20_464);
        let rows: Vec<_> = fields.collect();
        let first = [
            Field::Long(0),
            Field::Null,
            Field::Null,
            text("=x"),
            text("2026-01-11"),
        ];
        let second = [
            Field::Long(1),
            Field::Double(20.0),
            day,
            Field::Null,
            text("1.5"),
        ];
        assert_eq!(rows, [first.to_vec(), second.to_vec()]);
    }
}
