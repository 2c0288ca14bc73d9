//! `[agreement]` as written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

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
