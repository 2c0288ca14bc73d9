//! The JSON Schema of the scenario file: its shape from the types that read it, the
//! words from the rules its errors use, the examples from the scenarios shipped.

use std::ops::RangeInclusive;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::file::{Distribution, ScenarioFile};
use super::keys::{permitted, rules_of, same};
use super::shipped::SHIPPED;
use crate::agreement::{CarryForward, Claim, PaymentPeriod, StepUpLasts, TierBasis};
use crate::revenue::{Observe, Preserve};
use crate::scenario::{Size, Theme};
use crate::simulate::{Sampler, Spread};
use crate::units::{Month, Rounding, Step, Unit, Worded};
use crate::valuation::Convention;

/// The name of the schema that most scalars share.
const DISTRIBUTION: &str = "distribution";
/// Examples shown for one key.
const MOST_EXAMPLES: usize = 3;

/// A list of words that a key chooses from.
type Words = fn() -> Vec<&'static str>;

/// Keys that are one of several words, and which.
const CHOICES: &[(&str, Words)] = &[
    ("unit", Unit::words),
    ("timeline.step", Step::words),
    ("revenue.*.observe", Observe::words),
    ("revenue.*.preserve", Preserve::words),
    ("agreement.share.basis", TierBasis::words),
    ("agreement.annual_cap.carry_forward", CarryForward::words),
    ("agreement.step_up.lasts", StepUpLasts::words),
    ("agreement.default.claim", Claim::words),
    ("agreement.payment.every", PaymentPeriod::words),
    ("agreement.payment.year_ends", Month::words),
    ("agreement.payment.rounding", Rounding::words),
    ("agreement.year_ends", Month::words),
    ("simulation.sampler", Sampler::words),
    ("valuation.convention", Convention::words),
    ("report.fiscal_year_ends", Month::words),
    ("report.theme", Theme::words),
    ("report.size", Size::words),
    ("sweep.design", Spread::words),
];
/// Keys that hold one table or a list of them, below the properties of the whole;
/// inner ones first.
const ONE_OR_SEVERAL: [&str; 3] = [
    "/agreement/items/properties/event",
    "/agreement",
    "/revenue",
];

/// The words that the key of a path chooses from; none where it is no choice.
pub fn words_of(path: &[String]) -> Vec<&'static str> {
    let found = CHOICES.iter().find(|(choice, _)| same(choice, path));
    found.map_or_else(Vec::new, |(_, words)| words())
}

/// The schema (draft 2020-12), for editors: types, permitted words, descriptions
/// with units, and examples. The program's own checks go further.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let mut distribution = generator.subschema_for::<Distribution>().to_value();
    let mut schema = generator.into_root_schema_for::<ScenarioFile>().to_value();
    name_every(&mut schema, &distribution);
    refine(&mut distribution, &mut Vec::new(), &[]);
    schema["$defs"] = json!({ DISTRIBUTION: distribution });
    let examples: Vec<toml::Table> = SHIPPED
        .iter()
        .filter_map(|shipped| shipped.text.parse().ok())
        .collect();
    let examples: Vec<Value> = examples.iter().map(|table| json!(table)).collect();
    refine(
        &mut schema,
        &mut Vec::new(),
        &examples.iter().collect::<Vec<_>>(),
    );
    for key in ONE_OR_SEVERAL {
        let place = schema["properties"].pointer_mut(key);
        let place = place.expect("every key that may be several is in the schema");
        let list = place.take();
        let description = list["description"].clone();
        let one = list["items"].clone();
        let several = json!({ "type": "array", "items": one, "minItems": 1 });
        *place = json!({ "description": description, "anyOf": [one, several] });
    }
    schema["title"] = json!("A capbind scenario");
    schema["description"] = json!("When does a revenue share stop: at its cap or at its end date?");
    schema
}

/// The range of the numbers of a value, itself or one of its forms.
fn bound(object: &mut Map<String, Value>, range: &RangeInclusive<f64>) {
    let number = |schema: &Map<String, Value>| {
        let kind = schema.get("type").and_then(Value::as_str);
        matches!(kind, Some("number" | "integer"))
    };
    let limits = [("minimum", *range.start()), ("maximum", *range.end())];
    if number(object) {
        for (name, limit) in limits.into_iter().filter(|(_, limit)| limit.is_finite()) {
            object.insert(name.to_owned(), json!(limit));
        }
    }
    for form in object
        .get_mut("anyOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(form) = form.as_object_mut() {
            bound(form, range);
        }
    }
}

