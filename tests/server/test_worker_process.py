"""The worker's loop in a real process, spoken to line by line."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.protocol import (
    MAX_LINE_BYTES,
    Alive,
    Announced,
    Cancel,
    Done,
    Event,
    Failed,
    FindFaces,
    Hello,
    Progress,
    Ready,
    Request,
    Restore,
    Run,
    decode_event,
    encode,
)

TOY = Path(__file__).parents[1] / "fakes" / "toy_worker.py"
WATCHDOG_S = 60.0


class Talk:
    """The two pipes of a toy worker; a watchdog ends it, so that a failing test does not wait for ever."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("wb") as stderr:
            command = [sys.executable, TOY, *arguments]
            self.popen = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, bufsize=0
            )
        self._watchdog = threading.Timer(WATCHDOG_S, self.popen.kill)
        self._watchdog.start()

    def say(self, *requests: Request) -> None:
        self.write(b"".join(map(encode, requests)))

    def write(self, data: bytes) -> None:
        assert self.popen.stdin is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self.popen.stdin.write(rest) :]

    def hear(self) -> Event:
        assert self.popen.stdout is not None
        return decode_event(self.popen.stdout.readline())

    def hear_answer(self) -> tuple[list[Event], Done | Failed]:
        """Everything up to the next `Done` or `Failed`."""
        before: list[Event] = []
        while not isinstance(event := self.hear(), Done | Failed):
            before.append(event)
        return before, event

    def answers(self, count: int) -> list[str]:
        """The ids of the next answers, in their order."""
        return [self.hear_answer()[1].id for _ in range(count)]

    def wait_until_read(self) -> None:
        """Return when the worker has read everything said so far."""
        self.write(b"\n")
        assert self.hear() == Failed("", "bad_message", {"detail": "Input data was truncated"})

    def end_stdin(self) -> int:
        """End the worker's stdin and return its exit code."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        return self.popen.wait()

    def close(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self._watchdog.cancel()
        for pipe in (self.popen.stdin, self.popen.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Talk]]:
    """Starts toy workers and ends them."""
    talks: list[Talk] = []

    def start_one(*arguments: str) -> Talk:
        talks.append(Talk(tmp_path / f"log{len(talks)}", *arguments))
        return talks[-1]

    yield start_one
    for talk in talks:
        talk.close()


@pytest.fixture
def talk(start: Callable[..., Talk]) -> Talk:
    """A toy worker that is ready."""
    talk = start()
    assert isinstance(talk.hear(), Hello)
    assert isinstance(talk.hear(), Ready)
    return talk


def find(toy: str) -> FindFaces:
    """A short job."""
    return FindFaces(f"/toy/{toy}")


def restore(photo: str) -> Restore:
    """A long job."""
    return Restore(photo, store="/toy/store")


def test_hello_comes_before_anything_is_loaded(start: Callable[..., Talk], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    talk = start("--until", str(gate))
    hello = talk.hear()
    assert isinstance(hello, Hello)
    assert hello.pid == talk.popen.pid
    gate.touch()
    ready = talk.hear()
    assert isinstance(ready, Ready)
    assert ready.models == ()  # the toy lists here what heavy libraries the loop itself has imported


def test_a_worker_that_cannot_get_ready_says_why(start: Callable[..., Talk]) -> None:
    talk = start("--no-device")
    talk.hear()
    assert talk.hear() == Failed("", "no_such_device", {"device": "toy"})
    assert talk.popen.wait() == 1


def test_prints_and_children_do_not_reach_the_wire(talk: Talk) -> None:
    talk.say(Run("1", find("prints")))
    events, answer = talk.hear_answer()
    assert [type(event).__name__ for event in events] == ["Progress", "FacesFound"]
    assert isinstance(answer, Done)
    log = talk.log.read_text()
    assert "a stray print" in log
    assert "a stray write" in log
    assert "a child" in log


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"type":"Cancel","id":"1"}',
        b'{"type":"Cancel","id":"\\udce9"}',
        b'{"type":"Cancel","id":"1","more":1}',
        b'{"type":"Run","id":"1","job":{"type":"FindFaces","photo":"/a","options":{"detecter":"x"}}}',
        b'{"type":"Hello","protocol":1,"role":"imaging","version":"","pid":1}',
        b'{"type":"Run","id":"","job":{"type":"FindFaces","photo":"/a"}}',
        b"x" * MAX_LINE_BYTES,
        b"x" * (3 * MAX_LINE_BYTES),
    ],
    ids=lambda line: f"{line[:30]!r}, {len(line)} bytes",
)
def test_a_bad_line_is_answered_and_the_worker_goes_on(talk: Talk, line: bytes) -> None:
    talk.write(line + b"\n")
    answer = talk.hear()
    assert isinstance(answer, Failed)
    assert (answer.id, answer.kind) == ("", "bad_message")
    talk.say(Run("1", find("easy")))
    assert talk.answers(1) == ["1"]


def test_the_id_of_a_job_in_hand_is_refused(talk: Talk, tmp_path: Path) -> None:
    gate = tmp_path / "when-open"
    talk.say(Run("1", restore(str(gate))), Run("1", find("easy")))
    assert talk.answers(1) == [""]
    gate.touch()
    assert talk.answers(1) == ["1"]
    talk.say(Run("1", find("easy")))
    assert talk.answers(1) == ["1"]


def test_short_jobs_go_ahead_of_waiting_long_ones(talk: Talk, tmp_path: Path) -> None:
    gate = tmp_path / "when-open"
    talk.say(Run("first", restore(str(gate))))
    assert isinstance(talk.hear(), Announced)
    talk.say(Run("long", restore("/toy/easy")), Run("short", find("easy")), Run("short too", find("easy")))
    talk.wait_until_read()
    gate.touch()
    assert talk.answers(4) == ["first", "short", "short too", "long"]


def test_a_long_job_gives_way_between_two_candidates(talk: Talk, tmp_path: Path) -> None:
    gate = tmp_path / "candidates-when-open"
    talk.say(Run("long", restore(str(gate))))
    assert isinstance(talk.hear(), Announced)
    talk.say(Run("waits", restore("/toy/easy")), Run("short", find("easy")), Run("fails", find("fails")))
    talk.wait_until_read()
    gate.touch()
    heard = [talk.hear() for _ in range(7)]
    assert [(type(event).__name__, getattr(event, "id", "")) for event in heard] == [
        ("CandidateReady", "long"),
        ("Progress", "short"),
        ("FacesFound", "short"),
        ("Done", "short"),
        ("Failed", "fails"),
        ("CandidateReady", "long"),
        ("Done", "long"),
    ]


def test_cancel_stops_a_job_that_reports(talk: Talk) -> None:
    talk.say(Run("1", find("patient")))
    assert isinstance(talk.hear(), Progress)
    talk.say(Cancel("1"))
    assert talk.hear_answer()[1] == Failed("1", "cancelled")
    talk.say(Run("2", find("easy")))
    assert talk.answers(1) == ["2"]


def test_a_waiting_job_is_cancelled_at_once(talk: Talk, tmp_path: Path) -> None:
    gate = tmp_path / "when-open"
    talk.say(Run("1", restore(str(gate))), Run("2", restore("/toy/easy")), Cancel("2"))
    _begun, answer = talk.hear_answer()  # the first job, which waits, may have said that it began
    assert answer == Failed("2", "cancelled")
    gate.touch()
    assert talk.answers(1) == ["1"]


def test_signs_of_life_name_the_job_in_hand_and_end_with_it(start: Callable[..., Talk], tmp_path: Path) -> None:
    talk = start("--alive-s", "0.01")
    talk.hear()
    assert isinstance(talk.hear(), Ready)
    gate = tmp_path / "when-open"
    for job_id in ("1", "2"):
        talk.say(Run(job_id, FindFaces(str(gate))))
        assert talk.hear() == Announced(job_id, "toy", 1.0)  # none came while there was no job
        assert talk.hear() == Alive(job_id)
        assert talk.hear() == Alive(job_id)
        gate.touch()
        talk.hear_answer()
        time.sleep(0.1)
        talk.wait_until_read()
        gate.unlink()


def test_stdin_closed_while_idle(talk: Talk) -> None:
    assert talk.end_stdin() == 0


def test_stdin_closed_while_a_job_reports(talk: Talk) -> None:
    talk.say(Run("1", find("patient")), Run("2", find("easy")))
    talk.hear()
    assert talk.end_stdin() == 0
    assert talk.hear_answer()[1] == Failed("1", "cancelled")


def test_stdin_closed_while_a_job_hangs(start: Callable[..., Talk]) -> None:
    talk = start("--grace-s", "0.1")
    talk.hear()
    talk.hear()
    talk.say(Run("1", find("deaf")))
    talk.hear()
    assert talk.end_stdin() == 3


@pytest.mark.parametrize("toy", ["quiet", "deaf", "in-c"])
def test_a_client_that_is_killed_leaves_no_worker(tmp_path: Path, toy: str) -> None:
    """Whatever the worker is busy with: a job that would stop, one that would not, a call into a library."""
    code = (
        "import sys; from pathlib import Path; from engine.client.blocking import BlockingClient\n"
        "from engine.protocol import FindFaces\n"
        f"command = [sys.executable, {str(TOY)!r}, '--grace-s', '0.1']\n"
        f"with BlockingClient('compute', log_path=Path({str(tmp_path / 'log')!r}), command=command) as client:\n"
        f"    for event in client.run(FindFaces('/toy/{toy}')): print(client.pid, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        worker = psutil.Process(int(client.stdout.readline()))
        client.kill()
    worker.wait(WATCHDOG_S)
    assert not worker.is_running()


def test_stdin_closed_while_it_gets_ready(start: Callable[..., Talk], tmp_path: Path) -> None:
    talk = start("--grace-s", "0.1", "--until", str(tmp_path / "never"))
    talk.hear()
    assert talk.end_stdin() == 3


def test_a_client_that_no_longer_reads(talk: Talk) -> None:
    assert talk.popen.stdout is not None
    talk.popen.stdout.close()
    talk.say(Run("1", find("patient")))
    assert talk.popen.wait() == 0


@pytest.mark.parametrize(
    "arguments",
    [[], ["--role", "both"], ["--role", "imaging", "--device", "cpu"], ["--role", "compute", "--threads", "0"]],
)
def test_wrong_usage_is_told_on_stderr(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "engine.server", *arguments]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=WATCHDOG_S)
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert b"usage: albumen-engine" in ended.stderr
