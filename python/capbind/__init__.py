"""When does a revenue share stop: at its cap or at its end date?

A company pays a share of its revenue until a total cap is reached or an end date comes.
Which of the two ends it, when, and what is it worth? Monte Carlo answers, with standard
errors; the same seed gives the same bytes as the program ``capbind``.

>>> import capbind
>>> scenario = capbind.Scenario.shipped("textbook-gbm").with_(**{"simulation.points": 1024})
>>> result = capbind.run(scenario)
>>> result.summary.columns[:4]
['agreement', 'quantity', 'unit', 'mean']
"""

# What few need (logging, csv, html …) is imported where it is used: this import is quick.
from ._capbind import __version__
from ._errors import CapbindError, CapbindWarning, ScenarioError, StudyError
from ._figure import Figure
from ._result import Paths, Result, run
from ._scenario import Scenario
from ._studies import (
    Calibration,
    Comparison,
    Explanation,
    Portfolio,
    Sensitivity,
    Solution,
    Study,
    Sweep,
    TrackRecord,
    Update,
    backtest,
    calibrate,
    compare,
    explain,
    portfolio,
    sensitivity,
    solve,
    sweep,
    sweep_cases,
    update,
    verify,
)
from ._table import Table

__all__ = [
    "Calibration",
    "CapbindError",
    "CapbindWarning",
    "Comparison",
    "Explanation",
    "Figure",
    "Paths",
    "Portfolio",
    "Result",
    "Scenario",
    "ScenarioError",
    "Sensitivity",
    "Solution",
    "Study",
    "StudyError",
    "Sweep",
    "Table",
    "TrackRecord",
    "Update",
    "__version__",
    "backtest",
    "calibrate",
    "compare",
    "explain",
    "portfolio",
    "run",
    "sensitivity",
    "solve",
    "sweep",
    "sweep_cases",
    "update",
    "verify",
]
