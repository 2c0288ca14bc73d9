//! `[agreement]` as written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::keys::{AMOUNT_OR_DISTRIBUTION, DATE, Rules, TEXT, rules};
use super::super::placed::Spanned;
use super::{Discrete, Distribution, Part, Scalar, Shape, Stepped, TomlDate};

/// `[agreement]` or one of several `[[agreement]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    pub name: Option<Spanned<String>>,
    pub payer: Option<Spanned<String>>,
    pub payee: Option<Spanned<String>>,
    pub share: Spanned<Share>,
    pub cap: Option<Spanned<Cap>>,
    pub paid_before: Option<Spanned<Scalar>>,
    pub effective: Option<Spanned<TomlDate>>,
    pub expiry: Option<Spanned<TomlDate>>,
    pub payment: Option<Payment>,
    pub eligible: Option<Spanned<BTreeMap<Spanned<String>, Spanned<Scalar>>>>,
    pub threshold: Option<Spanned<Scalar>>,
    pub revenue_floor: Option<Spanned<Scalar>>,
    pub on_account: Option<Spanned<Scalar>>,
    pub year_to_date: Option<Spanned<Scalar>>,
    #[serde(default)]
    pub step_up: Vec<Spanned<StepUp>>,
    #[serde(default)]
    pub milestone: Vec<Spanned<MilestonePayment>>,
    pub annual_cap: Option<Spanned<AnnualCap>>,
    pub annual_minimum: Option<Spanned<Stepped<DatedAmount>>>,
    pub minimum: Option<Spanned<Minimum>>,
    pub year_ends: Option<Spanned<String>>,
    pub upfront: Option<Spanned<Upfront>>,
    #[serde(default)]
    pub floor: Vec<Spanned<Floor>>,
    pub deferral: Option<Spanned<Deferral>>,
    pub event: Option<Spanned<Vec<Spanned<Event>>>>,
    pub default: Option<Spanned<PayerDefault>>,
}

impl Agreement {
    /// Its events as written, its own and those of other agreements.
    pub fn events(&self) -> impl Iterator<Item = &Spanned<Event>> {
        let lists = self.event.iter();
        lists.flat_map(|list| list.get_ref())
    }

    /// The agreement whose cap this is too.
    pub fn cap_of(&self) -> Option<&Spanned<String>> {
        match self.cap.as_ref()?.get_ref() {
            Form::Table(table) => table.of.as_ref(),
            _ => None,
        }
    }

    /// Whether an event, the default or the cap of another agreement is this one's too.
    pub fn shares(&self) -> bool {
        let mut events = self.events();
        let default = self.default.as_ref();
        events.any(|event| event.get_ref().of.is_some())
            || default.is_some_and(|default| default.get_ref().of.is_some())
            || self.cap_of().is_some()
    }
}

/// `payment = { every, lag_months, lag_days, year_ends, first, least, rounding }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    pub every: Option<Spanned<String>>,
    pub lag_months: Option<Spanned<i64>>,
    pub lag_days: Option<Spanned<i64>>,
    pub year_ends: Option<Spanned<String>>,
    pub least: Option<Spanned<Scalar>>,
    pub first: Option<Spanned<TomlDate>>,
    pub rounding: Option<Spanned<String>>,
}

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

/// `minimum = { every, amount }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Minimum {
    pub every: Spanned<String>,
    pub amount: Spanned<Stepped<DatedAmount>>,
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

impl<'de> Deserialize<'de> for Upfront {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UpfrontVisitor)
    }
}

struct UpfrontVisitor;

impl<'de> Visitor<'de> for UpfrontVisitor {
    type Value = Upfront;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of amounts by date")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Upfront, E> {
        Ok(Upfront::One(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Upfront, E> {
        Ok(Upfront::One(value as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Upfront, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Upfront::Tranches)
    }
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

/// `[[agreement.floor]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    pub by: Option<Spanned<TomlDate>>,
    pub amount: Option<Spanned<Scalar>>,
    pub multiple: Option<Spanned<Scalar>>,
}

/// `[[agreement.step_up]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    pub adds: Spanned<Scalar>,
    pub year: Option<Spanned<i64>>,
    pub revenue_below: Option<Spanned<Scalar>>,
    pub on: Option<Spanned<TomlDate>>,
    pub paid_below: Option<Spanned<Scalar>>,
    pub lasts: Option<Spanned<String>>,
}

/// One of `cap = [{ until, amount }, …]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapStep {
    pub until: Option<Spanned<TomlDate>>,
    pub amount: Option<Spanned<Scalar>>,
    pub multiple: Option<Spanned<Scalar>>,
}

/// `[[agreement.milestone]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestonePayment {
    pub reaches: Spanned<Scalar>,
    pub amount: Spanned<Scalar>,
    pub year: Option<Spanned<i64>>,
    pub each_year: Option<Spanned<bool>>,
    pub by: Option<Spanned<TomlDate>>,
}

