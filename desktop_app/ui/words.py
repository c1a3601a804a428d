"""Sentences for what the engine and the catalogue tell by kind: errors, stages, and the steps of a photo's history."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject

from desktop_app.ui.error_words import window_arguments, window_sentence
from engine.base.errors import AlbumenError

_STAGES = {
    "faces": QT_TRANSLATE_NOOP("Stages", "Looking for faces"),
    "estimate": QT_TRANSLATE_NOOP("Stages", "Cleaning the face"),
    "restore": QT_TRANSLATE_NOOP("Stages", "Restoring"),
    "background": QT_TRANSLATE_NOOP("Stages", "Enlarging the photo"),
    "compose": QT_TRANSLATE_NOOP("Stages", "Putting faces into the photo"),
    "download": QT_TRANSLATE_NOOP("Stages", "Fetching"),
    "verify": QT_TRANSLATE_NOOP("Stages", "Checking files"),
}
_ACTIONS = {
    "beginning": QT_TRANSLATE_NOOP("Actions", "The photo as it came"),
    "file_changed": QT_TRANSLATE_NOOP("Actions", "The file was changed by another program"),
    "find": QT_TRANSLATE_NOOP("Actions", "Faces found"),
    "draw_face": QT_TRANSLATE_NOOP("Actions", "Face drawn"),
    "move_face": QT_TRANSLATE_NOOP("Actions", "Face moved"),
    "ignore_face": QT_TRANSLATE_NOOP("Actions", "Face left out"),
    "bring_back_face": QT_TRANSLATE_NOOP("Actions", "Face brought back"),
    "restore": QT_TRANSLATE_NOOP("Actions", "Restored"),
    "pick": QT_TRANSLATE_NOOP("Actions", "Version {n} chosen"),
    "pick_original": QT_TRANSLATE_NOOP("Actions", "Original chosen"),
    "blend": QT_TRANSLATE_NOOP("Actions", "Blend set to {percent} %"),
    "regions": QT_TRANSLATE_NOOP("Actions", "Parts of the face set"),
    "matching": QT_TRANSLATE_NOOP("Actions", "Matching changed"),
    "brush": QT_TRANSLATE_NOOP("Actions", "Brush stroke"),
    "clear_brush": QT_TRANSLATE_NOOP("Actions", "Brush cleared"),
    "options": QT_TRANSLATE_NOOP("Actions", "Settings changed"),
}


def stage_text(stage: str) -> str:
    """What the engine is doing, for a progress line."""
    return QCoreApplication.translate("Stages", str(_STAGES[stage])) if stage in _STAGES else stage


def action_text(action: str, arguments: dict[str, str]) -> str:
    """A step of a photo's history."""
    if action not in _ACTIONS:
        return action
    try:
        return QCoreApplication.translate("Actions", str(_ACTIONS[action])).format(**arguments)
    except LookupError:  # a step that another version of Albumen has made
        return action


def error_text(error: AlbumenError) -> str:
    """The one sentence for an error, in the window's words and the user's language."""
    return window_sentence(error).format(**window_arguments(error))


class Time(QObject):
    """Lengths of time; an object, as lupdate finds sentences with a number only in `self.tr`."""

    def text(self, seconds: float) -> str:
        """A length of time as people say it."""
        if seconds < 60:
            return self.tr("%n second(s)", "", max(1, round(seconds)))
        if seconds < 3600:
            return self.tr("%n minute(s)", "", round(seconds / 60))
        return self.tr("%n hour(s)", "", round(seconds / 3600))


def time_text(seconds: float) -> str:
    """A length of time as people say it."""
    return Time().text(seconds)
