//! What the explorer's page asks and is answered, in JSON: the engine in the page does, and the
//! program itself for what a page shows as it opens.
//!
//! [`Request`] says what can be asked. A scenario is opened once; what is asked of it then
//! names the changes.

mod changes;
mod describe;
mod request;
mod session;
mod show;
mod switches;

use serde_json::json;

pub use request::{Draw, Pin, Request};
pub use session::Session;

use crate::Error;

/// The answer to a request: an object that has `error` where there is none, with the text
/// that the program would print, the place, what is permitted there and what to try.
pub fn answer(session: &mut Session, request: &[u8]) -> String {
    let answer = match serde_json::from_slice(request) {
        Ok(request) => session
            .answer(request)
            .unwrap_or_else(|error| refused(&error)),
        Err(error) => json!({ "error": { "text": format!("no request: {error}") } }),
    };
    answer.to_string()
}

fn refused(error: &Error) -> serde_json::Value {
    json!({ "error": {
        "text": error.to_string(),
        "line": error.line(),
        "column": error.column(),
        "key": error.key(),
        "range": error.range(),
        "hint": error.hint(),
    } })
}
