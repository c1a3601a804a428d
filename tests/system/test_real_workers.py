"""The real workers of all roles, with a torch that cannot be imported."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from engine.base.errors import BadMessage, PhotoMissing, UnknownModel, WorkerWontStart
from engine.client.blocking import BlockingClient
from engine.client.command import engine_command
from engine.protocol import (
    AcceptLicence,
    BlendSettings,
    Compose,
    FaceRecord,
    FetchModel,
    FindFaces,
    Hello,
    ListModels,
    ModelsListed,
    ModelsVerified,
    Pick,
    VerifyModels,
    decode_event,
)

FACE = FaceRecord((0.0, 0.0, 9.0, 9.0), ((1.0, 1.0), (8.0, 1.0), (5.0, 5.0), (2.0, 8.0), (7.0, 8.0)))


@pytest.fixture(autouse=True)
def no_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers find a torch that says so when it is imported."""
    folder = tmp_path / "poisoned"
    folder.mkdir()
    (folder / "torch.py").write_text("raise ImportError('no torch today')\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def niceness(pid: int | None = None) -> int:
    """Of a process, by default this one."""
    return int(psutil.Process(pid).nice())


def test_compute_says_hello_before_it_imports_torch() -> None:
    ended = subprocess.run(engine_command("compute"), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    (line,) = ended.stdout.splitlines()
    hello = decode_event(line)
    assert isinstance(hello, Hello)
    assert hello.role == "compute"
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == b"ImportError: no torch today"


def test_the_client_tells_why_compute_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(WorkerWontStart) as caught, BlockingClient("compute", log_path=tmp_path / "log"):
        pass
    assert caught.value.arguments == {"role": "compute", "detail": "ImportError: no torch today"}


def test_imaging_works_without_torch(tmp_path: Path) -> None:
    photo = str(tmp_path / "no-such-photo.png")
    with BlockingClient("imaging", log_path=tmp_path / "log", threads=1) as client:
        assert (client.ready.device, client.ready.threads) == ("cpu", 1)
        pid = client.pid
        assert pid is not None
        assert os.name == "nt" or niceness(pid) == min(19, niceness() + 10)
        with pytest.raises(PhotoMissing):
            list(client.run(Compose(photo, Pick(FACE, photo, BlendSettings()), str(tmp_path))))
        with pytest.raises(BadMessage):
            list(client.run(FindFaces(photo)))
        if os.name != "nt":
            os.kill(pid, signal.SIGINT)  # Ctrl-C in a terminal reaches the worker too
        with pytest.raises(BadMessage):
            list(client.run(FindFaces(photo)))
        assert client.pid == pid


def test_models_are_listed_licensed_and_verified_without_torch(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with BlockingClient("models", log_path=tmp_path / "log", data_dir=home, priority="normal") as client:
        assert niceness(client.pid) == niceness()
        assert client.ready.device == "cpu"
        (listed, _) = client.run(ListModels())
        (accepted, _) = client.run(AcceptLicence("difface"))
        assert isinstance(listed, ModelsListed)
        assert isinstance(accepted, ModelsListed)
        before, after = ({model.id: model for model in event.models}["difface"] for event in (listed, accepted))
        assert (before.accepted, after.accepted) == (False, True)
        with pytest.raises(UnknownModel):
            list(client.run(FetchModel("no-such-model")))
        *_, verified, _ = client.run(VerifyModels())
        assert isinstance(verified, ModelsVerified)
        assert {file.state for file in verified.files} == {"ok"}
