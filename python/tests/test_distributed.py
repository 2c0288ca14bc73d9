"""Shards handed out by engines: the numbers of one process, whoever is killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any, Callable

import pytest

import capbind
from capbind import StudyError, distributed

PAGE = Path(__file__).parents[2] / "docs" / "distributed.md"


@pytest.fixture
def deal() -> capbind.Scenario:
    """A scenario of few paths, in 16 blocks."""
    return capbind.Scenario.shipped("textbook-gbm").with_(**{"simulation.points": 256})


def parts(store: Path) -> dict[str, int]:
    """The parts in a store, each with what the file system calls its file."""
    found = (store / "parts").iterdir() if (store / "parts").exists() else iter(())
    return {one.name: one.stat().st_ino for one in found if not one.name.startswith(".")}


def planned(deal: capbind.Scenario, shards: int, store: str | Path) -> tuple[str, list[bool]]:
    """A run put into a store: its name there, and for each shard whether it is done."""
    work = capbind._capbind.start_plan_run(deal._native, None, False, shards, str(store))
    plan: tuple[str, list[bool]] = work.result()
    return plan


def folder(place: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    files = (one for one in place.rglob("*") if one.is_file())
    return {str(one.relative_to(place)): one.read_bytes() for one in files}


class FakeRay(types.ModuleType):
    """What is used of Ray, in this process."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.asked: list[dict[str, Any]] = []

    def is_initialized(self) -> bool:
        return False

    def init(self, **settings: Any) -> None:
        self.asked.append(settings)

    def remote(self, **options: Any) -> Callable[[Any], Any]:
        self.asked.append(options)
        return lambda task: types.SimpleNamespace(remote=lambda *given: _Later(task, given))

    def wait(self, refs: list[_Later], **_: Any) -> tuple[list[_Later], list[_Later]]:
        return refs[-1:], refs[:-1]

    def get(self, ref: _Later) -> Any:
        return ref.result()

    def cancel(self, ref: _Later, force: bool) -> None:
        ref.cancelled = True

    def shutdown(self) -> None:
        self.asked.append({"shutdown": True})


class _Later:
    cancelled = False

    def __init__(self, task: Callable[..., Any], given: tuple[Any, ...]) -> None:
        self._task = task
        self._given = given

    def result(self) -> Any:
        return self._task(*self._given)


