"""The real imaging worker, and where the window may start processes at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from link_helpers import WaitUntil, listen

from desktop_app.engine_link.supervisor import LinkSettings, Supervisor
from engine.protocol import Export

ROOT = Path(__file__).parents[2]
STARTS_A_PROCESS = re.compile(r"QProcess\b|\bsubprocess\b|\bmultiprocessing\b|os\.(system|popen|spawn|exec|fork)")


@pytest.mark.slow
@pytest.mark.usefixtures("application")
def test_the_real_imaging_worker(tmp_path: Path, wait_until: WaitUntil) -> None:
    supervisor = Supervisor(LinkSettings(tmp_path, compute_at_start=False))
    log = listen(supervisor)
    supervisor.start()
    job = supervisor.submit(Export(str(tmp_path / "no-such-photo.png"), (), str(tmp_path / "new.png")))
    wait_until(lambda: log.ended(job))
    assert log.error(job).kind == "photo_missing"
    gone: list[bool] = []
    supervisor.shutdown(lambda: gone.append(True))
    wait_until(lambda: gone)
    supervisor.deleteLater()


def test_only_the_link_starts_processes() -> None:
    starting = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "desktop_app").rglob("*.py")
        if STARTS_A_PROCESS.search(path.read_text(encoding="utf-8"))
    }
    assert starting == {"desktop_app/engine_link/worker.py"}


def test_the_link_waits_for_a_process_only_at_the_very_end() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "desktop_app" / "engine_link").glob("*.py"))
    assert re.findall(r"\.waitFor\w+", source) == [".waitForFinished"]