/// `deferral = { fraction, months or until, interest }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    pub fraction: Spanned<Scalar>,
    pub months: Option<Spanned<i64>>,
    pub until: Option<Spanned<TomlDate>>,
    pub interest: Option<Spanned<Scalar>>,
}

/// `event = { name, and one of date, between, after_years, hazard, revenue_reaches,
/// payments }`, or `{ of }`, or one of several
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub of: Option<Spanned<String>>,
    pub name: Option<Spanned<String>>,
    pub date: Option<Spanned<TomlDate>>,
    pub between: Option<Spanned<Vec<Spanned<TomlDate>>>>,
    pub after_years: Option<Spanned<Scalar>>,
    pub hazard: Option<Spanned<Scalar>>,
    pub at_revenue: Option<Spanned<Scalar>>,
    pub elasticity: Option<Spanned<Scalar>>,
    pub revenue_reaches: Option<Spanned<Scalar>>,
    pub payments: Option<Spanned<i64>>,
    pub share_after: Option<Spanned<Scalar>>,
    #[serde(default)]
    pub pays: Vec<Spanned<CapStep>>,
    pub less_paid: Option<Spanned<bool>>,
}

impl Event {
    /// Whether any key is given beside `of`.
    pub fn says_more(&self) -> bool {
        self.name.is_some()
            || self.date.is_some()
            || self.between.is_some()
            || self.after_years.is_some()
            || self.hazard.is_some()
            || self.at_revenue.is_some()
            || self.elasticity.is_some()
            || self.revenue_reaches.is_some()
            || self.payments.is_some()
            || self.share_after.is_some()
            || !self.pays.is_empty()
            || self.less_paid.is_some()
    }
}

/// `default = { recovery, and one of date, between, after_years, hazard, of }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayerDefault {
    pub recovery: Spanned<Scalar>,
    pub lag_months: Option<Spanned<i64>>,
    pub claim: Option<Spanned<String>>,
    pub of: Option<Spanned<String>>,
    pub date: Option<Spanned<TomlDate>>,
    pub between: Option<Spanned<Vec<Spanned<TomlDate>>>>,
    pub after_years: Option<Spanned<Scalar>>,
    pub hazard: Option<Spanned<Scalar>>,
    pub at_revenue: Option<Spanned<Scalar>>,
    pub elasticity: Option<Spanned<Scalar>>,
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

struct FormVisitor<T, I>(PhantomData<(T, I)>);

impl<'de, T, I> Deserialize<'de> for Form<T, I>
where
    T: Table + Deserialize<'de>,
    I: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FormVisitor(PhantomData))
    }
}

impl<'de, T, I> Visitor<'de> for FormVisitor<T, I>
where
    T: Table + Deserialize<'de>,
    I: Deserialize<'de>,
{
    type Value = Form<T, I>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::PERMITTED)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Form::Scalar(Scalar::Number(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Form::Scalar(Scalar::Number(value as f64)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Form::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))?.form()
    }
}

const RATE: &str = "0 to 1, or a distribution within that";
const FROM_YEAR: &str = "a date in the years 1900 to 2300, later than the one before";
const YEARLY: &str = "more than -1, at most 10, or a distribution within that";

