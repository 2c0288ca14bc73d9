"""Results: tables, charts, paths, files."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import capbind
from capbind import _capbind


def test_dates_are_dates_and_texts_are_texts(result: capbind.Result) -> None:
    row = next(row for row in result.summary if row["quantity"] == "binding_date")
    assert isinstance(row["p50_date"], datetime.date) and row["p50"] is None
    row = next(row for row in result.summary if row["quantity"] == "total_paid")
    assert isinstance(row["p50"], float) and row["p50_date"] is None
    assert row["unit"] == "USD billion"
    assert result.periods["period_start"][0] == datetime.date(2026, 1, 1)
    assert isinstance(result.years["year"][0], int)


@pytest.mark.parametrize("name", ["summary", "periods", "years", "binding", "ends"])
def test_every_reader_reads_the_same(result: capbind.Result, name: str) -> None:
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    table = result.tables[name]
    own = table.to_dict()
    assert list(own) == table.columns
    assert {len(column) for column in own.values()} == {len(table)}
    assert table.to_polars().to_dict(as_series=False) == own
    assert table.to_arrow().to_pydict() == own
    assert pyarrow.table(table).schema == table.to_arrow().schema
    assert polars.DataFrame(table).equals(table.to_polars())
    frame = table.to_pandas()
    assert frame.shape == table.shape
    for column in table.columns:
        back = [None if pandas.isna(cell) else cell for cell in frame[column]]
        back = [c.date() if isinstance(c, pandas.Timestamp) else c for c in back]
        assert back == own[column]


def test_a_stream_that_nobody_reads_is_given_back(result: capbind.Result) -> None:
    table = result.periods
    for _ in range(1000):
        table.__arrow_c_stream__()


def test_arrow_outlives_its_table(base: capbind.Scenario) -> None:
    pytest.importorskip("pyarrow")
    arrow = capbind.run(base).binding.to_arrow()
    for _ in range(20):
        capbind.run(base)
    arrow.validate(full=True)
    assert arrow.num_rows == 61


def test_paths_are_arrays_by_path_and_period(base: capbind.Scenario) -> None:
    numpy = pytest.importorskip("numpy")
    result = capbind.run(base.with_(**{"agreement.cap": {"uniform": [35, 41]}}))
    paths = result.paths(100)
    assert paths.revenue.shape == (100, len(paths.period_end)) == (100, 60)
    assert len(paths) == 100
    numpy.testing.assert_allclose(paths.payment.cumsum(axis=1), paths.cumulative_paid)
    cap = paths.inputs["agreement.cap"]
    assert ((35 <= cap) & (cap <= 41)).all()
    assert (paths.cumulative_paid[:, -1] <= cap + 1e-9).all()
    revenue = paths.revenue
    assert not revenue.flags.writeable
    del paths, result
    assert numpy.isfinite(revenue).all()


def test_charts_are_drawn(result: capbind.Result, tmp_path: Path) -> None:
    figure = result.figure("binding")
    assert figure._repr_svg_().startswith("<svg")
    figure.save(tmp_path / "binding.svg")
    figure.save(tmp_path / "binding.png")
    assert (tmp_path / "binding.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "binding.svg").read_text() == figure.svg()
    with pytest.raises(ValueError, match=".svg or .png"):
        figure.save(tmp_path / "binding.pdf")
    with pytest.raises(KeyError, match="cumulative"):
        result.figure("bindings")


def test_report_and_workbook_are_those_of_the_folder(
    result: capbind.Result, tmp_path: Path
) -> None:
    result.save(tmp_path / "all", workbook=True, keep_paths=3)
    result.workbook(tmp_path / "x.xlsx")
    assert zipfile.ZipFile(tmp_path / "x.xlsx").testzip() is None
    for own, file in [("x.xlsx", "openai-microsoft.xlsx")]:
        assert (tmp_path / own).read_bytes() == (tmp_path / "all" / file).read_bytes()
    result.report(tmp_path / "x.html")
    assert b"<svg" in (tmp_path / "x.html").read_bytes()
    assert (tmp_path / "all" / "paths.csv").read_text().count("\n") == 1 + 3 * 60
    assert capbind.verify(tmp_path / "all") == []


def test_a_folder_of_others_is_left_alone(result: capbind.Result, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OSError, match="not results of a run"):
        result.save(tmp_path, charts=False)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


SCENARIOS = sorted((Path(__file__).parent.parent.parent / "scenarios").glob("*.toml"))
# The blank one has placeholders for its numbers.
assert {path.stem for path in SCENARIOS} >= set(capbind.Scenario.shipped_names()) - {"blank"}


@pytest.mark.parametrize("file", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_the_folder_is_the_commands(file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "capbind", "run", str(file)]
    flags = ["--set", "simulation.points=64", "--out", str(tmp_path / "command"), "--quiet"]
    subprocess.run([*command, *flags], check=True)
    capbind.run(file, points=64).save(tmp_path / "own")
    own, theirs = contents(tmp_path / "own"), contents(tmp_path / "command")
    assert list(own) and own.keys() == theirs.keys()
    for path in own:
        assert own[path] == theirs[path], path


def test_what_is_shown(result: capbind.Result) -> None:
    assert result.answer.startswith("The cap binds in")
    assert "cap binds in" in result.text and result.json["paths"] == 4096
    assert "<table>" in result._repr_html_()
    assert repr(result.binding).startswith("<capbind.Table binding: 61 rows, ")


def test_options_reach_the_run(base: capbind.Scenario) -> None:
    result = capbind.run(base, points=128, seed=7)
    assert result.scenario.changes[-2:] == ["simulation.points=128", "simulation.seed=7"]
    assert result.paths_simulated == 128 * 16
    assert capbind.run(base, paths=4096).paths_simulated == 4096
    assert capbind.run(base, convergence=True).convergence is not None
    assert result.convergence is None
    one = capbind.run(base, threads=1).summary.to_dict()
    assert one == capbind.run(base, threads=2).summary.to_dict()


def test_warnings_are_warnings(base: capbind.Scenario) -> None:
    with pytest.warns(capbind.CapbindWarning) as caught:
        capbind.run(base.with_(**{"agreement.cap": 100000}))
    assert caught[0].filename == __file__


def test_refusals_are_errors(base: capbind.Scenario) -> None:
    with pytest.raises(capbind.StudyError, match="not permitted") as caught:
        capbind.run(base, paths=0)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["textbook-gbm", "openai-microsoft-2025"])
def test_paths_as_a_table_are_the_file(name: str, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    result = capbind.run(capbind.Scenario.shipped(name), points=64)
    result.save(tmp_path / "out", keep_paths=3, charts=False)
    file = polars.read_csv(tmp_path / "out" / "paths.csv", try_parse_dates=True)
    assert result.path_table(3).to_polars().equals(file)


def test_a_million_rows_are_handed_over_where_they_are(base: capbind.Scenario) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    table = capbind.run(base, points=2048).path_table(16_667)
    assert len(table) > 1_000_000
    one, two = pyarrow.table(table), pyarrow.table(table)
    frame = polars.DataFrame(table)
    for name in ["path", "period_end", "revenue", "payment", "cumulative_paid"]:
        place = one[name].chunk(0).buffers()[1].address
        assert two[name].chunk(0).buffers()[1].address == place
        assert frame[name].to_arrow().buffers()[1].address == place


def test_all_that_is_bound_can_be_reached() -> None:
    package = Path(capbind.__file__).parent
    source = "".join(path.read_text() for path in package.glob("*.py"))
    for name, bound in vars(_capbind).items():
        if isinstance(bound, type):
            for own in vars(bound):
                used = re.search(rf"(native|work|Scenario)\.{own}\b", source)
                assert own.startswith("_") or used, f"{name}.{own} is out of reach"
        elif callable(bound):
            assert f"_capbind.{name}" in source, f"{name} is out of reach"
