"""The supervisor with real processes that do toy jobs, broken ones among them."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from link_helpers import HASTY, NEVER_KILLS, Make, WaitUntil, find

from desktop_app.engine_link.supervisor import LinkSettings, Supervisor
from desktop_app.engine_link.watch import LinkPatience
from engine.protocol import CandidateReady, Export, ListModels, Restore


def wait_until_received(supervisor: Supervisor, wait_until: WaitUntil) -> None:
    """Until compute has read all jobs: it answers at once when one that waits is cancelled."""
    jobs = supervisor._links["compute"]._jobs
    before = len(jobs)
    supervisor.cancel(supervisor.submit(find("easy")))
    wait_until(lambda: len(jobs) == before)


def test_a_job_and_another(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    supervisor.start()
    first = supervisor.submit(find("easy"))
    assert log.of(first) == []  # nothing is said from within submit
    wait_until(lambda: log.ended(first))
    assert log.of(first) == ["Progress", "FacesFound", "done"]
    pid = supervisor.pid("compute")
    second = supervisor.submit(Restore("/toy/easy", store="/toy/store"))
    wait_until(lambda: log.ended(second))
    assert log.of(second) == log.of(first)
    assert supervisor.pid("compute") == pid
    assert log.states("compute") == ["starting", "busy", "ready", "busy", "ready"]


def test_workers_start_when_they_are_wanted(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(compute_at_start=False)
    supervisor.start()
    wait_until(lambda: supervisor.state("imaging") == "ready")
    assert (supervisor.state("compute"), supervisor.state("models")) == ("off", "off")
    job = supervisor.submit(find("easy"))
    wait_until(lambda: log.ended(job))
    assert supervisor.state("compute") == "ready"


def test_the_device_is_told(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    supervisor.start()
    wait_until(lambda: supervisor.state("compute") == "ready" and supervisor.state("imaging") == "ready")
    (ready,) = (entry[1] for entry in log.said if entry[0] == "device")
    assert ready.device_name == "toy"  # type: ignore[attr-defined]


def test_models_leave_when_nobody_asks_and_come_back(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=LinkPatience(idle_s=0.1, tick_s=0.02))
    for _ in range(2):
        job = supervisor.submit(ListModels())
        wait_until(lambda job=job: log.ended(job))
        wait_until(lambda: supervisor.state("models") == "off")
    assert log.states("models") == ["starting", "busy", "ready", "off"] * 2
    assert log.losses("models") == []


def test_a_job_that_comes_while_models_leave_is_done_by_the_next(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=LinkPatience(idle_s=0.0, leave_s=0.5), scripts={"models": "normal"})
    first = supervisor.submit(ListModels())
    late: list[str] = []
    supervisor.worker_state_changed.connect(
        lambda role, state: late or (role == "models" and state == "ready" and late.append(""))
    )
    wait_until(lambda: log.ended(first) and late)
    for _ in range(3):
        job = supervisor.submit(ListModels())
        wait_until(lambda job=job: log.ended(job))
        assert log.of(job) == ["done"]


def test_the_error_of_a_job(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    job = supervisor.submit(find("fails"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "photo_missing"
    assert log.error(job).arguments == {"path": "/toy/fails"}


@pytest.mark.parametrize(("name", "kind"), [("caf\udce9.jpg", "path_not_text"), ("x" * 2**20, "bad_message")])
def test_a_job_that_no_message_can_carry(make: Make, wait_until: WaitUntil, name: str, kind: str) -> None:
    supervisor, log = make()
    job = supervisor.submit(find(name))
    assert log.of(job) == []
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == kind


def test_short_jobs_are_done_while_a_long_one_hands_over(make: Make, wait_until: WaitUntil, tmp_path: Path) -> None:
    supervisor, log = make()
    gate = tmp_path / "candidates-when-open"
    long = supervisor.submit(Restore(str(gate), store=str(tmp_path)))
    wait_until(lambda: log.of(long) == ["Announced"])
    short = supervisor.submit(find("easy"))
    wait_until_received(supervisor, wait_until)
    gate.touch()
    wait_until(lambda: log.ended(long))
    order = [entry[1] for entry in log.said if entry[0] == "done"]
    assert order == [short, long]
    assert isinstance(log.events(long)[1], CandidateReady)


def test_pipes_that_are_full_block_nobody(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    job = supervisor.submit(find("flood"))
    wait_until(lambda: log.ended(job))
    assert log.of(job) == ["FacesFound"] * 40 + ["done"]


def test_an_answer_given_twice_counts_once(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(scripts={"compute": "twice"})
    jobs = [supervisor.submit(find("any")) for _ in range(3)]
    wait_until(lambda: all(map(log.ended, jobs)))
    assert [log.of(job) for job in jobs] == [["done"]] * 3
    assert supervisor.state("compute") == "ready"


# Cancel


def test_cancel_is_told_at_once_and_the_worker_stays(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    job = supervisor.submit(find("patient"))
    wait_until(lambda: log.events(job))
    pid = supervisor.pid("compute")
    supervisor.cancel(job)
    assert log.of(job)[-1] == "cancelled"
    said = len(log.of(job))
    supervisor.cancel(job)
    next_job = supervisor.submit(find("easy"))
    wait_until(lambda: log.ended(next_job))
    assert len(log.of(job)) == said
    assert supervisor.pid("compute") == pid


def test_cancel_before_the_worker_is_ready(make: Make, wait_until: WaitUntil, tmp_path: Path) -> None:
    supervisor, log = make("--until", str(tmp_path / "go"))
    dropped, kept = supervisor.submit(find("deaf")), supervisor.submit(find("easy"))
    supervisor.cancel(dropped)
    (tmp_path / "go").touch()
    wait_until(lambda: log.ended(kept))
    assert (log.of(dropped), log.of(kept)[-1]) == (["cancelled"], "done")


def test_cancel_of_a_job_that_waits_leaves_the_running_one_alone(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=HASTY)
    running, waiting = supervisor.submit(find("patient")), supervisor.submit(find("deaf"))
    wait_until(lambda: log.events(running))
    pid = supervisor.pid("compute")
    supervisor.cancel(waiting)
    seen = len(log.events(running))
    wait_until(lambda: len(log.events(running)) > seen + 4)  # 0.1 s apart: longer than the patience
    assert log.of(waiting) == ["cancelled"]
    assert supervisor.pid("compute") == pid
    supervisor.cancel(running)


def test_a_job_that_does_not_stop_costs_its_worker_and_no_other_job(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=replace(HASTY, restarts=0))  # gives up at the first loss
    for _ in range(2):
        deaf, other = supervisor.submit(find("deaf")), supervisor.submit(find("easy"))
        wait_until(lambda deaf=deaf: log.events(deaf))
        supervisor.cancel(deaf)
        wait_until(lambda other=other: log.ended(other))
        assert log.of(deaf) == ["Announced", "cancelled"]
        assert log.of(other) == ["Progress", "FacesFound", "done"]
    assert log.losses("compute") == []
    assert log.states("compute") == ["starting", *["busy", "restarting", "busy", "ready"] * 2]


def test_a_cancelled_job_has_its_time_only_while_the_worker_is_busy_with_it(
    make: Make, wait_until: WaitUntil, tmp_path: Path
) -> None:
    """A long job gives way to a short one that takes longer than the patience with the cancelled long one."""
    supervisor, log = make(patience=HASTY)
    gate = tmp_path / "candidates-when-open"
    long = supervisor.submit(Restore(str(gate), store=str(tmp_path)))
    wait_until(lambda: log.events(long))
    short = supervisor.submit(find("patient"))
    wait_until_received(supervisor, wait_until)
    gate.touch()
    wait_until(lambda: log.events(short))
    assert not log.ended(long)
    pid = supervisor.pid("compute")
    supervisor.cancel(long)
    seen = len(log.events(short))
    wait_until(lambda: len(log.events(short)) > seen + 4)
    supervisor.cancel(short)
    easy = supervisor.submit(find("easy"))
    wait_until(lambda: log.ended(easy))
    assert supervisor.pid("compute") == pid


def test_a_silent_job_is_told_and_left_alone(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=LinkPatience(stall_s=0.2, tick_s=0.02))
    job = supervisor.submit(find("quiet"))
    wait_until(lambda: "stalled" in log.of(job))
    pid = supervisor.pid("compute")
    supervisor.cancel(job)
    easy = supervisor.submit(find("easy"))
    wait_until(lambda: log.ended(easy))
    assert log.of(job) == ["Announced", "stalled", "cancelled"]
    assert supervisor.pid("compute") == pid


# Latest wins


def test_only_the_latest_of_a_key_is_done(make: Make, wait_until: WaitUntil, tmp_path: Path) -> None:
    supervisor, log = make()
    gate = tmp_path / "when-open"
    first = supervisor.submit_latest("face 1", find(str(gate)))
    wait_until(lambda: log.events(first))
    superseded = [supervisor.submit_latest("face 1", find("easy")) for _ in range(20)]
    last = supervisor.submit_latest("face 1", find("easy"))
    gate.touch()
    wait_until(lambda: log.ended(last))
    assert log.of(first)[-1] == log.of(last)[-1] == "done"
    assert [log.of(job) for job in superseded] == [[]] * 20


def test_cancel_of_the_latest(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    first, waiting = (supervisor.submit_latest("a key", find("patient")) for _ in range(2))
    wait_until(lambda: log.events(first))
    supervisor.cancel(waiting)
    assert log.of(waiting) == ["cancelled"]
    supervisor.cancel(first)
    last = supervisor.submit_latest("a key", find("easy"))
    wait_until(lambda: log.ended(last))
    assert log.of(last)[-1] == "done"


# Workers that are lost


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_worker_loses_its_job_only_when_killed_twice(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    job = supervisor.submit(find("quiet"))
    others = [supervisor.submit(find("easy")) for _ in range(2)]
    pids = []
    for n in (1, 2):
        wait_until(lambda n=n: len(log.events(job)) == n)
        pids.append(supervisor.pid("compute"))
        os.kill(pids[-1], signal.SIGKILL)
    wait_until(lambda: all(map(log.ended, [job, *others])))
    assert pids[0] != pids[1]
    assert log.of(job) == ["Announced", "restarted", "Announced", "failed"]
    assert log.error(job).kind == "worker_lost"
    assert log.error(job).arguments == {"role": "compute", "path": "/toy/quiet"}
    assert [log.of(other)[-1] for other in others] == ["done", "done"]
    assert log.losses("compute") == ["worker_stopped"] * 2


def test_a_job_whose_worker_was_lost_once_is_done_by_the_next(
    make: Make, wait_until: WaitUntil, tmp_path: Path
) -> None:
    supervisor, log = make()
    job = supervisor.submit(find(str(tmp_path / "dies-once")))
    wait_until(lambda: log.ended(job))
    assert log.of(job) == ["Progress", "FacesFound", "done"]
    assert log.states("compute") == ["starting", "busy", "restarting", "busy", "ready"]


def test_jobs_that_wait_are_not_to_blame(make: Make, wait_until: WaitUntil) -> None:
    """Each of two jobs costs two workers; the third would be lost were it blamed for any."""
    supervisor, log = make(patience=LinkPatience(restarts=4, tick_s=0.02))
    jobs = [supervisor.submit(find(name)) for name in ("dies", "dies", "easy")]
    wait_until(lambda: all(map(log.ended, jobs)))
    assert [log.of(job)[-1] for job in jobs] == ["failed", "failed", "done"]
    assert [log.error(job).kind for job in jobs[:2]] == ["worker_lost"] * 2


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_worker_that_dies_while_idle_is_replaced(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    supervisor.start()
    wait_until(lambda: supervisor.state("imaging") == "ready")
    os.kill(supervisor.pid("imaging"), signal.SIGKILL)
    wait_until(lambda: supervisor.state("imaging") == "restarting")
    wait_until(lambda: supervisor.state("imaging") == "ready")
    job = supervisor.submit(Export("/toy/photo", (), "/toy/new.jpg"))
    wait_until(lambda: log.ended(job))
    assert log.of(job) == ["done"]


def test_junk_on_the_wire_is_a_lost_worker(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    job = supervisor.submit(find("junk"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "worker_lost"
    assert log.losses("compute") == ["bad_message"] * 2


def test_a_worker_that_reads_no_more_is_lost(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(scripts={"compute": "closes-stdin"}, patience=LinkPatience(restarts=0, leave_s=0.3))
    supervisor.start()
    wait_until(lambda: supervisor.state("compute") == "ready")
    jobs: list[str] = []
    wait_until(lambda: jobs.append(supervisor.submit(find("any"))) or log.losses("compute"))
    assert log.losses("compute") == ["worker_stopped"]
    wait_until(lambda: all(map(log.ended, jobs)))


def test_a_worker_that_answers_no_more_is_told_as_silent(make: Make, wait_until: WaitUntil) -> None:
    patience = LinkPatience(stall_s=0.2, cancel_s=0.2, leave_s=0.3, tick_s=0.02)
    supervisor, log = make(scripts={"compute": "closes-stdout"}, patience=patience)
    job = supervisor.submit(find("any"))
    wait_until(lambda: "stalled" in log.of(job))
    supervisor.cancel(job)
    wait_until(lambda: supervisor.state("compute") == "restarting")
    assert log.of(job) == ["stalled", "cancelled"]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP")
def test_a_stopped_worker_is_taken_for_hung_and_its_job_done_by_the_next(
    make: Make, wait_until: WaitUntil, tmp_path: Path
) -> None:
    supervisor, log = make(patience=LinkPatience(hang_s=0.5, tick_s=0.02))
    jobs = [supervisor.submit(find(str(tmp_path / "stops-once"))), supervisor.submit(find("easy"))]
    wait_until(lambda: all(map(log.ended, jobs)))
    assert [log.of(job) for job in jobs] == [["Progress", "FacesFound", "done"]] * 2
    assert log.losses("compute") == ["worker_stopped"]


def test_a_silent_job_in_a_living_worker_is_told_and_the_worker_kept(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make("--alive-s", "0.02", patience=LinkPatience(stall_s=1.0, hang_s=0.5, tick_s=0.02))
    job = supervisor.submit(find("quiet"))
    wait_until(lambda: "stalled" in log.of(job))
    assert log.of(job) == ["Announced", "stalled"]
    assert log.losses("compute") == []
    supervisor.cancel(job)


@pytest.mark.parametrize(
    ("script", "loss"), [("hangs", "worker_stopped"), ("rubbish-later", "bad_message"), ("mid-line", "worker_stopped")]
)
def test_a_worker_that_goes_wrong_with_every_job(make: Make, wait_until: WaitUntil, script: str, loss: str) -> None:
    supervisor, log = make(scripts={"compute": script}, patience=LinkPatience(hang_s=0.3, tick_s=0.02))
    job = supervisor.submit(find("any"))
    wait_until(lambda: log.ended(job))
    assert log.of(job) == ["failed"]
    assert log.error(job).kind == "worker_lost"
    assert log.losses("compute") == [loss] * 2


def test_after_too_many_losses_the_worker_is_given_up_until_it_is_tried_again(
    make: Make, wait_until: WaitUntil
) -> None:
    supervisor, log = make(patience=LinkPatience(restarts=1))
    job = supervisor.submit(find("dies"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "worker_lost"
    assert supervisor.state("compute") == "given_up"
    for _ in range(2):
        job = supervisor.submit(find("easy"))
        wait_until(lambda job=job: log.ended(job))
        assert log.error(job).kind == "worker_given_up"
        assert log.error(job).arguments == {"role": "compute", "times": "2", "detail": "last words"}
    supervisor.try_again("compute")
    job = supervisor.submit(find("easy"))
    wait_until(lambda: log.ended(job))
    assert log.of(job)[-1] == "done"
    assert supervisor.state("compute") == "ready"


def test_jobs_in_hand_fail_when_their_worker_is_given_up(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=LinkPatience(restarts=1))
    jobs = [supervisor.submit(find(name)) for name in ("dies", "easy", "easy")]
    wait_until(lambda: all(map(log.ended, jobs)))
    assert [log.error(job).kind for job in jobs] == ["worker_lost", "worker_given_up", "worker_given_up"]


# Workers that do not start


@pytest.mark.parametrize(("script", "kind"), [("version", "protocol_mismatch"), ("cannot", "no_such_device")])
def test_a_worker_that_would_fail_again_is_given_up_at_once(
    make: Make, wait_until: WaitUntil, script: str, kind: str
) -> None:
    supervisor, log = make(scripts={"compute": script})
    job = supervisor.submit(find("any"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == kind
    assert log.states("compute") == ["starting", "given_up"]


@pytest.mark.parametrize("script", ["rubbish", "long-line"])
def test_a_worker_that_speaks_rubbish_from_the_start(make: Make, wait_until: WaitUntil, script: str) -> None:
    supervisor, log = make(scripts={"compute": script})
    job = supervisor.submit(find("any"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "worker_given_up"
    assert log.losses("compute") == ["bad_message"] * 4


def test_a_slow_start_is_waited_for_and_one_without_end_is_not(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(scripts={"compute": "never-ready"}, patience=LinkPatience(start_s=0.5, leave_s=0.3))
    job = supervisor.submit(find("any"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "worker_wont_start"
    assert log.error(job).arguments["detail"] == "nothing (no answer within 0.5 s)"
    supervisor.try_again("compute")
    assert supervisor.state("compute") == "starting"


def test_a_program_that_is_not_there(wait_until: WaitUntil, make: Make, tmp_path: Path) -> None:
    supervisor, log = make()
    supervisor._command = lambda role: [str(tmp_path / "no-such-program")]
    job = supervisor.submit(find("any"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "worker_wont_start"
    assert log.error(job).arguments["detail"].startswith("no-such-program: ")


def test_a_log_that_cannot_be_written(make: Make, wait_until: WaitUntil, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the place of the folder")
    supervisor, log = make()
    job = supervisor.submit(find("any"))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "worker_wont_start"


# Replaced on purpose, and the end


def test_a_restart_keeps_the_jobs(make: Make, wait_until: WaitUntil, tmp_path: Path) -> None:
    supervisor, log = make(patience=replace(NEVER_KILLS, restarts=0))  # gives up at the first loss
    running, waiting = supervisor.submit(find("patient")), supervisor.submit(find("easy"))
    wait_until(lambda: log.events(running))
    pid = supervisor.pid("compute")
    for _ in range(2):
        log.said.clear()
        supervisor.restart("compute")
        wait_until(lambda: "restarted" in log.of(running) and log.of(running)[-1] == "Progress")
    assert supervisor.pid("compute") != pid
    supervisor.cancel(running)
    wait_until(lambda: log.ended(waiting))
    assert log.of(waiting)[-1] == "done"
    assert log.losses("compute") == []


def test_new_settings_replace_the_workers_they_concern(make: Make, wait_until: WaitUntil, tmp_path: Path) -> None:
    supervisor, log = make()
    supervisor.start()
    wait_until(lambda: supervisor.state("compute") == "ready" and supervisor.state("imaging") == "ready")
    before = supervisor.pid("compute"), supervisor.pid("imaging")
    supervisor.configure(LinkSettings(tmp_path / "logs", threads=1))
    wait_until(lambda: log.states("compute")[-2:] == ["restarting", "ready"])
    assert supervisor.pid("compute") != before[0]
    assert supervisor.pid("imaging") == before[1]


def test_shutdown_while_busy_says_nothing_about_the_jobs(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make()
    supervisor.start()
    jobs = [supervisor.submit(find("patient")), supervisor.submit(find("easy"))]
    wait_until(lambda: log.events(jobs[0]))
    pids = [supervisor.pid(role) for role in ("compute", "imaging")]
    gone: list[bool] = []
    supervisor.shutdown(lambda: gone.append(True))
    late = supervisor.submit(find("easy"))
    assert gone == []
    wait_until(lambda: gone)
    assert not any(map(log.ended, jobs))
    assert log.of(late) == ["cancelled"]
    assert not any(map(psutil.pid_exists, pids))
    assert [supervisor.state(role) for role in ("compute", "imaging", "models")] == ["off"] * 3


def test_shutdown_kills_a_worker_that_does_not_leave(make: Make, wait_until: WaitUntil) -> None:
    supervisor, _log = make(scripts={"imaging": "stays"}, patience=HASTY)
    supervisor.start()
    wait_until(lambda: supervisor.state("imaging") == "ready")
    gone: list[bool] = []
    supervisor.shutdown(lambda: gone.append(True))
    wait_until(lambda: gone)


def test_shutdown_while_starting(make: Make, wait_until: WaitUntil) -> None:
    supervisor, _log = make(scripts={"imaging": "never-ready"}, patience=HASTY)
    supervisor.start()
    gone: list[bool] = []
    supervisor.shutdown(lambda: gone.append(True))
    wait_until(lambda: gone)


def test_the_very_end_without_an_event_loop(make: Make, wait_until: WaitUntil) -> None:
    supervisor, log = make(patience=NEVER_KILLS)
    supervisor.start()
    job = supervisor.submit(find("deaf"))
    wait_until(lambda: log.events(job))
    pid = supervisor.pid("compute")
    supervisor.kill_and_wait(10_000)
    assert not psutil.pid_exists(pid)


def test_a_slot_may_do_anything(make: Make, wait_until: WaitUntil) -> None:
    """Submitting, cancelling and restarting from within a signal of the job itself."""
    supervisor, log = make()
    again: list[str] = []

    def on_event(job_id: str, _event: object) -> None:
        if not again:
            supervisor.cancel(job_id)
            again.append(supervisor.submit(find("easy")))
            supervisor.restart("compute")

    supervisor.job_event.connect(on_event)
    first = supervisor.submit(find("patient"))
    wait_until(lambda: again and log.ended(again[0]))
    assert log.of(first)[-1] == "cancelled"
    assert log.of(again[0])[-1] == "done"
