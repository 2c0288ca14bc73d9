"""Work under way: waited for, shown and stopped."""

from __future__ import annotations

import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, Iterator, Protocol

from ._errors import CapbindWarning

if TYPE_CHECKING:
    from . import _capbind

_TICK = 50
"""Milliseconds after which signals are looked at."""
_PATIENCE = 0.5
"""Seconds before progress is shown."""


def _log(form: str, *values: object) -> None:
    import logging

    logging.getLogger("capbind").info(form, *values)


class Counted(Protocol):
    """What is shown: steps done and in all."""

    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...


class Progress:
    """A line on standard error that one thread keeps up to date; it leaves nothing behind."""

    def __init__(self, work: Counted, what: str) -> None:
        self._work = work
        self._what = what
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._show, name="capbind progress", daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _show(self) -> None:
        began = time.monotonic()
        width = 0
        wait = _PATIENCE
        while not self._stop.wait(wait):
            wait = 0.1
            line = self._line(time.monotonic() - began)
            sys.stderr.write("\r" + line.ljust(width))
            sys.stderr.flush()
            width = len(line)
        if width:
            sys.stderr.write("\r" + " " * width + "\r")
            sys.stderr.flush()

    def _line(self, seconds: float) -> str:
        done, total = self._work.done, self._work.total
        pace = f"{done / seconds:,.0f}/s" if seconds else ""
        if total == 0:
            return f"{self._what}: {done:,} [{seconds:.0f}s, {pace}]"
        part = min(done / total, 1.0)
        bar = ("#" * round(20 * part)).ljust(20)
        left = f"{seconds * (1 - part) / part:.0f}s left" if part else ""
        return f"{self._what}: {part:4.0%} |{bar}| {done:,}/{total:,} [{left}, {pace}]"


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def _is_watched() -> bool:
    """Whether somebody sees standard error: a terminal or a notebook."""
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())


def shown(work: Counted, what: str, progress: bool) -> Progress | _Nothing:
    """Shows how far work is, where somebody sees it."""
    return Progress(work, what) if progress and _is_watched() else _Nothing()


def wait(work: _capbind.Work, what: str, progress: bool) -> Any:
    """The result of work. An interruption stops it before it is raised."""
    _log("%s: begun", what)
    began = time.monotonic()
    with shown(work, what, progress):
        try:
            warn(work.warnings)
            while not work.wait(_TICK):
                pass
        except BaseException:
            work.cancel()
            _log("%s: stopped", what)
            raise
    result = work.result()
    _log("%s: done in %.2f s", what, time.monotonic() - began)
    return result


def pieces(work: _capbind.Work, what: str, progress: bool) -> Iterator[Any]:
    """The parts of a result as they come."""
    _log("%s: begun", what)
    ended = False
    with shown(work, what, progress):
        try:
            warn(work.warnings)
            while not ended:
                ended = work.wait(_TICK)
                yield from work.pieces()
        finally:
            if not ended:
                work.cancel()
                _log("%s: stopped", what)
    work.result()
    _log("%s: done", what)


def warn(texts: list[str]) -> None:
    """Warns whoever called this package."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
        level += 1
    for text in texts:
        warnings.warn(text, CapbindWarning, stacklevel=level)
