//! Errors of a scenario: where, what, what is permitted, what to try.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::keys::rules_for;
use super::source::{Place, Source};
use crate::text::{is_hidden, printable};

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
#[non_exhaustive]
pub enum ProblemKind {
    /// There is no such key.
    UnknownKey {
        /// The one it most likely stands for.
        meant: Option<String>,
    },
    /// Anything else.
    Other,
}

/// The problems of one scenario, with its text.
#[derive(Clone, Debug)]
pub struct Problems {
    /// At least one.
    pub problems: Vec<Problem>,
    /// The text they are in.
    pub source: Source,
}

/// A problem with its place, for those who show it in a way of their own.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    problem: &'a Problem,
    source: &'a Source,
}

impl<'a> Located<'a> {
    /// What the text is called that it is in: a file's path, or `--set`.
    pub fn origin(self) -> &'a str {
        self.place().origin
    }

    /// Its line in that text, counted from 1.
    pub fn line(self) -> usize {
        1 + self.before().matches('\n').count()
    }

    /// Its column in that line, in characters counted from 1.
    pub fn column(self) -> usize {
        let before = self.before();
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        1 + before[line..].chars().count()
    }

    /// The dotted key it is about; none where it is about the form of the text.
    pub fn key(self) -> Option<String> {
        let key = &self.problem.key;
        (!key.is_empty()).then(|| key.join("."))
    }

    /// What is wrong, in a sentence.
    pub fn message(self) -> &'a str {
        &self.problem.message
    }

    /// What is permitted for the key.
    pub fn range(self) -> Option<&'static str> {
        Some(rules_for(&self.problem.key)?.permitted)
    }

    /// What to try.
    pub fn hint(self) -> Option<&'a str> {
        let usual = || Some(rules_for(&self.problem.key)?.hint);
        self.problem.hint.as_deref().or_else(usual)
    }

    fn place(self) -> Place<'a> {
        self.source.place(&self.problem.span)
    }

    fn before(self) -> &'a str {
        let place = self.place();
        &place.text[..place.span.start]
    }
}

impl Problems {
    /// Each of them with its place, in the order of the text.
    pub fn located(&self) -> impl Iterator<Item = Located<'_>> {
        let source = &self.source;
        self.problems
            .iter()
            .map(move |problem| Located { problem, source })
    }

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
        let located = Located {
            problem,
            source: &self.source,
        };
        if let Some(range) = located.range() {
            group = group.element(Level::NOTE.with_name("permitted").message(range));
        }
        if let Some(hint) = located.hint() {
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
