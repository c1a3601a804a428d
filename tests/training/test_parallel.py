"""Two processes over gloo, started by torchrun as a user would: the curve of one process with twice the batch."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from test_killed_run import CONFIG, ROOT, command, curve
from toy_runs import ESTIMATOR, PRIOR, toy_faces, write_faces

from engine.training.checkpoint import CHECKPOINT
from engine.training.parallel import Processes
from engine.training.trainer import Trainer

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def test_one_process_agrees_with_itself() -> None:
    assert Processes().agree(0.1, False) == (0.1, False)
    assert Processes().agree(0.1, True) == (0.1, True)
    assert Processes().first


@pytest.mark.parametrize("config", [ESTIMATOR, PRIOR], ids=["estimator", "prior"])
def test_distributed_data_parallel_calls_what_is_trained(config: object, tmp_path: Path) -> None:
    """In a group of one the wrapped run is the plain one: every gradient arrives through the wrapper."""
    import torch.distributed as dist

    class One(Processes):
        def wrap(self, module: torch.nn.Module) -> torch.nn.Module:
            return Processes(world=2).wrap(module)

    dist.init_process_group("gloo", init_method=f"file://{tmp_path / 'meet'}", rank=0, world_size=1)
    try:
        for name, processes in (("plain", Processes()), ("wrapped", One())):
            Trainer(config, toy_faces(), None, tmp_path / name, processes).run(3, 0)
    finally:
        dist.destroy_process_group()
    assert curve(tmp_path / "plain" / "log.csv") == curve(tmp_path / "wrapped" / "log.csv")


def _prepare(folder: Path) -> None:
    write_faces(folder / "faces", ["train"] * 6 + ["val"] * 2)
    (folder / "toy.toml").write_text(CONFIG.replace("0.0005", "10.0"), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gloo needs a Unix")
def test_two_processes_learn_what_one_does_from_twice_as_many_faces(tmp_path: Path) -> None:
    _prepare(tmp_path)
    # Six steps in one piece and in two.
    for out, steps in (("two", 6), ("resumed", 3), ("resumed", 6)):
        run = subprocess.run([*TORCHRUN, *command(tmp_path, out, steps)], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr[-6000:]
    config = (tmp_path / "toy.toml").read_text(encoding="utf-8")
    (tmp_path / "toy.toml").write_text("accumulate = 2\n" + config, encoding="utf-8")
    subprocess.run([sys.executable, *command(tmp_path, "one", 6)], cwd=ROOT, check=True, capture_output=True)
    curves = {out: curve(tmp_path / out / "log.csv") for out in ("one", "two", "resumed")}
    assert len(curves["one"]) == 6
    assert curves["resumed"] == curves["two"]  # to the bit
    one, two = (np.array(curves[out], np.float64) for out in ("one", "two"))
    np.testing.assert_allclose(two, one, rtol=2e-5)
    assert len(list((tmp_path / "two").glob("samples_*.jpg"))) == 1  # the first process alone looks


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gloo needs a Unix")
def test_a_stop_of_one_process_stops_both_at_the_same_step(tmp_path: Path) -> None:
    _prepare(tmp_path)
    with subprocess.Popen(
        [*TORCHRUN, *command(tmp_path, "run", 100_000)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        log = tmp_path / "run" / "log.csv"
        while not log.is_file() or log.read_text(encoding="utf-8").count(",loss,") < 5:
            assert running.poll() is None, running.communicate()[0].decode()
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        output = running.communicate(timeout=120)[0].decode()
    assert "Stopped at step" in output, output
    state = torch.load(tmp_path / "run" / CHECKPOINT, weights_only=True)
    steps = [int(step) for step, _ in curve(log)]
    assert steps == list(range(1, state["step"] + 1))
