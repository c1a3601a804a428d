"""The window's language: the system's where there is a translation of it, or the one chosen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from engine.base.folders import resources_dir

LANGUAGES = ("en", "ko")


def install_language(app: QCoreApplication, choice: str) -> str:
    """Translate from now on; `choice` is `system`, or one of `LANGUAGES`. Returns the language in use."""
    system = QLocale(QLocale.system().name())
    wanted = _language(system) if choice == "system" else choice
    language = wanted if wanted in LANGUAGES else "en"
    # Dates and numbers stand among the texts: in the same language, and as the system's country writes it.
    QLocale.setDefault(system if _language(system) == language else QLocale(language))
    for folder, name in (
        (str(resources_dir() / "i18n"), f"albumen_{language}"),
        (QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), f"qtbase_{language}"),
    ):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
    return language


def _language(locale: QLocale) -> str:
    return locale.name().split("_")[0]
