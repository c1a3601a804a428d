"""Fetching weights from a real server on this machine, which can cut off, change and refuse."""

from __future__ import annotations

import hashlib
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from small_models import LIST, PUBLISHED, random_weights

import engine
from engine.base.context import Context
from engine.base.errors import (
    Cancelled,
    DiskFull,
    FetchRefused,
    LicenceNotAccepted,
    NoNetwork,
    UsageError,
    WeightsDamaged,
    WeightsUnreadable,
)
from engine.models.fetch import fetch_model, https_opener
from engine.models.licences import accept_licence
from engine.models.listing import list_models

ID = "published-estimator"


class Server(ThreadingHTTPServer):
    """One file with its entity tag. `cut_after` ends an answer early; `requests` are the headers of all that came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.content = b""
        self.tag = '"1"'
        self.cut_after: int | None = None
        self.status = 200
        self.requests: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/published.pth"


class _Answers(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        server.requests.append(dict(self.headers))
        if server.status != 200:
            self.send_error(server.status)
            return
        start = 0
        if "Range" in self.headers and self.headers["If-Range"] == server.tag:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        else:
            self.send_response(200)
        self.send_header("ETag", server.tag)
        self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        self.wfile.write(server.content[start:][: server.cut_after])

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server() as server:
        server.content = weights_file(tmp_path, seed=0)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def user(server: Server, program: Path, home: Path) -> Path:
    """The user's data folder, with a list that says where the published weights are; their licence is accepted."""
    say(home, f'url = "{server.url}"')
    accept_licence(ID)
    return home


def say(home: Path, line: str) -> None:
    """Put a line into the list's entry of the published weights."""
    entry = 'source = "https://example.org/published.pth"'
    (home.parent / "resources" / "models.toml").write_text(LIST.replace(entry, f"{entry}\n{line}"))


def weights_file(folder: Path, seed: int) -> bytes:
    path = folder / "weights.pth"
    torch.save(random_weights("srcnn", PUBLISHED, seed), path)
    return path.read_bytes()


def fetch(context: Context | None = None) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    fetch_model(ID, context or Context(), opener)


def installed() -> bool:
    return next(row for row in list_models() if row.id == ID).installed


def left_over(home: Path) -> list[str]:
    """What lies in the user's folder of models beside installed ones."""
    return sorted(path.name for path in (home / "models").glob("*") if path.is_file())


def test_weights_are_fetched_and_installed(user: Path, server: Server) -> None:
    told: list[float] = []
    fetch(Context(lambda stage, fraction: told.append(fraction)))
    assert installed()
    assert left_over(user) == []
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert server.requests[0]["User-Agent"] == f"Albumen/{engine.__version__}"
    fetch()  # nothing is missing any more
    assert len(server.requests) == 1


def test_what_was_cut_off_goes_on(user: Path, server: Server) -> None:
    server.cut_after = 1000
    with pytest.raises(NoNetwork, match="1000 of"):
        fetch()
    assert left_over(user) == [f"{ID}.pth.part", f"{ID}.pth.part.etag"]
    assert (user / "models" / f"{ID}.pth.part").read_bytes() == server.content[:1000]
    assert not installed()
    server.cut_after = None
    fetch()
    assert installed()
    assert (server.requests[1]["Range"], server.requests[1]["If-Range"]) == ("bytes=1000-", '"1"')


def test_a_file_that_changed_meanwhile_is_begun_anew(user: Path, server: Server, tmp_path: Path) -> None:
    server.cut_after = 1000
    with pytest.raises(NoNetwork):
        fetch()
    server.content, server.tag, server.cut_after = weights_file(tmp_path, seed=1), '"2"', None
    say(user, f'url = "{server.url}"\nsource_sha256 = "{hashlib.sha256(server.content).hexdigest()}"')
    fetch()
    assert installed()


@pytest.mark.parametrize("tag", ['W/"1"', ""])
def test_without_a_strong_tag_nothing_is_gone_on_with(user: Path, server: Server, tag: str) -> None:
    server.tag, server.cut_after = tag, 1000
    for _ in range(2):
        with pytest.raises(NoNetwork):
            fetch()
    assert "Range" not in server.requests[1]


def test_a_part_that_is_all_there_is_no_dead_end(user: Path, server: Server) -> None:
    (user / "models").mkdir(parents=True, exist_ok=True)
    (user / "models" / f"{ID}.pth.part").write_bytes(server.content)
    (user / "models" / f"{ID}.pth.part.etag").write_text(server.tag)
    fetch()
    assert installed()


@pytest.mark.parametrize("said", ['source_sha256 = "' + "0" * 64 + '"', "source_bytes = 5"])
def test_a_file_that_is_not_the_one_expected_is_dropped(user: Path, server: Server, said: str) -> None:
    say(user, f'url = "{server.url}"\n{said}')
    with pytest.raises(WeightsDamaged, match=r"published\.pth"):
        fetch()
    assert left_over(user) == []
    assert not installed()


def test_what_cannot_be_imported_is_dropped(user: Path, server: Server) -> None:
    server.content = b"<html>Log in to this hotel's network</html>"
    with pytest.raises(WeightsUnreadable):
        fetch()
    assert left_over(user) == []


def test_the_server_says_no(user: Path, server: Server) -> None:
    server.status = 404
    with pytest.raises(FetchRefused, match="404"):
        fetch()
    assert left_over(user) == []


def test_no_byte_before_the_licence_is_accepted(user: Path, server: Server) -> None:
    (user / "licences.json").unlink()
    with pytest.raises(LicenceNotAccepted):
        fetch()
    assert server.requests == []


def test_cancelling_keeps_what_has_come(user: Path, server: Server) -> None:
    began: list[float] = []
    with pytest.raises(Cancelled):
        fetch(Context(lambda stage, fraction: began.append(fraction), cancelled=lambda: len(began) > 0))
    assert left_over(user) == [f"{ID}.pth.part", f"{ID}.pth.part.etag"]
    fetch()
    assert installed()


def test_nobody_there(user: Path, server: Server) -> None:
    say(user, 'url = "http://127.0.0.1:9/published.pth"')  # the port of the discard service, which nobody runs
    with pytest.raises(NoNetwork, match=r"127\.0\.0\.1:9"):
        fetch()


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk(user: Path, server: Server) -> None:
    (user / "models").mkdir(parents=True, exist_ok=True)
    (user / "models" / f"{ID}.pth.part").symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        fetch()


def test_only_https_without_an_opener_of_the_tests(user: Path, server: Server) -> None:
    with pytest.raises(NoNetwork, match="http"):
        fetch_model(ID, Context(), https_opener())
    assert server.requests == []


def test_what_nobody_publishes_cannot_be_fetched(program: Path) -> None:
    with pytest.raises(UsageError, match="cannot be fetched"):
        fetch_model("published", Context())
