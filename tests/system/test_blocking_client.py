"""The blocking client with real processes that do toy jobs, broken ones among them."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.base.errors import (
    AlbumenError,
    BadMessage,
    Cancelled,
    NoSuchDevice,
    PathNotText,
    PhotoMissing,
    ProtocolMismatch,
    WorkerGivenUp,
    WorkerLost,
    WorkerWontStart,
)
from engine.client.blocking import BlockingClient
from engine.client.patience import Patience
from engine.protocol import Announced, Done, Event, FacesFound, FindFaces, Progress, Restore

TOY = Path(__file__).parents[1] / "fakes" / "toy_worker.py"
HASTY = Patience(start_s=60, cancel_s=0.2, leave_s=0.2)
NEVER_KILLS = Patience(start_s=60, cancel_s=600, leave_s=20)

Start = Callable[..., BlockingClient]


@pytest.fixture(autouse=True)
def ctrl_c_interrupts() -> Iterator[None]:
    """A process started in the background ignores Ctrl-C; these tests need it to do what it does in a terminal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Makes clients of toy workers; a worker that outlives its test is killed."""
    clients: list[BlockingClient] = []

    def start_one(*arguments: str, patience: Patience = NEVER_KILLS) -> BlockingClient:
        log = tmp_path / "logs" / f"{len(clients)}.log"
        command = [sys.executable, str(TOY), *arguments]
        clients.append(BlockingClient("compute", log_path=log, command=command, patience=patience))
        return clients[-1]

    yield start_one
    for client in clients:
        if client.pid is not None:
            client.close()


def find(toy: str) -> FindFaces:
    return FindFaces(f"/toy/{toy}")


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_job_and_another(start: Start) -> None:
    with start() as client:
        assert client.ready.device_name == "toy"
        first, pid = list(client.run(find("easy"))), client.pid
        assert names(first) == ["Progress", "FacesFound", "Done"]
        assert names(list(client.run(Restore("/toy/easy", store="/toy/store")))) == names(first)
        assert client.pid == pid
    assert client.pid is None


def test_the_error_of_a_job_is_raised_again(start: Start) -> None:
    with start() as client:
        with pytest.raises(PhotoMissing) as caught:
            list(client.run(find("fails")))
        assert caught.value.arguments == {"path": "/toy/fails"}
        assert isinstance(list(client.run(find("easy")))[-1], Done)


def test_a_path_that_no_message_can_carry(start: Start) -> None:
    with start() as client:
        with pytest.raises(PathNotText):
            list(client.run(find("caf\udce9.jpg")))
        assert isinstance(list(client.run(find("easy")))[-1], Done)


def test_a_message_that_is_too_long(start: Start) -> None:
    with start() as client:
        with pytest.raises(BadMessage):
            list(client.run(find("x" * 2**20)))
        assert isinstance(list(client.run(find("easy")))[-1], Done)


def test_pipes_that_are_full_block_nobody(start: Start) -> None:
    """Megabytes of events and of log while nobody asks for an event."""
    with start() as client:
        events = client.run(find("flood"))
        first = next(events)
        time.sleep(0.5)
        rest = list(events)
        assert isinstance(first, FacesFound)
        assert names(rest) == ["FacesFound"] * 39 + ["Done"]


def test_two_clients_at_once(start: Start) -> None:
    with start() as one, start() as other:
        waiting, easy = one.run(find("quiet")), other.run(find("easy"))
        assert isinstance(next(waiting), Announced)
        assert isinstance(list(easy)[-1], Done)
        one.cancel()
        other.cancel()  # has nothing in hand
        with pytest.raises(Cancelled):
            next(waiting)
        assert isinstance(list(other.run(find("easy")))[-1], Done)


# Cancel


def test_cancel_from_another_thread(start: Start) -> None:
    with start() as client:
        pid = client.pid
        events = client.run(find("patient"))
        assert isinstance(next(events), Progress)
        thread = threading.Thread(target=client.cancel)
        thread.start()
        with pytest.raises(Cancelled):
            list(events)
        thread.join()
        assert isinstance(list(client.run(find("easy")))[-1], Done)
        assert client.pid == pid


def test_a_job_that_hangs_costs_its_worker(start: Start) -> None:
    with start(patience=HASTY) as client:
        pid = client.pid
        for _ in range(5):  # more often than a lost worker would be started again
            events = client.run(find("deaf"))
            next(events)
            client.cancel()
            with pytest.raises(Cancelled):
                list(events)
        assert isinstance(list(client.run(find("easy")))[-1], Done)
        assert client.pid != pid


def test_ctrl_c_while_waiting_cancels(start: Start) -> None:
    with start() as client:
        pid = client.pid
        events = client.run(find("quiet"))
        next(events)
        interrupt = threading.Timer(0.3, _thread.interrupt_main)
        interrupt.start()
        with pytest.raises(Cancelled):
            next(events)
        interrupt.join()
        assert isinstance(list(client.run(find("easy")))[-1], Done)
        assert client.pid == pid


def test_a_second_ctrl_c_waits_no_longer(start: Start) -> None:
    with start() as client:  # which would give the job ten minutes
        events = client.run(find("deaf"))
        next(events)
        interrupts = [threading.Timer(seconds, _thread.interrupt_main) for seconds in (0.3, 1.0)]
        for interrupt in interrupts:
            interrupt.start()
        with pytest.raises(Cancelled):
            next(events)
        for interrupt in interrupts:
            interrupt.join()


def test_leaving_a_job_early_cancels_it(start: Start) -> None:
    with start() as client:
        pid = client.pid
        for _event in client.run(find("patient")):
            break
        assert isinstance(list(client.run(find("easy")))[-1], Done)
        assert client.pid == pid


def test_a_job_may_be_left_at_its_end(start: Start) -> None:
    with start(patience=HASTY) as client:
        pid = client.pid
        for event in client.run(find("easy")):
            if isinstance(event, Done):
                break
        assert isinstance(list(client.run(find("easy")))[-1], Done)
        assert client.pid == pid


def test_closing_with_a_job_that_hangs(start: Start) -> None:
    with start(patience=HASTY) as client:
        events = client.run(find("deaf"))
        next(events)
        pid = client.pid
    assert pid is not None
    assert not psutil.pid_exists(pid)
    events.close()


def test_closing_from_another_thread_cancels_and_starts_no_other_worker(start: Start) -> None:
    with start() as client:
        events = client.run(find("quiet"))
        next(events)
        closing = threading.Thread(target=client.close)
        closing.start()
        with pytest.raises(Cancelled):
            list(events)
        closing.join()
        assert client.pid is None
    with client:  # it may be opened again
        assert isinstance(list(client.run(find("easy")))[-1], Done)


# Workers that are lost


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_worker_loses_its_job_only_when_killed_twice(start: Start) -> None:
    pids: list[int] = []

    def kill_each(client: BlockingClient) -> None:
        for event in client.run(find("quiet")):
            assert isinstance(event, Announced)
            assert client.pid is not None
            pids.append(client.pid)
            os.kill(client.pid, signal.SIGKILL)

    with start() as client:
        with pytest.raises(WorkerLost) as caught:
            kill_each(client)
        assert len(set(pids)) == len(pids) == 2
        assert caught.value.arguments == {"role": "compute", "path": "/toy/quiet"}
        assert isinstance(list(client.run(find("easy")))[-1], Done)


def test_a_job_whose_worker_was_lost_once_is_done_by_the_next(start: Start, tmp_path: Path) -> None:
    with start() as client:
        pid = client.pid
        assert names(list(client.run(FindFaces(str(tmp_path / "dies-once"))))) == ["Progress", "FacesFound", "Done"]
        assert client.pid != pid


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP")
def test_a_stopped_worker_is_taken_for_hung_and_its_job_done_by_the_next(start: Start, tmp_path: Path) -> None:
    with start(patience=Patience(start_s=60, hang_s=0.5)) as client:
        pid = client.pid
        assert pid is not None
        assert names(list(client.run(FindFaces(str(tmp_path / "stops-once"))))) == ["Progress", "FacesFound", "Done"]
        assert client.pid != pid
        assert not psutil.pid_exists(pid)


def test_a_job_that_hangs_in_a_living_worker_is_left_alone(start: Start) -> None:
    with start("--alive-s", "0.05", patience=Patience(start_s=60, hang_s=0.5)) as client:
        pid = client.pid
        events = client.run(find("quiet"))
        assert isinstance(next(events), Announced)
        later = threading.Timer(1.5, client.cancel)
        later.start()
        with pytest.raises(Cancelled):
            list(events)
        later.join()
        assert client.pid == pid


@pytest.mark.parametrize("script", ["hangs", "rubbish-later", "mid-line"])
def test_a_worker_that_goes_wrong_with_every_job(tmp_path: Path, script: str) -> None:
    command = [sys.executable, "-S", str(TOY.with_name("scripted_worker.py")), "compute", script]
    patience = Patience(hang_s=0.3, leave_s=0.2)
    client = BlockingClient("compute", log_path=tmp_path / "log", command=command, patience=patience)
    with client, pytest.raises(WorkerLost):
        list(client.run(find("any")))


def test_an_answer_given_twice_counts_once(tmp_path: Path) -> None:
    command = [sys.executable, "-S", str(TOY.with_name("scripted_worker.py")), "compute", "twice"]
    with BlockingClient("compute", log_path=tmp_path / "log", command=command) as client:
        for _ in range(3):
            assert names(list(client.run(find("any")))) == ["Done"]


def test_a_worker_that_dies_while_idle_is_replaced(start: Start) -> None:
    with start() as client:
        assert client.pid is not None
        os.kill(client.pid, signal.SIGTERM)
        assert isinstance(list(client.run(find("easy")))[-1], Done)


def test_junk_on_the_wire_is_a_lost_worker(start: Start) -> None:
    with start() as client, pytest.raises(WorkerLost):
        list(client.run(find("junk")))


def test_after_too_many_losses_no_worker_is_started(start: Start) -> None:
    with start() as client:
        for _ in range(2):
            with pytest.raises(AlbumenError) as caught:
                list(client.run(find("dies")))
        assert isinstance(caught.value, WorkerLost)  # the fourth loss; three times a worker was started again
        for _ in range(2):
            with pytest.raises(WorkerGivenUp) as given_up:
                list(client.run(find("easy")))
            assert given_up.value.arguments == {"role": "compute", "times": "4", "detail": "last words"}


# Workers that do not start


def test_a_worker_that_says_why_it_cannot_get_ready(start: Start) -> None:
    with pytest.raises(NoSuchDevice), start("--no-device"):
        pass


def test_a_worker_that_ends_before_it_is_ready(start: Start) -> None:
    with pytest.raises(WorkerWontStart) as caught, start("--no-such-option"):
        pass
    assert caught.value.arguments["detail"] == "toy_worker.py: error: unrecognized arguments: --no-such-option"


def test_a_worker_that_never_gets_ready(start: Start, tmp_path: Path) -> None:
    impatient = Patience(start_s=0.5, leave_s=0.2)
    with pytest.raises(WorkerWontStart) as caught, start("--until", str(tmp_path / "never"), patience=impatient):
        pass
    assert caught.value.arguments["detail"] == "nothing (no answer within 0.5 s)"


def test_a_worker_that_is_not_there(tmp_path: Path) -> None:
    client = BlockingClient("imaging", log_path=tmp_path / "log", command=[str(tmp_path / "no-such-program")])
    with pytest.raises(WorkerWontStart) as caught, client:
        pass
    assert "no-such-program" in caught.value.arguments["detail"]


def test_a_worker_of_another_version(tmp_path: Path) -> None:
    code = """print('{"type":"Hello","protocol":999}', flush=True); import time; time.sleep(600)"""
    client = BlockingClient("imaging", log_path=tmp_path / "log", command=[sys.executable, "-c", code])
    with pytest.raises(ProtocolMismatch), client:
        pass


def test_the_log_is_kept_from_run_to_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("an earlier run\n")
    client = BlockingClient("imaging", log_path=log, command=[sys.executable, "-c", "pass"])
    with pytest.raises(WorkerWontStart) as caught, client:
        pass
    assert caught.value.arguments["detail"] == "nothing"
    assert log.read_text() == "an earlier run\n"


def test_ready_is_asked_for_too_early(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        _ = BlockingClient("imaging", log_path=tmp_path / "log").ready
