"""Throttling of progress and previews, against a clock that the test moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.protocol import Done, Event, Preview, Progress, Restore, Run
from engine.server.report import Reporter

PHOTO = str(Path(__file__).parent / "photo.jpg")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent() -> list[Event]:
    return []


def reporter(sent: list[Event], clock: Clock, folder: Path | None = None) -> Reporter:
    job = Restore(PHOTO, store=PHOTO, folder=None if folder is None else str(folder))
    return Reporter(Run("1", job), sent.append, clock)


def test_at_most_ten_progress_messages_a_second(sent: list[Event], clock: Clock) -> None:
    reporting = reporter(sent, clock)
    for n in range(1000):  # ten seconds, a hundred reports in each
        reporting.progress("toy", n / 1000)
        clock.now += 0.01
    assert 90 <= len(sent) <= 100


def test_the_last_progress_is_not_lost(sent: list[Event], clock: Clock) -> None:
    reporting = reporter(sent, clock)
    for fraction in (0.0, 0.5, 1.0):
        reporting.progress("toy", fraction)
    assert [event.fraction for event in sent if isinstance(event, Progress)] == [0.0]
    reporting.emit(Done("1", 0.0, 0))
    reporting.emit(Done("1", 0.0, 0))
    assert sent[1:] == [Progress("1", "toy", 1.0), Done("1", 0.0, 0), Done("1", 0.0, 0)]


def test_seconds_left_follow_the_pace_since_the_first_report(sent: list[Event], clock: Clock) -> None:
    reporting = reporter(sent, clock)
    clock.now += 60  # models are loaded, which says nothing about the rest
    reporting.progress("toy", 0.2)
    clock.now += 10
    reporting.progress("toy", 0.4)  # 0.02 a second, 0.6 to go: 30 s
    assert [event.seconds_left for event in sent if isinstance(event, Progress)] == [None, 30.0]


def test_seconds_left_are_unknown_at_first_and_when_a_job_begins_anew(sent: list[Event], clock: Clock) -> None:
    reporting = reporter(sent, clock)
    for seconds, fraction in ((0, 0.5), (0.5, 0.6), (10, 0.51), (10, 0.1)):
        clock.now += seconds
        reporting.progress("toy", fraction)
    assert [event.seconds_left for event in sent if isinstance(event, Progress)] == [None] * 4


def test_at_most_two_previews_a_second(sent: list[Event], clock: Clock, tmp_path: Path) -> None:
    reporting = reporter(sent, clock, tmp_path / "job")
    img_u8 = np.zeros((8, 8, 3), np.uint8)
    for _ in range(40):  # ten seconds
        reporting.preview((0, 1, img_u8))
        clock.now += 0.25
    assert len(sent) == 20


def test_a_preview_is_a_small_jpeg_of_the_picture(sent: list[Event], clock: Clock, tmp_path: Path) -> None:
    img_u8 = np.empty((600, 1200, 3), np.uint8)
    img_u8[:] = (200, 100, 50)
    reporter(sent, clock, tmp_path / "job").preview((2, 3, img_u8))
    (preview,) = sent
    assert isinstance(preview, Preview)
    assert (preview.id, preview.face, preview.candidate) == ("1", 2, 3)
    assert [file.name for file in (tmp_path / "job").iterdir()] == [Path(preview.path).name]
    with Image.open(preview.path) as picture:
        assert (picture.format, picture.size) == ("JPEG", (512, 256))
        assert np.abs(np.asarray(picture).astype(int) - (200, 100, 50)).max() <= 3  # JPEG's rounding of a flat colour


def test_a_preview_that_cannot_be_written_costs_nothing(sent: list[Event], clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    reporter(sent, clock, tmp_path / "file").preview((0, 0, np.zeros((8, 8, 3), np.uint8)))
    assert sent == []


def test_no_folder_no_previews(sent: list[Event], clock: Clock) -> None:
    reporting = reporter(sent, clock)
    assert reporting.preview_folder is None
    reporting.preview((0, 0, np.zeros((8, 8, 3), np.uint8)))
    assert sent == []
