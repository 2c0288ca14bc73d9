//! How amounts of money are written: `$38 bn`, `€1.65 m`, `CHF 250`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Worded, worded};

/// A currency and the unit amounts are given in, as they are printed.
///
/// Amounts themselves are plain `f64` in this unit: `38.0` with currency `USD`
/// and unit `billion` is `$38 bn`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money {
    currency: String,
    unit: Unit,
}

worded! {
    /// The size of one unit of an amount.
    pub enum Unit {
        /// Single currency units.
        One = "one",
        /// Thousands.
        Thousand = "thousand",
        /// Millions.
        Million = "million",
        /// Billions (10⁹).
        Billion = "billion",
        /// Trillions (10¹²).
        Trillion = "trillion",
    }
}

impl Unit {
    /// Whole amounts of the currency in one unit.
    fn wholes(self) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Thousand => 1e3,
            Self::Million => 1e6,
            Self::Billion => 1e9,
            Self::Trillion => 1e12,
        }
    }

    /// The next larger unit (1) or the next smaller one (-1).
    fn neighbour(self, by: isize) -> Option<Self> {
        let at = (self as usize).checked_add_signed(by)?;
        Self::ALL.get(at).copied()
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::One => "",
            Self::Thousand => "k",
            Self::Million => "m",
            Self::Billion => "bn",
            Self::Trillion => "tn",
        }
    }
}

worded! {
    /// What payments are rounded to.
    pub enum Rounding {
        /// A hundredth of the currency.
        Cent = "cent",
        /// The smallest amount of the currency.
        MinorUnit = "minor-unit",
        /// A whole amount of the currency.
        Unit = "unit",
        /// Nothing.
        None = "none",
    }
}

impl FromStr for Money {
    type Err = String;

    /// Reads `USD billion`, or `USD`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (currency, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), "one"));
        let money = Unit::of(unit.trim()).and_then(|unit| Self::new(currency, unit));
        money.ok_or_else(|| {
            let units = Unit::words().join(", ");
            format!("write a currency code and one of {units}, such as \"USD billion\"")
        })
    }
}

impl TryFrom<String> for Money {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        format!("{} {}", money.currency, money.unit.word())
    }
}

/// Currencies without a smaller unit, and those of which it is a thousandth
/// (ISO 4217, list one); of all others it is a hundredth.
const WITHOUT_MINOR: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const OF_THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

impl Money {
    /// The amounts that payments are rounded to, in one unit of money; none where they are
    /// not.
    ///
    /// ```
    /// use capbind_engine::units::{Money, Rounding, Unit};
    ///
    /// let yen = Money::new("JPY", Unit::Thousand).unwrap();
    /// assert_eq!(yen.parts(Rounding::MinorUnit), Some(1e3));
    /// assert_eq!(yen.parts(Rounding::Cent), Some(1e5));
    /// let dinar = Money::new("KWD", Unit::One).unwrap();
    /// assert_eq!(dinar.parts(Rounding::MinorUnit), Some(1e3));
    /// assert_eq!(dinar.parts(Rounding::Unit), Some(1.0));
    /// ```
    pub fn parts(&self, rounding: Rounding) -> Option<f64> {
        let parts = match rounding {
            Rounding::Cent => 1e2,
            Rounding::Unit => 1.0,
            Rounding::MinorUnit if WITHOUT_MINOR.contains(&self.currency) => 1.0,
            Rounding::MinorUnit if OF_THOUSANDTHS.contains(&self.currency) => 1e3,
            Rounding::MinorUnit => 1e2,
            Rounding::None => return None,
        };
        Some(parts * self.unit.wholes())
    }

    /// A currency code (three capital letters, ISO 4217) and a unit; `None` if
    /// the code is not of that form.
    pub fn new(currency: &str, unit: Unit) -> Option<Self> {
        let valid = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
        valid.then(|| Self {
            currency: currency.to_owned(),
            unit,
        })
    }

