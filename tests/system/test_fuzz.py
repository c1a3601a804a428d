"""Damaged and hostile files and lines, at random: each is a picture or one sentence, never anything else.

`pytest tests/system/test_fuzz.py --fuzz 10000 --seed 1` damages 10,000 of each kind. Limits of memory and time are in
`fuzz_child.py`, where they are imposed; a case that fails is named by its number and is made again by

    python tests/system/fuzz_child.py KIND SEED NUMBER NUMBER+1
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory as Linux has them")
CHILD = Path(__file__).with_name("fuzz_child.py")
IN_THE_FULL_RUN = {"photos": 400, "texts": 400, "lines": 800, "packs": 60}
"""Some ten seconds in all."""
A_PROCESS = 5_000
"""Cases for one process: what leaks shows as memory above the limit."""


def run_child(kind: str, seed: int, first: int, last: int) -> tuple[list[tuple[int, str]], int, str]:
    """Outcomes by number, the number of the case at which the process died (-1: it did not), and its last words."""
    command = [sys.executable, str(CHILD), kind, str(seed), str(first), str(last)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        words: list[str] = []
        listening = threading.Thread(target=lambda: words.extend(child.stderr))  # type: ignore[arg-type]
        listening.start()
        outcomes, at = [], first
        for line in child.stdout:
            if line.startswith("["):
                outcomes.append(tuple(json.loads(line)))
            elif line.startswith("end"):
                print(f"{kind}: peak memory of the process {line.split()[1]} MiB")
                at = -1
            else:
                at = int(line)
        listening.join()
    return outcomes, at, "".join(words[-30:])


@pytest.mark.parametrize("kind", IN_THE_FULL_RUN)
def test_a_result_or_a_sentence(kind: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    asked, given = request.config.getoption("--fuzz"), request.config.getoption("--seed")
    count, seed = asked or IN_THE_FULL_RUN[kind], 1 if given is None else given
    outcomes: list[tuple[int, str]] = []
    deaths: list[str] = []
    first = 0
    while first < count and len(deaths) < 20:
        last = min(first + A_PROCESS, count)
        done, died_at, words = run_child(kind, seed, first, last)
        outcomes += done
        if died_at >= 0:
            deaths.append(f"{kind} {seed} {died_at}: the process died\n{words}")
        first = last if died_at < 0 else died_at + 1
    figures = Counter(outcome if "\n" not in outcome else "EXCEPTION" for _, outcome in outcomes)
    with capsys.disabled():
        print(f"\n{kind}, seed {seed}: {len(outcomes)} cases, {len(deaths)} deaths; {dict(figures.most_common())}")
    wrong = [f"{kind} {seed} {number}: {outcome}" for number, outcome in outcomes if "\n" in outcome or " " in outcome]
    assert not deaths + wrong, "\n".join((deaths + wrong)[:20])
    assert figures["sound"] > 0
    assert len(figures) > 1
