"""The window's language: the system's where there is a translation of it, or the one chosen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from engine.base.folders import resources_dir

LANGUAGES = ("en", "ko")


def install_language(app: QCoreApplication, choice: str) -> str:
    """Translate from now on; `choice` is `system`, or one of `LANGUAGES`. Returns the language in use."""
    wanted = QLocale().name().split("_")[0] if choice == "system" else choice
    language = wanted if wanted in LANGUAGES else "en"
    QLocale.setDefault(QLocale(language) if choice != "system" else QLocale.system())
    for folder, name in (
        (str(resources_dir() / "i18n"), f"albumen_{language}"),
        (QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), f"qtbase_{language}"),
    ):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
    return language
