"""Options: what they accept, what they say otherwise, and the exit code of wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from engine.cli.parser import build_parser

RESTORE = ["restore", "a.jpg", "-o", "out"]


def test_the_defaults_leave_the_choice_to_the_model() -> None:
    parsed = build_parser().parse_args(RESTORE)
    assert (parsed.strength, parsed.eta, parsed.steps, parsed.pick) == (None, None, None, None)
    assert (parsed.candidates, parsed.seed, parsed.blend, parsed.model) == (4, 0, 1.0, "starter")


def test_values_in_range_are_taken() -> None:
    parsed = build_parser().parse_args([*RESTORE, "--strength", "0.4", "--pick", "2", "--eta", "1"])
    assert (parsed.strength, parsed.pick, parsed.eta) == (0.4, 2, 1.0)
    assert build_parser().parse_args([*RESTORE, "--strength", "auto", "--pick", "best"]).strength is None


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


def test_a_pick_beyond_the_candidates_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RESTORE, "--candidates", "2", "--pick", "3"]) == 2
    assert "only 2 candidates" in capsys.readouterr().err


def test_golden_numbers_from_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "golden", "--dir", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err
