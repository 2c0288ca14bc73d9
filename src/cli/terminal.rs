//! What is printed to a terminal: lines broken at words, the answer bold and once more
//! where it has scrolled away. Where standard output is no terminal every text stays as
//! it is.

use std::io::{self, IsTerminal};

use super::{CliError, print, print_bytes};
use crate::text::printable;

/// Lines and columns of a terminal that does not say how many it has.
const SIZE: (usize, usize) = (24, 80);
/// Where the text of a line begins whose first word says what it is about.
const LABELLED: usize = 18;

/// Prints a summary whose first paragraph is the answer.
pub fn print_answer(text: &str) -> Result<(), CliError> {
    let Some((lines, columns)) = size() else {
        return print(text);
    };
    let wrapped = wrapped(&printable(text), columns);
    let (answer, rest) = wrapped.split_once("\n\n").unwrap_or((&wrapped, ""));
    let answer = match std::env::var_os("NO_COLOR") {
        None => format!("\u{1b}[1m{answer}\u{1b}[0m"),
        Some(_) => answer.to_owned(),
    };
    let again = match wrapped.lines().count() >= lines {
        true => format!("\n{answer}\n"),
        false => String::new(),
    };
    print_bytes(format!("{answer}\n\n{rest}{again}").as_bytes())
}

/// Prints lines broken at words.
pub fn print_wrapped(text: &str) -> Result<(), CliError> {
    match size() {
        Some((_, columns)) => print(&wrapped(text, columns)),
        None => print(text),
    }
}

/// Lines and columns of standard output, where that is a terminal.
fn size() -> Option<(usize, usize)> {
    if !io::stdout().is_terminal() {
        return None;
    }
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout())
        && size.ws_col > 0
    {
        return Some((usize::from(size.ws_row), usize::from(size.ws_col)));
    }
    Some(SIZE)
}

/// A text with its prose broken at words: a sentence to the left, a line with a label
/// under its text. Tables, whose lines have wide gaps, stay as they are.
fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (body, end) = match line.strip_suffix('\n') {
            Some(body) => (body, "\n"),
            None => (line, ""),
        };
        let label = body.char_indices().nth(LABELLED).map(|(at, _)| at);
        let is_labelled = body.starts_with("  ")
            && label.is_some_and(|at| body[..at].ends_with(' ') && !body[at..].contains("  "));
        let (head, prose) = match (is_labelled, label) {
            (true, Some(at)) => body.split_at(at),
            _ => ("", body),
        };
        if body.chars().count() <= columns || (!is_labelled && body.trim().contains("  ")) {
            out.push_str(line);
            continue;
        }
        out.push_str(head);
        let mut used = head.chars().count();
        let indent = used;
        for (i, word) in prose.split(' ').enumerate() {
            let length = word.chars().count();
            if i > 0 && used + 1 + length > columns {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                used = indent;
            } else if i > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += length;
        }
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_at_words_and_tables_are_left_alone() {
        let text = "one two three four\n  label           what it says of it\nA    b    c    d\n";
        let wanted = text.replace(
            "it says of it",
            "it\n                  says of\n                  it",
        );
        assert_eq!(wrapped(text, 25), wanted);
        let narrow = wrapped(text, 10);
        assert!(narrow.starts_with("one two\nthree four\n"), "{narrow}");
        assert!(narrow.ends_with("\nA    b    c    d\n"), "{narrow}");
    }
}
