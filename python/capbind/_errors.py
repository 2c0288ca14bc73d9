"""Errors and warnings."""

from __future__ import annotations


class CapbindError(ValueError):
    """What was asked for has no result.

    The text is the one that the program prints. The attributes are of the first problem, and
    ``None`` where it has none.
    """

    line: int | None
    """Its line, counted from 1."""
    column: int | None
    """Its column, in characters counted from 1."""
    key: str | None
    """The dotted key it is about."""
    range: str | None
    """What is permitted there, in words."""
    hint: str | None
    """What to try."""
    origin: str | None
    """The file it is in, or what stands for one."""

    def __init__(
        self,
        text: str,
        *,
        line: int | None = None,
        column: int | None = None,
        key: str | None = None,
        range: str | None = None,
        hint: str | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(text)
        self.line = line
        self.column = column
        self.key = key
        self.range = range
        self.hint = hint
        self.origin = origin


class ScenarioError(CapbindError):
    """A scenario that cannot be used: every problem with its line, marked.

    >>> import capbind
    >>> try:
    ...     capbind.Scenario.shipped("textbook-gbm").with_(**{"agreement.share": 1.4})
    ... except capbind.ScenarioError as error:
    ...     print(error.key, "is permitted from", error.range)
    agreement.share is permitted from 0 to 1, a distribution within that, rates by date or tiers
    """


class StudyError(CapbindError):
    """A question that has no answer."""


class CapbindWarning(UserWarning):
    """Something to know of a run: how its numbers read, or how much memory it takes."""
