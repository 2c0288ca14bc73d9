"""Scenarios: where they come from, what they say, how they are refused."""

from __future__ import annotations

import datetime
import pickle
from pathlib import Path

import pytest

import capbind

TEXT = """\
timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.3 }

[agreement]
share = 0.05
cap = 8
"""


def test_a_file_a_text_and_tables_are_one_scenario(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(TEXT)
    loaded = capbind.Scenario.load(file)
    parsed = capbind.Scenario.parse(TEXT)
    assert loaded == parsed and hash(loaded) == hash(parsed)
    tables = capbind.Scenario.from_dict(
        {
            "timeline": {
                "start": datetime.date(2026, 1, 1),
                "end": datetime.date(2027, 12, 31),
                "step": "quarter",
            },
            "revenue": {"gbm": {"initial": 100, "growth": 0.2, "volatility": 0.3}},
            "agreement": {"share": 0.05, "cap": 8},
        }
    )
    assert tables != parsed
    changes = {"simulation.points": 64}
    one, other = (capbind.run(s.with_(**changes)).summary for s in (parsed, tables))
    assert one.to_dict() == other.to_dict()


def test_changes_are_kept_and_checked() -> None:
    scenario = capbind.Scenario.parse(TEXT)
    changed = scenario.with_(**{"agreement.cap": {"triangular": [6, 8, 9]}})
    assert changed.changes == ["agreement.cap={ triangular = [6, 8, 9] }"]
    assert scenario.changes == [] and changed != scenario
    assert "6.0000 to 9.0000" in changed.check()
    with pytest.raises(capbind.ScenarioError):
        scenario.with_(**{"agreement.cpa": 8})


def test_values_of_numpy_are_values() -> None:
    numpy = pytest.importorskip("numpy")
    scenario = capbind.Scenario.parse(TEXT)
    changed = scenario.with_(**{"agreement.cap": numpy.float64(7.5)})
    assert changed.changes == ["agreement.cap=7.5"]


def test_a_refusal_says_where_and_what_to_try() -> None:
    with pytest.raises(capbind.ScenarioError) as caught:
        capbind.Scenario.parse(TEXT.replace("share = 0.05", "share = 1.4"))
    error = caught.value
    assert (error.line, error.column, error.key) == (5, 9, "agreement.share")
    assert error.range is not None and error.range.startswith("0 to 1, a distribution")
    assert error.hint
    assert error.origin == "scenario.toml"
    assert "^^^" in str(error) and "scenario.toml:5:9" in str(error)
    assert isinstance(error, ValueError)
    # As processes hand it to each other.
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and vars(again) == vars(error)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(capbind.ScenarioError, match="no such file"):
        capbind.Scenario.load(tmp_path / "none.toml")


def test_files_beside_a_scenario_come_with_it() -> None:
    rows = "period_start,period_end,revenue\n2026-01-01,2026-03-31,24.5\n"
    text = TEXT + '\n[actuals]\nfile = "reported.csv"\n'
    with pytest.raises(capbind.ScenarioError):
        capbind.Scenario.parse(text)
    scenario = capbind.Scenario.parse(text, files={"reported.csv": rows})
    again = pickle.loads(pickle.dumps(scenario.with_(**{"agreement.cap": 7})))
    assert again == scenario.with_(**{"agreement.cap": 7})
    paths = capbind.run(again, points=64).paths(2)
    assert paths.revenue[:, 0].tolist() == [24.5, 24.5]


@pytest.mark.parametrize("name", capbind.Scenario.shipped_names())
def test_every_shipped_scenario_is_shown(name: str) -> None:
    scenario = capbind.Scenario.shipped(name)
    assert repr(scenario) == f"<capbind.Scenario {name}>"
    html = scenario._repr_html_()
    assert html.startswith("<p><b>") and "simulation" in html
