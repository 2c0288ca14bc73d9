//! Errors of a scenario: where, what, what is permitted, what to try.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use thiserror::Error;

use super::keys::rules_for;
use super::source::Source;
use crate::units::{is_hidden, printable};

/// A file with so many problems is not searched for more.
pub const MOST_PROBLEMS: usize = 50;
/// More than these nobody reads at once.
const MOST_SHOWN: usize = 20;

/// The longest part of a line that is marked, in characters.
const MOST_MARKED: usize = 400;

/// One thing wrong with a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where, as a span of the whole source.
    pub span: Range<usize>,
    /// The dotted key it is about.
    pub key: Vec<String>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What the marked text is.
    pub label: String,
    /// A remedy better than the key's usual one.
    pub hint: Option<String>,
    /// What it is, where more than words hang on it.
    pub kind: ProblemKind,
}

/// What a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no such key.
    UnknownKey {
        /// The one it most likely stands for.
        meant: Option<String>,
    },
    /// Anything else.
    Other,
}

/// Why a scenario cannot be used.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The file cannot be read as text.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not and what to try.
        reason: String,
    },
    /// The file is read but says something that is not permitted.
    #[error("{} problem(s) in a scenario", .0.problems.len())]
    Invalid(Box<Problems>),
}

/// The problems of one scenario, with its text.
#[derive(Clone, Debug)]
pub struct Problems {
    /// At least one.
    pub problems: Vec<Problem>,
    /// The text they are in.
    pub source: Source,
}

impl Problems {
    /// The problems as a terminal shows them: `error: …`, file:line:column, the
    /// line marked, the permitted range and a hint. The last line counts them.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let texts: Vec<String> = self
            .problems
            .iter()
            .take(MOST_SHOWN)
            .map(|problem| renderer.render(&[self.group(problem)]))
            .collect();
        let found = self.problems.len();
        let count = match found {
            1 => "1 problem".to_owned(),
            MOST_PROBLEMS => format!("{found} or more problems"),
            _ => format!("{found} problems"),
        };
        let shown = match found {
            0..=MOST_SHOWN => String::new(),
            _ => format!(", the first {MOST_SHOWN} shown"),
        };
        let texts = texts.join("\n\n");
        format!("{texts}\n\n{count}{shown}; nothing was simulated or written")
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let place = self.source.place(&problem.span);
        let span = visible(place.text, place.span);
        let snippet = Snippet::source(seen(place.text))
            .path(printable(place.origin))
            .annotation(
                AnnotationKind::Primary
                    .span(span)
                    .label(printable(&problem.label)),
            );
        let mut group = Level::ERROR
            .primary_title(printable(&problem.message))
            .element(snippet);
        let rules = rules_for(&problem.key);
        if let Some(rules) = rules {
            group = group.element(Level::NOTE.with_name("permitted").message(rules.permitted));
        }
        let usual = rules.map(|rules| rules.hint);
        if let Some(hint) = problem.hint.as_deref().or(usual) {
            group = group.element(Level::HELP.with_name("try").message(printable(hint)));
        }
        group
    }
}

/// A text with something to see for every hidden character that the renderer has no
/// picture for, at the same positions.
fn seen(text: &str) -> Cow<'_, str> {
    let is_left = |c: char| is_hidden(c) && !c.is_ascii();
    if !text.contains(is_left) {
        return Cow::Borrowed(text);
    }
    let picture = |c: char| match c.len_utf8() {
        _ if !is_left(c) => c,
        2 => '\u{a4}',
        3 => char::REPLACEMENT_CHARACTER,
        _ => '\u{1f6ab}',
    };
    text.chars().map(picture).collect()
}

/// The part of a span on its first line: a multi-line table is marked where it
/// begins, a long value no further than one sees. An empty span marks the character at
/// its place.
fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    let mut seen = text[span.start..].char_indices().skip(MOST_MARKED);
    let seen = seen.next().map_or(text.len(), |(i, _)| span.start + i);
    let line_end = text[span.start..]
        .find('\n')
        .map_or(text.len(), |i| span.start + i);
    let end = span.end.min(line_end).min(seen);
    if end > span.start {
        return span.start..end;
    }
    let next = text[span.start..line_end].chars().next();
    span.start..span.start + next.map_or(0, char::len_utf8)
}
