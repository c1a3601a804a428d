"""The rows of the table: what is measured beside what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

BASELINES = ("input", "bicubic", "nlm", "realesrgan")


@dataclass(frozen=True)
class Choice:
    """Start step N, eta and number of prior calls; None is the model's own (for N: as much as the face lost)."""

    start_step: int | None = None
    eta: float | None = None
    steps: int | None = None

    @property
    def title(self) -> str:
        """What was chosen, as a name's ending; empty where all is the model's own."""
        parts = [
            "" if self.start_step is None else f", N {self.start_step}",
            "" if self.eta is None else f", eta {self.eta:g}",
            "" if self.steps is None else f", {self.steps} steps",
        ]
        return "".join(parts)


@dataclass(frozen=True)
class Row:
    """One version of every face; `kind` is a baseline's name, estimate, candidate (the first one) or best."""

    name: str
    kind: str
    model: str | None = None
    choice: Choice | None = None


def choices_of(starts: Sequence[int], etas: Sequence[float], steps: Sequence[int]) -> tuple[Choice, ...]:
    """Every combination of what was given; where nothing was given, the model's own."""
    given = product(starts or (None,), etas or (None,), steps or (None,))
    return tuple(Choice(start_step, eta, calls) for start_step, eta, calls in given)


def baseline_rows(names: Sequence[str]) -> tuple[Row, ...]:
    """In a fixed order."""
    return tuple(Row(name, name) for name in BASELINES if name in names)


def model_rows(model: str, has_prior: bool, choices: Sequence[Choice], candidates: int) -> tuple[Row, ...]:
    """The estimate; for each choice the first candidate and, where there are more, the program's own pick of them."""
    rows = [Row(f"{model} estimate", "estimate", model)]
    for choice in choices if has_prior else ():
        rows.append(Row(candidate_name(model, choice), "candidate", model, choice))
        if candidates > 1:
            rows.append(Row(f"{model} best of {candidates}{choice.title}", "best", model, choice))
    return tuple(rows)


def candidate_name(model: str, choice: Choice, index: int = 0) -> str:
    """The first candidate's row, and under which name the others are kept."""
    return f"{model} candidate{f' {index + 1}' if index else ''}{choice.title}"
