"""Scenarios."""

from __future__ import annotations

import os
from typing import Any, Mapping, Union

from . import _capbind, _toml

PathLike = Union[str, "os.PathLike[str]"]


class Scenario:
    """A scenario, read and checked; it never changes.

    Made by :meth:`load`, :meth:`parse`, :meth:`from_dict` or :meth:`shipped`. What is not
    permitted raises :class:`capbind.ScenarioError`.
    """

    __slots__ = ("_native",)

    _native: _capbind.Scenario

    def __init__(self, native: _capbind.Scenario) -> None:
        self._native = native

    @classmethod
    def load(cls, path: PathLike, **changes: Any) -> Scenario:
        """Reads a scenario file, and the files beside it that it names."""
        return cls(_capbind.Scenario.load(os.fspath(path), _assignments(changes)))

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        name: str = "scenario",
        files: Mapping[str, Union[str, bytes]] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Scenario:
        """Reads a text in TOML; ``files`` has what it names, by name.

        >>> Scenario.parse('''
        ...     timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
        ...     revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.3 }
        ...     agreement = { share = 0.05, cap = 8 }
        ... ''', changes={"simulation.points": 1024}).paths
        16384
        """
        given = {
            key: file.encode() if isinstance(file, str) else file
            for key, file in (files or {}).items()
        }
        overrides = _assignments(changes or {})
        return cls(_capbind.Scenario.read(f"{name}.toml", name, text, overrides, given))

    @classmethod
    def from_dict(
        cls,
        table: Mapping[str, Any],
        *,
        name: str = "scenario",
        files: Mapping[str, Union[str, bytes]] | None = None,
    ) -> Scenario:
        """Reads tables of Python, with the keys of a scenario file.

        >>> import datetime
        >>> Scenario.from_dict({
        ...     "timeline": {
        ...         "start": datetime.date(2026, 1, 1),
        ...         "end": datetime.date(2027, 12, 31),
        ...         "step": "quarter",
        ...     },
        ...     "revenue": {"gbm": {"initial": 100, "growth": 0.2, "volatility": 0.3}},
        ...     "agreement": {"share": 0.05, "cap": 8},
        ... }).agreements
        ['agreement']
        """
        return cls.parse(_toml.document(table), name=name, files=files)

    @classmethod
    def shipped(cls, name: str) -> Scenario:
        """A scenario that comes with the program.

        >>> Scenario.shipped("openai-microsoft").title
        'OpenAI pays Microsoft a fifth of revenue, at most $38 billion'
        """
        text = _capbind.shipped(f"scenarios/{name}.toml")
        if text is None:
            all_ = ", ".join(cls.shipped_names())
            raise ValueError(f"no scenario {name!r} comes with capbind\n  try: one of {all_}")
        return cls.parse(text, name=name)

    @staticmethod
    def shipped_names() -> list[str]:
        """The names that :meth:`shipped` knows."""
        files = [path.rpartition("/")[2] for path in _capbind.shipped_names()]
        return [file.removesuffix(".toml") for file in files]

    def with_(self, **changes: Any) -> Scenario:
        """The same scenario with other values of some keys, as ``--set`` does.

        >>> Scenario.shipped("openai-microsoft").with_(**{"agreement.cap": 45})
        <capbind.Scenario openai-microsoft (agreement.cap=45)>
        """
        native = self._native
        overrides = [*native.overrides, *_assignments(changes)]
        return Scenario(
            _capbind.Scenario.read(
                native.origin, native.stem, native.text, overrides, native.files
            )
        )

    def check(self) -> str:
        """What was understood: what ``capbind check`` prints."""
        return self._native.understood()

    @property
    def name(self) -> str:
        """The name of its file, without folder and extension."""
        return self._native.stem

    @property
    def title(self) -> str:
        """What it shows."""
        return self._native.title

    @property
    def text(self) -> str:
        """The text of its file."""
        return self._native.text

    @property
    def changes(self) -> list[str]:
        """What was changed beside the text, as ``key=value``."""
        return self._native.overrides

    @property
    def agreements(self) -> list[str]:
        """The names of its agreements."""
        return self._native.agreements

    @property
    def money(self) -> str:
        """Currency and unit of every amount."""
        return self._native.money

    @property
    def paths(self) -> int:
        """How many paths a run simulates."""
        return self._native.paths

    def _key(self) -> tuple[str, str, tuple[str, ...], tuple[tuple[str, bytes], ...]]:
        native = self._native
        return (
            native.stem,
            native.text,
            tuple(native.overrides),
            tuple(sorted(native.files.items())),
        )

    def __eq__(self, other: object) -> bool:
        """Whether they have the same name, text, changes and files."""
        if not isinstance(other, Scenario):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        native = self._native
        state = (native.origin, native.stem, native.text, native.overrides, native.files)
        return _again, state

    def __repr__(self) -> str:
        changes = ", ".join(self.changes)
        return f"<capbind.Scenario {self.name}{f' ({changes})' if changes else ''}>"

    def _repr_html_(self) -> str:
        import html

        lines = html.escape(self.check().rstrip())
        return f"<p><b>{html.escape(self.title)}</b></p><pre>{lines}</pre>"


def _again(
    origin: str, stem: str, text: str, overrides: list[str], files: dict[str, bytes]
) -> Scenario:
    return Scenario(_capbind.Scenario.read(origin, stem, text, overrides, files))


def _assignments(changes: Mapping[str, Any]) -> list[str]:
    return [_toml.assignment(key, value) for key, value in changes.items()]


AnyScenario = Union[Scenario, PathLike]
"""A scenario, or the path of its file."""


def scenario_of(given: AnyScenario) -> Scenario:
    """A scenario as it is, or read from its file."""
    return given if isinstance(given, Scenario) else Scenario.load(given)
