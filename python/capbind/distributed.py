"""Runs and sweeps on many processes or machines, shard by shard.

What is computed lives in a store; an engine only hands out the shards: Ray, Dask, or processes
of this machine. So whatever is killed, a worker, an engine or whoever asked, nothing that is
finished is computed again, and the numbers are those of one process to the last byte.

>>> import capbind
>>> import capbind.distributed
>>> scenario = capbind.Scenario.shipped("textbook-gbm").with_(**{"simulation.points": 1024})
>>> result = capbind.distributed.run(scenario, engine="processes", shards=2)
>>> result.json == capbind.run(scenario).json
True
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any, Generator, Literal, Sequence

from . import _capbind
from ._errors import StudyError
from ._result import Result
from ._scenario import AnyScenario
from ._studies import Sweep, Vary, asked_of_sweep, asked_scenario
from ._work import shown, wait, warn

Engine = Literal["ray", "dask", "processes"]

RETRIES = 3
"""How often a shard is tried again whose worker died or whose store failed."""


def run(
    scenario: AnyScenario,
    *,
    engine: Engine = "processes",
    address: str | None = None,
    workers: int | None = None,
    store: str | os.PathLike[str] | None = None,
    shards: int | None = None,
    points: int | None = None,
    paths: int | None = None,
    precision: float | None = None,
    seed: int | None = None,
    convergence: bool = False,
    progress: bool = True,
) -> Result:
    """As :func:`capbind.run`, its shards handed out by an engine.

    :param engine: ``"ray"``, ``"dask"``, which have to be installed, or ``"processes"``.
    :param address: of a cluster, such as ``"ray://head:10001"``, ``"auto"`` or
        ``"tcp://scheduler:8786"``; one is started on this machine where there is none.
    :param workers: shards at a time, where the engine is started here: all cores.
    :param store: where shards are kept, a folder that all workers see, or
        ``"s3://bucket/prefix"``: what is there is not computed again. A temporary folder
        where there is none.
    :param shards: how many: 16.
    """
    own = asked_scenario(scenario, points, seed)
    if precision is not None:
        own = own.with_(**{"simulation.precision": precision})
    with _store(store, address) as place:
        work = _capbind.start_plan_run(own._native, paths, convergence, shards, place)
        plan = wait(work, f"plan {own.name}", progress)
        _hand_out(plan, place, engine, address, workers, f"run {own.name}", progress)
        work = _capbind.start_merged_run(place, plan[0])
        result = Result(own, wait(work, f"merge {own.name}", progress))
    warn(result.warnings)
    return result


class DistributedSweep(Sweep):
    """A sweep whose shards are in a store."""

    _place: str | None = None
    _plan: str = ""

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes the folder that ``capbind sweep`` would write, byte for byte: from the store
        where that is kept, and made again where it was temporary."""
        if self._place is None:
            super().save(folder)
        else:
            _capbind.merge_into(self._place, self._plan, os.fspath(folder))


def sweep(
    scenario: AnyScenario,
    vary: Vary = None,
    *,
    engine: Engine = "processes",
    address: str | None = None,
    workers: int | None = None,
    store: str | os.PathLike[str] | None = None,
    shards: int | None = None,
    design: Literal["sobol", "latin-hypercube"] | None = None,
    cases: int | None = None,
    measures: Sequence[str] = (),
    keep_going: bool = False,
    points: int | None = None,
    paths: int | None = None,
    seed: int | None = None,
    progress: bool = True,
) -> DistributedSweep:
    """As :func:`capbind.sweep`, its shards handed out by an engine: see :func:`run`.

    In a store that is kept a case is kept by what determines it: another sweep that asks the
    same of some of its cases computes only the others.
    """
    own = asked_scenario(scenario, points, seed)
    asked = asked_of_sweep(vary, design, cases, measures, keep_going, paths)
    with _store(store, address) as place:
        planned = _capbind.start_plan_sweep(own._native, asked, shards, place)
        plan = wait(planned, f"plan {own.name}", progress)
        _hand_out(plan, place, engine, address, workers, f"sweep {own.name}", progress)
        work = _capbind.start_merged_sweep(own._native, asked, place, plan[0])
        found = DistributedSweep(wait(work, f"merge {own.name}", progress))
        if store is not None:
            found._place, found._plan = place, plan[0]
    return found


@contextlib.contextmanager
def _store(
    given: str | os.PathLike[str] | None, address: str | None
) -> Generator[str, None, None]:
    if given is not None:
        place = os.fspath(given)
        # Workers may stand in another folder.
        yield place if "://" in place else os.path.abspath(place)
    elif address not in (None, "local"):
        hint = "store= with a folder that all of them see"
        raise StudyError(f"the workers at {address} have no store\n  try: {hint}", hint=hint)
    else:
        with tempfile.TemporaryDirectory(prefix="capbind-") as place:
            yield place


class _Shards:
    """Shards done and in all, as progress shows them."""

    def __init__(self, done: int, total: int) -> None:
        self.done = done
        self.total = total


def _hand_out(
    plan: tuple[str, list[bool]],
    store: str,
    engine: str,
    address: str | None,
    workers: int | None,
    what: str,
    progress: bool,
) -> None:
    """Has an engine compute the shards that are not done."""
    name, done = plan
    left = [index for index, is_done in enumerate(done) if not is_done]
    engines = {"ray": _ray, "dask": _dask, "processes": _processes}
    if engine not in engines:
        raise ValueError(f"no engine is called {engine!r}; one of {', '.join(engines)}")
    if not left:
        return
    counted = _Shards(len(done) - len(left), len(done))
    finished = engines[engine](store, name, left, address, workers)
    with shown(counted, what, progress), contextlib.closing(finished):
        for _ in finished:
            counted.done += 1


