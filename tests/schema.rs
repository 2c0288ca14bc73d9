//! The JSON Schema of the scenario file: committed as the program prints it, and it
//! says of scenarios what the program says.
#![cfg(feature = "cli")]

mod common;

use std::fs;

use serde_json::{Value, json};

const COMMITTED: &str = "docs/scenario.schema.json";

/// What a schema is asked about: TOML as JSON, dates as their text.
fn value(text: &str) -> Value {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => json!(date.to_string()),
            toml::Value::Array(list) => list.into_iter().map(plain).collect(),
            toml::Value::Table(table) => {
                let pairs = table.into_iter().map(|(key, value)| (key, plain(value)));
                Value::Object(pairs.collect())
            }
            other => json!(other),
        }
    }
    plain(toml::Value::Table(text.parse().unwrap()))
}

/// Why a value does not fit a schema, of the vocabulary this one uses.
fn misfit(schema: &Value, root: &Value, value: &Value, path: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        return misfit(target, root, value, path);
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let reasons: Vec<_> = forms.iter().map(|f| misfit(f, root, value, path)).collect();
        return reasons
            .iter()
            .all(Option::is_some)
            .then(|| format!("{path}: {reasons:?}"));
    }
    let fits = match schema["type"].as_str() {
        // Anything goes.
        None if schema
            .as_object()
            .is_none_or(|own| !own.contains_key("type")) =>
        {
            true
        }
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        other => panic!("{path}: a schema of type {other:?}"),
    };
    let listed = schema["enum"]
        .as_array()
        .is_none_or(|all| all.contains(value));
    if !fits || !listed {
        return Some(format!("{path}: {value}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        if value.get(name).is_none() {
            return Some(format!("{path} lacks {name}"));
        }
    }
    let nothing = json!({});
    for (name, below) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let known = schema["properties"].get(name);
        let found = match (known, &schema["additionalProperties"]) {
            (Some(known), _) => misfit(known, root, below, &path),
            (None, Value::Bool(false)) => Some(format!("{path} is not known")),
            (None, any) if any.is_object() => misfit(any, root, below, &path),
            (None, _) => misfit(&nothing, root, below, &path),
        };
        if found.is_some() {
            return found;
        }
    }
    let items = value.as_array().into_iter().flatten().enumerate();
    let of = |i: usize| schema["prefixItems"].get(i).unwrap_or(&schema["items"]);
    let mut items = items.filter_map(|(i, item)| misfit(of(i), root, item, path));
    items.next()
}

fn printed() -> String {
    let schema = common::capbind(common::project()).arg("schema").assert();
    String::from_utf8(schema.success().get_output().stdout.clone()).unwrap()
}

#[test]
fn the_committed_schema_is_the_one_printed() {
    let path = common::project().join(COMMITTED);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, printed()).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == printed(),
        "{COMMITTED} differs: UPDATE_GOLDEN=1 cargo test --test schema"
    );
}

#[test]
fn every_scenario_names_the_schema_and_fits_it() {
    let schema: Value = serde_json::from_str(&printed()).unwrap();
    for path in common::scenarios() {
        let text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next();
        let line = "#:schema ../docs/scenario.schema.json";
        assert_eq!(first, Some(line), "{}", path.display());
        let reason = misfit(&schema, &schema, &value(&text), "");
        assert_eq!(reason, None, "{}", path.display());
    }
}

#[test]
fn mistakes_do_not_fit_it() {
    let schema: Value = serde_json::from_str(&printed()).unwrap();
    let good = fs::read_to_string(common::project().join("scenarios/textbook-gbm.toml")).unwrap();
    for (right, wrong) in [
        ("[agreement]", "[agrement]"),
        ("cap   = ", "capp  = "),
        ("share = 0.06", "share = \"0.06\""),
        ("step  = \"month\"", "step = \"week\""),
    ] {
        let bad = good.replacen(right, wrong, 1);
        assert_ne!(bad, good, "{right}");
        let reason = misfit(&schema, &schema, &value(&bad), "");
        assert!(reason.is_some(), "{wrong}");
    }
}

#[test]
fn every_key_is_described() {
    fn undescribed(schema: &Value, path: &str, found: &mut Vec<String>) {
        for form in schema["anyOf"].as_array().into_iter().flatten() {
            undescribed(form, path, found);
        }
        if let Some(items) = schema.get("items") {
            undescribed(items, path, found);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            if property.get("description").is_none() {
                found.push(path.clone());
            }
            undescribed(property, &path, found);
        }
    }
    let schema: Value = serde_json::from_str(&printed()).unwrap();
    let mut found = Vec::new();
    undescribed(&schema, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}