/// Refers to the schema of distributions by name wherever it stands.
fn name_every(schema: &mut Value, distribution: &Value) {
    if schema == distribution {
        *schema = json!({ "$ref": format!("#/$defs/{DISTRIBUTION}") });
        return;
    }
    match schema {
        Value::Object(object) => {
            let values = object.values_mut();
            values.for_each(|value| name_every(value, distribution));
        }
        Value::Array(list) => {
            let values = list.iter_mut();
            values.for_each(|value| name_every(value, distribution));
        }
        _ => {}
    }
}

/// Completes the schema of the value at `path`; `values` are what the scenarios
/// shipped hold there.
fn refine(schema: &mut Value, path: &mut Vec<String>, values: &[&Value]) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    without_null(object);
    let key = path.join(".");
    if let Some(rules) = rules_of(path) {
        let text = format!("{}. {}", sentence(rules.permitted), sentence(rules.hint));
        object.insert("description".to_owned(), json!(text));
    }
    let words = words_of(path);
    if !words.is_empty() {
        object.insert("enum".to_owned(), json!(words));
    }
    if let Some(range) = permitted(&key) {
        bound(object, &range);
    }
    let scalars: Vec<&Value> = examples(values);
    if !scalars.is_empty() {
        object.insert("examples".to_owned(), json!(scalars));
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (name, property) in properties {
            path.push(name.clone());
            let below: Vec<&Value> = values.iter().filter_map(|v| v.get(name)).collect();
            refine(property, path, &below);
            path.pop();
        }
    }
    if let Some(any) = object.get_mut("additionalProperties") {
        path.push("*".to_owned());
        refine(any, path, &[]);
        path.pop();
    }
    if let Some(item) = object.get_mut("items") {
        // A single table may stand for a list of one; a list of numbers is an
        // example as a whole.
        let below: Vec<&Value> = values
            .iter()
            .flat_map(|value| match value.as_array() {
                Some(list) => list.iter().collect(),
                None => vec![*value],
            })
            .filter(|value| value.is_object())
            .collect();
        refine(item, path, &below);
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(Value::Array(forms)) = object.get_mut(several) {
            for form in forms {
                refine_form(form, path, values);
            }
        }
    }
}

/// One of several forms of a value: described where the key is, not again here.
fn refine_form(form: &mut Value, path: &mut Vec<String>, values: &[&Value]) {
    let own = form.get("description").cloned();
    refine(form, path, values);
    if let Some(object) = form.as_object_mut() {
        object.remove("examples");
        object.remove("enum");
        match own {
            Some(own) => object.insert("description".to_owned(), own),
            None => object.remove("description"),
        };
    }
}

/// TOML has no null: a key may be left out instead.
fn without_null(object: &mut Map<String, Value>) {
    object.remove("default");
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(forms)) = object.get_mut("anyOf") else {
        return;
    };
    forms.retain(|form| form.get("type") != Some(&json!("null")));
    if forms.len() == 1
        && let Some(Value::Object(only)) = forms.pop()
    {
        object.remove("anyOf");
        for (name, value) in only {
            object.entry(name).or_insert(value);
        }
        without_null(object);
    }
}

/// Different values that are no tables, in the order found. Dates are what the TOML
/// library makes of them, tables of one private key, and shown as their text.
fn examples<'v>(values: &[&'v Value]) -> Vec<&'v Value> {
    let mut found: Vec<&Value> = Vec::new();
    for value in values {
        let shown = match value {
            Value::Object(table) => match table.get("$__toml_private_datetime") {
                Some(date) => date,
                None => continue,
            },
            Value::Array(items) if items.iter().any(Value::is_object) => continue,
            other => other,
        };
        if !found.contains(&shown) && found.len() < MOST_EXAMPLES {
            found.push(shown);
        }
    }
    found
}

/// With a capital first letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