def compute(store: str, plan: str, index: int) -> tuple[int, int]:
    """Computes what the store does not have of a shard, on one thread: what every worker does.
    Gives the numbers of parts computed and found. An interruption stops it."""
    work = _capbind.start_shard(store, plan, index, 1)
    done: tuple[int, int] = wait(work, f"shard {index}", progress=False)
    return done


Finished = Generator[int, None, None]
"""Indices of shards as they are finished. Closing it stops the others."""


def _processes(
    store: str, plan: str, left: list[int], address: str | None, workers: int | None
) -> Finished:
    """A process for each shard, so many at a time. One that dies is started again."""
    if address is not None:
        raise ValueError("processes of this machine have no address")
    command = [sys.executable, "-m", "capbind", "shard", "--store", store, "--plan", plan]
    waiting = [(index, 0) for index in reversed(left)]
    running: list[tuple[subprocess.Popen[str], int, int]] = []
    most = workers or os.cpu_count() or 1
    try:
        while waiting or running:
            while waiting and len(running) < most:
                index, tries = waiting.pop()
                process = subprocess.Popen(
                    [*command, "--json", "--threads", "1", "--index", str(index)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                running.append((process, index, tries))
            ended = [one for one in running if one[0].poll() is not None]
            if not ended:
                time.sleep(0.005)
            for one in ended:
                running.remove(one)
                process, index, tries = one
                _, said = process.communicate()
                if process.returncode == 0:
                    yield index
                elif process.returncode == 2 or tries == RETRIES:
                    # What is asked for is wrong, or it fails every time.
                    raise StudyError(f"shard {index} failed: {said.strip() or 'it was killed'}")
                else:
                    waiting.append((index, tries + 1))
    finally:
        for process, _, _ in running:
            process.terminate()
        for process, _, _ in running:
            process.communicate()


def _imported(engine: str, package: str) -> Any:
    """The package of an engine, where it is installed."""
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError:
        hint = f'pip install "{package}", or engine="processes"'
        raise StudyError(f"{engine} is not installed here\n  try: {hint}", hint=hint) from None


def _ray(
    store: str, plan: str, left: list[int], address: str | None, workers: int | None
) -> Finished:
    """A task of Ray for each shard."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = _imported("Ray", "ray")
    own = not ray.is_initialized()
    if own:
        here: dict[str, Any] = {
            "num_cpus": workers,
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
            # Results go through the store.
            "object_store_memory": 100 * 2**20,
        }
        is_here = address in (None, "local")
        settings = here if is_here else {}
        ray.init(address=address or "local", log_to_driver=False, **settings)
    task = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=[OSError])(compute)
    pending = {task.remote(store, plan, index): index for index in left}
    try:
        while pending:
            done, _ = ray.wait(list(pending), num_returns=1, timeout=1)
            for one in done:
                ray.get(one)
                yield pending.pop(one)
    finally:
        for one in pending:
            ray.cancel(one, force=True)
        if own:
            ray.shutdown()


def _dask(
    store: str, plan: str, left: list[int], address: str | None, workers: int | None
) -> Finished:
    """A task of Dask for each shard."""
    dask = _imported("Dask", "distributed")
    with contextlib.ExitStack() as opened:
        place: Any = address
        if address in (None, "local"):
            place = opened.enter_context(
                dask.LocalCluster(
                    n_workers=workers or os.cpu_count() or 1,
                    threads_per_worker=1,
                    dashboard_address=None,
                    host="127.0.0.1",
                )
            )
        client = opened.enter_context(dask.Client(place))
        # Not pure: a task is for what it leaves in the store.
        pending = {
            client.submit(compute, store, plan, index, pure=False, retries=RETRIES): index
            for index in left
        }
        try:
            for one in dask.as_completed(list(pending)):
                one.result()
                yield pending.pop(one)
        finally:
            client.cancel(list(pending), force=True)


def _engine(url: str) -> tuple[str, str | None]:
    """An engine and its address, as ``--engine`` has them: ``ray``, ``ray://head:10001``,
    ``dask``, ``tcp://scheduler:8786``, ``processes``."""
    kind, colon, _ = url.partition("://")
    if not colon:
        return url, None
    return {"ray": "ray", "tcp": "dask", "tls": "dask"}.get(kind, kind), url


def main(words: Sequence[str] | None = None) -> int:
    """Has an engine compute the shards of a plan: what ``--engine`` of the command calls."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m capbind.distributed", description=main.__doc__)
    parser.add_argument("--store", required=True, help="a folder that all workers see, or s3://…")
    parser.add_argument("--plan", default="", help="which question, where it holds several")
    parser.add_argument(
        "--engine", default="processes", help="ray, dask, processes, or a cluster's address"
    )
    parser.add_argument("--workers", type=int, help="shards at a time, on this machine")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    asked = parser.parse_args(words)
    engine, address = _engine(asked.engine)
    try:
        with _store(asked.store, address) as place:
            work = _capbind.start_plan_of(place, asked.plan)
            plan = wait(work, "plan", not asked.quiet)
            _hand_out(plan, place, engine, address, asked.workers, "shards", not asked.quiet)
    except KeyboardInterrupt:
        return 130
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"plan": plan[0], "shards": len(plan[1])}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
