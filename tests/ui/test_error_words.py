"""No error tells the window's user to type a command, and what the engine fills in is said in the user's language."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from desktop_app.ui.error_words import ARGUMENTS
from desktop_app.ui.words import error_text
from engine.base import errors
from engine.base.errors import (
    AlbumenError,
    NoNetwork,
    NoSuchDevice,
    PhotoKindNotSupported,
    UsageError,
    WeightsMissing,
    WorkerLost,
    WorkerStopped,
    WorkerWontStart,
)

ROOT = Path(__file__).parents[2]
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AlbumenError)]
OF_COMMANDS = {"golden_missing"}
"""Kinds that only the command line meets."""
COMMAND = re.compile(r"--\w|\balbumen (models|restore|faces)|pip install")


@pytest.fixture
def korean(app: QApplication) -> Iterator[None]:
    translator = QTranslator()
    assert translator.load("albumen_ko", str(ROOT / "resources" / "i18n"))
    app.installTranslator(translator)
    yield
    app.removeTranslator(translator)


def filled(kind: type[AlbumenError]) -> AlbumenError:
    return kind(**{name: "x" for _, name, _, _ in string.Formatter().parse(kind.sentence) if name})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.kind not in OF_COMMANDS], ids=lambda kind: kind.kind)
def test_no_sentence_of_the_window_names_a_command(app: QApplication, kind: type[AlbumenError]) -> None:
    assert not COMMAND.search(error_text(filled(kind)))


def test_nothing_that_is_filled_in_names_a_command() -> None:
    assert [said for known in ARGUMENTS.values() for said in known.values() if COMMAND.search(said)] == []


def test_what_the_window_knows_is_what_the_engine_says() -> None:
    """A sentence that changes in the engine would come untranslated, with its options of the command line."""
    files = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "desktop_app").rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in files if path.name != "error_words.py"]
    systems = {"timed out", "Connection refused", "Name or service not known", "Temporary failure in name resolution"}
    systems |= {"Network is unreachable", "Permission denied", "Input/output error", "No such file or directory"}
    for said in {said for known in ARGUMENTS.values() for said in known} - systems:
        pieces = [piece for piece in re.split(r"\{\w+\}", said) if len(piece) > 2]
        assert any(all(piece in text for piece in pieces) for text in texts), said


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            NoSuchDevice(device="cuda"),
            "This computer has no NVIDIA graphics card that Albumen can use. "
            "Choose another one under Settings, Restoring.",
        ),
        (
            WeightsMissing(path="/w", model="difface", advice="Fetch them with: albumen models fetch difface"),
            "/w: the weights of model difface are not there. Fetch difface under Models.",
        ),
        (
            UsageError(detail="The model soft is an estimator without a prior; use --strength 0."),
            "The model soft only cleans faces. Move the slider to faithful, or choose another model.",
        ),
        (UsageError(detail="Something {new}."), "Something {new}."),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_the_window_says_it_in_its_own_words(app: QApplication, error: AlbumenError, sentence: str) -> None:
    assert error_text(error) == sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (WorkerLost(role="compute", path="a.jpg"), ["복원", "a.jpg"]),
        (WorkerStopped(role="imaging", detail="nothing"), ["사진 읽기와 쓰기", "없음"]),
        (WorkerWontStart(role="models", detail="nothing (no answer within 60 s)"), ["모델", "없음", "60"]),
        (NoNetwork(url="https://a", detail="[Errno -2] Name or service not known"), ["https://a", "주소"]),
        (PhotoKindNotSupported(path="a.tif", what="a TIFF in the colour model CIELAB"), ["CIELAB", "TIFF"]),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_what_is_filled_in_is_korean_in_korean(korean: None, error: AlbumenError, words: list[str]) -> None:
    text = error_text(error)
    assert [word for word in words if word not in text] == []
    english = re.sub("Albumen|TIFF|CIELAB|a\\.jpg|a\\.tif|https://a|JPEG|PNG|RGB", "", text)
    assert not re.search("[A-Za-z]{2}", english), text


def test_free_text_stays_as_it_came(korean: None) -> None:
    assert "Segmentation fault in layer 3" in error_text(
        WorkerStopped(role="compute", detail="Segmentation fault in layer 3")
    )
