"""About Albumen: version, where data is kept, and the licences of everything it is made of."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QUrl, Signal
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.mark import Mark
from desktop_app.ui.help.third_parties import ThirdParty, licences_in, third_parties
from desktop_app.ui.theme import SPACE, Theme
from engine.base.folders import resources_dir

_MARK_PX = 72


class _Signals(QObject):
    read = Signal(tuple, str, tuple)


class _Reading(QRunnable):
    """Reads the licences on another thread."""

    def __init__(self, signals: _Signals) -> None:
        super().__init__()
        self._signals = signals

    def run(self) -> None:
        own = Path(resources_dir().parent / "LICENSE")
        text = own.read_text(encoding="utf-8") if own.is_file() else ""
        self._signals.read.emit(third_parties(), text, licences_in(resources_dir() / "licences"))


class AboutDialog(Dialog):
    """The list of parts is there a moment later; a part's name leads to its licence, and back."""

    folder_wanted = Signal()
    """Show the folder of the user's data in the system's file manager."""

    def __init__(self, theme: Theme, version: str, data_folder: Path, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setWindowTitle(self.tr("About Albumen"))
        self._parts: tuple[ThirdParty, ...] = ()
        self._own = ""
        self._models: tuple[tuple[str, str], ...] = ()
        self._text = QTextBrowser()
        self._text.setOpenLinks(False)
        self._text.setAccessibleName(self.tr("Licences"))
        self._text.setPlainText(self.tr("The licences are being read…"))
        self._lay_out(theme, version, data_folder)
        self._text.anchorClicked.connect(self._on_link)
        signals = _Signals()  # kept by the reading, which may outlive the dialog
        signals.read.connect(self._on_read)
        QThreadPool.globalInstance().start(_Reading(signals))

    def _lay_out(self, theme: Theme, version: str, data_folder: Path) -> None:
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addStretch()
        words.addWidget(label(f"Albumen {version}", "title"))
        words.addWidget(label(self.tr("Brings the faces in old photographs back, on your own computer."), wrap=True))
        where = self.tr("Your work is kept in {folder}").format(folder=data_folder)
        words.addWidget(label(where, "muted", wrap=True))
        words.addStretch()
        head = QHBoxLayout()
        head.setSpacing(3 * SPACE)
        head.addWidget(Mark(theme, _MARK_PX))
        head.addLayout(words, 1)
        self.content.addLayout(head)
        self.content.addWidget(self._text, 1)
        self.add_button(self.tr("Open the folder"), self.folder_wanted.emit, aside=True)
        self.add_button(self.tr("Close"), self.accept, primary=True)
        self.resize(640, 540)

    def _on_read(self, parts: tuple[ThirdParty, ...], own: str, models: tuple[tuple[str, str], ...]) -> None:
        self._parts, self._own, self._models = parts, own, models
        self._show_list()

    def _on_link(self, url: QUrl) -> None:
        kind, _, name = url.toString().partition(":")
        if kind == "part":
            part = self._parts[int(name)]
            self._show_text(f"{part.name} {part.version}", part.texts)
        elif kind == "model":
            self._show_text(*self._titled(int(name)))
        elif kind == "own":
            self._show_text("Albumen", (self._own,))
        else:
            self._show_list()

    def _titled(self, n: int) -> tuple[str, tuple[str, ...]]:
        name, text = self._models[n]
        return name, (text,)

    def _show_list(self) -> None:
        of_models, of_others = self.tr("Licences of models"), self.tr("Made by others")
        lines = [f"<p><a href='own:'>Albumen</a> &nbsp; Apache-2.0</p><h4>{escape(of_models)}</h4>"]
        lines += [f"<p><a href='model:{n}'>{escape(name)}</a></p>" for n, (name, _) in enumerate(self._models)]
        lines.append(f"<h4>{escape(of_others)}</h4><table cellpadding='3'>")
        for n, part in enumerate(self._parts):
            name = f"<a href='part:{n}'>{escape(part.name)}</a>" if part.texts else escape(part.name)
            lines.append(f"<tr><td>{name}</td><td>{escape(part.version)}</td><td>{escape(part.licence)}</td></tr>")
        self._text.setHtml("".join([*lines, "</table>"]))

    def _show_text(self, title: str, texts: tuple[str, ...]) -> None:
        to_list = self.tr("Back to the list")
        back = f"<p><a href='back:'>{escape(to_list)}</a></p><h4>{escape(title)}</h4>"
        body = "<hr>".join(f"<pre style='white-space: pre-wrap'>{escape(text)}</pre>" for text in texts)
        self._text.setHtml(back + body)
