"""What the tests share."""

from __future__ import annotations

import pytest

import capbind

CHEAP = {"simulation.points": 256}
"""Few points: these tests are of the binding, not of the numbers."""


@pytest.fixture
def cheap() -> dict[str, int]:
    """Changes that make a run cheap."""
    return dict(CHEAP)


@pytest.fixture(scope="session")
def base() -> capbind.Scenario:
    """The base scenario with few points."""
    return capbind.Scenario.shipped("openai-microsoft").with_(**CHEAP)


@pytest.fixture(scope="session")
def result(base: capbind.Scenario) -> capbind.Result:
    """Its run."""
    return capbind.run(base)
