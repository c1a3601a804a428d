"""Every dialog and panel with something in it, for the tests that look at all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction, QColor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.album.candidate_store import CandidateStore
from desktop_app.album.records import JobState, QueuedJob
from desktop_app.settings import ExportSettings, Settings
from desktop_app.ui.common.buttons import make_action
from desktop_app.ui.common.message_bar import MessageBar
from desktop_app.ui.export.export_dialog import ExportDialog
from desktop_app.ui.export.export_progress import ExportProgressDialog
from desktop_app.ui.help.about_dialog import AboutDialog
from desktop_app.ui.help.close_dialog import CloseDialog
from desktop_app.ui.help.crash_dialog import CrashDialog
from desktop_app.ui.help.first_steps import FirstSteps, Step
from desktop_app.ui.help.shortcuts_dialog import ShortcutsDialog
from desktop_app.ui.models.fetch_dialog import FetchDialog
from desktop_app.ui.models.licence_dialog import LicenceDialog
from desktop_app.ui.models.model_words import FetchPlan
from desktop_app.ui.models.models_page import ModelsPage
from desktop_app.ui.queue.job_model import JobPhoto, JobProgress
from desktop_app.ui.queue.queue_button import QueueButton
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.ui.settings.settings_dialog import SettingsDialog
from desktop_app.ui.theme import SPACE, Theme
from engine.base.errors import DiskFull, PhotoDamaged
from engine.protocol import ModelFile, ModelInfo, Ready

_LICENCE = "Redistribution and use for non-commercial purpose are permitted.\n\n" * 12
_STARTER = ModelInfo(
    id="starter",
    name="Starter",
    kind="model",
    stages=("estimator", "prior"),
    use="any",
    licence="Apache-2.0",
    licence_text="",
    accepted=True,
    missing=(),
    bytes=41249242,
    where=("/albumen/starter-estimator.safetensors", "/albumen/starter-prior.safetensors"),
    fetch=False,
    strength=0.2,
    largest_strength=0.5,
    eta=0.5,
    steps=4,
)


def job(id: int, state: JobState, kind: str = "restore", **more: object) -> QueuedJob:
    """A job whose place in the queue is its id."""
    return QueuedJob(id, 100 + id, kind, b"", state, float(id), **more)  # type: ignore[arg-type]


def jobs() -> list[QueuedJob]:
    """A job in every state."""
    damaged = {"error_kind": PhotoDamaged.kind, "error_arguments": {"path": "/photos/grandmother/scan_0107.tif"}}
    return [
        job(1, JobState.DONE, "find"),
        job(2, JobState.CANCELLED),
        job(3, JobState.RUNNING),
        job(4, JobState.QUEUED, "find"),
        job(5, JobState.PAUSED),
        job(6, JobState.QUEUED, "export"),
        job(7, JobState.FAILED, **damaged),
    ]


def photo_of(photo_id: int) -> JobPhoto:
    """A name and a small picture."""
    picture = QImage(96, 72, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    ramp = QLinearGradient(0, 0, 96, 72)
    ramp.setColorAt(0, QColor("#e8d3ac"))
    ramp.setColorAt(1, QColor("#5b452f"))
    painter.fillRect(picture.rect(), ramp)
    painter.end()
    names = ["Grandmother's wedding in the village, 1937.jpg", f"scan_{photo_id:04}.tif"]
    return JobPhoto(names[photo_id % 2], picture if photo_id % 3 else None)


def models() -> tuple[ModelInfo, ...]:
    """The shipped model, one whose licence and files are missing, and weights."""

    def more(**values: object) -> ModelInfo:
        return ModelInfo(**{name: getattr(_STARTER, name) for name in _STARTER.__struct_fields__} | values)

    published = {
        "use": "non-commercial",
        "licence": "S-Lab License 1.0",
        "licence_text": _LICENCE,
        "accepted": False,
        "fetch": True,
    }
    host = "https://github.com/zsyOAOA/DifFace/releases/download/V1.0/"
    return (
        _STARTER,
        more(id="difface", name="DifFace", missing=("estimator-512", "prior-512"), bytes=None, **published),
        more(id="starter-estimator", name="Starter estimator", kind="weights", stages=("estimator",), bytes=14750920),
        more(
            id="estimator-512",
            name="DifFace estimator",
            kind="weights",
            stages=("estimator",),
            missing=("estimator-512",),
            bytes=70_000_000,
            where=(host + "swinir.pth",),
            **published,
        ),
        more(
            id="prior-512",
            name="DifFace prior",
            kind="weights",
            stages=("prior",),
            missing=("prior-512",),
            bytes=530_000_000,
            where=(host + "iddpm.pth",),
            **published,
        ),
    )


def _queue(theme: Theme) -> QueuePanel:
    panel = QueuePanel(theme, photo_of)
    panel.show_jobs(jobs())
    panel.show_progress(3, JobProgress(0.42, "restore", 95))
    panel.show_time_left(900)
    panel.view.setCurrentIndex(panel.model.index(2))
    return panel


def _many_jobs(theme: Theme) -> QueuePanel:
    panel = QueuePanel(theme, photo_of)
    panel.show_jobs([job(n, JobState.QUEUED) for n in range(10_000)])
    return panel


def _button(theme: Theme) -> QWidget:
    holder = QWidget()
    button = QueueButton(theme, make_action(holder, theme, "Queue", "queue", lambda: None, "Ctrl+J"))
    button.show_queue(12, 0.35, 1)
    layout = QVBoxLayout(holder)
    layout.addWidget(button)
    return holder


def _export(theme: Theme) -> ExportDialog:
    settings = ExportSettings(folder="/photos/restored", format="jpg", quality=88, longest_px=2048)
    names = ("Grandmother's wedding in the village, 1937.restored.jpg", "scan_0002.restored.jpg")
    return ExportDialog(settings, 12, 3, lambda _: names)


def _export_plain(theme: Theme) -> ExportDialog:
    return ExportDialog(ExportSettings(format="png"), 1, 0, lambda _: ("IMG_0042.restored.png",))


def _exporting(theme: Theme) -> ExportProgressDialog:
    dialog = ExportProgressDialog(theme, 12)
    dialog.show_progress(5, 0.45, "scan_0002.tif", 75)
    return dialog


def _exported(theme: Theme) -> ExportProgressDialog:
    dialog = ExportProgressDialog(theme, 12)
    dialog.add_failure("scan_0004.tif", PhotoDamaged(path="/photos/scan_0004.tif"))
    dialog.add_failure("scan_0009.tif", DiskFull(path="/photos/restored/scan_0009.restored.tif"))
    dialog.show_end(10)
    return dialog


def _settings(tab: int) -> Callable[[Theme], SettingsDialog]:
    def make(theme: Theme) -> SettingsDialog:
        dialog = SettingsDialog(Settings())
        dialog.show_models(models())
        dialog.show_ready(Ready("cuda", "NVIDIA GeForce RTX 4070", 12282, 8, ("starter",)))
        dialog.show_usage(1_300_000_000, 80_000_000)
        store = CandidateStore(Path("/home/grandchild/.local/share/Albumen/candidates"))
        store.missing = Path("/media/grandchild/Archive/Albumen candidates")
        dialog.show_folders(store, store.usual.with_name("library"), store.usual.with_name("logs"))
        dialog.show_moving(40, 120)
        dialog.show_tab(tab)
        return dialog

    return make


def _models(theme: Theme) -> ModelsPage:
    page = ModelsPage(theme)
    page.show_models(models(), "starter", False)
    return page


def _models_busy(theme: Theme) -> ModelsPage:
    accepted = [
        ModelInfo(**{name: getattr(model, name) for name in model.__struct_fields__} | {"accepted": True})
        for model in models()
    ]
    page = ModelsPage(theme)
    page.show_models(accepted, "starter", False)
    page.show_fetching("difface", 0.3, 400)
    page.show_checked(
        (
            ModelFile("starter-estimator", "/albumen/starter-estimator.safetensors", "ok"),
            ModelFile("starter-prior", "/albumen/starter-prior.safetensors", "damaged"),
        )
    )
    return page


def _shortcuts(theme: Theme) -> ShortcutsDialog:
    def actions(*pairs: tuple[str, str]) -> list[QAction]:
        made = []
        for text, keys in pairs:
            action = QAction(text)
            action.setShortcut(keys)
            made.append(action)
        return made

    album = actions(("Add photos…", "Ctrl+O"), ("Restore", "Ctrl+R"), ("Export…", "Ctrl+E"), ("No keys", ""))
    photo = actions(("Back to the album", "Escape"), ("Compare before and after, side by side", "C"))
    queue = _queue(theme).actions_with_keys
    return ShortcutsDialog(
        [("Album", album), ("Photo", photo), ("Queue", queue)],
        [("Photo", [("1 … 8", "Pick a version"), ("0", "Pick the original")])],
    )


def _steps(theme: Theme) -> FirstSteps:
    steps = FirstSteps(theme)
    steps.show_next(Step.PICK)
    return steps


def _messages(theme: Theme) -> QWidget:
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setSpacing(2 * SPACE)
    calm, alarming = MessageBar(theme), MessageBar(theme)
    layout.addWidget(calm)
    layout.addWidget(alarming)
    calm.show_info("12 photos were added.", "Show them", lambda: None)
    alarming.show_error("The compute worker stopped while it was busy. It starts again.")
    alarming.show_info("12 photos were added.")
    return holder


ALL: tuple[tuple[str, Callable[[Theme], QWidget], tuple[int, int] | None], ...] = (
    ("queue", _queue, (380, 720)),
    ("queue-empty", lambda theme: QueuePanel(theme, photo_of), (380, 400)),
    ("queue-many", _many_jobs, (380, 500)),
    ("queue-button", _button, None),
    ("export", _export, None),
    ("export-plain", _export_plain, None),
    ("exporting", _exporting, None),
    ("exported", _exported, None),
    ("settings-appearance", _settings(0), None),
    ("settings-restoring", _settings(1), None),
    ("settings-storage", _settings(2), None),
    ("settings-photos", _settings(3), None),
    ("settings-folders", _settings(4), None),
    ("models", _models, (900, 760)),
    ("models-busy", _models_busy, (900, 760)),
    ("licence", lambda theme: LicenceDialog(models()[1]), None),
    ("fetch", lambda theme: FetchDialog(models()[1], FetchPlan(("github.com",), 600_000_000)), None),
    ("about", lambda theme: AboutDialog(theme, "0.3.0", Path("/home/someone/.local/share/albumen")), None),
    ("shortcuts", _shortcuts, None),
    ("crash", lambda theme: CrashDialog("Albumen 0.3.0\nTraceback (most recent call last):\n  ValueError: 1"), None),
    ("close", lambda theme: CloseDialog(7, 900), None),
    ("first-steps", _steps, (860, 64)),
    ("messages", _messages, (760, 160)),
)
