"""Values of Python as TOML."""

from __future__ import annotations

import datetime
import math
from typing import Any, Mapping, Sequence, cast

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def document(table: Mapping[str, Any]) -> str:
    """A whole file.

    >>> print(document({"title": "A", "agreement": {"cap": 38, "share": 0.2}}), end="")
    title = "A"
    <BLANKLINE>
    [agreement]
    cap = 38
    share = 0.2
    """
    lines: list[str] = []
    _table(lines, (), table)
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(lines: list[str], path: tuple[str, ...], table: Mapping[str, Any]) -> None:
    headed: list[tuple[str, str, Mapping[str, Any]]] = []
    for name, given in table.items():
        several = _tables(given)
        if isinstance(given, Mapping):
            headed.append((name, "[{}]", _mapping(given)))
        elif several:
            headed.extend((name, "[[{}]]", one) for one in several)
        else:
            lines.append(f"{key(name)} = {value(given)}")
    for name, header, inner in headed:
        own = (*path, name)
        lines.extend(["", header.format(".".join(map(key, own)))])
        _table(lines, own, inner)


def _tables(given: Any) -> list[Mapping[str, Any]]:
    """The tables of a list that has nothing else."""
    if not isinstance(given, (list, tuple)):
        return []
    items = _items(cast("Any", given))
    tables = [_mapping(one) for one in items if isinstance(one, Mapping)]
    return tables if len(tables) == len(items) else []


def _items(given: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", given)


def _mapping(given: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", given)


def key(name: str) -> str:
    """A key of a table, in quotes where it needs them."""
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _text(name)


def value(given: Any) -> str:
    """A value in a line.

    >>> value({"triangular": [35, 38.5, 41]})
    '{ triangular = [35, 38.5, 41] }'
    """
    item = getattr(given, "item", None)
    if callable(item) and not getattr(given, "shape", ()):
        # A number of numpy.
        given = item()
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int):
        return str(given)
    if isinstance(given, float):
        if math.isfinite(given):
            return repr(given)
        return "nan" if math.isnan(given) else ("inf" if given > 0 else "-inf")
    if isinstance(given, str):
        return _text(given)
    if isinstance(given, datetime.datetime):
        return given.date().isoformat()
    if isinstance(given, datetime.date):
        return given.isoformat()
    if isinstance(given, Mapping):
        named = _mapping(given).items()
        pairs = ", ".join(f"{key(str(name))} = {value(one)}" for name, one in named)
        return f"{{ {pairs} }}"
    if isinstance(given, Sequence):
        return f"[{', '.join(map(value, _items(given)))}]"
    raise TypeError(f"{type(given).__name__} is no value of a scenario")


def _text(text: str) -> str:
    def escaped(c: str) -> str:
        hidden = ord(c) < 0x20 or ord(c) == 0x7F
        return _ESCAPES.get(c) or (f"\\u{ord(c):04x}" if hidden else c)

    return '"' + "".join(map(escaped, text)) + '"'


def assignment(name: str, given: Any) -> str:
    """An override ``key=value``: a text that is no TOML is taken as a text."""
    return f"{name}={value(given)}"
