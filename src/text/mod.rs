//! Texts of others, made fit to be shown: nothing hidden, nothing endless.

mod base64;

pub use base64::base64;

use std::borrow::Cow;

/// The longest line that is printed of a text, in characters.
const LONGEST_LINE: usize = 2_000;
/// The longest value that a message repeats, in characters.
const LONGEST_VALUE: usize = 200;

/// Whether a character is none that one sees: a control character, or one that only
/// says in which order, whether or how others are shown. The joiners that some
/// scripts need are not among them.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The first character of a text of lines that belongs in none, and where: a hidden
/// one, but for tabs and the ends of lines.
pub fn stray(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|&(at, c)| match c {
        '\n' | '\t' => false,
        '\r' => !text[at + 1..].starts_with('\n'),
        c => is_hidden(c),
    })
}

/// A text with every [`stray`] character written out, as in `\u{202e}`.
pub fn shown(text: &str) -> Cow<'_, str> {
    let Some((mut at, mut c)) = stray(text) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    loop {
        out.push_str(&rest[..at]);
        out.extend(c.escape_unicode());
        rest = &rest[at + c.len_utf8()..];
        let Some(next) = stray(rest) else {
            out.push_str(rest);
            return Cow::Owned(out);
        };
        (at, c) = next;
    }
}

/// A text for a terminal: [`shown`], and no line without end.
pub fn printable(text: &str) -> Cow<'_, str> {
    match text.lines().all(|line| line.len() <= LONGEST_LINE) {
        true => shown(text),
        false => {
            let lines = text.split('\n');
            let lines: Vec<_> = lines.map(|line| cut(line, LONGEST_LINE)).collect();
            Cow::Owned(shown(&lines.join("\n")).into_owned())
        }
    }
}

/// A value as a message repeats it: [`shown`] in one line, its middle left out where
/// it is long.
pub fn brief(value: &str) -> String {
    let one_line: String = cut(value, LONGEST_VALUE)
        .chars()
        .map(|c| if "\r\n\t".contains(c) { ' ' } else { c })
        .collect();
    shown(&one_line).into_owned()
}

/// A value in quotes as a message repeats it, what is hidden in it written out, its
/// middle left out where it is long.
pub fn quoted(value: &str) -> String {
    format!("{:?}", cut(value, LONGEST_VALUE))
}

/// A word as a POSIX shell takes it.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// At most so many characters of a text, the last tenth of them its end, and how
/// many it has.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most || text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    let count = text.chars().count();
    let place = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(i, _)| i);
    let (head, tail) = (place(most - most / 10), place(count - most / 10));
    let (head, tail) = (&text[..head], &text[tail..]);
    Cow::Owned(format!("{head} … {tail} ({count} characters)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_written_out() {
        assert_eq!(shown("a\n\tb é 日本 \u{200d}"), "a\n\tb é 日本 \u{200d}");
        assert_eq!(
            shown("\u{1b}[31m\r\0\u{9b}\u{202e}x\u{7f}"),
            "\\u{1b}[31m\\u{d}\\u{0}\\u{9b}\\u{202e}x\\u{7f}"
        );
        assert_eq!(shown("a\r\nb\rc"), "a\r\nb\\u{d}c");
        assert_eq!(brief("a\nb\tc\u{1b}"), "a b c\\u{1b}");
        assert_eq!(quoted("\u{1b}\u{202e}\""), "\"\\u{1b}\\u{202e}\\\"\"");
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("agreement.cap=40"), "agreement.cap=40");
        let value = "a={ uniform = [1, 2] }";
        assert_eq!(shell_word(value), format!("'{value}'"));
        assert_eq!(shell_word("title=it's"), r"'title=it'\''s'");
        assert_eq!(shell_word("$(rm)"), "'$(rm)'");
    }

    #[test]
    fn what_is_endless_is_cut() {
        let long = "é".repeat(1_000_000);
        let text = format!("{long}z\nshort");
        let text = printable(&text);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].chars().count() < 2_100);
        assert!(
            lines[0].ends_with("éz (1000001 characters)"),
            "{}",
            lines[0]
        );
        assert_eq!(brief(&"x".repeat(200)), "x".repeat(200));
        assert!(brief(&"x".repeat(201)).ends_with("(201 characters)"));
    }
}
