"""Studies: as the commands make them."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from test_result import contents

import capbind

NAME = "textbook-gbm"
DATA = Path(__file__).parent.parent.parent / "docs" / "data"
HISTORY = DATA / "openai_history_for_calibration.csv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / f"{NAME}.toml"
    path.write_text(capbind.Scenario.shipped(NAME).text)
    return path


def command(*words: object, out: Path) -> dict[str, bytes]:
    line = [sys.executable, "-m", "capbind", *map(str, words), "--out", str(out), "--quiet"]
    subprocess.run(line, check=True)
    return contents(out)


def saved(study: capbind.Study, folder: Path) -> dict[str, bytes]:
    study.save(folder)
    return contents(folder)


FEW = ["--set", "simulation.points=256"]


def test_a_sweep_is_the_commands(file: Path, tmp_path: Path) -> None:
    vary = {"agreement.cap": [250_000, 350_000], "revenue.gbm.growth": "0:0.2:0.1"}
    found = capbind.sweep(file, vary, points=256)
    assert saved(found, tmp_path / "own") == command(
        "sweep", file, *FEW, "--vary", "agreement.cap=250000,350000", "--vary",
        "revenue.gbm.growth=0:0.2:0.1", out=tmp_path / "theirs",
    )  # fmt: skip
    assert found.cases["case"][0] == 0 and found.cases["agreement.cap"][0] == "300000"
    assert max(number(case) for case in found.cases["case"]) == 6
    assert found.failed is None
    assert found.figure("probability").svg().startswith("<svg")


def number(cell: object) -> float:
    assert isinstance(cell, (int, float))
    return cell


def rows(table: capbind.Table) -> dict[tuple[object, object], object]:
    return {(row["case"], row["quantity"]): row["mean"] for row in table}


def test_cases_come_as_they_are_finished(file: Path) -> None:
    vary = {"agreement.cap": [250_000, 350_000], "revenue.gbm.growth": [0.1, 0.2]}
    tables = list(capbind.sweep_cases(file, vary, points=256))
    assert sorted(number(table["case"][0]) for table in tables) == [0, 1, 2, 3, 4]
    together: dict[tuple[object, object], object] = {}
    for table in tables:
        together.update(rows(table))
    assert together == rows(capbind.sweep(file, vary, points=256).cases)
    many = {"agreement.cap": "200000:400000:10", "revenue.gbm.growth": "0:0.3:0.01"}
    for _ in capbind.sweep_cases(file, many):
        break


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_frame_of_cases(file: Path, library: str) -> None:
    frames = pytest.importorskip(library)
    columns = {"agreement.cap": [250_000.5, 350_000.0], "agreement.share": [0.05, 0.06]}
    frame: Any = (frames.table if library == "pyarrow" else frames.DataFrame)(columns)
    cases = capbind.sweep(file, frame, points=256).cases
    caps = dict(zip(cases["case"], cases["agreement.cap"]))
    assert caps == {0: "300000", 1: "250000.5", 2: "350000.0"}


def test_lists_of_distributions(file: Path) -> None:
    vary = {"agreement.cap": [{"uniform": [250_000, 350_000]}, 300_000]}
    cases = capbind.sweep(file, vary, points=256).cases
    assert {"{ uniform = [250000, 350000] }", "300000"} <= set(cases["agreement.cap"])


def test_bad_cases_are_named(file: Path) -> None:
    vary = {"agreement.share": [0.1, 1.5]}
    with pytest.raises(capbind.StudyError, match="1 case is no valid scenario"):
        capbind.sweep(file, vary, points=256)
    with pytest.warns(capbind.CapbindWarning):
        found = capbind.sweep(file, vary, points=256, keep_going=True)
    assert found.failed is not None and found.failed["case"] == [2]


def test_a_solution_is_the_commands(file: Path, tmp_path: Path) -> None:
    target = "binding_probability=0.5"
    found = capbind.solve(file, "agreement.cap", target, between=(200_000, 800_000), points=256)
    assert saved(found, tmp_path / "own") == command(
        "solve", file, *FEW, "--for", "agreement.cap", "--so-that", target,
        "--between", "200000:800000",
        out=tmp_path / "theirs",
    )  # fmt: skip
    assert isinstance(found.value, float) and 200_000 < found.value < 800_000
    day = capbind.solve(file, "agreement.expiry", "expected total_paid=250000", points=256)
    assert isinstance(day.value, datetime.date)
    with pytest.raises(capbind.StudyError) as caught:
        capbind.solve(file, "agreement.cap", "expected total_paid=1e12", points=256)
    assert caught.value.key == "agreement.cap"


def test_a_comparison_is_the_commands(file: Path, tmp_path: Path) -> None:
    found = capbind.compare(file, [{"agreement.cap": 350_000}], points=256)
    assert saved(found, tmp_path / "own") == command(
        "compare", file, *FEW, "--variant", "agreement.cap=350000", out=tmp_path / "theirs"
    )
    assert len(found.periods) and len(found.years)
    named = capbind.compare({"one": file, "two": file}, points=256)
    assert set(named.table["scenario"]) == {"one", "two"}


def test_a_sensitivity_is_the_commands(file: Path, tmp_path: Path) -> None:
    found = capbind.sensitivity(
        file,
        vary={"agreement.cap": (250_000, 350_000)},
        stress=[{"agreement.cap": (90, 100)}],
        points=256,
    )
    assert saved(found, tmp_path / "own") == command(
        "sensitivity", file, *FEW, "--vary", "agreement.cap=250000:350000", "--stress",
        "agreement.cap=90:100", out=tmp_path / "theirs",
    )  # fmt: skip
    assert "<pre>" in found._repr_html_()


@pytest.mark.skipif(not HISTORY.exists(), reason="the project's data are elsewhere")
def test_a_calibration_is_the_commands(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    found = capbind.calibrate(HISTORY, model="growth", start="2023-08-01")
    assert saved(found, tmp_path / "own") == command(
        "calibrate", HISTORY, "--model", "growth", "--from", "2023-08-01", out=tmp_path / "theirs"
    )
    assert found.toml.startswith("[revenue.growth]") or "revenue.growth" in found.toml
    frame = polars.read_csv(HISTORY, comment_prefix="#")
    for history in (frame, frame.to_pandas(), frame.to_arrow()):
        same = capbind.calibrate(history, model="growth", start="2023-08-01")
        assert same.toml == found.toml


def test_an_update_is_the_commands(tmp_path: Path) -> None:
    text = capbind.Scenario.shipped("openai-microsoft").text
    path = tmp_path / "openai-microsoft.toml"
    path.write_text(text.replace("points     = 65536", "points = 64"))
    figures = [("2026-04-01", datetime.date(2026, 6, 30), 6.4), ("2026-07-01", "2026-09-30", 7, 0.02)]
    found = capbind.update(
        path, figures, as_of="2027-01-31", plan={2027: 44}, changes={"agreement.cap": 37}
    )
    assert saved(found, tmp_path / "own") == command(
        "update", path, "--observed", "2026-04-01..2026-06-30=6.4",
        "--observed", "2026-07-01..2026-09-30=7+-2%", "--as-of", "2027-01-31",
        "--plan", "2027=44", "--set", "agreement.cap=37", out=tmp_path / "theirs",
    )  # fmt: skip
    # The scenario that is kept goes on from there.
    assert found.toml.encode() == contents(tmp_path / "own")["scenario.toml"]
    last = capbind.update(found.scenario, [("2026-10-01", "2026-12-31", 8.0)])
    before = [row for row in last.json["update"] if row["step"] == "before"]
    after = [row for row in found.json["update"] if row["step"] == "after"]
    assert [row["value"] for row in before] == [row["value"] for row in after]
    assert found.roll_forward is not None
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"start": ["2026-04-01"], "end": ["2026-06-30"], "value": [6.4]})
    one, other = capbind.update(path, frame), capbind.update(path, figures[:1])
    assert one.text == other.text
    with pytest.raises(ValueError, match="a figure is"):
        capbind.update(path, [("2026-04-01", 6.4)])


@pytest.mark.skipif(not HISTORY.exists(), reason="the project's data are elsewhere")
def test_a_backtest_is_the_commands(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    table = DATA / "track_record_severn.csv"
    found = capbind.backtest(table)
    assert saved(found, tmp_path / "own") == command("backtest", table, out=tmp_path / "theirs")
    assert found.outside_view is None
    with_spread = capbind.backtest(
        polars.DataFrame({"name": ["a"], "value": [10.0], "sd": [0.2], "outcome": [11.0]}),
        capbind.Scenario.shipped("openai-microsoft"),
    )
    assert with_spread.outside_view is not None and "calibration" in with_spread.figures


SHIPPED = Path(__file__).parent.parent.parent / "scenarios"


@pytest.mark.skipif(not SHIPPED.exists(), reason="the project's scenarios are elsewhere")
def test_a_portfolio_is_the_commands(tmp_path: Path) -> None:
    name = "portfolio-royalties"
    table, launch = SHIPPED / f"{name}.csv", f"{name}-launch.toml"
    found = capbind.portfolio(
        table, SHIPPED / f"{name}.toml", scenarios={launch: SHIPPED / launch}, paths=4096
    )
    assert saved(found, tmp_path / "own") == command(
        "portfolio", table, "--paths", 4096, out=tmp_path / "theirs"
    )


def test_the_ledger_of_a_path() -> None:
    scenario = capbind.Scenario.shipped(NAME)
    found = capbind.explain(scenario, 0)
    assert "payment" in str(found) and found.rows()
    with pytest.raises(IndexError, match="count from 0"):
        capbind.explain(scenario, 10**12)


def test_a_changed_folder_is_told(file: Path, tmp_path: Path) -> None:
    capbind.run(file, points=64).save(tmp_path / "out", charts=False)
    with (tmp_path / "out" / "years.csv").open("a") as years:
        years.write("\n")
    assert capbind.verify(tmp_path / "out") == ["years.csv: changed since it was written"]
    with pytest.raises(capbind.ScenarioError, match="manifest.json"):
        capbind.verify(tmp_path)
