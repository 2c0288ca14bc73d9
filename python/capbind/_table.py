"""Tables of results."""

# pandas and pyarrow say little of their types.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Iterator, Union

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from . import _capbind

Cell = Union[str, int, float, datetime.date, None]
"""What a cell holds: ``None`` where it is undefined."""

_MOST_SHOWN = 20


class Table:
    """Named columns of one length: texts, numbers and dates.

    A column that holds numbers and dates, such as the percentiles of a summary, is two: the
    numbers under its name, the dates under ``NAME_date``. Whoever reads Arrow can take a
    table as it is (``polars.DataFrame(table)``, ``pyarrow.table(table)``); numbers and dates
    are then not copied.

    >>> import capbind
    >>> scenario = capbind.Scenario.shipped("textbook-gbm").with_(**{"simulation.points": 256})
    >>> binding = capbind.run(scenario).binding
    >>> len(binding), binding.to_dict()["period_end"][0]
    (73, datetime.date(2026, 1, 31))
    """

    __slots__ = ("_native",)

    def __init__(self, native: _capbind.Table) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """Its name: that of its CSV file."""
        return self._native.name

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return self._native.columns

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self.columns)

    def __len__(self) -> int:
        return len(self._native)

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        """Its rows, each by column."""
        columns = self.to_dict()
        for row in zip(*columns.values()):
            yield dict(zip(columns, row))

    def __getitem__(self, column: str) -> list[Cell]:
        """A column as a list."""
        return self.to_dict()[column]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def to_dict(self) -> dict[str, list[Cell]]:
        """Its columns as lists."""
        return self._native.to_dict()

    def to_arrow(self) -> pyarrow.Table:
        """As a table of pyarrow, without a copy."""
        import pyarrow

        return pyarrow.table(self)

    def to_polars(self) -> polars.DataFrame:
        """As a frame of polars; numbers and dates are not copied."""
        import polars

        return polars.DataFrame(self)

    def to_pandas(self) -> pandas.DataFrame:
        """As a frame of pandas; dates are ``datetime64``."""
        import pandas

        frame: Any = pandas.DataFrame(self.to_dict())
        for column in self._native.dates:
            frame[column] = pandas.to_datetime(frame[column])
        return frame

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<capbind.Table {self.name}: {rows} rows, {columns} columns>"

    def _repr_html_(self) -> str:
        import html

        columns = self.to_dict()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        rows = list(zip(*columns.values()))
        body = "".join(
            "<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>"
            for row in rows[:_MOST_SHOWN]
        )
        left = len(rows) - _MOST_SHOWN
        more = f"<p>{left:,} more rows</p>" if left > 0 else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _shown(cell: Cell) -> str:
    import html

    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.6g}"
    return html.escape(str(cell))
