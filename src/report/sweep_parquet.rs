//! The table of a sweep's cases as Parquet, each column with the type of its values.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::table::Value;
use crate::study::{Cases, position};
use crate::units::Date;

/// Lines kept before they are written.
const GROUP: usize = 1 << 16;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Number,
    Date,
    Text,
}

/// A table on its way into a file.
pub struct SweepParquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    kinds: Vec<Kind>,
    /// The values of each column.
    columns: Vec<Vec<Value>>,
}

impl<W: Write + Send> SweepParquet<W> {
    /// An empty table for the cases of a sweep.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(out: W, cases: &Cases) -> Result<Self, ParquetError> {
        let mut columns = vec![("case".to_owned(), Kind::Whole)];
        let keys = cases.keys().iter().enumerate();
        columns.extend(keys.map(|(i, key)| (key.clone(), kind_of(cases, i))));
        for (name, kind) in [
            ("agreement", Kind::Text),
            ("quantity", Kind::Text),
            ("unit", Kind::Text),
            ("mean", Kind::Number),
            ("std_error", Kind::Number),
            ("difference", Kind::Number),
            ("difference_std_error", Kind::Number),
            ("date", Kind::Date),
            ("estimator", Kind::Text),
        ] {
            columns.push((name.to_owned(), kind));
        }
        let fields: Result<Vec<TypePtr>, ParquetError> = columns
            .iter()
            .map(|(name, kind)| field(name, *kind).map(Arc::new))
            .collect();
        let schema = Type::group_type_builder("sweep").with_fields(fields?);
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
        _ => None,
    }
}

/// A number, or the days of a date since 1970; of a key's value, what it is written as.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Text(text) => position(text),
        Value::Date(date) => position(&date.to_string()),
        other => other.number(),
    }
}

/// A key's column: numbers or dates where all its values are, else texts.
fn kind_of(cases: &Cases, key: usize) -> Kind {
    let values = || (1..=cases.len()).map(|case| cases.values(case)[key]);
    let filled = || values().filter(|value| !value.is_empty());
    if filled().all(|value| Date::parse(value).is_some()) {
        Kind::Date
    } else if filled().all(|value| Date::parse(value).is_none() && position(value).is_some()) {
        Kind::Number
    } else {
        Kind::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Axis;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn a_table_is_read_back_with_its_types() {
        let axes = [
            "agreement.cap=20,30",
            "agreement.expiry=2028-12-31:2029-12-31:1y",
        ]
        .map(|text| Axis::parse(text).unwrap());
        let cases = Cases::grid(&axes).unwrap();
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("sweep.parquet");
        let mut table = SweepParquet::new(std::fs::File::create(&path).unwrap(), &cases).unwrap();
        let none = Value::Empty;
        let row = |case, keys: [Value; 2], rest: [Value; 5]| {
            let [mean, error, difference, its_error, date] = rest;
            let [cap, expiry] = keys;
            let (quantity, unit) = ("total_paid".into(), "USD".into());
            vec![
                Value::Count(case),
                cap,
                expiry,
                "=x".into(),
                quantity,
                unit,
                mean,
                error,
                difference,
                its_error,
                date,
            ]
        };
        let (one, two) = (Value::Number(37.5), Value::Number(0.01));
        let first = row(
            0,
            [none.clone(), none.clone()],
            [
                one,
                two,
                Value::Number(0.0),
                Value::Number(0.0),
                none.clone(),
            ],
        );
        let date = Date::new(2026, 1, 11);
        let second = row(
            1,
            ["20".into(), "2028-12-31".into()],
            [
                Value::Number(10.0),
                Value::Number(1.0),
                none.clone(),
                none,
                date.into(),
            ],
        );
        table.push(vec![first, second]).unwrap();
        table.finish().unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let rows: Vec<_> = reader
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let fields = |i: usize| -> Vec<Field> {
            let columns = rows[i].get_column_iter();
            columns.map(|(_, field)| field.clone()).collect()
        };
        assert_eq!(rows.len(), 2);
        assert_eq!(fields(0)[..3], [Field::Long(0), Field::Null, Field::Null]);
        // As it is called: nothing of it is made harmless for spreadsheets.
        assert_eq!(fields(0)[3], Field::Str("=x".to_owned()));
        assert_eq!(fields(0)[6], Field::Double(37.5));
        assert_eq!(fields(1)[1], Field::Double(20.0));
        assert_eq!(fields(1)[8], Field::Null);
        // 11 January 2026 in days since 1970.
        assert_eq!(fields(1)[10], Field::Date(20_464));
    }
}