    /// The currency code.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The unit of every amount.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Currency and unit as a column says them: `USD billion`.
    pub fn label(&self) -> String {
        match self.unit {
            Unit::One => self.currency.clone(),
            unit => format!("{} {}", self.currency, unit.word()),
        }
    }

    /// Currency and unit as an axis says them: `$ bn`, `CHF m`, `€`.
    pub fn axis_label(&self) -> String {
        let symbol = self.symbol();
        let symbol = symbol.trim_end();
        match self.unit.suffix() {
            "" => symbol.to_owned(),
            suffix => format!("{symbol}\u{a0}{suffix}"),
        }
    }

    /// The amount with `decimals` places: `$38.0 bn`, `−€1.25 m`.
    pub fn format(&self, amount: f64, decimals: usize) -> String {
        let digits = group_thousands(&format!("{:.decimals$}", amount.abs()));
        let minus = if amount < 0.0 && digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            "\u{2212}"
        } else {
            ""
        };
        let space = if self.unit == Unit::One { "" } else { "\u{a0}" };
        format!(
            "{minus}{}{digits}{space}{}",
            self.symbol(),
            self.unit.suffix()
        )
    }

    /// The amount to three significant digits and no superfluous zeros:
    /// `$38 bn`, `$36.9 bn`, `$0.056 bn`, `$1,240 bn`.
    pub fn format_short(&self, amount: f64) -> String {
        let text = self.format(amount, decimals_for(amount, 3));
        trim_zeros(&text)
    }

    /// The amount to three significant digits in the unit that a sentence would give
    /// it: 1,240 thousand is `$1.24 m`, 0.769 billion `$769 m`; single currency units
    /// are written out below a million.
    pub fn format_suited(&self, amount: f64) -> String {
        if amount == 0.0 {
            // Nothing has no unit.
            return format!("{}0", self.symbol());
        }
        let (money, amount) = self.suited(amount);
        money.format_short(amount)
    }

    /// The same with as many digits as show two of a difference from another amount, and
    /// three at least.
    pub fn format_apart(&self, amount: f64, difference: f64) -> String {
        let (money, suited) = self.suited(amount);
        let factor = if amount == 0.0 { 1.0 } else { suited / amount };
        let decimals = decimals_for(factor * difference, 2).min(6);
        money.format(suited, decimals.max(decimals_for(suited, 3)))
    }

    /// The amount with all its digits, of which floating point holds fifteen, in that
    /// unit: what a contract says is not rounded.
    pub fn format_exact(&self, amount: f64) -> String {
        let (money, amount) = self.suited(amount);
        trim_zeros(&money.format(amount, decimals_for(amount, 15)))
    }

    /// The amount in the unit that a sentence would give it.
    fn suited(&self, amount: f64) -> (Self, f64) {
        const MILLION: f64 = 1e6;
        let (mut money, mut amount) = (self.clone(), amount);
        if money.unit == Unit::One && amount.abs() >= MILLION {
            (money.unit, amount) = (Unit::Million, amount / MILLION);
        }
        // What rounds to a thousand is one of the next unit.
        while amount.abs() >= 999.5 && money.unit != Unit::One {
            let Some(larger) = money.unit.neighbour(1) else {
                break;
            };
            (money.unit, amount) = (larger, amount / 1000.0);
        }
        while amount != 0.0 && amount.abs() < 0.9995 {
            let Some(smaller) = money.unit.neighbour(-1) else {
                break;
            };
            (money.unit, amount) = (smaller, amount * 1000.0);
        }
        (money, amount)
    }

    /// The currency's sign, or its code and a space where it has none.
    fn symbol(&self) -> String {
        match self.currency.as_str() {
            "USD" => "$".to_owned(),
            "EUR" => "€".to_owned(),
            "GBP" => "£".to_owned(),
            "JPY" => "¥".to_owned(),
            code => format!("{code}\u{a0}"),
        }
    }
}

