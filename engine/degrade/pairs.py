"""Pairs of a clean and a damaged picture, damaged in the order in which it happens."""

from __future__ import annotations

import numpy as np

from engine.degrade.model import DegradationRanges, Picture, blur, scan, to_grey
from engine.degrade.old_photo import OldPhotoRanges, age, undamaged


def draw_pair(
    clean_01: Picture, ranges: DegradationRanges, old: OldPhotoRanges, rng: np.random.Generator
) -> tuple[Picture, Picture]:
    """What is to be restored, and the damaged picture of it; (S, S, 3) -> twice (S, S, 3), float32 in [0, 1].

    The lens blurs, the print ages, the scanner takes it. What a restoration should keep is in the first picture too:
    a scan in grey, toning, and fading and casts unless `old.restore_tone`.
    """
    d, print_ = ranges.draw(rng), old.draw(rng)
    blurred, target = blur(clean_01, d), clean_01
    if print_ is not None:
        blurred, target = age(blurred, print_), undamaged(clean_01, print_, old.restore_tone)
    return (to_grey(target) if d.grey else target), scan(blurred, d, rng)