/// What may stand at each of these keys.
pub const RULES: &[Rules] = rules! {
    "agreement" => "a table with share and, where there is one, cap; or several, with a name each",
        "for example [agreement] and below it share = 0.20 and cap = 38, a line each; [[agreement]] for each of several";
    "agreement.name" => TEXT,
        "what the results call the agreement; each of several has one of its own";
    "agreement.payer" => TEXT, "who pays";
    "agreement.payee" => TEXT, "who receives";
    "agreement.share" => "0 to 1, a distribution within that, rates by date or tiers",
        "write a percentage as a fraction: 20 % is 0.20";
    "agreement.share.from" => "a date in the years 1900 to 2300, later than the one before",
        "for example share = [{ from = 2026-01-01, rate = 0.20 }, { from = 2028-01-01, rate = 0.15 }]";
    "agreement.share.rate" => RATE, "the share from that date on, as a fraction";
    "agreement.share.by_annual_revenue" => "a list of { above, rate }, from 0 up",
        "for example by_annual_revenue = [{ above = 0, rate = 0.05 }, { above = 100, rate = 0.08 }]";
    "agreement.share.by_annual_revenue.from" => "a date in the years 1900 to 2300, later than the one before",
        "from this day on, this tier and those after it apply in the place of those before: bounds begin at 0 again";
    "agreement.share.by_annual_revenue.slope" => "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess";
    "agreement.share.by_annual_revenue.above" => "0 for the first tier, more than the tier before for every other",
        "the revenue of the year above which the rate applies, in the file's unit";
    "agreement.share.by_annual_revenue.rate" => RATE,
        "the share of revenue in this tier, as a fraction";
    "agreement.share.basis" => "\"marginal\" or \"retroactive\"",
        "marginal: the rate is for the revenue within the tier; retroactive: for all of the year's";
    "agreement.share.by_paid.slope" => "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess";
    "agreement.share.by_total_revenue" => "a list of { above, rate }, from 0 up",
        "for example by_total_revenue = [{ above = 0, rate = 0.05 }, { above = 250, rate = 0.03 }]";
    "agreement.share.by_total_revenue.above" => "0 for the first tier, more than the tier before for every other",
        "eligible revenue to date above which the rate applies, in the file's unit";
    "agreement.share.by_total_revenue.rate" => RATE,
        "the share of revenue in this tier, as a fraction";
    "agreement.share.by_total_revenue.slope" => "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess";
    "agreement.share.by_paid" => "a list of { above, rate }, from 0 up",
        "for example by_paid = [{ above = 0, rate = 0.05 }, { above = 1.0, rate = 0.02 }]";
    "agreement.share.by_paid.above" => "0 for the first tier, more than the tier before for every other",
        "what has been paid, paid_before included, when the rate begins to apply";
    "agreement.share.by_paid.rate" => RATE, "the share from there on, as a fraction";
    "agreement.cap" => "0 to 1e15, a distribution within that, a table with amount or multiple, or a list of caps by date",
        "in the file's unit; leave the key out for an agreement without a cap";
    "agreement.cap.amount" => AMOUNT_OR_DISTRIBUTION, "in the file's unit";
    "agreement.cap.multiple" => "0 to 1000, or a distribution within that",
        "of agreement.upfront: 1.65 for a cap of 1.65 times what was paid at first";
    "agreement.cap.until" => "a date in the years 1900 to 2300, later than the one before; none for the last cap",
        "for example cap = [{ until = 2029-12-31, multiple = 1.65 }, { multiple = 2.0 }]";
    "agreement.cap.escalation" => "more than -1, at most 10, a distribution within that, or rates by date",
        "growth of the cap on each anniversary of agreement.cap.from: 2 % is 0.02";
    "agreement.cap.escalation.from" => "a date in the years 1900 to 2300, later than the one before",
        "for example escalation = [{ from = 2026-01-01, rate = 0.03 }, { from = 2028-01-01, rate = 0.02 }]";
    "agreement.cap.escalation.rate" => YEARLY,
        "growth on anniversaries from that date on: 2 % is 0.02";
    "agreement.cap.from" => DATE,
        "the day on which the cap is its plain amount; leave it out for the first day of sharing";
    "agreement.cap.inflation" => "more than -1, at most 10, a distribution within that, or rates by date",
        "per year: each payment counts against the cap in prices of agreement.cap.prices_of";
    "agreement.cap.inflation.from" => "a date in the years 1900 to 2300, later than the one before",
        "for example inflation = [{ from = 2024-01-01, rate = 0.03 }, { from = 2026-01-01, rate = 0.02 }]";
    "agreement.cap.inflation.rate" => YEARLY, "inflation per year from that date on: 2 % is 0.02";
    "agreement.cap.prices_of" => DATE,
        "the day at whose prices the cap is stated; leave it out for the first day of sharing";
    "agreement.cap.discount_rate" => "more than -1, at most 10, a distribution within that, or rates by date",
        "per year: the cap is a present value, and each payment counts discounted to agreement.cap.valued_on";
    "agreement.cap.discount_rate.from" => "a date in the years 1900 to 2300, later than the one before",
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
    "agreement.upfront.date" => "a date in the years 1900 to 2300, later than the one before",
        "for example upfront = [{ date = 2026-01-01, amount = 100 }, { date = 2027-01-01, amount = 50 }]";
    "agreement.upfront.amount" => "1e-9 to 1e15", "what is paid then, in the file's unit";
    "agreement.upfront.revenue_reaches" => "more than 0, at most 1e15, or a distribution within that, not beside date",
        "the eligible revenue from which the amount is paid, with the first day of the next period: { revenue_reaches = 250, amount = 50 }";
    "agreement.upfront.year" => "a whole number from 1900 to 2300",
        "the year whose revenue counts; leave it out to add up revenue from the first day";
    "agreement.upfront.by" => DATE, "the last day on which revenue may reach the level";
    "agreement.floor" => "tables with amount or multiple, and, before the last day of sharing, by",
        "for example floor = [{ by = 2029-12-31, multiple = 1.0 }]";
    "agreement.floor.by" => DATE,
        "the day by which so much has been paid, or the difference is due; the last day of sharing if left out";
    "agreement.floor.amount" => AMOUNT_OR_DISTRIBUTION,
        "the least that has been paid by then, paid before included, in the file's unit";
    "agreement.floor.multiple" => "0 to 1000, or a distribution within that",
        "of what was paid upfront by then: 1.0 for the money back";
    "agreement.annual_cap" => "0 to 1e15, a distribution within that, a table with amount or a list of amounts by date",
        "for example annual_cap = 25, or { amount = 25, carry_forward = \"excess\" }";
    "agreement.annual_cap.amount" => "0 to 1e15, a distribution within that, or amounts by date",
        "the most that is paid for one year, in the file's unit";
    "agreement.annual_cap.from" => FROM_YEAR,
        "for example annual_cap = [{ from = 2026-01-01, amount = 25 }, { from = 2028-01-01, amount = 30 }]";
    "agreement.annual_cap.amount.from" => FROM_YEAR,
        "for example amount = [{ from = 2026-01-01, amount = 25 }, { from = 2028-01-01, amount = 30 }]";
    "agreement.annual_cap.amount.amount" => AMOUNT_OR_DISTRIBUTION,
        "the most that is paid for each year from that one on, in the file's unit";
    "agreement.annual_minimum.from" => FROM_YEAR,
        "for example annual_minimum = [{ from = 2026-01-01, amount = 5 }, { from = 2028-01-01, amount = 8 }]";
    "agreement.annual_minimum.amount" => AMOUNT_OR_DISTRIBUTION,
        "the least that is paid for each year from that one on, in the file's unit";
    "agreement.minimum" => "a table with every and amount",
        "for example minimum = { every = \"quarter\", amount = 5 }; for a year, annual_minimum = 20";
    "agreement.minimum.every" => "\"month\", \"quarter\", \"half-year\" or \"year\"",
        "what the amount is the least for; quarters and half-years are those of agreement.year_ends";
    "agreement.minimum.amount" => "0 to 1e15, a distribution within that, or amounts by date",
        "the least for each of them, in the file's unit; topped up on its last day";
    "agreement.minimum.amount.from" => FROM_YEAR,
        "for example amount = [{ from = 2026-01-01, amount = 5 }, { from = 2028-01-01, amount = 8 }]";
    "agreement.minimum.amount.amount" => AMOUNT_OR_DISTRIBUTION,
        "the least for each from that one on, in the file's unit";
    "agreement.annual_cap.carry_forward" => "\"none\", \"excess\" or \"room\"",
        "excess: what the cap cuts is paid in later years; room: what a year leaves raises the next one's cap";
    "agreement.annual_cap.prorated" => "true or false",
        "true: a year only partly between effective and expiry has its part of the cap, by days";
    "agreement.annual_minimum" => "0 to 1e15, at most agreement.annual_cap, a distribution within that, or amounts by date",
        "the least that is paid for one year; its part by days for a part of a year";
    "agreement.year_ends" => "the name of a month",
        "the last month of the years that annual clauses count by; december if left out";
    "agreement.eligible" => "a fraction for every segment of the revenue",
        "for example eligible = { azure = 1.0, devices = 0.0 }";
    "agreement.eligible.*" => RATE, "1 where all revenue of the segment counts, 0 where none does";
    "agreement.threshold" => AMOUNT_OR_DISTRIBUTION,
        "revenue, in total, that is free of sharing; for a threshold a year, a first tier at rate 0";
    "agreement.revenue_floor" => AMOUNT_OR_DISTRIBUTION,
        "revenue per year: a period whose revenue is less, as a year's, earns no share";
    "agreement.on_account" => RATE,
        "the rate paid during the year; what the year earns beyond it is paid with its last period";
    "agreement.year_to_date" => AMOUNT_OR_DISTRIBUTION,
        "revenue of the year before timeline.start, 0 for none: given, tiers, milestones and tests of a year count it from its first day";
    "agreement.step_up" => "tables with adds and revenue_below, or on and paid_below; at most 64",
        "for example step_up = [{ year = 2027, revenue_below = 100, adds = 0.015 }]";
    "agreement.step_up.adds" => RATE,
        "what is added to the rate where the figure is missed: 1.5 % is 0.015";
    "agreement.step_up.year" => "a whole number from 1900 to 2300",
        "the year whose revenue is tested; leave it out to test every year wholly within the agreement";
    "agreement.step_up.revenue_below" => "more than 0, at most 1e15, or a distribution within that",
        "the eligible revenue of a year that keeps the rate down, in the file's unit";
    "agreement.step_up.on" => DATE, "the day at whose close it is tested what has been paid";
    "agreement.step_up.paid_below" => "more than 0, at most 1e15, or a distribution within that",
        "what, paid before included, keeps the rate down, in the file's unit";
    "agreement.step_up.lasts" => "\"end\", \"reached\" or, for revenue of a year, \"year\"",
        "end: as long as sharing; reached: until the figure is reached; year: for the next year";
    "agreement.milestone" => "[[agreement.milestone]] tables with reaches and amount",
        "for example milestone = [{ reaches = 2000, amount = 100 }]";
    "agreement.milestone.reaches" => "more than 0, at most 1e15, or a distribution within that",
        "the revenue that makes the amount due, in the file's unit";
    "agreement.milestone.amount" => AMOUNT_OR_DISTRIBUTION, "what is due, in the file's unit";
    "agreement.milestone.year" => "a whole number from 1900 to 2300",
        "the year whose revenue counts; leave it out to add up revenue from the first day";
    "agreement.milestone.each_year" => "true or false, not beside year",
        "true: due in every year that reaches the level";
    "agreement.milestone.by" => DATE, "the last day on which the level may be reached";
    "agreement.deferral" => "a table with fraction, months or until, and, where there is any, interest",
        "for example deferral = { fraction = 0.35, months = 24 }";
    "agreement.deferral.fraction" => RATE, "the part of every payment that is made later";
    "agreement.deferral.months" => "a whole number from 1 to 120",
        "months from the ordinary payment to the deferred one";
    "agreement.deferral.until" => DATE, "the day on which everything deferred is paid";
    "agreement.deferral.interest" => "a number from 0 to 10, or a distribution within that",
        "per year, effective: 5 % is 0.05; leave it out for none";
    "agreement.event" => "one of date, between, after_years, hazard, revenue_reaches and payments; or a list of such tables, with a name each",
        "for example event = { name = \"AGI declared\", hazard = 0.10 }";
    "agreement.event.of" => "the name of another agreement that has an event, and no other key",
        "for example event = { of = \"OpenAI\" }: both agreements end at the same moment";
    "agreement.event.name" => TEXT, "what happens, in a few words";
    "agreement.event.date" => DATE, "the day it happens: sharing ends with it";
    "agreement.event.between" => "two dates that ascend, or three with the most likely one in the middle",
        "for example between = [2027-01-01, 2032-12-31]";
    "agreement.event.after_years" => "0 to 1000000, or a distribution within that",
        "years from timeline.start to the event";
    "agreement.event.hazard" => "0 to 100, or a distribution within that",
        "expected events per year: 0.10 happens within a year with probability 9.5 %";
    "agreement.event.at_revenue" => "1e-9 to 1e15, or a distribution within that, beside hazard and elasticity",
        "eligible revenue per year at which the hazard is as stated, in the file's unit";
    "agreement.event.elasticity" => "-10 to 10, or a distribution within that, beside hazard and at_revenue",
        "1 where the hazard rises as revenue does, -1 where it halves when revenue doubles";
    "agreement.event.revenue_reaches" => "more than 0, at most 1e15, or a distribution within that",
        "eligible revenue to date with which it happens, in the file's unit";
    "agreement.event.payments" => "a whole number from 1 to 100000",
        "it happens with the period that has this many payments above 0, from the first on";
    "agreement.event.share_after" => RATE,
        "sharing goes on after the event, at this rate: 5 % is 0.05";
    "agreement.event.pays" => "a list of tables with amount or multiple, each but the last with until",
        "for example pays = [{ until = 2027-12-31, multiple = 1.2 }, { multiple = 1.75 }]: a buy-out";
    "agreement.event.pays.until" => "a date in the years 1900 to 2300, later than the one before; none for the last",
        "the last day of the event on which this is due";
    "agreement.event.pays.amount" => AMOUNT_OR_DISTRIBUTION,
        "what the event makes due, in the file's unit";
    "agreement.event.pays.multiple" => "0 to 1000, or a distribution within that",
        "of what was paid upfront by then: 1.75 for a put at 1.75 times the money";
    "agreement.event.less_paid" => "true or false, beside pays",
        "false: what has been paid does not count towards it; true if left out";
    "agreement.default" => "a table with recovery and one of date, between, after_years, hazard and of",
        "for example default = { hazard = 0.03, recovery = 0.40, lag_months = 12 }";
    "agreement.default.recovery" => RATE, "the part of what is owed that comes in after a default";
    "agreement.default.lag_months" => "a whole number from 0 to 120",
        "months from the default to what is recovered";
    "agreement.default.claim" => "\"accrued\", or \"cap\" where there is one",
        "cap: the default makes due all that the cap still allows";
    "agreement.default.of" => "the name of another agreement of the same payer that has a default, and no time",
        "for example default = { of = \"loan\", recovery = 0.40 }: the payer defaults on both at once";
    "agreement.default.date" => DATE, "the day of the default";
    "agreement.default.between" => "two dates that ascend, or three with the most likely one in the middle",
        "for example between = [2027-01-01, 2032-12-31]";
    "agreement.default.after_years" => "0 to 1000000, or a distribution within that",
        "years from timeline.start to the default";
    "agreement.default.hazard" => "0 to 100, or a distribution within that",
        "expected defaults per year: 0.03 happens within a year with probability 3 %";
    "agreement.default.at_revenue" => "1e-9 to 1e15, or a distribution within that, beside hazard and elasticity",
        "eligible revenue per year at which the hazard is as stated, in the file's unit";
    "agreement.default.elasticity" => "-10 to 10, or a distribution within that, beside hazard and at_revenue",
        "-1 where the hazard halves when revenue doubles: defaults come where revenue is low";
    "agreement.paid_before" => AMOUNT_OR_DISTRIBUTION,
        "what was paid before timeline.start and counts against the cap";
    "agreement.effective" => "a date in the years 1900 to 2300, not after timeline.end",
        "the first day whose revenue is shared; leave it out to share from timeline.start";
    "agreement.expiry" => "a date within the timeline, not before agreement.effective",
        "the last day whose revenue is shared; leave it out to share until timeline.end";
    "agreement.payment" => "a table with every, lag_months, lag_days, year_ends, first, least and rounding, or some of them",
        "for example payment = { every = \"quarter\", lag_months = 3 }";
    "agreement.payment.every" => "\"month\", \"quarter\", \"half-year\" or \"year\", not shorter than timeline.step",
        "leave it out to pay after every period";
    "agreement.payment.lag_months" => "a whole number from 0 to 120",
        "months from the end of the payment period to the payment";
    "agreement.payment.lag_days" => "a whole number from 0 to 3650",
        "days from the end of the payment period, and of agreement.payment.lag_months, to the payment";
    "agreement.payment.year_ends" => "the name of a month",
        "the last month of the years whose quarters, half-years or whole are paid; that of agreement.year_ends if left out";
    "agreement.payment.least" => AMOUNT_OR_DISTRIBUTION,
        "less than this is not paid but carried to the next payment, and paid with the last; in the file's unit";
    "agreement.payment.first" => DATE,
        "no payment is made before this day; what falls due earlier is paid on it";
    "agreement.payment.rounding" => "\"cent\", \"minor-unit\", \"unit\" or \"none\"",
        "what each period's payment is rounded to: a hundredth of the currency, its own smallest unit (yen has no other), or one whole";
};
