"""Runs."""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING, Any

from . import _capbind
from ._found import Found
from ._scenario import AnyScenario, Scenario, scenario_of
from ._table import Table
from ._work import wait, warn

if TYPE_CHECKING:
    import numpy

    Matrix = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float64]]


def run(
    scenario: AnyScenario,
    *,
    points: int | None = None,
    paths: int | None = None,
    precision: float | None = None,
    seed: int | None = None,
    convergence: bool = False,
    threads: int | None = None,
    progress: bool = True,
) -> Result:
    """Simulates a scenario.

    :param points: Sobol points of each replicate, a power of two.
    :param paths: paths in all, instead of points.
    :param precision: the standard error wanted instead: relative for amounts, absolute for
        probabilities.
    :param seed: the same seed gives the same bytes.
    :param convergence: also how the estimates settle as points are doubled.
    :param threads: all cores where there is none; results do not depend on it.
    :param progress: shows how far it is, on a terminal and in a notebook.

    >>> result = run(Scenario.shipped("textbook-gbm"), points=1024, seed=1)
    >>> print(result.answer)  # doctest: +ELLIPSIS
    The cap binds in ...
    """
    changes = {
        "simulation.points": points,
        "simulation.seed": seed,
        "simulation.precision": precision,
    }
    asked = {key: value for key, value in changes.items() if value is not None}
    own = scenario_of(scenario)
    own = own.with_(**asked) if asked else own
    work = _capbind.start_run(own._native, paths, convergence, threads or 0)
    result = Result(own, wait(work, f"run {own.name}", progress))
    warn(result.warnings)
    return result


class Result(Found[_capbind.Run]):
    """What a run comes to. Amounts are in the scenario's currency and unit."""

    def __init__(self, scenario: Scenario, native: _capbind.Run) -> None:
        super().__init__(native)
        self.scenario = scenario
        """What was asked."""

    @property
    def answer(self) -> str:
        """The answer in a sentence or two; with several agreements, a line for each."""
        return self._native.answer

    @property
    def paths_simulated(self) -> int:
        """Paths simulated."""
        return self._native.paths_simulated

    @property
    def summary(self) -> Table:
        """Totals, values, probabilities and dates: mean, error, percentiles."""
        return self.tables["summary"]

    @property
    def periods(self) -> Table:
        """Revenue, accrual, payment, cumulative paid and headroom of every period."""
        return self.tables["periods"]

    @property
    def years(self) -> Table:
        """The same by calendar year and by fiscal year."""
        return self.tables["years"]

    @property
    def binding(self) -> Table:
        """The probability that the cap binds in each period, and by its end."""
        return self.tables["binding"]

    @property
    def ends(self) -> Table:
        """Why sharing ends, how likely and when."""
        return self.tables["ends"]

    @property
    def cash(self) -> Table | None:
        """Cash by payment date, of agreements with clauses and of several agreements."""
        return self.tables.get("cash")

    @property
    def net(self) -> Table | None:
        """What each party receives less what it pays, with several agreements."""
        return self.tables.get("net")

    @property
    def risk_neutral(self) -> Table | None:
        """The value where risk has a price, where the scenario asks for it."""
        return self.tables.get("risk_neutral")

    @property
    def convergence(self) -> Table | None:
        """How the estimates settle, where that was asked for."""
        return self.tables.get("convergence")

    def paths(self, count: int) -> Paths:
        """The first paths, period by period, as arrays of numpy."""
        return Paths(self._native.paths(count))

    def path_table(self, count: int) -> Table:
        """The first paths as a table: a row for each path and period, as in ``paths.csv``."""
        return Table(self._native.path_table(count))

    def report(self, path: str | os.PathLike[str]) -> None:
        """Writes the page that shows it all, on its own: ``report.html``."""
        write(path, self._native.report().encode())

    def workbook(self, path: str | os.PathLike[str]) -> None:
        """Writes the tables as a workbook with charts."""
        write(path, self._native.workbook())

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        keep_paths: int = 0,
        charts: bool = True,
        report: bool = True,
        workbook: bool = False,
    ) -> None:
        """Writes the folder that ``capbind run`` would write, byte for byte: complete or
        not at all."""
        self._native.save(os.fspath(folder), keep_paths, charts, report, workbook)

    def __repr__(self) -> str:
        return f"<capbind.Result {self.scenario.name}: {self.answer}>"

    def _repr_html_(self) -> str:
        import html

        answer = "".join(f"<p>{html.escape(line)}</p>" for line in self.answer.splitlines())
        return answer + self.summary._repr_html_()


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file."""
    with open(path, "wb") as file:
        file.write(data)


class Paths:
    """Paths: a row for each, a column for each period."""

    def __init__(self, native: dict[str, Any]) -> None:
        import numpy

        self.period_end: list[datetime.date] = native["period_end"]
        """The last day of each period."""
        self.revenue: Matrix = numpy.asarray(native["revenue"])
        """Revenue."""
        values = numpy.asarray(native["input_values"])
        self.inputs: dict[str, Any] = {
            name: values[:, i] for i, name in enumerate(native["inputs"])
        }
        """The value of each uncertain key."""
        agreements = native["agreements"]
        self.payments: dict[str, Matrix] = {
            name: numpy.asarray(grids[0]) for name, grids in agreements.items()
        }
        """Payments, by agreement."""
        self.cumulative_payments: dict[str, Matrix] = {
            name: numpy.asarray(grids[1]) for name, grids in agreements.items()
        }
        """What is paid by then, by agreement."""

    @property
    def payment(self) -> Matrix:
        """Payments of the first agreement."""
        return next(iter(self.payments.values()))

    @property
    def cumulative_paid(self) -> Matrix:
        """What is paid by then of the first agreement."""
        return next(iter(self.cumulative_payments.values()))

    def __len__(self) -> int:
        return len(self.revenue)

    def __repr__(self) -> str:
        rows, columns = self.revenue.shape
        return f"<capbind.Paths: {rows} paths of {columns} periods>"
