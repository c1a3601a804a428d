"""`albumen evaluate restoration` as a whole, on small faces and models: rows, numbers, resume, sentences."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_evaluation import write_faces, write_metric_weights, write_picture, write_program

from engine.base import folders
from engine.cli import main
from engine.evaluation.frechet import frechet_distance

Lines = list[dict[str, str]]
ONE_METRIC = ["--metrics", "psnr", "--threads", "1"]


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with small models, and a folder of three faces."""
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path / "home"))
    write_program(tmp_path / "resources")
    monkeypatch.setattr(folders, "resources_dir", lambda: tmp_path / "resources")
    write_faces(tmp_path / "faces", ["a.png", "b.png", "c.png"])
    return tmp_path / "faces"


def _evaluate(out: Path, *arguments: str | Path) -> int:
    return main(["evaluate", "restoration", "--out", str(out), *map(str, arguments)])


def _scores(out: Path) -> Lines:
    with (out / "scores.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _tables(out: Path) -> list[Lines]:
    """The tables of table.md, each as lines by heading."""
    tables: list[Lines] = []
    heads: list[str] = []
    for line in (out / "table.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            heads = []
        elif not heads:
            heads = cells
            tables.append([])
        elif cells[0] != "---":
            tables[-1].append(dict(zip(heads, cells, strict=True)))
    return tables


def _mean(scores: Lines, scale: str, row: str, column: str) -> float:
    return float(np.mean([float(s[column]) for s in scores if (s["scale"], s["row"]) == (scale, row)]))


def test_the_tables_hold_the_means_of_the_scores(faces: Path, tmp_path: Path) -> None:
    write_metric_weights(tmp_path / "weights")
    out = tmp_path / "out"
    arguments = ["--hq", faces, "--scales", "8", "32", "--baselines", "input", "nlm", "--candidates", "3"]
    arguments += ["--start-steps", "200", "--metrics", "psnr", "lpips", "identity", "ids", "landmarks", "frechet"]
    assert _evaluate(out, *arguments, "--metric-weights", tmp_path / "weights", "--threads", "1") == 0
    scores = _scores(out)
    main_table, robustness, spread = _tables(out)

    rows = ["input", "nlm", "starter estimate", "starter candidate, N 200", "starter best of 3, N 200"]
    assert [(line["scale"], line["row"]) for line in main_table] == [(s, row) for s in ("8", "32") for row in rows]
    headings = {"psnr": ("PSNR ↑", 2), "lpips": ("LPIPS ↓", 3), "identity": ("identity cosine ↑", 3)}
    headings["ids"] = "IDS (degrees) ↓", 1
    for line in main_table:
        assert line["n"] == "3"
        for column, (heading, decimals) in headings.items():
            mean = _mean(scores, line["scale"], line["row"], column)
            assert float(line[heading]) == pytest.approx(mean, abs=0.51 * 10**-decimals)
        kept = out / "features" / "alexnet"
        mine, clean = (
            [np.load(path) for path in sorted(f.iterdir())]
            for f in (kept / line["scale"] / line["row"], kept / "clean")
        )
        distance = frechet_distance(np.array(mine), np.array(clean))
        assert float(line["Fréchet distance (alexnet) ↓"]) == pytest.approx(distance, abs=6e-4)
        # Clouds have no landmarks: no number, and all three are counted.
        assert (line["5-landmark distance (px) ↓"], line["missed"]) == ("–", "3")
    for score in scores:  # the angle of the cosine
        assert np.cos(np.radians(float(score["ids"]))) == pytest.approx(float(score["identity"]), abs=1e-5)

    for line in robustness:
        lost = {c: _mean(scores, "32", line["row"], c) - _mean(scores, "8", line["row"], c) for c in headings}
        assert float(line["LPIPS lost ↓"]) == pytest.approx(lost["lpips"], abs=6e-4)
        assert float(line["identity cosine lost ↓"]) == pytest.approx(-lost["identity"], abs=6e-4)
    assert float(robustness[0]["LPIPS lost ↓"]) > 0  # the input at scale 32 shows less than at scale 8

    assert [(line["scale"], line["row"]) for line in spread] == [("8", rows[-1]), ("32", rows[-1])]
    for line in spread:
        mine = [s for s in scores if (s["scale"], s["row"]) == (line["scale"], line["row"])]
        assert {s["versions"] for s in mine} == {"3"}
        least = [float(s["spread_lpips_least"]) for s in mine]
        assert int(line["faces above 0.02"]) == sum(value > 0.02 for value in least)
        cosines = [float(s["spread_cosine_least"]) for s in mine]
        assert float(line["cosine, least"]) == pytest.approx(min(cosines), abs=6e-4)

    # A row's picture is the one that was measured.
    shown = cv2.imdecode(np.frombuffer((out / "best_worst.png").read_bytes(), np.uint8), 1)
    assert shown is not None
    assert shown.shape[1] == 2 * 4 * 32 + 18  # best and worst, each input, estimate, candidate, clean
    for name in ("metrics.png", "sheet_8.png", "sheet_32.png"):
        img = cv2.imdecode(np.frombuffer((out / name).read_bytes(), np.uint8), 1)
        assert img is not None
        assert img.std() > 10  # it is no blank page
    assert img.shape == (18 + 3 * 32, 6 * 32, 3)  # names, three faces; five rows of the table and the clean face
    assert b"</svg>" in (out / "metrics.svg").read_bytes()


def test_the_best_of_three_is_one_of_the_candidates(faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--hq", faces, "--scales", "16", "--limit", "1", "--candidates", "3", "--start-steps", "200"]
    assert _evaluate(out, *arguments, *ONE_METRIC) == 0
    made = out / "pictures" / "16"
    candidates = [made / f"starter candidate{n}, N 200" / "a.png.png" for n in ("", " 2", " 3")]
    contents = [path.read_bytes() for path in candidates]
    assert len(set(contents)) == 3
    assert (made / "starter best of 3, N 200" / "a.png.png").read_bytes() in contents


def test_a_face_that_lost_nothing_has_one_version(faces: Path, tmp_path: Path) -> None:
    """The random estimator's pictures are sharp noise, for which the automatic strength is 0."""
    write_metric_weights(tmp_path / "weights")
    out = tmp_path / "out"
    arguments = ["--hq", faces, "--scales", "8", "--limit", "2", "--candidates", "3", "--baselines", "none"]
    arguments += ["--metrics", "lpips", "identity", "--metric-weights", tmp_path / "weights", "--threads", "1"]
    assert _evaluate(out, *arguments) == 0
    table, spread = _tables(out)
    assert [line["row"] for line in table] == ["starter estimate", "starter candidate", "starter best of 3"]
    assert len({line["LPIPS ↓"] for line in table}) == 1
    assert (spread[0]["faces"], spread[0]["with one version only"], spread[0]["LPIPS, least"]) == ("0", "2", "–")


def test_every_combination_of_n_eta_and_steps_is_a_row(faces: Path, tmp_path: Path) -> None:
    write_metric_weights(tmp_path / "weights")
    out = tmp_path / "out"
    arguments = [
        "--hq",
        faces,
        "--limit",
        "2",
        "--scales",
        "8",
        "--baselines",
        "none",
        "--model",
        "wide",
        "--model",
        "alone",
    ]
    arguments += ["--start-steps", "100", "600", "--eta", "0", "1", "--steps", "2", "--metrics", "psnr", "lpips"]
    assert _evaluate(out, *arguments, "--metric-weights", tmp_path / "weights", "--threads", "1") == 0
    grid = [f"wide candidate, N {n}, eta {eta}, 2 steps" for n in (100, 600) for eta in (0, 1)]
    (table,) = _tables(out)
    assert [line["row"] for line in table] == ["wide estimate", *grid, "alone estimate"]
    # The prior's largest start step is 499: such rows stay, empty, and the caption says why.
    assert [line["n"] for line in table] == ["2", "2", "2", "0", "0", "2"]
    assert f"Not available: {grid[2]}. The model wide was trained for a strength of at most 0.499" in (
        out / "table.md"
    ).read_text(encoding="utf-8")
    assert b"</svg>" in (out / "tradeoff.svg").read_bytes()


def test_a_model_of_another_size_sees_the_face_at_its_own(faces: Path, tmp_path: Path) -> None:
    """The estimate of an estimator for 64 pixels differs from its estimate of a face of 32 pixels enlarged."""
    out = tmp_path / "out"
    arguments = ["--hq", faces, "--limit", "1", "--scales", "4", "--model", "wide", "--start-steps", "0", *ONE_METRIC]
    assert _evaluate(out, *arguments) == 0
    estimate, at_0 = (
        cv2.imdecode(np.frombuffer((out / "pictures" / "4" / row / "a.png.png").read_bytes(), np.uint8), 1)
        for row in ("wide estimate", "wide candidate, N 0")
    )
    assert estimate is not None
    assert at_0 is not None
    assert estimate.shape == at_0.shape == (32, 32, 3)
    assert (estimate != at_0).any()


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_to_the_same_table(faces: Path, tmp_path: Path) -> None:
    arguments = ["--hq", str(faces), "--scales", "4", "8", "16", "32", "--candidates", "2", *ONE_METRIC]
    assert _evaluate(tmp_path / "whole", *arguments) == 0
    out = tmp_path / "killed"
    command = ["evaluate", "restoration", "--out", str(out), *arguments]
    code = "import sys, pathlib; from engine.base import folders; from engine.cli import main\n"
    code += f"folders.resources_dir = lambda: pathlib.Path({str(tmp_path / 'resources')!r})\nmain({command!r})"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ)
    scores = out / "scores.csv"
    while process.poll() is None and not (scores.is_file() and scores.read_bytes().count(b"\n") > 8):
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    begun = scores.read_bytes().count(b"\n")
    assert 8 < begun < 60  # of a heading and 5 rows for 3 faces at 4 scales
    with scores.open("ab") as file:
        file.write(b"4,input,c.pn")  # as if it had died in the middle of a line
    assert _evaluate(out, *arguments) == 0
    for name in ("table.md", "scores.csv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_more_faces_scales_and_metrics_add_to_what_is_there(faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _evaluate(out, "--hq", faces, "--limit", "2", "--scales", "8", *ONE_METRIC) == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("pictures/**/*.png")}
    assert len(before) == 2 * 4  # input, bicubic, estimate, candidate
    assert _evaluate(out, "--hq", faces, "--scales", "8", "16", "--metrics", "psnr", "ssim", "--threads", "1") == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before  # nothing was made again
    scores = _scores(out)
    assert len(scores) == 3 * 2 * 4
    assert all(score["psnr"] and score["ssim"] for score in scores)
    # The same in one go gives the same numbers.
    whole = tmp_path / "whole"
    assert _evaluate(whole, "--hq", faces, "--scales", "8", "16", "--metrics", "psnr", "ssim", "--threads", "1") == 0
    assert (whole / "table.md").read_bytes() == (out / "table.md").read_bytes()


def test_a_folder_holds_one_evaluation(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert _evaluate(out, "--hq", faces, "--limit", "1", "--scales", "8", *ONE_METRIC) == 0
    write_faces(tmp_path / "others", ["a.png"])
    assert _evaluate(out, "--hq", tmp_path / "others", "--scales", "8", *ONE_METRIC) == 2
    assert "this folder holds results of another evaluation (hq differs)" in capsys.readouterr().err
    write_faces(faces, ["_.png"])  # now first, so that every face would get another damage
    assert _evaluate(out, "--hq", faces, "--limit", "1", "--scales", "8", *ONE_METRIC) == 2
    assert "(faces differs)" in capsys.readouterr().err


def test_what_cannot_be_measured_is_named_and_left_out(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (faces / "broken.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    write_picture(faces / "wide.png", np.zeros((40, 60, 3), np.uint8))
    out = tmp_path / "out"
    assert _evaluate(out, "--hq", faces, "--scales", "8", "16", *ONE_METRIC) == 0
    err = capsys.readouterr().err
    for sentence in ("broken.jpg: the file is cut short or damaged", "wide.png: this is no aligned face"):
        assert err.count(sentence) == 1
        assert sentence in (out / "table.md").read_text(encoding="utf-8")
    (table,) = _tables(out)
    assert {line["n"] for line in table} == {"3"}
    assert "3 faces of `faces`" in (out / "table.md").read_text(encoding="utf-8")


def test_damaged_faces_with_and_without_partners(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_metric_weights(tmp_path / "weights")
    weights = ["--metric-weights", tmp_path / "weights", "--threads", "1"]
    damaged = tmp_path / "damaged"
    write_faces(damaged, ["b.jpg", "a.jpg", "z.jpg"], side=24)
    assert _evaluate(tmp_path / "pairs", "--hq", faces, "--lq", damaged, *ONE_METRIC, *weights) == 0
    assert f"Left out, since {faces} has no picture of the same name: z.jpg." in capsys.readouterr().err
    (table,) = _tables(tmp_path / "pairs")
    rows = ["input", "bicubic", "starter estimate", "starter candidate"]
    assert [(line["scale"], line["row"], line["n"]) for line in table] == [("as given", row, "2") for row in rows]

    write_faces(tmp_path / "others", ["x.png", "y.png"], side=32)  # as large as the model's: nothing to enlarge
    assert _evaluate(tmp_path / "apart", "--hq", faces, "--lq", tmp_path / "others", *weights) == 0
    assert "reference for the Fréchet distance only" in capsys.readouterr().err
    (table,) = _tables(tmp_path / "apart")
    assert list(table[0]) == ["scale", "row", "n", "Fréchet distance (alexnet) ↓"]
    assert {line["row"]: line["n"] for line in table} == {"input": "2", "bicubic": "0", rows[2]: "2", rows[3]: "2"}
    assert float(table[0]["Fréchet distance (alexnet) ↓"]) > 0

    assert _evaluate(tmp_path / "alone", "--lq", damaged, "--metrics", "psnr") == 2
    assert "The metric psnr needs clean faces to compare with" in capsys.readouterr().err


def test_faces_are_chosen_by_the_index(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["file,split,era", "a.png,val,old", "b.png,train,old", "c.png,val,new"]
    (faces / "index.csv").write_text("\n".join(lines), encoding="utf-8")
    chosen = ["--hq", faces, "--scales", "8", *ONE_METRIC, "--split", "val"]
    assert _evaluate(tmp_path / "val", *chosen) == 0
    assert {score["image"] for score in _scores(tmp_path / "val")} == {"a.png", "c.png"}
    assert _evaluate(tmp_path / "old", *chosen, "--where", "era=old", "era=older") == 0
    assert {score["image"] for score in _scores(tmp_path / "old")} == {"a.png"}
    assert "with split val and era old or older" in (tmp_path / "old" / "table.md").read_text(encoding="utf-8")
    assert _evaluate(tmp_path / "none", *chosen, "--where", "era=stone") == 2
    assert "there is no picture with split val and era stone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--hq", "{}/nowhere"], "nowhere: there is no such folder"),
        (["--hq", "{}/resources"], "resources: there is no picture in this folder"),
        ([], "Name a folder of faces"),
        (["--hq", "{}/faces", "--model", "nobody"], "There is no model called nobody"),
        (["--hq", "{}/faces", "--scales", "100"], "A scale must be a whole number from 1 to 64"),
        (["--hq", "{}/faces", "--metrics", "lpips"], "The metric lpips needs weights; name their folder"),
        (["--hq", "{}/faces", "--metrics", "niqe"], "The metric niqe needs pictures of at least 128 pixels"),
        (["--hq", "{}/faces", "--split", "val"], "index.csv: without this list"),
    ],
)
def test_wrong_arguments_are_one_sentence(
    arguments: list[str], sentence: str, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _evaluate(tmp_path / "out", *(a.format(tmp_path) for a in arguments)) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not (tmp_path / "out").exists()
