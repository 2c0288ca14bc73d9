//! Changes of a scenario as a shell takes them.

use crate::text::shell_word;

/// The command that runs a scenario with changes.
pub fn command(name: &str, overrides: &[String]) -> String {
    let changes = overrides.iter();
    let changes = changes.map(|change| format!(" --set {}", shell_word(change)));
    format!(
        "capbind run {}{}",
        shell_word(name),
        changes.collect::<String>()
    )
}
