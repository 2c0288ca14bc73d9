//! The table of a sweep's cases as Parquet: the lines of `sweep.csv` with columns
//! of their own types.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

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
    /// The fields of each column.
    columns: Vec<Vec<String>>,
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

    /// Adds lines of `sweep.csv`, without a header.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn push(&mut self, lines: &[u8]) -> Result<(), ParquetError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(lines);
        for record in reader.records() {
            let record = record.map_err(|error| ParquetError::External(Box::new(error)))?;
            for (column, value) in self.columns.iter_mut().zip(&record) {
                column.push(value.to_owned());
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
        for (kind, fields) in self.kinds.iter().zip(&mut self.columns) {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            let levels: Vec<i16> = fields.iter().map(|f| i16::from(!f.is_empty())).collect();
            let filled = fields.iter().filter(|field| !field.is_empty());
            match kind {
                Kind::Whole => {
                    let values: Vec<i64> = filled.filter_map(|f| f.parse().ok()).collect();
                    let column = column.typed::<Int64Type>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
                Kind::Number => {
                    let values: Vec<f64> = filled.filter_map(|f| position(f)).collect();
                    let column = column.typed::<DoubleType>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
                Kind::Date => {
                    let days = filled.filter_map(|f| position(f)).map(|days| days as i32);
                    let values: Vec<i32> = days.collect();
                    let column = column.typed::<Int32Type>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
                Kind::Text => {
                    let texts = filled.map(|f| ByteArray::from(f.as_str()));
                    let values: Vec<ByteArray> = texts.collect();
                    let column = column.typed::<ByteArrayType>();
                    column.write_batch(&values, Some(&levels), None)?;
                }
            }
            column.close()?;
            fields.clear();
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
        table
            .push(b"0,,,A,total_paid,USD,37.5,0.01,0,0,\n")
            .unwrap();
        table
            .push(b"1,20,2028-12-31,A,binding_date_p50,days,10,1,,,2026-01-11\n")
            .unwrap();
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
        assert_eq!(fields(0)[6], Field::Double(37.5));
        assert_eq!(fields(1)[1], Field::Double(20.0));
        assert_eq!(fields(1)[8], Field::Null);
        // 11 January 2026 in days since 1970.
        assert_eq!(fields(1)[10], Field::Date(20_464));
    }
}
