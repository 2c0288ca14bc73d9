"""Studies."""

from __future__ import annotations

import datetime
import itertools
import os
from typing import Any, Iterator, Literal, Mapping, Sequence, Union, cast

from . import _capbind, _toml
from ._found import Found
from ._scenario import AnyScenario, Scenario, scenario_of
from ._table import Table
from ._work import pieces, wait, warn

Vary = Union[Mapping[str, Any], "_Frame", None]
"""Keys with their values: lists, or texts such as ``20:80:5``; or a frame of cases."""

_Frame = Any


class Study(Found[_capbind.Study]):
    """What a study comes to."""

    def __init__(self, native: _capbind.Study) -> None:
        super().__init__(native)
        warn(native.warnings)

    @property
    def table(self) -> Table:
        """The main table."""
        return next(iter(self.tables.values()))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes the folder that the command would write, byte for byte: complete or not at
        all."""
        self._native.save(os.fspath(folder))

    def __repr__(self) -> str:
        first = self.text.strip().splitlines()[:1]
        return f"<capbind.{type(self).__name__}: {''.join(first)}>"

    def _repr_html_(self) -> str:
        return _preformatted(self.text.strip())


class Sweep(Study):
    """Cases, each compared with the scenario as written: case 0, with the values that
    its keys have there."""

    @property
    def cases(self) -> Table:
        """A row for each quantity of each case."""
        return self.tables["sweep"]

    @property
    def failed(self) -> Table | None:
        """The cases that are no valid scenarios, and why."""
        return self.tables.get("failed")


class Solution(Study):
    """The value of a key that meets a target."""

    @property
    def value(self) -> float | datetime.date:
        """That value."""
        value = self.table["value"][0]
        number = self.json["value"]
        if isinstance(number, (int, float)):
            return float(number)
        return datetime.date.fromisoformat(str(value))

    @property
    def std_error(self) -> float:
        """Its standard error; of a date, in days."""
        error: float = self.json["std_error"]
        return error


class Comparison(Study):
    """Scenarios side by side on the same paths: differences from the first."""

    @property
    def periods(self) -> Table:
        """Differences in every period."""
        return self.tables["compare_periods"]

    @property
    def years(self) -> Table:
        """Differences in every year."""
        return self.tables["compare_years"]


class Sensitivity(Study):
    """What drives the outcome: swings, variance-based indices, stresses."""


class Calibration(Study):
    """Parameters estimated from reported revenue, with standard errors."""

    @property
    def toml(self) -> str:
        """The estimates as a part of a scenario, to paste."""
        return self._native.toml or ""


class Update(Study):
    """What reported figures, a new plan or new terms did to a scenario's answer."""

    def __init__(self, native: _capbind.Study, name: str) -> None:
        super().__init__(native)
        self._name = name

    @property
    def toml(self) -> str:
        """The scenario to go on with, with all that its author wrote around it."""
        return self._native.toml or ""

    @property
    def scenario(self) -> Scenario:
        """The same, read."""
        return Scenario.parse(self.toml, name=self._name)

    @property
    def roll_forward(self) -> Table | None:
        """From the opening to the closing present value; nothing without a valuation."""
        return self.tables.get("roll_forward")


class Portfolio(Study):
    """What many agreements bring in together, tied by common factors."""


class TrackRecord(Study):
    """How past forecasts came out."""

    @property
    def outside_view(self) -> Table | None:
        """Where a scenario stands in the reference class."""
        return self.tables.get("outside_view")


class Explanation:
    """The ledger of one path, period by period."""

    def __init__(self, text: str, csv_: str) -> None:
        self.text = text
        """For people."""
        self.csv = csv_
        """With every digit."""

    def rows(self) -> list[dict[str, str]]:
        """Its lines by column, as texts."""
        import csv
        import io

        return list(csv.DictReader(io.StringIO(self.csv)))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<capbind.Explanation: {len(self.rows())} lines>"

    def _repr_html_(self) -> str:
        return _preformatted(self.text)


def _preformatted(text: str) -> str:
    import html

    return f"<pre>{html.escape(text)}</pre>"


def _json(asked: Mapping[str, Any]) -> str:
    import json

    return json.dumps(asked)


