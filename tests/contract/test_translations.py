"""The translations are complete and fit the sources, and no sentence of the window goes past them."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import string
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PySide6.QtCore import QTranslator

from engine.base.errors import InternalError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "i18n"
LANGUAGES = ("en", "ko")
SOURCES = sorted((ROOT / "desktop_app").rglob("*.py"))
TR = {"tr": 0, "translate": 1, "QT_TRANSLATE_NOOP": 1}
"""Where the sentence stands among the arguments of what marks it for translation."""
SHOWS_ONLY = re.compile(
    "set(Text|ToolTip|WindowTitle|Title|PlaceholderText|Accessible(Name|Description|Text)|StatusTip|WhatsThis|Suffix"
    "|Prefix|SpecialValueText|LabelText|InformativeText)"
)
SHOWS_ALSO = re.compile(
    "Q(Label|Action|CheckBox|RadioButton|PushButton|ToolButton|GroupBox)|add(Action|Button|Item|Menu|Row|Tab)|label|note"
    "|icon_button|push_button|make_action|add_button|Section|LabelledSlider|ChoiceBox|show_(info|error|text)|getText"
)


class Entry(NamedTuple):
    context: str
    source: str
    is_numerus: bool
    state: str
    forms: tuple[str, ...]


def entries(ts: Path) -> list[Entry]:
    found = []
    for context in ElementTree.parse(ts).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            is_numerus = message.get("numerus") == "yes"
            texts = [form.text for form in translation.iter("numerusform")] if is_numerus else [translation.text]
            found.append(
                Entry(
                    context.findtext("name") or "",
                    message.findtext("source") or "",
                    is_numerus,
                    translation.get("type") or "",
                    tuple(text or "" for text in texts),
                )
            )
    return found


def of(language: str) -> Path:
    return FOLDER / f"albumen_{language}.ts"


@pytest.fixture(scope="module")
def updating() -> Any:
    spec = importlib.util.spec_from_file_location("i18n_update", FOLDER / "update.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_fit_the_sources(updating: Any, tmp_path: Path) -> None:
    for language in LANGUAGES:
        shutil.copy(of(language), tmp_path)
    updating.update(tmp_path)
    for language in LANGUAGES:
        assert entries(tmp_path / of(language).name) == entries(of(language)), "run resources/i18n/update.py"


def test_the_compiled_files_fit_the_written_ones(updating: Any, tmp_path: Path) -> None:
    for language in LANGUAGES:
        shutil.copy(of(language), tmp_path)
    updating.release(tmp_path)
    for language in LANGUAGES:
        name = f"albumen_{language}.qm"
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), "run resources/i18n/update.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language: str) -> None:
    open_ones = [entry for entry in entries(of(language)) if entry.state or not all(entry.forms)]
    assert not open_ones


@pytest.mark.parametrize(("language", "count"), [("en", 2), ("ko", 1)])
def test_a_count_has_the_forms_of_the_language(language: str, count: int) -> None:
    """English has a singular and a plural, Korean one form (Unicode CLDR, plural rules)."""
    counted = [entry for entry in entries(of(language)) if "%n" in entry.source]
    assert counted
    for entry in counted:
        assert entry.is_numerus, entry
        assert len(entry.forms) == count, entry


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_keys_are_kept(language: str) -> None:
    for entry in entries(of(language)):
        for form in entry.forms:
            assert placeholders(form) == placeholders(entry.source), entry


def placeholders(text: str) -> list[str]:
    """What is filled in later, and the keys of menus (`&F`); sorted, as each language has its own order."""
    names = [f"{{{name}:{spec}}}" for _, name, spec, _ in string.Formatter().parse(text) if name is not None]
    return sorted([*names, *re.findall(r"%n|&\w|\{\{\w+", text)])


def test_every_error_speaks_korean(updating: Any) -> None:
    translator = QTranslator()
    assert translator.load("albumen_ko", str(FOLDER))
    sentences = updating.error_sentences()
    assert InternalError.sentence in sentences
    assert not [sentence for sentence in sentences if not translator.translate("Errors", sentence)]


def test_every_marked_sentence_is_found() -> None:
    """lupdate overlooks f-strings, calls inside f-strings, and counts in `QCoreApplication.translate`."""
    known = {(entry.source, entry.is_numerus) for entry in entries(of("ko"))}
    for path in SOURCES:
        for call in calls(path):
            place = TR.get(name_of(call))
            if place is None or len(call.args) <= place or is_looked_up(call, place):
                continue
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            text = call.args[place]
            assert isinstance(text, ast.Constant), f"{where}: not a literal sentence"
            assert (text.value, "%n" in str(text.value)) in known, f"{where}: lupdate does not find this"


def is_looked_up(call: ast.Call, place: int) -> bool:
    """`painter.translate`, and sentences that `QT_TRANSLATE_NOOP` or the errors' context marked before."""
    if name_of(call) != "translate" or isinstance(call.args[place], ast.Constant | ast.JoinedStr):
        return False
    context = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    return not isinstance(context, str) or context in {"Errors", "Stages", "Actions"}


def test_no_sentence_goes_past_the_translation() -> None:
    past = []
    for path in SOURCES:
        for call in calls(path):
            name = name_of(call)
            only = SHOWS_ONLY.fullmatch(name)
            if not (only or SHOWS_ALSO.fullmatch(name)):
                continue
            for text in untranslated(call):
                if re.search("[A-Za-z]{3}", text.replace("Albumen", "")) and (only or " " in text):
                    past.append(f"{path.relative_to(ROOT)}:{call.lineno}: {text!r}")
    assert not past


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def untranslated(node: ast.AST) -> Iterator[str]:
    """The texts among the arguments of a call that are not inside another call."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                yield child.value
        elif not isinstance(child, ast.Call):
            yield from untranslated(child)
