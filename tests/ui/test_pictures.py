"""The store of decoded pictures keeps to the memory it is given."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.ui.common.pictures import Pictures

SIDE_PX = 512
MB = SIDE_PX * SIDE_PX * 4 // 2**20
"""What a picture takes, four bytes a pixel."""


def test_pictures_keep_to_their_memory_and_the_ones_seen_last_stay(app: QApplication, tmp_path: Path) -> None:
    pictures = Pictures()
    pictures.keep_at_most(2 * MB)

    def kept(*numbers: int) -> list[bool]:
        return [(str(tmp_path / f"{n}.png"), 0) in pictures._kept for n in numbers]

    for n in range(3):
        picture = QImage(SIDE_PX, SIDE_PX, QImage.Format.Format_RGB32)
        picture.fill(n)
        picture.save(str(tmp_path / f"{n}.png"))
        while pictures.get(tmp_path / f"{n}.png") is None:
            QTest.qWait(5)
        pictures.get(tmp_path / "0.png")
    assert kept(0, 1, 2) == [True, False, True]
    pictures.keep_at_most(MB)
    assert kept(0, 1, 2) == [True, False, False]  # at once, not with the next picture
    pictures.keep_at_most(0)
    assert kept(0) == [True]  # the one on the screen
    pictures.close()
