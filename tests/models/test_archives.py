"""Archives that a careful program does not take, each made by hand, and one of every ordinary kind that it does."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile
from pathlib import Path

import msgspec
import pytest
from safetensors.torch import save
from small_models import SRCNN, random_weights

from engine.base.errors import WeightsUnreadable
from engine.models.archives import MOST_MEMBERS, UnsafeArchive, refuse_bombs, refuse_tricks
from engine.models.imports import MOST_TEXT_BYTES, import_model
from engine.models.spec import MANIFEST

ENTRY = {
    "id": "mine", "name": "Mine", "stage": "estimator", "network": "srcnn", "config": SRCNN, "size_px": 32,
    "file": "mine.safetensors", "licence": "CC0-1.0", "use": "any", "source": "made for the tests",
}  # fmt: skip
Member = tuple[str | zipfile.ZipInfo, bytes]


def sound() -> list[Member]:
    manifest = msgspec.json.encode({"id": "pack", "weights": [ENTRY]})
    weights = save(random_weights("srcnn", SRCNN))
    return [(MANIFEST, manifest), ("mine.safetensors", weights), ("card.md", b"# Mine")]


def packed(*members: Member, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file, "w", method) as archive:  # of doubles
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def link(name: str, target: str) -> Member:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info, target.encode()


def named(name: str) -> Member:
    """A member with a name as it stands: `ZipInfo` would change NUL and, on Windows, backslashes."""
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    return info, b"text"


TRICKS: dict[str, Member] = {
    "up": named("../up.txt"),
    "up, later": named("a/../../up.txt"),
    "absolute": named("/up.txt"),
    "a drive": named("C:up.txt"),
    "a backslash": named("..\\up.txt"),
    "NUL": named("card.txt\0.exe"),
    "a link": link("terms.txt", "/etc/passwd"),
    "a link to a folder": link("terms", "/etc"),
    "twice": ("card.md", b"other"),
    "in other case": ("CARD.md", b"other"),
    "the list twice": (f"./{MANIFEST}", b"{}"),
}


def outside(home: Path) -> set[Path]:
    return {path for path in home.parent.rglob("*") if home not in path.parents and path != home}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_refused_and_leaves_nothing(trick: str, program: Path, home: Path) -> None:
    pack = program / "pack.zip"
    pack.write_bytes(packed(*sound(), TRICKS[trick]))
    before = outside(home)
    with pytest.raises(WeightsUnreadable):
        import_model(pack)
    assert outside(home) == before
    assert not list(home.rglob("*"))


def test_an_archive_as_systems_make_them(program: Path, home: Path) -> None:
    """In a folder, with entries for folders and what macOS adds; of all that only what belongs to a pack is kept."""
    inner = [(f"pack/{name}", content) for name, content in sound()]
    extra: list[Member] = [("pack/", b""), ("pack/.DS_Store", b"x")]
    extra += [("__MACOSX/pack/._card.md", b"x"), ("pack/run.sh", b"x")]
    pack = program / "pack.zip"
    pack.write_bytes(packed(*extra, *inner))
    (row,) = import_model(pack)
    assert row.id == "mine"
    assert {path.name for path in (home / "models" / "pack").iterdir()} == {MANIFEST, "mine.safetensors", "card.md"}


def test_a_text_that_is_too_long(program: Path, home: Path) -> None:
    """The archive itself may be small and full of zeros up to 16 MiB more than its size; a text may not."""
    pack = program / "pack.zip"
    pack.write_bytes(packed(*sound(), ("terms.txt", bytes(MOST_TEXT_BYTES + 1))))
    with pytest.raises(WeightsUnreadable):
        import_model(pack)
    assert not list((home / "models").glob("*"))


def test_a_bomb(program: Path, home: Path) -> None:
    """Weights of 100 MB of zeros in an archive of 100 KB."""
    members = [member for member in sound() if member[0] != "mine.safetensors"]
    data = packed(*members, ("mine.safetensors", bytes(100_000_000)))
    assert len(data) < 200_000
    pack = program / "pack.zip"
    pack.write_bytes(data)
    with pytest.raises(WeightsUnreadable):
        import_model(pack)
    (program / "net.pth").write_bytes(data)
    with pytest.raises(WeightsUnreadable):
        import_model(program / "net.pth")
    assert not list(home.rglob("*"))


def test_too_many_files() -> None:
    data = packed(*((str(number), b"") for number in range(MOST_MEMBERS + 1)), method=zipfile.ZIP_STORED)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, pytest.raises(UnsafeArchive):
        refuse_bombs(archive, len(data))


def test_rare_compression() -> None:
    data = packed(*sound(), method=zipfile.ZIP_LZMA)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, pytest.raises(UnsafeArchive):
        refuse_tricks(archive)


def test_a_folder_whose_files_are_links(program: Path, home: Path) -> None:
    folder, secret = program / "pack", program / "secret.txt"
    folder.mkdir()
    secret.write_text("mine alone")
    for name, content in sound():
        (folder / str(name)).write_bytes(content)
    try:
        (folder / "terms.txt").symlink_to(secret)
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(WeightsUnreadable):
        import_model(folder)
    (folder / "terms.txt").unlink()
    import_model(folder)