/// Decimal places that show `amount` to `significant` digits.
pub fn decimals_for(amount: f64, significant: i32) -> usize {
    if amount == 0.0 || !amount.is_finite() {
        return 0;
    }
    let magnitude = amount.abs().log10().floor() as i32;
    (significant - 1 - magnitude).clamp(0, 12) as usize
}

/// A fraction as the digits of a percentage: 0.2 is `20`, 0.065 is `6.5`.
pub fn percent_digits(fraction: f64) -> String {
    trim_zeros(&format!("{:.4}", fraction * 100.0))
}

/// A number with grouped thousands and a true minus sign: `−1,240.5`.
pub fn grouped_number(value: f64, decimals: usize) -> String {
    /// Longer numbers than this are written with an exponent.
    const LONG: f64 = 1e15;
    if value.abs() >= LONG {
        return format!("{value:.1e}").replace('-', "\u{2212}");
    }
    let digits = group_thousands(&format!("{:.decimals$}", value.abs()));
    let is_zero = !digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    match value < 0.0 && !is_zero {
        true => format!("\u{2212}{digits}"),
        false => digits,
    }
}

fn group_thousands(digits: &str) -> String {
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::with_capacity(digits.len() + whole.len() / 3);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out.push_str(rest);
    out
}

fn trim_zeros(text: &str) -> String {
    let Some(point) = text.find('.') else {
        return text.to_owned();
    };
    let end = text[point + 1..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(text.len(), |i| point + 1 + i);
    let kept = text[..end].trim_end_matches('0').trim_end_matches('.');
    format!("{kept}{}", &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_in_a_report() {
        let usd = Money::new("USD", Unit::Billion).unwrap();
        assert_eq!(usd.format_short(38.0), "$38\u{a0}bn");
        assert_eq!(usd.format_short(36.94), "$36.9\u{a0}bn");
        assert_eq!(usd.format_short(0.0561), "$0.0561\u{a0}bn");
        assert_eq!(usd.format_short(-1240.0), "\u{2212}$1,240\u{a0}bn");
        assert_eq!(usd.format_short(0.0), "$0\u{a0}bn");
        assert_eq!(usd.format(-0.001, 1), "$0.0\u{a0}bn");
        assert_eq!(usd.format_suited(0.769), "$769\u{a0}m");
        assert_eq!(usd.format_suited(-1240.0), "\u{2212}$1.24\u{a0}tn");
        assert_eq!(usd.format_suited(0.0), "$0");
        assert_eq!(usd.format_suited(0.9999), "$1\u{a0}bn");
        let eur = Money::new("EUR", Unit::Thousand).unwrap();
        assert_eq!(eur.format_suited(2500.0), "€2.5\u{a0}m");
        assert_eq!(eur.format_suited(999.7), "€1\u{a0}m");
        assert_eq!(eur.format_exact(2500.0), "€2.5\u{a0}m");
        assert_eq!(eur.format_exact(1234.567), "€1.234567\u{a0}m");
        assert_eq!(usd.format_exact(38.125), "$38.125\u{a0}bn");
        assert_eq!(usd.format_exact(0.1), "$100\u{a0}m");
        let single = Money::new("USD", Unit::One).unwrap();
        assert_eq!(single.format_suited(300_000.0), "$300,000");
        assert_eq!(single.format_suited(104_310_000.0), "$104\u{a0}m");
        assert_eq!(grouped_number(-1240.46, 1), "\u{2212}1,240.5");
        assert_eq!(grouped_number(-0.01, 1), "0.0");
        assert_eq!(usd.label(), "USD billion");
        assert_eq!(usd.axis_label(), "$\u{a0}bn");
        let chf = Money::new("CHF", Unit::One).unwrap();
        assert_eq!(chf.format_short(1_250_000.0), "CHF\u{a0}1,250,000");
        assert_eq!(chf.axis_label(), "CHF");
        assert!(Money::new("usd", Unit::One).is_none());
    }
}
