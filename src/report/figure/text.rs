//! Texts from outside made fit to draw: cleaned, wrapped, cut.

use super::canvas::TextStyle;
use super::font::Fonts;

/// Longer texts are cut before they are measured.
const MAX_CHARACTERS: usize = 4000;

/// The text on one line, without characters that are invisible, change the
/// direction of writing, or may not stand in XML.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_CHARACTERS));
    let mut blank = true;
    for character in text.chars().take(MAX_CHARACTERS) {
        // A no-break space is kept: it is meant.
        let space = (character.is_whitespace() && character != '\u{a0}') || character.is_control();
        if space {
            if !blank {
                out.push(' ');
            }
            blank = true;
        } else if !is_invisible(character) {
            out.push(character);
            blank = false;
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

/// The text, or as much of it as fits, with an ellipsis.
pub fn fit(fonts: &Fonts, text: &str, style: TextStyle, width: f64) -> String {
    if fonts.width(text, style) <= width {
        return text.to_owned();
    }
    let starts: Vec<usize> = text.char_indices().map(|(start, _)| start).collect();
    let cut = |count: usize| {
        let end = starts.get(count).copied().unwrap_or(text.len());
        format!(
            "{}…",
            text[..end].trim_end_matches([' ', ',', ';', '.', ':'])
        )
    };
    let fitting = |count: &usize| fonts.width(&cut(*count), style) <= width;
    let (mut low, mut high) = (0, starts.len());
    while low + 1 < high {
        let middle = low.midpoint(high);
        if fitting(&middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    cut(low)
}

/// The text in at most `max_lines` lines no wider than `width`; what does not
/// fit is replaced by an ellipsis. Words wider than a line are broken.
pub fn wrap(
    fonts: &Fonts,
    text: &str,
    style: TextStyle,
    width: f64,
    max_lines: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim_matches(' ');
    while !rest.is_empty() {
        if lines.len() + 1 == max_lines {
            lines.push(fit(fonts, rest, style, width));
            break;
        }
        let end = line_end(fonts, rest, style, width);
        lines.push(rest[..end].trim_end_matches(' ').to_owned());
        rest = rest[end..].trim_start_matches(' ');
    }
    lines
}

/// Where the first line of a text ends, in bytes.
fn line_end(fonts: &Fonts, text: &str, style: TextStyle, width: f64) -> usize {
    if fonts.width(text, style) <= width {
        return text.len();
    }
    let breaks = text.match_indices(' ').map(|(at, _)| at);
    let words = breaks
        .take_while(|&end| fonts.width(&text[..end], style) <= width)
        .last();
    words.unwrap_or_else(|| {
        text.char_indices()
            .map(|(start, character)| start + character.len_utf8())
            .take_while(|&end| fonts.width(&text[..end], style) <= width)
            .last()
            // One character goes on every line, however narrow.
            .unwrap_or_else(|| text.chars().next().map_or(0, char::len_utf8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::RGBColor;

    fn style() -> TextStyle {
        TextStyle::new(12.0, RGBColor(0, 0, 0))
    }

    #[test]
    fn texts_are_cleaned() {
        assert_eq!(clean("  a\n\tb \u{202e}c\u{0}d "), "a b c d");
        assert_eq!(clean("$38\u{a0}bn"), "$38\u{a0}bn");
        assert_eq!(clean(""), "");
        assert_eq!(clean("\u{200b}"), "");
    }

    #[test]
    fn lines_fit_and_the_last_is_cut() {
        let fonts = Fonts::embedded().unwrap();
        let text = "one two three four five six seven eight nine ten ".repeat(9);
        let lines = wrap(fonts, &text, style(), 200.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| fonts.width(line, style()) <= 200.0));
        assert!(lines[2].ends_with('…'));
        assert_eq!(wrap(fonts, "short", style(), 200.0, 3), ["short"]);
        assert!(wrap(fonts, "", style(), 200.0, 3).is_empty());
    }

    #[test]
    fn long_words_and_narrow_lines_end() {
        let fonts = Fonts::embedded().unwrap();
        let word = "x".repeat(500);
        let lines = wrap(fonts, &word, style(), 200.0, 4);
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| fonts.width(line, style()) <= 200.0));
        assert_eq!(wrap(fonts, "ééé", style(), 0.5, 9).len(), 3);
        assert_eq!(fit(fonts, "ééé", style(), 0.5), "…");
    }
}