def sweep(
    scenario: AnyScenario,
    vary: Vary = None,
    *,
    design: Literal["sobol", "latin-hypercube"] | None = None,
    cases: int | None = None,
    measures: Sequence[str] = (),
    keep_going: bool = False,
    points: int | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Sweep:
    """Evaluates a grid, a design or a frame of cases on one set of random numbers.

    :param vary: for each key its values, a list or a text such as ``"20:80:5"``, of which a
        grid is made, or with ``design`` a range ``"20:80"``; or a frame of pandas, polars or
        pyarrow with a column for each key and a row for each case; or nothing, where the
        scenario has a ``[sweep]``.
    :param cases: how many cases a design has.
    :param measures: measures of the summary to report besides.
    :param keep_going: evaluates the valid cases where others are not.

    >>> found = sweep(Scenario.shipped("textbook-gbm"), {"agreement.cap": [250_000]}, points=256)
    >>> sorted(set(found.cases["case"]))
    [0, 1]
    """
    own, work = _swept(
        scenario, vary, design, cases, measures, keep_going, points, paths, seed, threads
    )
    return Sweep(wait(work, f"sweep {own.name}", progress))


def sweep_cases(
    scenario: AnyScenario,
    vary: Vary = None,
    *,
    design: Literal["sobol", "latin-hypercube"] | None = None,
    cases: int | None = None,
    measures: Sequence[str] = (),
    keep_going: bool = False,
    points: int | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> Iterator[Table]:
    """As :func:`sweep`, a table for each case as soon as it is finished, in any order.

    >>> scenario = Scenario.shipped("textbook-gbm")
    >>> for table in sweep_cases(scenario, {"agreement.cap": [250_000]}, points=256):
    ...     print(table["case"][0], table["agreement.cap"][0])
    0 300000
    1 250000
    """
    own, work = _swept(
        scenario, vary, design, cases, measures, keep_going, points, paths, seed, threads
    )
    for native in pieces(work, f"sweep {own.name}", progress):
        yield Table(native)


def _swept(
    scenario: AnyScenario,
    vary: Vary,
    design: str | None,
    cases: int | None,
    measures: Sequence[str],
    keep_going: bool,
    points: int | None,
    paths: int | None,
    seed: int | None,
    threads: int | None,
) -> tuple[Scenario, _capbind.Work]:
    own = asked_scenario(scenario, points, seed)
    asked = asked_of_sweep(vary, design, cases, measures, keep_going, paths)
    return own, _capbind.start_sweep(own._native, asked, threads or 0)


def asked_of_sweep(
    vary: Vary,
    design: str | None,
    cases: int | None,
    measures: Sequence[str],
    keep_going: bool,
    paths: int | None,
) -> str:
    """What the manifest of a sweep says was asked for."""
    texts, table = _varied(vary)
    asked = {
        "vary": texts,
        "design": design,
        "count": cases,
        "table": table,
        "measures": list(measures),
        "keep_going": keep_going,
        "parquet": False,
        "charts": True,
        "paths": paths,
    }
    return _json(asked)


def _varied(vary: Vary) -> tuple[list[str], str | None]:
    """Keys with their values as the command has them; or a table of cases."""
    if vary is None:
        return [], None
    if not isinstance(vary, Mapping):
        return [], _csv_of(_columns(vary))
    axes = cast("Mapping[str, Any]", vary)
    lists = {
        key: values if isinstance(values, str) else [_toml.value(one) for one in values]
        for key, values in axes.items()
    }
    plain = all(
        isinstance(values, str) or not any(c in one for one in values for c in ",:")
        for values in lists.values()
    )
    if plain:
        return [
            f"{key}={values if isinstance(values, str) else ','.join(values)}"
            for key, values in lists.items()
        ], None
    if any(isinstance(values, str) for values in lists.values()):
        raise ValueError("ranges stand beside numbers and dates only: write out every list")
    rows = itertools.product(*lists.values())
    return [], _csv(list(lists), [list(row) for row in rows])


def _columns(frame: _Frame) -> dict[str, list[Any]]:
    """The columns of a frame of pandas, polars or pyarrow."""
    for method, words in [("to_pydict", {}), ("to_dict", {"as_series": False})]:
        if hasattr(frame, method):
            try:
                columns: dict[str, list[Any]] = getattr(frame, method)(**words)
            except TypeError:
                columns = frame.to_dict("list")
            return columns
    raise TypeError(f"{type(frame).__name__} is no frame of cases")


def _csv_of(columns: Mapping[str, Sequence[Any]]) -> str:
    def written(one: Any) -> str:
        return "" if _is_missing(one) else _toml.value(one)

    return _csv(list(columns), [list(map(written, row)) for row in zip(*columns.values())])


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def solve(
    scenario: AnyScenario,
    key: str,
    so_that: str,
    *,
    between: tuple[Any, Any] | None = None,
    points: int | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Solution:
    """Finds the value of one key that meets a target.

    :param key: such as ``agreement.cap``.
    :param so_that: the target: ``"binding_probability@2028-12-31=0.5"``,
        ``"expected total_paid=30"``, ``"p5 total_paid=20"``,
        ``"median binding_date=2029-06-30"``.
    :param between: where to look: two numbers, or two dates for a date.

    >>> found = solve(
    ...     Scenario.shipped("textbook-gbm"), "agreement.cap", "binding_probability=0.5", points=1024
    ... )
    >>> 0 < found.std_error < found.value
    True
    """
    own = asked_scenario(scenario, points, seed)
    asked = {
        "for": key,
        "so_that": so_that,
        "between": f"{between[0]}:{between[1]}" if between else None,
        "paths": paths,
    }
    work = _study("solve", [(own.name, own)], asked, threads)
    return Solution(wait(work, f"solve {own.name}", progress))


def compare(
    scenarios: AnyScenario | Sequence[AnyScenario] | Mapping[str, AnyScenario],
    variants: Sequence[Mapping[str, Any]] = (),
    *,
    points: int | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Comparison:
    """Compares scenarios on the same simulated paths with the first of them.

    :param scenarios: one, several, or several by name.
    :param variants: the first with other keys, such as ``[{"agreement.cap": 45}]``.

    >>> found = compare(Scenario.shipped("textbook-gbm"), [{"agreement.cap": 350_000}], points=256)
    >>> sorted(set(found.table["scenario"]))
    ['agreement.cap=350000', 'textbook-gbm']
    """
    if isinstance(scenarios, Mapping):
        entries = [(name, asked_scenario(one, points, seed)) for name, one in scenarios.items()]
    else:
        several = (
            [scenarios] if isinstance(scenarios, (Scenario, str, os.PathLike)) else scenarios
        )
        own = [asked_scenario(one, points, seed) for one in several]
        names = [one.name for one in own]
        entries = [
            (name if names.count(name) == 1 else f"{name} ({i + 1})", one)
            for i, (name, one) in enumerate(zip(names, own))
        ]
    for variant in variants:
        changes = dict(variant)
        name = "; ".join(_toml.assignment(key, value) for key, value in changes.items())
        entries.append((name, entries[0][1].with_(**changes)))
    work = _study("compare", entries, {"paths": paths, "charts": True}, threads)
    return Comparison(wait(work, "compare", progress))


def sensitivity(
    scenario: AnyScenario,
    *,
    vary: Mapping[str, tuple[float, float]] | None = None,
    stress: Sequence[Union[str, Mapping[str, tuple[float, float]]]] = (),
    swing: tuple[float, float] = (10, 90),
    measures: Sequence[str] = (),
    local: bool = False,
    points: int | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Sensitivity:
    """Finds what drives the outcome.

    :param vary: makes keys uncertain, even between two values.
    :param stress: forces inputs into a band of percentiles and compares:
        ``[{"growth_error": (0, 10)}]``.
    :param swing: percentiles between which inputs swing.
    :param local: slopes and elasticities in every number of the scenario instead.
    """
    own = asked_scenario(scenario, points, seed)
    ranges = {key: {"uniform": [low, high]} for key, (low, high) in (vary or {}).items()}
    own = own.with_(**ranges) if ranges else own
    asked = {
        "paths": paths,
        "swing": list(swing),
        "stress": [one if isinstance(one, str) else _bands(one) for one in stress],
        "measures": list(measures),
        "local": local,
        "charts": True,
    }
    work = _study("sensitivity", [(own.name, own)], asked, threads)
    return Sensitivity(wait(work, f"sensitivity {own.name}", progress))


def _bands(bands: Mapping[str, tuple[float, float]]) -> str:
    return ",".join(f"{key}={low}:{high}" for key, (low, high) in bands.items())


def calibrate(
    history: Any,
    *,
    model: Literal["gbm", "growth", "forecast-error"] | None = None,
    forecasts: Any = None,
    start: datetime.date | str | None = None,
    end: datetime.date | str | None = None,
    uncertain: bool = False,
    years_ahead: int = 5,
    long_run_growth: float = 0.05,
    period_error: float = 0.01,
    priors: Mapping[str, tuple[float, float]] | None = None,
    structure: str | None = None,
    unit: str | None = None,
    progress: bool = True,
) -> Calibration:
    """Estimates revenue parameters, with standard errors, from reported revenue.

    :param history: the path of a table, or a frame: start, end, value and, where they are
        wanted, kind and error.
    :param forecasts: a table or frame of forecasts, whose errors are then estimated: made,
        year, value and, where several forecast, forecaster.
    :param start: leaves out figures that begin before this day.
    :param end: leaves out figures that end after this day.
    :param uncertain: distributions in place of point estimates.
    :param priors: other priors, by their 5 % and 95 % points.
    :param unit: currency and unit for the chart: ``"USD billion"``.
    """
    inputs = [_input("history.csv", history)]
    if forecasts is not None:
        inputs.append(_input("forecasts.csv", forecasts))
    asked = {
        "model": model or ("gbm" if forecasts is None else "forecast-error"),
        "from": str(start) if start else None,
        "until": str(end) if end else None,
        "uncertain": uncertain,
        "years_ahead": years_ahead,
        "long_run_growth": long_run_growth,
        "period_error": period_error,
        "priors": [(key, low, high) for key, (low, high) in (priors or {}).items()],
        "structure": structure,
        "unit": unit,
        "charts": True,
    }
    work = _capbind.start_calibration(inputs, _json(asked))
    return Calibration(wait(work, "calibrate", progress))


Observed = Union[Sequence[Sequence[Any]], _Frame, None]
"""Figures: ``(first day, last day, revenue)`` each, with a relative error where it has one;
or a frame with the columns start, end, value and, where it is wanted, error."""


def update(
    scenario: AnyScenario,
    observed: Observed = None,
    *,
    of_segments: Mapping[str, Observed] | None = None,
    as_of: datetime.date | str | None = None,
    plan: Mapping[int, float] | None = None,
    changes: Mapping[str, Any] | None = None,
    paths: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Update:
    """What new figures, a new plan or changed keys do to the answer, and why it moves.

    :param observed: revenue reported of whole periods of the timeline, in its unit; of
        revenue in segments, of all together.
    :param of_segments: revenue reported of segments, by their names.
    :param as_of: the valuation date from now on; by itself the day after the figures.
    :param plan: a new plan, made with the figures known: revenue by calendar year.
    :param changes: other keys that changed: of revenue, an agreement or the valuation.

    >>> scenario = Scenario.shipped("openai-microsoft").with_(**{"simulation.points": 64})
    >>> found = update(scenario, [("2026-04-01", "2026-06-30", 6.4)], progress=False)
    >>> found.table.columns
    ['agreement', 'quantity', 'unit', 'step', 'value', 'std_error', 'date']
    >>> "reported" in found.toml
    True
    """
    own = scenario_of(scenario)
    asked = {
        "figures": _figures(observed)
        + [
            {"segment": name, **figure}
            for name, own in (of_segments or {}).items()
            for figure in _figures(own)
        ],
        "as_of": str(as_of) if as_of else None,
        "plan": [{"year": year, "revenue": float(new)} for year, new in (plan or {}).items()],
        "changes": [_toml.assignment(key, value) for key, value in (changes or {}).items()],
        "paths": paths,
        "charts": True,
    }
    work = _study("update", [(own.name, own)], asked, threads)
    return Update(wait(work, f"update {own.name}", progress), own.name)


def _figures(observed: Observed) -> list[dict[str, Any]]:
    rows: list[Sequence[Any]]
    if observed is None:
        return []
    if isinstance(observed, (list, tuple)):
        rows = list(cast("Sequence[Sequence[Any]]", observed))
    else:
        columns = _columns(observed)
        wanted = [columns[name] for name in ("start", "end", "value", "error") if name in columns]
        rows = list(zip(*wanted))
    for row in rows:
        if len(row) not in (3, 4):
            raise ValueError(f"a figure is (first day, last day, revenue[, error]), not {row!r}")
    return [_reported(*row) for row in rows]


def _reported(start: Any, end: Any, revenue: Any, error: Any = None) -> dict[str, Any]:
    return {
        "start": _cell(start),
        "end": _cell(end),
        "revenue": float(revenue),
        "error": None if _is_missing(error) else float(error),
    }


def backtest(
    forecasts: Any,
    scenario: AnyScenario | None = None,
    *,
    progress: bool = True,
) -> TrackRecord:
    """Scores past forecasts by what came: coverage of bands, CRPS, Brier score.

    :param forecasts: the path of a table, or a frame: outcome and, of the forecast, value
        with sd, two or more of p5 to p95, or probability; and name, made and year.
    :param scenario: its spread is given to forecasts that are single figures, and its growth
        is compared with the reference class.
    """
    entries = []
    if scenario is not None:
        own = scenario_of(scenario)
        entries = [(own.name, own)]
    asked = {"table": _input("forecasts.csv", forecasts), "charts": True}
    return TrackRecord(wait(_study("backtest", entries, asked, None), "backtest", progress))


def portfolio(
    deals: Any,
    scenario: AnyScenario | None = None,
    *,
    scenarios: Mapping[str, AnyScenario] | None = None,
    tail: float = 0.05,
    multiples: Sequence[float] = (1, 1.25, 1.5, 2),
    paths: int = 65_536,
    threads: int | None = None,
    progress: bool = True,
) -> Portfolio:
    """Simulates many agreements at once, each a line that changes a scenario.

    :param deals: the path of a table, or a frame: id, a column for each key that differs and,
        where there are several scenarios, scenario.
    :param scenario: the scenario of deals that name none.
    :param scenarios: the others, by the names that the column scenario has.
    :param tail: the part of outcomes that is the worst.
    :param multiples: multiples of what is invested whose probability is told.
    """
    name, text = _input("portfolio.csv", deals)
    asked = {
        "table": os.path.splitext(name)[0],
        "deals": text,
        "tail": float(tail),
        "multiples": sorted({float(multiple) for multiple in multiples}),
        "paths": paths,
        "charts": True,
    }
    named = {**({} if scenario is None else {"": scenario}), **(scenarios or {})}
    # Own noise of thousands of deals is more than even points have dimensions.
    random = {"simulation.sampler": "random"}
    entries = [(own, scenario_of(given).with_(**random)) for own, given in named.items()]
    return Portfolio(wait(_study("portfolio", entries, asked, threads), "portfolio", progress))


def _input(name: str, table: Any) -> tuple[str, str]:
    """A table by its name and text."""
    if isinstance(table, (str, os.PathLike)):
        path = os.fspath(cast("str | os.PathLike[str]", table))
        with open(path, encoding="utf-8-sig", newline="") as file:
            return os.path.basename(path), file.read()
    columns = _columns(table)
    rows = [list(map(_cell, row)) for row in zip(*columns.values())]
    return name, _csv(list(columns), rows)


def _cell(given: Any) -> str:
    """A cell of a table; a date of pandas without its time."""
    return "" if _is_missing(given) else str(given).removesuffix(" 00:00:00")


def explain(scenario: AnyScenario, path: int) -> Explanation:
    """The ledger of one path, counted from 0: why each payment is what it is.

    >>> print(explain(Scenario.shipped("textbook-gbm"), 0).rows()[0]["period_end"])
    2026-01-31
    """
    return Explanation(*_capbind.explain(scenario_of(scenario)._native, path))


def verify(folder: str | os.PathLike[str]) -> list[str]:
    """Makes the results of a folder again and says what differs; nothing where all is the
    same byte for byte."""
    path = os.fspath(folder)
    differences: list[str] = wait(_capbind.start_verify(path), f"verify {path}", False)
    return differences


def asked_scenario(scenario: AnyScenario, points: int | None, seed: int | None) -> Scenario:
    """A scenario with points and a seed of its own."""
    changes = {"simulation.points": points, "simulation.seed": seed}
    asked = {key: value for key, value in changes.items() if value is not None}
    own = scenario_of(scenario)
    return own.with_(**asked) if asked else own


def _study(
    study: str,
    entries: Sequence[tuple[str, Scenario]],
    asked: Mapping[str, Any],
    threads: int | None,
) -> _capbind.Work:
    natives = [(name, scenario._native) for name, scenario in entries]
    return _capbind.start_study(study, natives, _json(asked), threads or 0)
