//! The engine as a WebAssembly module, for a page and for whoever runs one: a request as
//! JSON goes in byte by byte, an answer comes out the same way. So nothing outside can
//! reach into the module's memory, and nothing in here handles a pointer.
//!
//! The module imports nothing: no clock, no file, no thread, no random number.

use std::cell::RefCell;
use std::collections::BTreeMap;

use capbind::{Error, RunOptions, run_text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a page asks for.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What errors call the scenario.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Changes `key=value`.
    #[serde(default)]
    pub overrides: Vec<String>,
    /// Texts of the files that it names.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// The answer to a request: `summary` as `capbind run --json` prints it and the texts of
/// `files`; or `error` as the program prints it, with its place, what is permitted there
/// and what to try.
pub fn answer(request: &str) -> String {
    match serde_json::from_str(request) {
        Ok(request) => run(&request).unwrap_or_else(|error| refused(&error)),
        Err(error) => json!({ "error": { "text": format!("no request: {error}") } }),
    }
    .to_string()
}

fn run(request: &Request) -> Result<Value, Error> {
    let files = request.files.iter();
    let files: BTreeMap<String, Vec<u8>> = files
        .map(|(name, text)| (name.clone(), text.clone().into_bytes()))
        .collect();
    let options = RunOptions {
        charts: false,
        report: false,
        ..RunOptions::default()
    };
    let Request {
        name,
        text,
        overrides,
        ..
    } = request;
    let made = run_text(name, text, overrides, &files, &options, &())?;
    let texts = made.files.into_iter();
    let texts: BTreeMap<String, String> = texts
        .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
        .collect();
    Ok(json!({ "summary": made.said.json, "files": texts }))
}

fn refused(error: &Error) -> Value {
    json!({ "error": {
        "text": error.to_string(),
        "line": error.line(),
        "column": error.column(),
        "key": error.key(),
        "range": error.range(),
        "hint": error.hint(),
    } })
}

thread_local! {
    /// The request as far as it is there, and the answer to the last one.
    static BYTES: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// Takes the next byte of a request.
#[unsafe(no_mangle)]
pub extern "C" fn put(byte: u8) {
    BYTES.with_borrow_mut(|(request, _)| request.push(byte));
}

/// Answers the request; how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn run_request() -> usize {
    let request = BYTES.with_borrow_mut(|(request, _)| std::mem::take(request));
    let answer = answer(&String::from_utf8_lossy(&request)).into_bytes();
    let length = answer.len();
    BYTES.with_borrow_mut(|bytes| bytes.1 = answer);
    length
}

/// A byte of the answer; 0 beyond its end.
#[unsafe(no_mangle)]
pub extern "C" fn get(at: usize) -> u8 {
    BYTES.with_borrow(|(_, answer)| answer.get(at).copied().unwrap_or_default())
}
