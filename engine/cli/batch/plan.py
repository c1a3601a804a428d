"""Which photo becomes which file: names from the template, no two the same, in the order of the photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.base.errors import AlbumenError
from engine.base.naming import COUNTER, filled, fit, same_file_key
from engine.cli.batch.choices import Choice, Settings, read_jobs_file
from engine.cli.photos import Found, find_photos
from engine.imaging.save import output_ending

_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True)
class Planned:
    """A photo to restore and the name for its result, or why there is nothing to restore."""

    photo: Path
    output: Path
    choice: Choice
    error: AlbumenError | None = None


class Planner:
    """Names results one after another; the same photos in the same order get the same names."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counter = 0
        self._taken: set[str] = set()

    def plan(self, found: Found, choice: Choice) -> Planned:
        """The next photo's; raises TemplateUnknownField and TemplateMalformed."""
        self._counter += 1
        stem = self._stem(found.path, choice)  # also for a photo in error: a wrong template is wrong for all
        if found.error is not None:
            return Planned(found.path, self._settings.output, choice, found.error)
        try:
            ending = output_ending(found.path, self._settings.format)
        except AlbumenError as error:
            return Planned(found.path, self._settings.output, choice, error)
        output = self._settings.output / found.folder / f"{stem}{ending}"
        if choice.output is not None:
            output = self._settings.output / PurePosixPath(choice.output.replace("\\", "/"))
            if output.suffix.lower() not in _ENDINGS:
                output = output.with_name(output.name + ending)
        number, free = 1, output
        while same_file_key(free) in self._taken:
            number += 1
            free = output.with_stem(f"{output.stem}-{number}")
        self._taken.add(same_file_key(free))
        return Planned(found.path, free, choice)

    def check(self) -> None:
        """Raise TemplateUnknownField or TemplateMalformed where `plan` would."""
        self._stem(Path("photo.jpg"), Choice())

    def _stem(self, photo: Path, choice: Choice) -> str:
        strength = choice.options.strength
        values = {
            "name": photo.stem,
            "folder": photo.absolute().parent.name,
            COUNTER: str(self._counter),
            "date": self._settings.today.isoformat(),
            "strength": "auto" if strength is None else f"{strength:g}",
            "seed": str(choice.options.seed),
        }
        return fit(filled(self._settings.template, values, self._counter)) or fit(photo.stem) or "photo"


@dataclass(frozen=True)
class Places:
    """Where photos are looked for."""

    photos: Sequence[Path]
    recursive: bool = False
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    jobs_file: Path | None = None


def plan_all(
    places: Places, choice: Choice, settings: Settings, is_result: Callable[[Path], bool]
) -> Iterator[Planned]:
    """Every photo of the places, then of the jobs file; `is_result` tells results of earlier runs by their path.

    Raises UsageError for a wrong jobs file, and what `Planner.plan` raises.
    """
    jobs = [] if places.jobs_file is None else list(read_jobs_file(places.jobs_file, choice))
    planner = Planner(settings)
    found = find_photos(
        places.photos, places.recursive, leave_out=settings.output, include=places.include, exclude=places.exclude
    )
    for photo in found:
        if photo.named or not is_result(photo.path):
            yield planner.plan(photo, choice)
    for path, own in jobs:
        for photo in find_photos([path], recursive=False):
            yield planner.plan(photo, own)
