"""Options: what they accept, what they say otherwise, and the exit code of wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from engine.cli.batch.choices import restore_options
from engine.cli.parser import build_parser
from engine.protocol import RestoreOptions

RESTORE = ["restore", "a.jpg", "-o", "out"]


def test_the_defaults_leave_the_choice_to_the_model() -> None:
    parsed = build_parser().parse_args(RESTORE)
    assert restore_options(parsed) == RestoreOptions()
    assert (parsed.pick, parsed.blend, parsed.workers, parsed.device) == (None, 1.0, None, "auto")


def test_values_in_range_are_taken() -> None:
    parsed = build_parser().parse_args([*RESTORE, "--strength", "0.4", "--pick", "2", "--eta", "1"])
    assert (parsed.strength, parsed.pick, parsed.eta) == (0.4, 2, 1.0)
    assert build_parser().parse_args([*RESTORE, "--strength", "auto", "--pick", "best"]).strength is None
    assert build_parser().parse_args([*RESTORE, "--device", "cuda:1", "--workers", "2"]).device == "cuda:1"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--strength", "7"),
        ("--strength", "nan"),
        ("--strength", "much"),
        ("--eta", "-0.1"),
        ("--candidates", "0"),
        ("--seed", "-1"),
        ("--pick", "0"),
        ("--format", "gif"),
        ("--device", "tpu"),
        ("--device", "cuda:x"),
        ("--workers", "0"),
        ("--sampler", "magic"),
    ],
)
def test_a_value_out_of_range_names_the_option_and_exits_with_2(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*RESTORE, option, value])
    assert stop.value.code == 2
    assert option in capsys.readouterr().err.splitlines()[-1]


def test_an_unknown_model_is_wrong_usage_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RESTORE, "--model", "magic"]) == 2
    message = capsys.readouterr().err
    assert "magic" in message
    assert "starter" in message
    assert message.count("\n") == 1


def test_nothing_to_restore_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "-o", str(tmp_path / "out")]) == 2
    assert "--jobs-file" in capsys.readouterr().err
    assert main(["restore", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "--recursive" in capsys.readouterr().err
    assert main(["watch", str(tmp_path / "none"), "-o", str(tmp_path / "out")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_pick_beyond_the_candidates_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RESTORE, "--candidates", "2", "--pick", "3"]) == 2
    assert "only 2 candidates" in capsys.readouterr().err


def test_golden_numbers_from_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "golden", "--dir", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err