class FakeDask(types.ModuleType):
    """What is used of Dask, in this process."""

    def __init__(self) -> None:
        super().__init__("distributed")
        self.asked: list[Any] = []
        outer = self

        class Client:
            def __init__(self, address: Any) -> None:
                outer.asked.append(address)

            def __enter__(self) -> Client:
                return self

            def __exit__(self, *_: object) -> None: ...

            def submit(self, task: Any, *given: Any, pure: bool, retries: int) -> _Later:
                assert not pure and retries > 0
                return _Later(task, given)

            def cancel(self, pending: list[_Later], force: bool) -> None:
                for one in pending:
                    one.cancelled = True

        self.Client = Client
        self.LocalCluster = self._cluster
        self.as_completed = reversed

    def _cluster(self, **_: Any) -> Any:
        return contextlib.nullcontext("here")


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Ray and Dask, played."""
    ray, dask = FakeRay(), FakeDask()
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setitem(sys.modules, "distributed", dask)
    return {"ray": ray, "dask": dask}


def test_every_engine_finds_what_one_process_does(
    deal: capbind.Scenario, engines: dict[str, Any], tmp_path: Path
) -> None:
    capbind.run(deal).save(tmp_path / "alone")
    every: tuple[distributed.Engine, ...] = ("processes", "ray", "dask")
    for engine in every:
        found = distributed.run(deal, engine=engine, shards=3, workers=2)
        found.save(tmp_path / engine)
        assert folder(tmp_path / engine) == folder(tmp_path / "alone"), engine
    settings, options, end = engines["ray"].asked
    assert settings["address"] == "local" and settings["num_cpus"] == 2
    assert options["max_retries"] == distributed.RETRIES and "shutdown" in end


def test_a_sweep_of_a_store_computes_what_is_new(
    deal: capbind.Scenario, engines: dict[str, Any], tmp_path: Path
) -> None:
    store = tmp_path / "store"

    def swept(growth: list[float]) -> distributed.DistributedSweep:
        vary = {"revenue.gbm.growth": growth, "agreement.cap": [250_000, 300_000]}
        found = distributed.sweep(deal, vary, engine="dask", store=store, shards=4)
        alone = capbind.sweep(deal, vary)
        assert found.text == alone.text and found.cases.to_dict() == alone.cases.to_dict()
        return found

    swept([0.1, 0.2, 0.3])
    first = parts(store)
    found = swept([0.1, 0.2, 0.35])
    second = parts(store)
    assert len(first) == 4 and len(second) == 5
    assert all(second[name] == inode for name, inode in first.items())
    found.save(tmp_path / "saved")
    assert {"sweep.csv", "manifest.json"} <= set(folder(tmp_path / "saved"))


def test_workers_that_are_killed_are_started_again(
    deal: capbind.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Mortal(subprocess.Popen[str]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            started.append(self.pid)
            # A fifth of them.
            if len(started) % 5 == 2:
                self.kill()

    monkeypatch.setattr(subprocess, "Popen", Mortal)
    found = distributed.run(deal, shards=4, workers=2)
    assert found.json == capbind.run(deal).json
    assert len(started) == 5


def test_what_fails_every_time_is_said(deal: capbind.Scenario, tmp_path: Path) -> None:
    store = tmp_path / "store"
    (tmp_path / "store" / "parts").mkdir(parents=True)
    plan, done = planned(deal, 2, store)
    assert done == [False, False]
    with pytest.raises(StudyError, match="shard 7 failed: error: there is no shard 7"):
        list(distributed._processes(str(store), plan, [7], None, 1))
    os.rmdir(store / "parts")
    (store / "parts").write_text("in the way")
    with pytest.raises(StudyError, match="shard 0 failed: error: store: .*parts"):
        list(distributed._processes(str(store), plan, [0], None, 1))


ASKED = """
import sys
import capbind, capbind.distributed
deal = capbind.Scenario.shipped("textbook-gbm").with_(**{"simulation.points": 256})
found = capbind.distributed.run(deal, shards=8, workers=2, store=sys.argv[1])
print(found.answer)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_who_hands_out_is_killed_and_begins_again(deal: capbind.Scenario, tmp_path: Path) -> None:
    store = tmp_path / "store"
    command = [sys.executable, "-c", ASKED, str(store)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        until = time.monotonic() + 60
        while len(parts(store)) < 2 and first.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    before = parts(store)
    assert before
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    after = parts(store)
    assert len(after) == 8
    # What was finished is the same file: nobody wrote it again.
    assert all(after[name] == inode for name, inode in before.items())
    assert again.stdout.strip() == capbind.run(deal).answer


def test_two_at_once_come_to_the_same(deal: capbind.Scenario, tmp_path: Path) -> None:
    wanted = capbind.run(deal).json
    found: list[object] = []

    def ask() -> None:
        store = tmp_path / "store"
        found.append(distributed.run(deal, shards=3, workers=1, store=store).json)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [wanted, wanted]
    assert len(parts(tmp_path / "store")) == 3


def test_an_interruption_ends_the_workers(
    deal: capbind.Scenario, engines: dict[str, Any], tmp_path: Path
) -> None:
    for engine, begin in [("processes", distributed._processes), ("ray", distributed._ray)]:
        store = str(tmp_path / engine)
        plan, done = planned(deal, 6, store)
        shards = begin(store, plan, list(range(len(done))), None, 2)
        next(shards)
        shards.close()
        assert len(parts(Path(store))) < 6, engine


def test_what_cannot_be_done_is_refused(
    deal: capbind.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine, package in [("ray", "ray"), ("dask", "distributed")]:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(StudyError, match=f'pip install "{package}"'):
            distributed.run(deal, engine=engine, shards=2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one of ray, dask, processes"):
        distributed.run(deal, engine="spark", shards=2)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match="have no store"):
        distributed.run(deal, engine="ray", address="ray://head:10001")


def blocks(heading: str, language: str) -> list[str]:
    """The blocks of a language below a heading of the page."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [part.split("```")[0] for part in section.split(f"```{language}\n")[1:]]


@pytest.mark.skipif(not PAGE.exists(), reason="the page is with the source")
@pytest.mark.parametrize("heading", ["Ray", "Dask"])
def test_the_page_does_what_it_says(
    heading: str,
    engines: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    text = capbind.Scenario.shipped("openai-microsoft").text
    Path("deal.toml").write_text(re.sub(r"points +=.*", "points = 256", text))
    (block,) = blocks(heading, "python")
    exec(block.replace("/shared/deal", str(tmp_path / "store")), {})
    assert capsys.readouterr().out
    assert len(list(Path("output").iterdir())) == 1
    assert engines["ray"].asked or engines["dask"].asked == ["tcp://scheduler:8786"]
    if heading == "Dask":
        (command,) = blocks(heading, "sh")
        words = command.replace("/shared/deal", str(tmp_path / "store")).split()
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.ray
@pytest.mark.parametrize(("engine", "package"), [("ray", "ray"), ("dask", "distributed")])
def test_an_engine_survives_its_workers(
    engine: distributed.Engine,
    package: str,
    deal: capbind.Scenario,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = pytest.importorskip(package)
    killed = tmp_path / "killed"
    killed.mkdir()
    compute = distributed.compute

    def mortal(store: str, plan: str, index: int) -> tuple[int, int]:
        # A fifth of the workers die at their work, once.
        if index % 5 == 2 and not (killed / str(index)).exists():
            (killed / str(index)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return compute(store, plan, index)

    monkeypatch.setattr(distributed, "compute", mortal)
    store = tmp_path / "store"
    found = distributed.run(deal, engine=engine, workers=2, shards=10, store=store)
    assert found.json == capbind.run(deal).json
    assert len(list(killed.iterdir())) == 2 and len(parts(store)) == 10
    # What was started here is gone with it.
    assert engine != "ray" or not module.is_initialized()
