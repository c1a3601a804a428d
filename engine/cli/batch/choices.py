"""What is decided for a photo: by options, by a preset of the window, by a line of a jobs file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from engine.base.errors import PresetUnreadable, UsageError
from engine.protocol import BlendSettings, FindOptions, RestoreOptions

_SAMPLING = ("model", "strength", "eta", "eta_meaning", "steps", "sampler", "candidates", "seed", "precision")
"""The options of the command line that are fields of RestoreOptions; absent where the user did not give them."""
_LARGEST_PRESET_BYTES = 1024 * 1024

Share = Annotated[float, Meta(ge=0, le=1)]
FromOne = Annotated[int, Meta(ge=1)]


@dataclass(frozen=True)
class Choice:
    """How one photo is restored: `pick` is a candidate's number from 1, None the best; `output` names the result."""

    options: RestoreOptions = field(default_factory=RestoreOptions)
    pick: int | None = None
    blend: float = 1.0
    output: str | None = None

    def check(self) -> None:
        """Raise UsageError for a pick that no candidate can be."""
        if self.pick is not None and self.pick > self.options.candidates:
            raise UsageError(detail=f"--pick {self.pick}: there are only {self.options.candidates} candidates.")

    @property
    def blend_settings(self) -> BlendSettings:
        return BlendSettings(opacity=self.blend)


@dataclass(frozen=True)
class Settings:
    """What a run has in common."""

    output: Path
    find: FindOptions = field(default_factory=FindOptions)
    template: str = "{name}.restored"
    format: Literal["keep", "jpg", "png", "tif", "webp"] = "keep"
    overwrite: Literal["never", "skip"] = "never"
    background: Literal["none", "x2", "x4"] = "none"
    keep_candidates: bool = False
    sidecar: bool = False
    again: bool = False
    report: bool = False
    json: bool = False
    today: date = field(default_factory=date.today)


def find_options(arguments: argparse.Namespace) -> FindOptions:
    return FindOptions(arguments.detector, arguments.min_face, arguments.min_score, arguments.rotations)


def restore_options(arguments: argparse.Namespace, base: RestoreOptions | None = None) -> RestoreOptions:
    """The options that were given, in place of those of `base`."""
    given = {name: getattr(arguments, name) for name in _SAMPLING if hasattr(arguments, name)}
    return replace(base or RestoreOptions(), **given)


def settings_of(arguments: argparse.Namespace) -> Settings:
    return Settings(
        output=arguments.output,
        find=find_options(arguments),
        template=arguments.name,
        format=arguments.format,
        overwrite=arguments.overwrite,
        background=arguments.background,
        keep_candidates=arguments.keep_candidates,
        sidecar=arguments.sidecar,
        again=arguments.again,
        report=arguments.report,
        json=arguments.json,
    )


def choice_of(arguments: argparse.Namespace) -> Choice:
    """What the options and the preset say; raises PresetUnreadable, and UsageError for a pick that cannot be."""
    base = None if arguments.preset is None else read_preset(arguments.preset)
    choice = Choice(restore_options(arguments, base), arguments.pick, arguments.blend)
    choice.check()
    return choice


class _PresetFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    albumen_preset: Literal[1]
    name: str
    options: RestoreOptions


def read_preset(path: Path) -> RestoreOptions:
    """The options of a preset that the window exported; raises PresetUnreadable."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_PRESET_BYTES + 1)
        if len(content) > _LARGEST_PRESET_BYTES:
            raise PresetUnreadable(path=path, detail="too long")
        options = msgspec.json.decode(content, type=_PresetFile).options
    except OSError as error:
        raise PresetUnreadable(path=path, detail=error.strerror) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PresetUnreadable(path=path, detail=error) from error
    return replace(options, first_index=0, like=())  # those belong to one face, not to a preset


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    photo: Annotated[str, Meta(min_length=1)]
    output: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    model: str | UnsetType = UNSET
    strength: Share | Literal["auto"] | UnsetType = UNSET
    eta: Share | UnsetType = UNSET
    steps: FromOne | UnsetType = UNSET
    candidates: FromOne | UnsetType = UNSET
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | UnsetType = UNSET
    pick: FromOne | Literal["best"] | UnsetType = UNSET
    blend: Share | UnsetType = UNSET


def read_jobs_file(path: Path, base: Choice) -> Iterator[tuple[Path, Choice]]:
    """Photos, relative to the file's folder, and what is decided for each: a line's own values, else those of `base`.

    Raises UsageError for a file that cannot be read, and for a line that is none, with its number.
    """
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise UsageError(detail=f"{path}: this jobs file cannot be read ({error.strerror}).") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = msgspec.json.decode(line, type=_Line)
            choice = _of_line(read, base)
            choice.check()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, UsageError) as error:
            raise UsageError(detail=f"{path}, line {number}: {error}") from error
        yield path.parent / read.photo, choice


def _of_line(line: _Line, base: Choice) -> Choice:
    said = {name: value for name in line.__struct_fields__ if (value := getattr(line, name)) is not UNSET}
    if said.get("strength") == "auto":
        said["strength"] = None
    pick = said.get("pick", base.pick)
    if "output" in said:
        name = PurePosixPath(said["output"].replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in said["output"] or "\0" in said["output"]:
            raise ValueError(f"the output {said['output']!r} is not a name within the folder of the results.")
    return Choice(
        options=replace(base.options, **{name: said[name] for name in _SAMPLING if name in said}),
        pick=None if pick == "best" else pick,
        blend=said.get("blend", base.blend),
        output=said.get("output"),
    )
