"""Work under way: interrupted, forked, shown, logged."""

from __future__ import annotations

import io
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Callable

import pytest

import capbind
from capbind import _capbind, _work

posix = pytest.mark.skipif(os.name != "posix", reason="signals and forks of POSIX")

LONG = """
import capbind
scenario = capbind.Scenario.shipped("openai-microsoft")
print("begun", flush=True)
try:
    capbind.run(scenario, paths=2**34)
except KeyboardInterrupt:
    print("stopped", flush=True)
print(capbind.run(scenario, points=64).paths_simulated)
"""


@posix
def test_an_interruption_stops_a_run_and_the_next_one_works() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        threading.Event().wait(0.3)
        process.send_signal(signal.SIGINT)
        # To the end it would take hours.
        said, _ = process.communicate(timeout=60)
    assert said == "stopped\n1024\n"


@posix
def test_a_folder_that_is_made_again_can_be_interrupted(
    base: capbind.Scenario, tmp_path: Path
) -> None:
    capbind.run(base).save(tmp_path / "out", charts=False)
    work = _capbind.start_verify(str(tmp_path / "out"))
    work.cancel()
    with pytest.raises(KeyboardInterrupt):
        work.result()


@posix
@pytest.mark.parametrize("precision", [None, 1e-9])
def test_a_shard_and_its_plan_can_be_interrupted(
    base: capbind.Scenario, tmp_path: Path, precision: float | None
) -> None:
    store = str(tmp_path)
    if precision is None:
        # A part of so many paths takes minutes.
        work = _capbind.start_plan_run(base._native, 2**30, False, 2, store)
        work = _capbind.start_shard(store, work.result()[0], 0, 1)
    else:
        # So does the search for the points of such a precision.
        deal = base.with_(**{"simulation.precision": precision})
        work = _capbind.start_plan_run(deal._native, None, False, 2, store)
    assert not work.wait(100)
    work.cancel()
    with pytest.raises(KeyboardInterrupt):
        work.result()
    assert not (tmp_path / "parts").exists() or not list((tmp_path / "parts").iterdir())


def test_much_memory_is_warned_of_before_it_is_taken() -> None:
    scenario = capbind.Scenario.shipped("openai-microsoft-2025")
    asks: list[Callable[[], object]] = [
        lambda: capbind.run(scenario, threads=48),
        lambda: capbind.compare([scenario, scenario], threads=48),
        lambda: list(capbind.sweep_cases(scenario, {"valuation.discount_rate": [0.1]}, threads=48)),
    ]
    for ask in asks:
        with warnings.catch_warnings():
            # Raised where it is given: the work ends, and nobody waits for it.
            warnings.simplefilter("error", capbind.CapbindWarning)
            with pytest.raises(capbind.CapbindWarning, match="GB of memory on 48 threads"):
                ask()


def paid(scenario: capbind.Scenario) -> object:
    return capbind.run(scenario).summary["mean"][0]


@posix
@pytest.mark.parametrize("way", ["fork", "forkserver", "spawn"])
def test_processes_of_every_kind_find_the_same(base: capbind.Scenario, way: str) -> None:
    here = paid(base)
    context = multiprocessing.get_context(way)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(paid, [base] * 4, timeout=120)) == [here] * 4


@posix
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_joblib_finds_the_same(base: capbind.Scenario, backend: str) -> None:
    joblib = pytest.importorskip("joblib")
    here = paid(base)
    parallel = joblib.Parallel(n_jobs=2, backend=backend, timeout=120)
    assert parallel(joblib.delayed(paid)(base) for _ in range(3)) == [here] * 3


@posix
def test_charts_are_drawn_after_a_fork(result: capbind.Result) -> None:
    here = result.figure("binding").svg()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=lambda: answers.put(result.figure("binding").svg()))
    child.start()
    assert answers.get() == here
    child.join(60)
    assert child.exitcode == 0


@posix
def test_work_of_the_parent_is_refused_in_a_child(base: capbind.Scenario) -> None:
    work = _capbind.start_run(base._native, None, False, 0)
    child = os.fork()
    if child == 0:
        try:
            work.result()
        except RuntimeError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert isinstance(work.result(), _capbind.Run)


def test_other_threads_go_on(base: capbind.Scenario) -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    capbind.run(base, points=65536, threads=1)
    done.set()
    thread.join()
    assert ticks > 10


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_line_that_goes(
    base: capbind.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(_work, "_PATIENCE", 0.0)
    capbind.run(base, points=65536, threads=1)
    shown = terminal.getvalue()
    assert "run openai-microsoft:" in shown and "%" in shown
    assert shown.rsplit("\r", 2)[-2].strip() == "" and shown.endswith("\r")
    assert "\n" not in shown
    assert not [t for t in threading.enumerate() if t.name == "capbind progress"]
    terminal.truncate(0)
    capbind.run(base, progress=False)
    assert terminal.getvalue() == ""


def test_nobody_is_shown_progress_who_does_not_see_it(
    base: capbind.Scenario, capfd: pytest.CaptureFixture[str]
) -> None:
    capbind.run(base)
    assert capfd.readouterr() == ("", "")


def test_what_is_done_is_logged(
    base: capbind.Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="capbind"):
        capbind.run(base)
    begun, done = (record.getMessage() for record in caplog.records)
    assert begun == "run openai-microsoft: begun"
    assert done.startswith("run openai-microsoft: done in ")


def test_the_program_is_the_program(tmp_path: Path) -> None:
    def program(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "capbind", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    said = program("--version")
    assert (said.returncode, said.stdout) == (0, f"capbind {capbind.__version__}\n")
    assert program("run").returncode == 2
    assert "Usage: capbind run" in program("run", "--help").stdout
    missing = program("check", "none.toml")
    assert missing.returncode == 1 and "no such file" in missing.stderr
