//! How a table is written that was saved or pasted from a spreadsheet: what parts its
//! cells, what its numbers and dates look like. The one reader of all tables.

use csv::{ReaderBuilder, StringRecord};

use crate::units::{Date, Month};

/// Signs and codes of currencies that may stand before or after an amount.
const CURRENCIES: [&str; 8] = ["$", "€", "£", "¥", "USD", "EUR", "GBP", "CHF"];

/// The way in which one table is written, seen from all its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What parts its cells: comma, semicolon or tab.
    pub delimiter: u8,
    /// Whether its numbers have a decimal comma; `None` where none of them says so.
    decimal_comma: Option<bool>,
    /// Whether the day stands before the month in `01/02/2025`; `None` where nothing says.
    day_first: Option<bool>,
}

impl Dialect {
    /// That of a text.
    pub fn of(text: &str) -> Self {
        let head = text
            .lines()
            .find(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let delimiter = delimiter(head.unwrap_or_default());
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut own = Self {
            delimiter,
            decimal_comma: None,
            day_first: None,
        };
        for record in reader.records().map_while(Result::ok) {
            for cell in &record {
                own.decimal_comma = evidence(cell).or(own.decimal_comma);
                own.day_first = day_first(cell).or(own.day_first);
            }
        }
        own
    }

    /// A number as a spreadsheet shows it: `1234.5`, `1,234.5`, `1.234,5`, `$1,234`; `None`
    /// where it is none, or where it could be two.
    pub fn number(self, text: &str) -> Option<f64> {
        if self.could_be_two(text) {
            return None;
        }
        let bare = bare(text);
        // Who parts cells with semicolons does so since commas are in the numbers.
        let has_decimal_commas = self.decimal_comma.unwrap_or(self.delimiter == b';');
        if let Ok(value) = text.parse::<f64>()
            && !(has_decimal_commas && is_grouped(text, '.'))
        {
            return Some(value);
        }
        let (point, group) = match has_decimal_commas {
            true => (',', '.'),
            false => ('.', ','),
        };
        let (whole, part) = bare.split_once(point).unwrap_or((&bare, ""));
        if whole.contains(group) && !is_grouped(whole, group) || part.contains([',', '.']) {
            return None;
        }
        let plain = match part {
            "" => whole.replace(group, ""),
            part => format!("{}.{part}", whole.replace(group, "")),
        };
        let is_number = plain.contains(|c: char| c.is_ascii_digit());
        plain.parse().ok().filter(|_| is_number)
    }

    /// Whether a number may be a whole one with its thousands grouped as well as one with a
    /// fraction, and nothing in the table says which.
    pub fn could_be_two(self, text: &str) -> bool {
        // In quotes among commas it cannot be decimal, or it would need no quotes in a file
        // made by any spreadsheet of that habit. A point is what TOML has, but between
        // semicolons.
        let marks: &[char] = match self.delimiter {
            b',' => &[],
            b';' => &[',', '.'],
            _ => &[','],
        };
        let bare = bare(text);
        let is_open = |mark: &char| is_grouped(&bare, *mark) && bare.matches(*mark).count() == 1;
        self.decimal_comma.is_none() && marks.iter().any(is_open)
    }

    /// A day: `2025-01-31`, `31/01/2025`, `31.01.2025`, `Jan-25`, `2025-01`, `2025`; of a
    /// month or a year its first or, where `last`, its last. `None` where it is none, or
    /// could be two.
    pub fn day(self, text: &str, last: bool) -> Option<Date> {
        let text = text.trim();
        if let Some(date) = Date::parse(text) {
            return Some(date);
        }
        let month = |year: i16, month: i8| {
            let first = Date::new(year, month, 1)?;
            Some(if last { first.last_of_month() } else { first })
        };
        let parts: Vec<&str> = text
            .split(['-', '/', '.', ' '])
            .filter(|p| !p.is_empty())
            .collect();
        match parts.as_slice() {
            [y] if y.len() == 4 => match last {
                false => Date::new(y.parse().ok()?, 1, 1),
                true => Date::new(y.parse().ok()?, 12, 31),
            },
            [y, m] if y.len() == 4 => month(y.parse().ok()?, named(m).or_else(|| m.parse().ok())?),
            [m, y] => month(year(y)?, named(m).or_else(|| m.parse().ok())?),
            [y, m, d] if y.len() == 4 => {
                Date::new(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?)
            }
            [d, m, y] if named(m).is_some() => Date::new(year(y)?, named(m)?, d.parse().ok()?),
            [a, b, y] => {
                let (a, b): (i8, i8) = (a.parse().ok()?, b.parse().ok()?);
                let day_first = match text.contains('.') {
                    true => Some(true),
                    false => self.day_first.or_else(|| (a == b).then_some(true)),
                };
                match day_first? {
                    true => Date::new(year(y)?, b, a),
                    false => Date::new(year(y)?, a, b),
                }
            }
            _ => None,
        }
    }

    /// What to try with a cell that is not read as a number or a date, where something
    /// better than the usual can be said.
    pub fn advice(self, text: &str) -> Option<String> {
        let text = text.trim();
        if let Some(digits) = text.strip_suffix('%') {
            let value: f64 = digits.trim().parse().ok()?;
            // The digits that are written, rather than those of a binary fraction.
            return Some(format!(
                "write {text} as {}",
                (value / 100.0 * 1e12).round() / 1e12
            ));
        }
        let bare = without_currency(text);
        if self.could_be_two(text) {
            let (whole, point) = (bare.replace([',', '.'], ""), bare.replace(',', "."));
            return Some(format!(
                "{bare} may be {whole} or {point}: write it as one of them"
            ));
        }
        let parts: Vec<&str> = text.split('/').collect();
        if let [a, b, y] = parts.as_slice() {
            let (a, b): (i8, i8) = (a.parse().ok()?, b.parse().ok()?);
            let [one, other] = [Date::new(year(y)?, b, a)?, Date::new(year(y)?, a, b)?];
            return Some(format!(
                "{text} may be {one} or {other}: write it as one of them"
            ));
        }
        match bare.split_once(',') {
            Some((whole, part)) if part.bytes().all(|b| b.is_ascii_digit()) => Some(format!(
                "write {whole}.{part}, or part the cells with semicolons where commas are decimal"
            )),
            _ => None,
        }
    }
}

/// A record without the empty cells at its end that are beyond `columns`.
pub fn trimmed(record: &StringRecord, columns: usize) -> StringRecord {
    let used = (0..record.len()).rfind(|&at| !record[at].trim().is_empty());
    let keep = used
        .map_or(0, |last| last + 1)
        .max(columns.min(record.len()));
    record.iter().take(keep).collect()
}

/// A column's name as it is compared: small letters, `_` for blanks.
pub fn head(text: &str) -> String {
    text.trim().to_lowercase().replace(' ', "_")
}

/// What parts the cells of a header.
fn delimiter(head: &str) -> u8 {
    let mut quoted = false;
    let mut seen = [0_usize; 3];
    for c in head.chars() {
        match c {
            '"' => quoted = !quoted,
            '\t' if !quoted => seen[0] += 1,
            ';' if !quoted => seen[1] += 1,
            ',' if !quoted => seen[2] += 1,
            _ => {}
        }
    }
    match seen {
        [tabs, ..] if tabs > 0 => b'\t',
        [_, semicolons, commas] if semicolons > commas => b';',
        _ => b',',
    }
}

/// What a cell says of the decimal comma, if anything.
fn evidence(cell: &str) -> Option<bool> {
    let text = without_currency(cell.trim());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (comma, point) = (text.rfind(','), text.rfind('.'));
    let marks = |c: char| c == ',' || c == '.' || is_space(c) || c == '-';
    if !digits(&text.replace(marks, "")) {
        return None;
    }
    match (comma, point) {
        (Some(comma), Some(point)) => Some(comma > point),
        (Some(comma), None) if text.matches(',').count() == 1 => {
            (text.len() - comma - 1 != 3).then_some(true)
        }
        (Some(_), None) => Some(false),
        (None, Some(point)) if text.matches('.').count() == 1 => {
            (text.len() - point - 1 != 3).then_some(false)
        }
        _ => None,
    }
}

/// What a cell such as `31/01/2025` says of the order of day and month.
fn day_first(cell: &str) -> Option<bool> {
    let mut parts = cell.trim().split(['/', '-']);
    let (a, b): (u8, u8) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    year(parts.next()?)?;
    match (a > 12, b > 12) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// `1,234`, `12,345,678`: digits in groups of three.
fn is_grouped(text: &str, mark: char) -> bool {
    let mut groups = text.trim_start_matches('-').split(mark);
    let first = groups.next().unwrap_or_default();
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    let is_first = (1..=3).contains(&first.len()) && digits(first) && first != "0";
    is_first && !rest.is_empty() && rest.iter().all(|group| group.len() == 3 && digits(group))
}

fn without_currency(text: &str) -> &str {
    for sign in CURRENCIES {
        let inner = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
        if let Some(inner) = inner {
            return inner.trim();
        }
    }
    text
}

/// The digits and marks of a number, without its currency and blanks.
fn bare(text: &str) -> String {
    let bare = without_currency(text.trim()).chars();
    bare.filter(|c| !is_space(*c)).collect()
}

/// Blanks that spreadsheets group thousands with.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'')
}

/// A month by the first three letters of its name.
fn named(text: &str) -> Option<i8> {
    let text = text.to_lowercase();
    let mut months = Month::ALL.into_iter();
    let found = months.find(|month| text.starts_with(&month.word()[..3]));
    found.map(Month::number)
}

/// `2025`, `25`, `'25`.
fn year(text: &str) -> Option<i16> {
    let digits = text.trim().trim_start_matches('\'');
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(year),
        2 => Some(year + 2000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parts_the_cells_is_seen() {
        for (head, wanted) in [
            ("a,b,c", b','),
            ("a;b;c", b';'),
            ("a\tb, in USD\tc", b'\t'),
            ("\"a;b\",c", b','),
            ("a", b','),
        ] {
            assert_eq!(Dialect::of(head).delimiter, wanted, "{head}");
        }
    }

    #[test]
    fn numbers_are_read_where_they_can_be_one_only() {
        let number = |table: &str, text: &str| Dialect::of(table).number(text);
        let plain = "a,b\n1.5,2\n";
        for (text, wanted) in [
            ("1234.5", 1234.5),
            ("1,234.5", 1234.5),
            ("$1,234", 1234.0),
            ("1,234,567", 1_234_567.0),
            ("€ 13", 13.0),
            ("-2", -2.0),
            ("1e6", 1e6),
        ] {
            assert_eq!(number(plain, text), Some(wanted), "{text}");
        }
        for text in ["", "x", "1,23", "12,34,567", "1.5.2", "$", "5%"] {
            assert_eq!(number(plain, text), None, "{text}");
        }
        // Thousands of one habit are fractions of the other.
        assert_eq!(number("a;b\n1.234;1\n", "1.234"), None);
        assert_eq!(number("a;b\n1.234;1.5\n", "1.234"), Some(1.234));
        assert_eq!(number("a;b\n1,234;1\n", "1,234"), None);
        assert_eq!(number("a;b\n€ 1.234;1\n", "€ 1.234"), None);
        assert_eq!(number("a;b\n1.234.567;1\n", "1.234.567"), Some(1_234_567.0));
        let german = "a;b\n1.234,5;2\n";
        for (text, wanted) in [
            ("1.234,5", 1234.5),
            ("0,15", 0.15),
            ("1.234", 1234.0),
            ("7", 7.0),
        ] {
            assert_eq!(number(german, text), Some(wanted), "{text}");
        }
        // Between tabs, thousands of one habit are fractions of the other.
        assert_eq!(number("a\tb\n1,234\t1\n", "1,234"), None);
        assert_eq!(number("a\tb\n1,234\t1.5\n", "1,234"), Some(1234.0));
        assert_eq!(number("a\tb\n1,234\t1,5\n", "1,234"), Some(1.234));
        let advice = Dialect::of("a\tb\n1,234\t1\n").advice("1,234").unwrap();
        assert_eq!(
            advice,
            "1,234 may be 1234 or 1.234: write it as one of them"
        );
        assert_eq!(
            Dialect::of(plain).advice("7 %").unwrap(),
            "write 7 % as 0.07"
        );
    }

    #[test]
    fn dates_are_read_as_spreadsheets_show_them() {
        let table = "date,value\n31/01/2025,1\n01/02/2025,2\n";
        let day = |text: &str, last| {
            Dialect::of(table)
                .day(text, last)
                .map(|day| day.to_string())
        };
        for (text, first, last) in [
            ("2025-01-31", "2025-01-31", "2025-01-31"),
            ("2025-02", "2025-02-01", "2025-02-28"),
            ("Jan-25", "2025-01-01", "2025-01-31"),
            ("March 2025", "2025-03-01", "2025-03-31"),
            ("2025", "2025-01-01", "2025-12-31"),
            ("01/02/2025", "2025-02-01", "2025-02-01"),
            ("31.01.2025", "2025-01-31", "2025-01-31"),
            ("3 Feb 2025", "2025-02-03", "2025-02-03"),
        ] {
            assert_eq!(day(text, false).as_deref(), Some(first), "{text}");
            assert_eq!(day(text, true).as_deref(), Some(last), "{text}");
        }
        for text in ["", "soon", "32/01/2025", "2025-13", "1"] {
            assert_eq!(day(text, false), None, "{text}");
        }
        let open = Dialect::of("date\n01/02/2025\n");
        assert_eq!(open.day("01/02/2025", false), None);
        let advice = open.advice("01/02/2025").unwrap();
        assert_eq!(
            advice,
            "01/02/2025 may be 2025-02-01 or 2025-01-02: write it as one of them"
        );
        let american = Dialect::of("date\n01/31/2025\n01/02/2025\n");
        assert_eq!(american.day("01/02/2025", false), Date::new(2025, 1, 2));
    }
}
