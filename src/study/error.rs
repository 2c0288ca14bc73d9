//! Why a study cannot be made.

use thiserror::Error;

/// What is wrong with a question, and what to try.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct StudyError {
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to try.
    pub hint: String,
}

impl StudyError {
    /// A mistake and its remedy.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}
