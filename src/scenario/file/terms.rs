//! Shares, caps and what is paid upfront, as written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::Error;

use super::super::keys::{AMOUNT_OR_DISTRIBUTION, DATE, FRACTION, LATER, Rules, rules};
use super::super::placed::Spanned;
use super::either::either;
use super::{Discrete, Distribution, Part, Scalar, Shape, Stepped, TomlDate};

/// One of `share = [{ from, rate }, …]`, or of the rates a cap moves by
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatedRate {
    pub from: Spanned<TomlDate>,
    pub rate: Spanned<Scalar>,
}

/// One of `annual_cap = [{ from, amount }, …]`, or of a minimum
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatedAmount {
    pub from: Spanned<TomlDate>,
    pub amount: Spanned<Scalar>,
}

/// One of `share = { by_paid = [{ above, rate or slope }, …] }`; tiers of annual revenue
/// may begin anew `from` a day
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub from: Option<Spanned<TomlDate>>,
    pub above: Option<Spanned<f64>>,
    pub rate: Option<Spanned<Scalar>>,
    pub slope: Option<Spanned<Scalar>>,
}

/// `upfront`: one amount or a list of them.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Upfront {
    One(f64),
    Tranches(Vec<Spanned<Tranche>>),
}

either! {
    Upfront, "a number or a list of amounts by date";
    number Upfront::One;
    list Upfront::Tranches;
}

/// One of `upfront = [{ date, amount }, { revenue_reaches, year, by, amount }, …]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tranche {
    pub date: Option<Spanned<TomlDate>>,
    pub revenue_reaches: Option<Spanned<Scalar>>,
    pub year: Option<Spanned<i64>>,
    pub by: Option<Spanned<TomlDate>>,
    pub amount: Spanned<f64>,
}

/// One of `cap = [{ until, amount }, …]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapStep {
    pub until: Option<Spanned<TomlDate>>,
    pub amount: Option<Spanned<Scalar>>,
    pub multiple: Option<Spanned<Scalar>>,
}

