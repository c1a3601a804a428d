"""Gives damaged files to what reads them, in a process with little memory: `fuzz_child.py KIND SEED FROM TO`.

Before each case its number is written to stdout; for one that ends in anything but a result or an AlbumenError, a
line with the number and the traceback. A case above a limit of time ends the process, and says where it was.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from fuzz_mutations import damaged, hostile_zip, other_values

from engine.base.errors import AlbumenError, PhotoKindNotSupported

sys.path.append(str(Path(__file__).parents[1] / "imaging"))
sys.path.append(str(Path(__file__).parents[1] / "models"))
GOLDEN_LINES = Path(__file__).parents[1] / "contract"

MEMORY_MB = 512
"""Of address space, above what the process has taken when everything is imported and each sound file was read once."""
TIME_S = 20.0
"""Of the processor, for one case. Sound files of these sizes take milliseconds, and networks two seconds to compare."""
WAIT_S = 200.0
"""For one case by the clock, since what waits for ever takes no time of the processor."""
MEGAPIXELS = 4.0
"""Photos that say they are larger are refused."""

Case = Callable[[random.Random], None]


def photos(folder: Path) -> Case:
    """Every format, with metadata and many kinds of samples; what opens goes on to sRGB, thumbnail and a new file."""
    from engine.imaging.colour import display_profile, srgb_u8
    from engine.imaging.exif import date_taken
    from engine.imaging.load import load_photo, load_reduced
    from engine.imaging.save import save_photo

    seeds = list(photo_files())
    others = [data for _, data in seeds]

    def read(path: Path, ending: str) -> None:
        photo = load_photo(path, max_megapixels=MEGAPIXELS)
        date_taken(photo.exif)
        display_profile(photo)
        srgb_u8(photo)
        load_reduced(path, 8)
        out = save_photo(photo, photo.pixels, photo.alpha, folder / f"out.{ending}", place=False, recipes_json="[]")
        assert out is not None
        load_photo(out)
        out.unlink()

    def case(dice: random.Random) -> None:
        _, data = dice.choice(seeds)
        path = folder / "photo"
        path.write_bytes(damaged(data, others, dice))
        read(path, dice.choice(["jpg", "png", "tif", "webp"]))

    for name, data in seeds:
        (folder / name).write_bytes(data)
        with suppress(PhotoKindNotSupported):  # a sound one that is refused is a good beginning too
            read(folder / name, "png")
    return case


def photo_files() -> Iterator[tuple[str, bytes]]:
    """Small sound files: name and bytes."""
    import icc_profiles as icc
    import imagecodecs
    import numpy as np
    import pictures
    import tifffile
    from PIL import Image

    from engine.imaging.encode import Metadata, encode

    def pillow(format: str, picture: Image.Image, **options: Any) -> bytes:
        file = BytesIO()
        picture.save(file, format, **options)
        return file.getvalue()

    def tiff(samples: Any, photometric: str = "rgb", **options: Any) -> bytes:
        file = BytesIO()
        tifffile.imwrite(file, samples, photometric=photometric, metadata=None, **options)
        return file.getvalue()

    eight, sixteen, smooth = pictures.samples(8, 3), pictures.samples(16, 3), Image.fromarray(pictures.smooth())
    metadata = Metadata(
        icc=icc.matrix_profile(icc.DISPLAY_P3, 2.2),
        exif=pictures.exif_block(6),
        xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>',
        iptc=pictures.IPTC,
        dpi=(300, 300),
    )
    for format in ("jpeg", "png", "tiff", "webp"):
        samples = sixteen if format in ("png", "tiff") else eight
        yield f"everything.{format}", bytes(encode(format, samples, None, metadata, lossless=True))  # type: ignore[arg-type]
    yield "progressive.jpg", pillow("JPEG", smooth, progressive=True)
    yield "grey.jpg", pillow("JPEG", smooth.convert("L"))
    yield "cmyk.jpg", pillow("JPEG", smooth.convert("CMYK"))
    yield "palette.png", pillow("PNG", smooth.convert("P"), transparency=3)
    yield "bilevel.png", pillow("PNG", smooth.convert("1"))
    yield "alpha.png", pillow("PNG", smooth.convert("RGBA"))
    yield "grey16.png", bytes(imagecodecs.png_encode(pictures.samples(16, 1)))
    yield "lossy.webp", pillow("WEBP", smooth)
    yield "alpha.webp", pillow("WEBP", smooth.convert("RGBA"), lossless=True)
    yield "plain.bmp", pillow("BMP", smooth)
    yield "palette.bmp", pillow("BMP", smooth.convert("P"))
    for compression in ("lzw", "zlib", "packbits", "jpeg", "zstd", "webp", "lzma"):
        yield f"{compression}.tif", tiff(eight, compression=compression)
    yield "big.tif", tiff(eight, bigtiff=True)
    yield "tiled.tif", tiff(eight, tile=(16, 16), compression="zlib", predictor=True)
    yield "planar.tif", tiff(np.moveaxis(sixteen, -1, 0).copy(), planarconfig="separate")
    yield "cmyk.tif", tiff(pictures.samples(8, 4), "separated")
    yield "alpha.tif", tiff(pictures.samples(8, 4), extrasamples=["assocalpha"])
    yield "bilevel.tif", pillow("TIFF", smooth.convert("1"), compression="group4")
    yield "palette.tif", pillow("TIFF", smooth.convert("P"))
    yield "white.tif", tiff(eight[..., 0], "miniswhite", rowsperstrip=4)
    for path in sorted((Path(__file__).parents[1] / "data" / "heic").glob("*.heic")):
        yield path.name, path.read_bytes()


def texts(folder: Path) -> Case:
    """Sidecars, presets and settings of the window, and lists of models."""
    from desktop_app.album import preset_files, sidecar
    from desktop_app.album.records import Candidate, FaceEdit, PhotoEdit, Preset
    from desktop_app.settings import SettingsFile
    from engine.base.folders import resources_dir
    from engine.models.spec import MANIFEST, read_pack
    from engine.protocol import FaceRecord, ModelRecord, Recipe, RestoreOptions

    points = ((12.5, 20.0), (30.0, 20.0), (21.0, 30.0), (14.0, 40.0), (28.0, 40.0))
    model = ModelRecord("starter", "ab" * 32)
    recipe = Recipe("cd" * 32, points, model, model, 400, 0.5, "released", 100, "ddim", 1, 0, 512, "cpu", "fp32", 4, 1,
                    "torch", "0.1")  # fmt: skip
    face = FaceEdit(1, FaceRecord((10, 10, 40, 50), points), candidates=(Candidate("/store/1.png", recipe),))
    sha256 = "cd" * 32
    edit = PhotoEdit(faces=(face,), faces_known=True)
    sidecar.write(folder, sidecar.Sidecar(1, sha256, "/a.jpg", 3, "2026-01-01", "pick", {"face": "1"}, edit))
    of_photo, preset, settings = sidecar.path_of(folder, sha256), folder / "a.preset", folder / "settings.json"
    preset_files.export_preset(Preset("Soft", RestoreOptions()), preset)
    SettingsFile(settings).change(threads=1)
    table, manifest = folder / "models.toml", folder / MANIFEST
    table.write_bytes((resources_dir() / "models.toml").read_bytes())
    manifest.write_bytes(pack_members()[MANIFEST])

    def read_sidecar(path: Path) -> None:
        found = sidecar.read_file(path)
        if found.error is not None:
            for aside in path.parent.glob("*.damaged"):
                aside.unlink()
            raise found.error

    readers: dict[Path, Callable[[Path], object]] = {
        of_photo: read_sidecar,
        preset: preset_files.import_preset,
        settings: SettingsFile,
        table: read_pack,
        manifest: read_pack,
    }
    seeds = {path: path.read_bytes() for path in readers}
    for path, read in readers.items():
        read(path)

    def case(dice: random.Random) -> None:
        path = dice.choice(list(seeds))
        if path.suffix == ".toml" or dice.random() < 0.4:
            content = damaged(seeds[path], list(seeds.values()), dice)
        else:
            content = other_values(seeds[path], dice)
        if path.suffix == ".toml" and dice.random() < 0.1:
            number = dice.choice(["9" * 10_000, "[" * 20_000, "0x" + "f" * 10_000, "1e400", "2026-13-45", "nan"])
            content = content.replace(b"= 8", b"= " + number.encode())
        path.write_bytes(content)
        readers[path](path)

    return case


def lines(folder: Path) -> Case:
    """Both directions of the wire; a request that is one is done by handlers that do nothing."""
    import threading

    from engine.client.session import Session
    from engine.protocol import MAX_LINE_BYTES, PROTOCOL_VERSION, Event, Failed, Hello, Job, Run, decode_request, encode
    from engine.server.execute import execute
    from engine.server.wire import Wire

    stored = (GOLDEN_LINES / f"wire_v{PROTOCOL_VERSION}.jsonl").read_bytes().splitlines()
    requests = [line for line in stored if line.startswith((b'{"type":"Run"', b'{"type":"Cancel"'))]
    events = [line for line in stored if line not in requests]
    hello = encode(Hello(PROTOCOL_VERSION, "compute", "0", 1))

    def nothing(*arguments: object) -> None:
        pass

    handlers = dict.fromkeys(Job.__args__, nothing)  # type: ignore[attr-defined]

    def changed(line: bytes, dice: random.Random) -> bytes:
        if dice.random() < 0.5:
            line = other_values(line, dice)
        else:
            line = damaged(line, stored, dice)
        return line if dice.random() < 0.97 else line + bytes(MAX_LINE_BYTES)

    def to_worker(text: bytes) -> None:
        read_fd, write_fd = os.pipe()
        writer = threading.Thread(target=lambda: (os.write(write_fd, text), os.close(write_fd)))
        writer.start()
        try:
            for line in Wire(read_fd, 2).lines():
                try:
                    request = decode_request(line or b"")
                except ValueError:
                    continue  # answered with a BadMessage
                if isinstance(request, Run):
                    answers: list[Event] = []
                    execute(request, handlers, answers.append)
                    assert len(answers) == 1
                    if isinstance(answers[0], Failed):
                        assert answers[0].kind != "internal", answers[0]
        finally:
            writer.join()
            os.close(read_fd)

    def to_client(text: bytes, dice: random.Random) -> None:
        session = Session("compute")
        while text:
            length = dice.choice([1, 7, 100, 65536])
            for _ in session.feed(text[:length]):
                pass
            text = text[length:]

    def case(dice: random.Random) -> None:
        if dice.random() < 0.5:
            to_worker(changed(dice.choice(requests), dice) + b"\n")
        else:
            to_client(hello + changed(dice.choice(events), dice) + b"\n", dice)

    return case


def pack_members() -> dict[str, bytes]:
    """What a small sound model pack consists of."""
    from safetensors.torch import save
    from small_models import SRCNN, random_weights

    entry = {
        "id": "my-net", "name": "Mine", "stage": "estimator", "network": "srcnn", "config": SRCNN, "size_px": 32,
        "file": "my-net.safetensors", "licence": "CC0-1.0", "use": "any", "source": "made for the tests",
        "licence_file": "terms.txt",
    }  # fmt: skip
    manifest = json.dumps({"id": "my-pack", "weights": [entry]}).encode()
    weights = save(random_weights("srcnn", SRCNN))
    texts = {"terms.txt": b"As you like.", "card.md": b"# Card"}
    return {"manifest.json": manifest, "my-net.safetensors": weights, **texts}


def packs(folder: Path) -> Case:
    """Packs as archives, weights alone, and PyTorch's own files; nothing appears but in the user's folder."""
    import zipfile

    import torch
    from small_models import SRCNN, random_weights

    from engine.models.imports import import_model
    from engine.models.spec import MANIFEST

    torch.set_num_threads(1)
    home, inbox = folder / "home", folder / "inbox"
    os.environ["ALBUMEN_HOME"] = str(home)
    inbox.mkdir()
    members = pack_members()
    file = BytesIO()
    torch.save({"params": random_weights("srcnn", SRCNN)}, file)
    checkpoint = file.getvalue()

    def archive(parts: dict[str, bytes]) -> bytes:
        file = BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
            for name, content in parts.items():
                made.writestr(name, content)
        return file.getvalue()

    whole = archive(members)
    seeds = [whole, checkpoint, members["my-net.safetensors"]]

    def with_header(weights: bytes, dice: random.Random) -> bytes:
        """Weights whose header is another JSON text, its length told truly."""
        length = int.from_bytes(weights[:8], "little")
        header = other_values(weights[8 : 8 + length], dice)
        return len(header).to_bytes(8, "little") + header + weights[8 + length :]

    def case(dice: random.Random) -> None:
        match dice.randrange(7):
            case 0:
                target, content = inbox / "pack.zip", damaged(whole, seeds, dice)
            case 1:
                target, content = inbox / "pack.zip", hostile_zip(members, dice)
            case 2:
                changed = members | {MANIFEST: other_values(members[MANIFEST], dice)}
                target, content = inbox / "pack.zip", archive(changed)
            case 3:
                weights = with_header(members["my-net.safetensors"], dice)
                target, content = inbox / "pack.zip", archive(members | {"my-net.safetensors": weights})
            case 4:
                target, content = inbox / "net.safetensors", with_header(members["my-net.safetensors"], dice)
            case 5:
                target, content = inbox / "net.safetensors", damaged(members["my-net.safetensors"], seeds, dice)
            case _:
                target, content = inbox / "net.pth", damaged(checkpoint, seeds, dice)
        target.write_bytes(content)
        try:
            import_model(target, dice.choice([None, None, "another"]) if "pack" not in target.name else None)
        finally:
            target.unlink()
            strange = [path for path in folder.rglob("*") if inbox not in path.parents and home not in path.parents]
            assert set(strange) <= {inbox, home}, strange
            for path in home.rglob("*"):
                assert not path.is_symlink(), path
                assert path.parent.parent == home / "models" or path.is_dir(), path
                assert path.stat().st_size < 2**20 * 16, path
            for pack in (home / "models").glob("*"):
                assert not pack.name.startswith("."), pack
                for path in pack.iterdir():
                    path.unlink()
                pack.rmdir()

    (inbox / "pack.zip").write_bytes(whole)
    import_model(inbox / "pack.zip")
    (inbox / "pack.zip").unlink()
    return case


KINDS = {"photos": photos, "texts": texts, "lines": lines, "packs": packs}


def main() -> None:
    kind, seed, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    warnings.filterwarnings("ignore", "Duplicate name")  # which is meant
    kept = os.dup(1)
    with tempfile.TemporaryDirectory() as name, os.fdopen(kept, "w") as told:
        os.dup2(2, 1)
        case = KINDS[kind](Path(name))
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = taken + MEMORY_MB * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        faulthandler.register(signal.SIGPROF, chain=True)  # and then what the system does by itself: end the process
        for number in range(first, last):
            print(number, file=told, flush=True)
            signal.setitimer(signal.ITIMER_PROF, TIME_S)
            faulthandler.dump_traceback_later(WAIT_S, exit=True)
            outcome = "sound"
            try:
                case(random.Random(f"{kind} {seed} {number}"))
            except AlbumenError as error:
                outcome = error.kind
                sentence = str(error)
                if not sentence or len(sentence) > 20_000:
                    outcome = f"a sentence of {len(sentence)} characters"
            except Exception:
                print(json.dumps([number, traceback.format_exc()]), file=told, flush=True)
                continue
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                faulthandler.cancel_dump_traceback_later()
            print(json.dumps([number, outcome]), file=told, flush=True)
        print("end", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=told, flush=True)


if __name__ == "__main__":
    main()
