"""Shards in a bucket: a real server of S3's protocol on this machine, which fails every tenth
request."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator

import pytest

import capbind
from capbind import StudyError, distributed
from test_distributed import folder

pytestmark = pytest.mark.s3
BUCKET = "shards"


class Flaky:
    """A server's application that says to slow down every tenth time."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._lock = threading.Lock()
        self.asked = 0
        self.failed = 0
        self.put: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.asked += 1
            fails = self.asked % 10 == 0
            self.failed += fails
        if fails:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start("503 Slow Down", [("Content-Length", "0")])
            return [b""]

        def begin(status: str, *more: Any) -> Any:
            if environ["REQUEST_METHOD"] == "PUT" and status.startswith("200"):
                self.put.append(environ["PATH_INFO"])
            return start(status, *more)

        return self._application(environ, begin)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flaky]:
    """A server with an empty bucket."""
    moto = pytest.importorskip("moto.server")
    serving = pytest.importorskip("werkzeug.serving")
    from moto.s3.models import s3_backends

    backend = s3_backends["123456789012"]["aws"]
    backend.reset()
    backend.create_bucket(BUCKET, "us-east-1")
    flaky = Flaky(moto.DomainDispatcherApplication(moto.create_backend_app))
    made = serving.make_server("127.0.0.1", 0, flaky, threaded=True)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    said = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{made.server_port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    yield flaky
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def deal() -> capbind.Scenario:
    """A scenario of few paths, in 16 blocks."""
    return capbind.Scenario.shipped("textbook-gbm").with_(**{"simulation.points": 256})


def parts(server: Flaky) -> list[str]:
    """What was put under a name that had nothing."""
    return [name for name in server.put if "/parts/" in name]


def typed(*words: str, where: Path) -> subprocess.CompletedProcess[str]:
    """A command of the program."""
    command = [sys.executable, "-m", "capbind", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=where)


def test_a_bucket_holds_what_a_folder_does(server: Flaky, tmp_path: Path) -> None:
    store = f"s3://{BUCKET}/deep/deal"
    (tmp_path / "a.toml").write_text(capbind.Scenario.shipped("textbook-gbm").text)
    asked = ["a.toml", "--paths", "4096"]
    assert typed("run", *asked, "--out", "alone", where=tmp_path).returncode == 0
    planned = typed("plan", *asked, "--shards", "7", "--store", store, where=tmp_path)
    assert planned.returncode == 0, planned.stderr
    missing = typed("merge", "--store", store, where=tmp_path)
    assert missing.returncode == 1 and "7 of 7 shards are not finished" in missing.stderr
    # Each twice, both at once: one part is written, the other found or late.
    for index in map(str, reversed(range(7))):
        words = [sys.executable, "-m", "capbind", "shard", "--store", store, "--index", index]
        both = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(2)]
        assert [one.wait() for one in both] == [0, 0]
    assert len(parts(server)) == 7 == len(set(parts(server)))
    again = typed("shard", "--store", store, "--index", "3", where=tmp_path)
    assert "parts computed 0, found 1" in again.stdout
    merged = typed("merge", "--store", store, "--out", "merged", where=tmp_path)
    assert merged.returncode == 0, merged.stderr
    assert folder(tmp_path / "merged") == folder(tmp_path / "alone")
    assert server.failed == server.asked // 10 > 0


def test_an_engine_uses_a_bucket(server: Flaky, deal: capbind.Scenario) -> None:
    store = f"s3://{BUCKET}"
    vary = {"revenue.gbm.growth": [0.1, 0.2, 0.3]}
    alone = capbind.sweep(deal, vary)
    found = distributed.sweep(deal, vary, shards=3, workers=2, store=store)
    assert found.text == alone.text
    first = len(parts(server))
    vary["revenue.gbm.growth"][1] = 0.25
    distributed.sweep(deal, vary, shards=3, workers=2, store=store)
    assert len(parts(server)) == first + 1


def test_what_is_wrong_is_said(server: Flaky, deal: capbind.Scenario) -> None:
    for store, wanted in [
        ("s3://nowhere/deal", "NoSuchBucket|no such bucket"),
        ("s3://", "there is no bucket"),
        (f"s3://{BUCKET}/a//b", "empty path segment"),
    ]:
        with pytest.raises(StudyError, match=wanted):
            distributed.run(deal, shards=2, store=store)
