"""Messages, questions and help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool, QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTextBrowser, QWidget

from desktop_app.ui.common.message_bar import MessageBar
from desktop_app.ui.help.about_dialog import AboutDialog
from desktop_app.ui.help.close_dialog import CloseChoice, CloseDialog
from desktop_app.ui.help.crash_dialog import CrashDialog
from desktop_app.ui.help.first_steps import FirstSteps, Step
from desktop_app.ui.help.shortcuts_dialog import ShortcutsDialog
from desktop_app.ui.help.third_parties import third_parties
from desktop_app.ui.theme import Theme

Show = Callable[[QWidget], None]


def _click(widget: QWidget, text: str) -> None:
    button = next(b for b in widget.findChildren(QAbstractButton) if text in (b.text(), b.accessibleName()))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def _texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def test_messages_come_one_after_another_and_the_same_only_once(theme: Theme, shown: Show) -> None:
    page = QWidget()
    bar = MessageBar(theme)
    bar.setParent(page)
    shown(page)
    assert not bar.isVisible()
    heard: list[str] = []
    bar.show_error("The disk is full.")
    bar.show_info("Two photos were added.", "Show them", lambda: heard.append("show"))
    bar.show_error("The disk is full.")
    assert _texts(bar) == ["The disk is full.", "1 more"]
    _click(bar, "Close this message")
    assert _texts(bar) == ["Two photos were added."]
    _click(bar, "Show them")
    assert heard == ["show"]
    assert not bar.isVisible()


@pytest.mark.parametrize(
    ("act", "choice"),
    [
        (lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Escape), CloseChoice.STAY),
        (lambda dialog: _click(dialog, "Keep the window open"), CloseChoice.STAY),
        (lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Return), CloseChoice.BACKGROUND),
        (lambda dialog: _click(dialog, "Stop and keep the jobs"), CloseChoice.STOP),
    ],
)
def test_closing_with_jobs(theme: Theme, shown: Show, act: Callable[[CloseDialog], None], choice: CloseChoice) -> None:
    dialog = CloseDialog(3, 120)
    heard: list[CloseChoice] = []
    dialog.choice_made.connect(heard.append)
    shown(dialog)
    act(dialog)
    assert heard == [choice]


def test_crash_text_is_copied_and_the_folder_shown(theme: Theme, shown: Show) -> None:
    dialog = CrashDialog("Traceback: 42")
    heard: list[str] = []
    dialog.folder_wanted.connect(lambda: heard.append("folder"))
    shown(dialog)
    _click(dialog, "Copy the text")
    _click(dialog, "Open the folder")
    assert QGuiApplication.clipboard().text() == "Traceback: 42"
    assert heard == ["folder"]


def test_shortcuts_are_those_of_the_actions(theme: Theme, shown: Show) -> None:
    restore, silent = QAction("Restore…"), QAction("Without keys")
    restore.setShortcut("Ctrl+R")
    dialog = ShortcutsDialog([("Photo", [restore, silent])], [("Photo", [("0", "Pick the original")])])
    shown(dialog)
    texts = _texts(dialog)
    assert texts.count("Photo") == 1
    assert {"Restore", "Ctrl+R", "0", "Pick the original"} <= set(texts)
    assert "Without keys" not in texts


def test_about_lists_what_is_installed_and_shows_licences(theme: Theme, shown: Show) -> None:
    dialog = AboutDialog(theme, "9.9", Path("/data/albumen"))
    heard: list[str] = []
    dialog.folder_wanted.connect(lambda: heard.append("folder"))
    shown(dialog)
    assert any("/data/albumen" in text for text in _texts(dialog))
    assert QThreadPool.globalInstance().waitForDone(20_000)
    QApplication.processEvents()
    browser = dialog.findChild(QTextBrowser)
    assert isinstance(browser, QTextBrowser)
    assert "msgspec" in browser.toPlainText()
    browser.anchorClicked.emit(QUrl("own:"))
    assert "Apache License" in browser.toPlainText()
    browser.anchorClicked.emit(QUrl("model:0"))
    assert "Redistribution" in browser.toPlainText()
    browser.anchorClicked.emit(QUrl("back:"))
    assert "msgspec" in browser.toPlainText()
    _click(dialog, "Open the folder")
    assert heard == ["folder"]


def test_third_parties_carry_their_licences() -> None:
    parts = {part.name.lower(): part for part in third_parties()}
    assert "BSD" in parts["msgspec"].licence
    assert "Redistribution and use" in parts["msgspec"].texts[0]
    assert all(len(part.licence) <= 200 for part in parts.values())


def test_first_steps_mark_what_is_done(theme: Theme, shown: Show) -> None:
    steps = FirstSteps(theme)
    heard: list[str] = []
    steps.dismissed.connect(lambda: heard.append("gone"))
    shown(steps)
    steps.show_next(Step.PICK)
    assert [text for text in _texts(steps) if text in "✓ 1 2 3 4"] == ["✓", "✓", "3", "4"]
    _click(steps, "Hide the first steps")
    assert heard == ["gone"]
    assert not steps.isVisible()
