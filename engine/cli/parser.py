"""All options, declared once."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

import engine
from engine.base.device import DEVICES, PRECISIONS, device_name

Runner = Callable[[argparse.Namespace], int]


def build_parser() -> argparse.ArgumentParser:
    """The parser of `albumen`; a command's module is imported when it runs."""
    parser = argparse.ArgumentParser(
        prog="albumen",
        description="Brings the faces in old photographs back, offline.",
    )
    parser.add_argument("--version", action="version", version=f"Albumen {engine.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _restore(commands.add_parser("restore", help="restore the faces in photos"))
    _watch(commands.add_parser("watch", help="restore photos as they come into a folder"))
    _faces(commands.add_parser("faces", help="list the faces found in photos"))
    _models(commands.add_parser("models", help="list, import and verify model packs"))
    _demo(commands.add_parser("demo", help="damage and restore a sample picture, write a before/after sheet"))
    _evaluate(commands.add_parser("evaluate", help="measure: golden numbers, restoration quality, the prior"))
    _train(commands.add_parser("train", help="train an estimator or a prior"))
    return parser


def _runs(module: str, function: str = "run") -> Runner:
    def runner(arguments: argparse.Namespace) -> int:
        run: Runner = getattr(importlib.import_module(f"engine.cli.{module}"), function)
        return run(arguments)

    return runner


def share_of_one(text: str) -> float:
    """An option's value between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1")
    return value


def strength(text: str) -> float | None:
    """auto (the model's own default) or a number between 0 and 1."""
    return None if text == "auto" else share_of_one(text)


def whole_number(least: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` up."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} up")
        return value

    return parse


def device(text: str) -> str:
    """One of the devices, or cuda:N."""
    try:
        return device_name(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(DEVICES)}, cuda:0, cuda:1, ...") from None


def workers(text: str) -> int | None:
    """auto or a number from 1."""
    return None if text == "auto" else whole_number(1)(text)


def column_value(text: str) -> tuple[str, str]:
    """COLUMN=VALUE."""
    column, equals, value = text.partition("=")
    if not column or not equals:
        raise argparse.ArgumentTypeError(f"{text} is not COLUMN=VALUE")
    return column, value


def pick(text: str) -> int | None:
    """best or a candidate's number from 1."""
    return None if text == "best" else whole_number(1)(text)


def _finding(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("finding faces")
    group.add_argument(
        "--detector", default="auto", help="auto, retinaface, or the path of RetinaFace weights (.pth) of your own"
    )
    group.add_argument("--min-face", type=float, default=16.0, metavar="PX", help="least face height (default: 16)")
    group.add_argument(
        "--min-score", type=share_of_one, default=0.8, metavar="0..1", help="how sure a find must be (default: 0.8)"
    )
    group.add_argument("--rotations", action="store_true", help="also look for lying and upside-down faces")


def _machine(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("machine")
    group.add_argument("--device", type=device, default="auto", metavar="auto|cpu|cuda|cuda:N|mps")
    group.add_argument("--threads", type=whole_number(1), metavar="N", help="processor threads (default: all)")
    group.add_argument(
        "--priority", choices=("low", "normal"), default="low", help="low: other programs go first (default)"
    )
    group.add_argument("--in-process", action="store_true", help="work in this process, without workers; for debugging")


def _sampling(parser: argparse.ArgumentParser) -> None:
    """Options that are fields of RestoreOptions; one that is not given is absent, so that a preset may say it."""
    group = parser.add_argument_group("restoring", argument_default=argparse.SUPPRESS)
    group.add_argument("--model", metavar="ID", help="see `albumen models list` (default: starter)")
    group.add_argument(
        "--strength", type=strength, metavar="auto|0..1",
        help="how much is imagined: 0 is the plain estimate (default: auto, as much as the face lost)",
    )  # fmt: skip
    group.add_argument("--eta", type=share_of_one, metavar="0..1", help="randomness (default: the model's own)")
    group.add_argument(
        "--eta-meaning", choices=["released", "paper"],
        help="sigma proportional to eta (released, the default) or to its root (as the paper writes it)",
    )  # fmt: skip
    group.add_argument(
        "--steps", type=whole_number(1), metavar="N", help="prior calls at full strength (default: the model's own)"
    )
    group.add_argument("--sampler", choices=["ddim"])
    group.add_argument("--candidates", type=whole_number(1), metavar="N", help="versions (default: 4)")
    group.add_argument("--seed", type=whole_number(0), metavar="N", help="another seed, other candidates (default: 0)")
    group.add_argument("--precision", choices=PRECISIONS)


def _results(parser: argparse.ArgumentParser) -> None:
    """What is common to restoring a batch and watching a folder."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--recursive", action="store_true", help="look into subfolders too; their structure is kept")
    group = parser.add_argument_group("which photos, and what is written")
    group.add_argument(
        "--include", action="append", default=[], metavar="GLOB",
        help="of a folder's photos only these, by the path below it, e.g. '1957/*'; repeat for several",
    )  # fmt: skip
    group.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="not these photos or folders")
    group.add_argument("--preset", type=Path, metavar="FILE", help="settings that the window exported; options win")
    group.add_argument(
        "--name", default="{name}.restored", metavar="TEMPLATE",
        help="names of the results, of {name} {folder} {counter:3} {date} {strength} {seed} (default: {name}.restored)",
    )  # fmt: skip
    group.add_argument(
        "--format", choices=["keep", "jpg", "png", "tif", "webp"], default="keep", help="format of the results"
    )
    group.add_argument(
        "--overwrite", choices=["never", "skip"], default="never",
        help="where another file has the result's name: write one with a number (never) or leave the photo out (skip)",
    )  # fmt: skip
    group.add_argument("--again", action="store_true", help="also photos that are done already with these settings")
    group.add_argument("--keep-candidates", action="store_true", help="also write every candidate face")
    group.add_argument("--sidecar", action="store_true", help="also write NAME.json, which --recipe reads")
    group.add_argument("--json", action="store_true", help="print one JSON object a line for each photo")
    group.add_argument(
        "--report", action="store_true", help="also write report.csv and report.html with small pictures"
    )
    _sampling(parser)
    group = parser.add_argument_group("laying faces into the photo")
    group.add_argument("--pick", type=pick, default=None, metavar="best|N", help="which candidate (default: best)")
    group.add_argument("--blend", type=share_of_one, default=1.0, metavar="0..1", help="opacity (default: 1)")
    group.add_argument(
        "--background", choices=["none", "x2", "x4"], default="none",
        help="also enlarge the whole photo; slow on a processor, the time is told first",
    )  # fmt: skip
    _finding(parser)
    _machine(parser)
    parser.add_argument(
        "--workers", type=workers, default=None, metavar="auto|N",
        help="photos at a time (default: auto, one for each graphics card, one on a processor)",
    )  # fmt: skip


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO|FOLDER")
    parser.add_argument(
        "--jobs-file", type=Path, metavar="FILE",
        help="a JSON object a line: photo, and if wanted output, model, strength, eta, steps, candidates, seed, pick, "
        "blend",
    )  # fmt: skip
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="make a result again, from its sidecar or from the result itself"
    )
    parser.add_argument("--estimate", action="store_true", help="only tell the time and memory it will take")
    _results(parser)
    parser.set_defaults(run=_runs("restore"))


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    _results(parser)
    parser.set_defaults(run=_runs("watch"))


def _faces(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO|FOLDER")
    parser.add_argument("--recursive", action="store_true", help="look into subfolders too")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each photo")
    _finding(parser)
    _machine(parser)
    parser.set_defaults(run=_runs("faces"))


def _models(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="what to do", required=True, metavar="ACTION")
    listing = commands.add_parser("list", help="which models there are")
    listing.add_argument("--json", action="store_true", help="print one JSON object a line for each model")
    listing.set_defaults(run=_runs("models", "run_list"))
    importing = commands.add_parser("import", help="take weights from a file (.pth, .safetensors or a pack)")
    importing.add_argument("file", type=Path)
    importing.add_argument("--as", dest="as_id", metavar="ID", help="the id under which it is used")
    importing.set_defaults(run=_runs("models", "run_import"))
    fetching = commands.add_parser("fetch", help="load published weights, once you accept their licence")
    fetching.add_argument("model", metavar="ID")
    fetching.set_defaults(run=_runs("models", "run_fetch"))
    verifying = commands.add_parser("verify", help="check every installed file against its SHA-256")
    verifying.set_defaults(run=_runs("models", "run_verify"))
    licence = commands.add_parser("licence", help="show a model's licence, and accept it")
    licence.add_argument("model")
    licence.add_argument("--accept", action="store_true", help="I have read the licence and accept it")
    licence.set_defaults(run=_runs("models", "run_licence"))


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("albumen-demo"), metavar="DIR", help="folder (default: albumen-demo)"
    )
    _sampling(parser)
    _machine(parser)
    parser.set_defaults(run=_runs("demo"))


def _evaluate(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="what to measure", required=True, metavar="WHAT")
    golden = commands.add_parser("golden", help="the networks and the sampler against the published method's numbers")
    golden.add_argument("--dir", type=Path, help="folder of the golden numbers (default: the sources' tests/data)")
    golden.add_argument("names", nargs="*", help="only these (default: all)")
    golden.set_defaults(run=_runs("evaluate", "run_golden"))
    damage = commands.add_parser("damage", help="sheets of damaged faces: the degradation and old-photo damage")
    damage.add_argument("--data", type=Path, required=True, help="folder of clean faces")
    damage.add_argument("--config", metavar="NAME|FILE", help="damage as this training draws it (default: all kinds)")
    damage.add_argument("--rows", type=whole_number(1), default=6, metavar="N", help="faces (default: 6)")
    damage.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    damage.add_argument("--out", type=Path, required=True, metavar="FILE", help="the sheet, .jpg or .png")
    damage.set_defaults(run=_runs("evaluate", "run_damage"))
    _restoration(commands.add_parser("restoration", help="what a restoration is worth beside baselines, as a table"))
    prior = commands.add_parser("prior", help="a prior's eps error beside that of linear denoisers")
    prior.add_argument("--data", type=Path, required=True, help="folder of faces with index.csv (train, val)")
    prior.add_argument("--model", default="starter", metavar="ID")
    prior.add_argument("--limit", type=whole_number(1), default=48, metavar="N", help="held-out faces (default: 48)")
    prior.set_defaults(run=_runs("evaluate", "run_prior"))


def _restoration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
        help="folder for tables, scores, plots and every picture; the same command again goes on there",
    )  # fmt: skip
    group = parser.add_argument_group("faces (square, aligned to the template)")
    group.add_argument("--hq", type=Path, metavar="DIR", help="clean faces, to be damaged at each scale")
    group.add_argument("--lq", type=Path, metavar="DIR", help="damaged faces; those in --hq of the same name are clean")
    group.add_argument("--split", metavar="NAME", help="only those that index.csv in the folder gives this split")
    group.add_argument("--where", type=column_value, nargs="+", default=[], metavar="COLUMN=VALUE",
        help="only those with this in index.csv; several values of a column: any of them",
    )  # fmt: skip
    group.add_argument("--limit", type=whole_number(1), metavar="N", help="only the first N faces")
    group.add_argument("--scales", type=whole_number(1), nargs="+", default=[4, 8, 16, 32], metavar="S")
    group = parser.add_argument_group("rows of the table")
    group.add_argument("--model", action="append", metavar="ID", help="repeat for several (default: starter)")
    group.add_argument("--start-steps", type=whole_number(0), nargs="+", default=[], metavar="N",
        help="to compare (default: the model's own, as each face needs)",
    )  # fmt: skip
    group.add_argument("--eta", type=share_of_one, nargs="+", default=[], metavar="0..1", help="to compare too")
    group.add_argument("--steps", type=whole_number(1), nargs="+", default=[], metavar="N", help="prior calls")
    group.add_argument("--candidates", type=whole_number(1), default=1, metavar="K",
        help="above 1 also: the program's own pick, and how far the candidates are apart",
    )  # fmt: skip
    group.add_argument("--baselines", nargs="+", default=["input", "bicubic"], metavar="NAME",
        choices=["all", "none", "input", "bicubic", "nlm", "realesrgan"],
        help="all, none, or some of input, bicubic, nlm, realesrgan (default: input bicubic)",
    )  # fmt: skip
    group = parser.add_argument_group("metrics")
    group.add_argument("--metrics", nargs="+", metavar="NAME",
        choices=["psnr", "ssim", "lpips", "identity", "ids", "landmarks", "frechet", "niqe"],
        help="some of psnr, ssim, lpips, identity, ids, landmarks, frechet, niqe (default: all that can be had)",
    )  # fmt: skip
    group.add_argument("--metric-weights", type=Path, metavar="DIR", help="folder with the weights of LPIPS and others")
    group.add_argument("--features", choices=["alexnet", "mobilefacenet", "inception"], default="alexnet",
        help="network of the Fréchet distance (default: alexnet)",
    )  # fmt: skip
    group = parser.add_argument_group("machine")
    group.add_argument("--device", choices=DEVICES, default="auto")
    group.add_argument("--threads", type=whole_number(1), metavar="N", help="processor threads (default: all)")
    parser.set_defaults(run=_runs("evaluate", "run_restoration"))


def _train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", choices=["estimator", "prior"])
    parser.add_argument(
        "--config", default="starter256", metavar="NAME|FILE",
        help="a preset (starter256, difface512) or a TOML file (default: starter256)",
    )  # fmt: skip
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of clean, aligned faces")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for checkpoint, log, samples and result")
    parser.add_argument(
        "--dry-run", action="store_true", help="only tell what the run takes: memory, images a second, time"
    )
    parser.add_argument("--steps", type=whole_number(1), help="stop at this step (default: the configuration's)")
    parser.add_argument("--finish", type=whole_number(0), default=0, help="then let the rate fall over so many steps")
    parser.add_argument("--start-from", type=Path, help="weights to begin from where the folder has no checkpoint")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--threads", type=whole_number(0), default=0, help="processor threads (default: all)")
    parser.set_defaults(run=_runs("train"))
