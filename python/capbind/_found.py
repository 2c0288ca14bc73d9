"""What runs and studies have alike."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

from . import _capbind
from ._figure import Figure
from ._table import Table

Native = TypeVar("Native", bound="_capbind.Run | _capbind.Study")


class Found(Generic[Native]):
    """Words, tables and charts of what was found."""

    def __init__(self, native: Native) -> None:
        self._native = native

    @property
    def text(self) -> str:
        """What the command prints."""
        return self._native.text

    @property
    def json(self) -> dict[str, Any]:
        """What the command prints with ``--json``."""
        import json

        found: dict[str, Any] = json.loads(self._native.json)
        return found

    @property
    def warnings(self) -> list[str]:
        """What a reader should know before quoting it."""
        return self._native.warnings

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every table by name."""
        return {table.name: Table(table) for table in self._native.tables()}

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every chart by name."""
        return {one.name: Figure(one) for one in self._native.figures()}

    def figure(self, name: str) -> Figure:
        """A chart: of a run ``cumulative``, ``binding``, ``revenue``, ``total``, ``ending`` …"""
        if name not in self.figures:
            raise KeyError(f"no chart is called {name!r}; one of {', '.join(self.figures)}")
        return self.figures[name]
