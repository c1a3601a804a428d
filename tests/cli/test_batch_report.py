"""The report of a run, and what is told before it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from PIL import Image

from engine.cli.batch.choices import Choice
from engine.cli.batch.estimate import Measured, Pace, Remaining, keep_pace, megapixels, pace_name, read_pace
from engine.cli.batch.plan import Planned
from engine.cli.batch.report import Pictures, ReportRow, write_report
from engine.protocol import RestoreOptions


def test_the_report_names_every_photo_and_shows_it_before_and_after(tmp_path: Path) -> None:
    out = tmp_path / "out"
    small = out / "report" / "x-320.jpg"
    nasty = tmp_path / '<b>&"Oma#1%.jpg'
    rows = [
        ReportRow(
            nasty,
            {"output": str(out / '<b>&"Oma#1%.restored.jpg'), "faces": [{}, {}], "seconds": 1.5},
            Pictures(small, small),
        ),
        ReportRow(tmp_path / "b.jpg", {"error": {"kind": "no_face", "sentence": "b.jpg: no <face>."}}, Pictures(small)),
        ReportRow(tmp_path / "\udcff.jpg", {"output": str(out / "c.jpg"), "skipped": True}, Pictures()),
    ]
    write_report(out, rows, "1 done & 1 failed.")
    with (out / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["state"], row["faces"], row["seconds"], row["error"]) for row in table] == [
        ("done", "2", "1.5", ""),
        ("failed", "0", "", "b.jpg: no <face>."),
        ("before", "0", "", ""),
    ]
    assert table[0]["photo"] == str(nasty)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "no &lt;face&gt;." in page
    assert re.findall('src="([^"]*)"', page) == ["report/x-320.jpg"] * 3
    assert 'href="../%3Cb%3E%26%22Oma%231%25.jpg"' in page
    assert "http" not in page


def test_the_pace_of_earlier_runs_is_kept_by_device_and_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path))
    name, other = (pace_name(device, None, 1, Choice()) for device in ("cpu", "cuda"))
    assert read_pace(name) == Pace()
    run = Measured(photos=10, faces=20, versions=80, megapixels=40, finding_s=8, restoring_s=160)
    keep_pace(name, run.into(Pace(), 900, 300))
    assert read_pace(name) == Pace(2.0, 0.2, 2.0, 900, 300, 10)  # 160 / 80 s a version, 8 / 40 s a megapixel
    assert read_pace(other) == Pace()
    slower = Measured(photos=10, faces=20, versions=80, megapixels=40, finding_s=8, restoring_s=320)
    assert slower.into(read_pace(name), 900, 300).version_s == 3.0  # as many photos of 2 s as of 4 s
    assert Measured().into(read_pace(name), 0, 0) == read_pace(name)
    (tmp_path / "pace.json").write_bytes(b"{")
    assert read_pace(name) == Pace()


def test_the_time_left_follows_the_pace_of_the_run(tmp_path: Path) -> None:
    Image.new("RGB", (1000, 500)).save(tmp_path / "a.png")
    (tmp_path / "text.png").write_bytes(b"no picture")
    assert megapixels(tmp_path / "a.png") == 0.5
    choice = Choice(RestoreOptions(candidates=2))
    items = [Planned(tmp_path / "a.png", tmp_path, choice)] * 3 + [Planned(tmp_path / "text.png", tmp_path, choice)]
    left = Remaining(items, Pace(version_s=1.0, megapixel_s=2.0, faces=2.0), workers=1)
    assert left.seconds() == 15.0  # 3 x (2 faces x 2 versions x 1 s + 0.5 megapixels x 2 s), nothing for the text
    left.done(0, 10.0)
    assert left.seconds() == 20.0  # twice as slow as expected
    left.leave_out(1)
    assert left.seconds() == 10.0
    assert Remaining(items, Pace(version_s=1.0, megapixel_s=2.0, faces=2.0), workers=2).seconds() == 7.5
    assert Remaining(items, Pace(), 1, known={str(tmp_path / "a.png")}).seconds() == 0.0