/// A table that is a distribution or has keys of its own: both in one, so that
/// every mistake in it finds its place.
macro_rules! distribution_or {
    (
        [$($form:ident: $of:ty, $written:ident;)*]
        $(#[$doc:meta])* $name:ident, $permitted:literal, $keys:tt
    ) => {
        distribution_or! { @ [$($form: $of),*] $(#[$doc])* $name, $permitted, $keys }
    };
    (
        @ [$($form:ident: $of:ty),*]
        $(#[$doc:meta])* $name:ident, $permitted:literal, {
            $($key:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(#[schemars(skip)] $form: Option<$of>,)*
            $(pub $key: Option<Spanned<$type>>,)*
        }

        impl Table for $name {
            const PERMITTED: &'static str = $permitted;

            fn form<I, E: Error>(self) -> Result<Form<Self, I>, E> {
                let is_distribution = $(self.$form.is_some())||*;
                if !is_distribution {
                    return Ok(Form::Table(Box::new(self)));
                }
                if $(self.$key.is_some())||* {
                    return Err(E::custom("a distribution or a table of its own keys, not both"));
                }
                Ok(Form::Scalar(Scalar::Distribution(Box::new(Distribution {
                    $($form: self.$form,)*
                }))))
            }
        }
    };
}

with_distributions! { distribution_or
    /// `share = { by_annual_revenue, basis }`, `{ by_total_revenue }` or `{ by_paid }`
    ShareTable, "a number, a distribution, a table of tiers or a list of rates by date", {
        by_annual_revenue: Vec<Spanned<Tier>>,
        basis: String,
        by_total_revenue: Vec<Spanned<Tier>>,
        by_paid: Vec<Spanned<Tier>>,
    }
}

with_distributions! { distribution_or
    /// `cap = { amount or multiple, escalation, from, inflation, prices_of, discount_rate,
    /// valued_on }`, `cap = { irr }` or `cap = { of }`
    CapTable, "a number, a distribution, a table with amount or multiple, or a list of caps by date", {
        amount: Scalar,
        multiple: Scalar,
        escalation: Stepped<DatedRate>,
        from: TomlDate,
        inflation: Stepped<DatedRate>,
        prices_of: TomlDate,
        discount_rate: Stepped<DatedRate>,
        valued_on: TomlDate,
        irr: Scalar,
        of: String,
    }
}

with_distributions! { distribution_or
    /// `annual_cap = { amount, carry_forward, prorated }`
    AnnualCapTable, "a number, a distribution, a table with amount or a list of amounts by date", {
        amount: Stepped<DatedAmount>,
        carry_forward: String,
        prorated: bool,
    }
}

impl CapTable {
    /// Whether any key is given beside `irr` and `of`.
    pub fn says_more(&self) -> bool {
        self.amount.is_some()
            || self.multiple.is_some()
            || self.escalation.is_some()
            || self.from.is_some()
            || self.inflation.is_some()
            || self.prices_of.is_some()
            || self.discount_rate.is_some()
            || self.valued_on.is_some()
            || self.irr.is_some() && self.of.is_some()
    }
}

/// A value that is a scalar, a table of its own or a list of tables.
#[derive(Debug)]
pub enum Form<T, I> {
    Scalar(Scalar),
    Table(Box<T>),
    List(Vec<Spanned<I>>),
}

pub type Share = Form<ShareTable, DatedRate>;
pub type Cap = Form<CapTable, CapStep>;
pub type AnnualCap = Form<AnnualCapTable, DatedAmount>;

/// What a table says of the value it may stand for.
trait Table: Sized {
    /// What may stand there.
    const PERMITTED: &'static str;

    fn form<I, E: Error>(self) -> Result<Form<Self, I>, E>;
}

/// A scalar, a table of its own keys or a list.
impl<T: Table + JsonSchema, I: JsonSchema> JsonSchema for Form<T, I> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let forms = vec![
            generator.subschema_for::<f64>(),
            generator.subschema_for::<Distribution>(),
            generator.subschema_for::<T>(),
            generator.subschema_for::<Vec<I>>(),
        ];
        json_schema!({ "anyOf": forms })
    }
}

either! {
    Form<T, I> [T: Table + Deserialize<'de>, I: Deserialize<'de>], T::PERMITTED;
    number |value| Form::Scalar(Scalar::Number(value));
    list Form::List;
    table T::form;
}

const YEARLY: &str = "more than -1, at most 10, or a distribution within that";

/// What may stand at each of these keys.
pub const RULES: &[Rules] = rules! {
    "agreement.share" or "0" => "0 to 1, a distribution within that, rates by date or tiers",
        "write a percentage as a fraction: 20 % is 0.20";
    "agreement.share.from" => LATER,
        "for example share = [{ from = 2026-01-01, rate = 0.20 }, { from = 2028-01-01, rate = 0.15 }]";
    "agreement.share.rate" => FRACTION, "the share from that date on, as a fraction";
    "agreement.share.by_annual_revenue" => "a list of { above, rate }, from 0 up",
        "for example by_annual_revenue = [{ above = 0, rate = 0.05 }, { above = 100, rate = 0.08 }]";
    "agreement.share.by_annual_revenue.from" => LATER,
        "from this day on, this tier and those after it apply in the place of those before: bounds begin at 0 again";
    "agreement.share.by_annual_revenue.slope" => "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess";
    "agreement.share.by_annual_revenue.above" => "0 for the first tier, more than the tier before for every other",
        "the revenue of the year above which the rate applies, in the file's unit";
    "agreement.share.by_annual_revenue.rate" => FRACTION,
        "the share of revenue in this tier, as a fraction";
    "agreement.share.basis" => "\"marginal\" or \"retroactive\"",
        "marginal: the rate is for the revenue within the tier; retroactive: for all of the year's";
    "agreement.share.by_paid.slope" => "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess";
    "agreement.share.by_total_revenue" => "a list of { above, rate }, from 0 up",
        "for example by_total_revenue = [{ above = 0, rate = 0.05 }, { above = 250, rate = 0.03 }]";
    "agreement.share.by_total_revenue.above" => "0 for the first tier, more than the tier before for every other",
        "eligible revenue to date above which the rate applies, in the file's unit";
    "agreement.share.by_total_revenue.rate" => FRACTION,
        "the share of revenue in this tier, as a fraction";
    "agreement.share.by_total_revenue.slope" => "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess";
    "agreement.share.by_paid" => "a list of { above, rate }, from 0 up",
        "for example by_paid = [{ above = 0, rate = 0.05 }, { above = 1.0, rate = 0.02 }]";
    "agreement.share.by_paid.above" => "0 for the first tier, more than the tier before for every other",
        "what has been paid, paid_before included, when the rate begins to apply";
    "agreement.share.by_paid.rate" => FRACTION, "the share from there on, as a fraction";
    "agreement.cap" => "0 to 1e15, a distribution within that, a table with amount or multiple, or a list of caps by date",
        "in the file's unit; leave the key out for an agreement without a cap";
    "agreement.cap.amount" => AMOUNT_OR_DISTRIBUTION, "in the file's unit";
    "agreement.cap.multiple" => "0 to 1000, or a distribution within that",
        "of agreement.upfront: 1.65 for a cap of 1.65 times what was paid at first";
    "agreement.cap.until" => "a date in the years 1900 to 2300, later than the one before; none for the last cap",
        "for example cap = [{ until = 2029-12-31, multiple = 1.65 }, { multiple = 2.0 }]";
    "agreement.cap.escalation" => "more than -1, at most 10, a distribution within that, or rates by date",
        "growth of the cap on each anniversary of agreement.cap.from: 2 % is 0.02";
    "agreement.cap.escalation.from" => LATER,
        "for example escalation = [{ from = 2026-01-01, rate = 0.03 }, { from = 2028-01-01, rate = 0.02 }]";
    "agreement.cap.escalation.rate" => YEARLY,
        "growth on anniversaries from that date on: 2 % is 0.02";
    "agreement.cap.from" => DATE,
        "the day on which the cap is its plain amount; leave it out for the first day of sharing";
    "agreement.cap.inflation" => "more than -1, at most 10, a distribution within that, or rates by date",
        "per year: each payment counts against the cap in prices of agreement.cap.prices_of";
    "agreement.cap.inflation.from" => LATER,
        "for example inflation = [{ from = 2024-01-01, rate = 0.03 }, { from = 2026-01-01, rate = 0.02 }]";
    "agreement.cap.inflation.rate" => YEARLY, "inflation per year from that date on: 2 % is 0.02";
    "agreement.cap.prices_of" => DATE,
        "the day at whose prices the cap is stated; leave it out for the first day of sharing";
    "agreement.cap.discount_rate" => "more than -1, at most 10, a distribution within that, or rates by date",
        "per year: the cap is a present value, and each payment counts discounted to agreement.cap.valued_on";
    "agreement.cap.discount_rate.from" => LATER,
        "for example discount_rate = [{ from = 2024-01-01, rate = 0.08 }, { from = 2026-01-01, rate = 0.07 }]";
    "agreement.cap.discount_rate.rate" => YEARLY,
        "the discount rate per year from that date on: 8 % is 0.08";
    "agreement.cap.valued_on" => DATE,
        "the day of the present value; leave it out for the first day of sharing";
    "agreement.cap.irr" => "more than -1, at most 10, or a distribution within that where all is paid upfront at once",
        "for example upfront = 100 and cap = { irr = 0.16 }: paid until the payee has had 16 % a year on it";
    "agreement.cap.of" => "the name of another agreement that has a cap of its own",
        "for example cap = { of = \"royalty A\" }: payments under both count against that cap";
    "agreement.upfront" => "1e-9 to 1e15, or a list of { date, amount } and, after the first, { revenue_reaches, amount }",
        "what the payee paid the payer at first; caps may be multiples of it";
    "agreement.upfront.date" => LATER,
        "for example upfront = [{ date = 2026-01-01, amount = 100 }, { date = 2027-01-01, amount = 50 }]";
    "agreement.upfront.amount" => "1e-9 to 1e15", "what is paid then, in the file's unit";
    "agreement.upfront.revenue_reaches" => "more than 0, at most 1e15, or a distribution within that, not beside date",
        "the eligible revenue from which the amount is paid, with the first day of the next period: { revenue_reaches = 250, amount = 50 }";
    "agreement.upfront.year" => "a whole number from 1900 to 2300",
        "the year whose revenue counts; leave it out to add up revenue from the first day";
    "agreement.upfront.by" => DATE, "the last day on which revenue may reach the level";
    "agreement.annual_cap" => "0 to 1e15, a distribution within that, a table with amount or a list of amounts by date",
        "for example annual_cap = 25, or { amount = 25, carry_forward = \"excess\" }";
    "agreement.annual_cap.amount" => "0 to 1e15, a distribution within that, or amounts by date",
        "the most that is paid for one year, in the file's unit";
    "agreement.annual_cap.from" => LATER,
        "for example annual_cap = [{ from = 2026-01-01, amount = 25 }, { from = 2028-01-01, amount = 30 }]";
    "agreement.annual_cap.amount.from" => LATER,
        "for example amount = [{ from = 2026-01-01, amount = 25 }, { from = 2028-01-01, amount = 30 }]";
    "agreement.annual_cap.amount.amount" => AMOUNT_OR_DISTRIBUTION,
        "the most that is paid for each year from that one on, in the file's unit";
    "agreement.annual_cap.carry_forward" => "\"none\", \"excess\" or \"room\"",
        "excess: what the cap cuts is paid in later years; room: what a year leaves raises the next one's cap";
    "agreement.annual_cap.prorated" => "true or false",
        "true: a year only partly between effective and expiry has its part of the cap, by days";
};
