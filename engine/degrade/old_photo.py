"""What age does to a print: the kinds of damage, how often and how strongly they are drawn, and a picture with them.

All sizes are told at the 512-pixel template and shrink with the picture's side, as in `engine.degrade.model`.
Pictures are RGB, float32, [0, 1], (S, S, 3), one at a time: batches of 16 at 256 pixels were
measured and no faster.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.degrade import printing, surface, tone
from engine.degrade.fields import Field
from engine.degrade.model import Picture
from engine.degrade.printing import Paper
from engine.degrade.tone import Channels, Toning

TONINGS: tuple[Toning, ...] = ("grey", "sepia", "selenium", "cyanotype")
PAPERS: tuple[Paper, ...] = ("honeycomb", "silk", "linen", "fibre")
KINDS = ("fading", "cast", *TONINGS, "grain", "halftone", "paper", "scratches", "dust", "creases", "stains")
"""The names of the probabilities in `OldPhotoRanges`."""

_PAPER_WHITE = 0.94
_Range = tuple[float, float]
_Count = tuple[int, int]


@dataclass(frozen=True)
class OldPhoto:
    """One old print: amounts of zero (and "none") leave a kind out, `seed` decides where everything lies."""

    seed: int
    fading: float = 0.0
    fading_blacks: float = 0.0
    fading_edges: float = 0.0
    gain: Channels = (1.0, 1.0, 1.0)
    gamma: Channels = (1.0, 1.0, 1.0)
    toning: Toning = "none"
    toning_strength: float = 0.0
    grain: float = 0.0
    grain_px: float = 0.0
    halftone: float = 0.0
    halftone_px: float = 0.0
    halftone_angle: float = 0.0
    paper: Paper = "none"
    paper_depth: float = 0.0
    paper_px: float = 0.0
    scratches: int = 0
    scratches_px: float = 0.0
    scratches_angle: float = 0.0
    specks: int = 0
    hairs: int = 0
    dust_px: float = 0.0
    creases: int = 0
    creases_px: float = 0.0
    spots: int = 0
    tides: int = 0
    light: float = 0.0
    """Where the lamp stands that shows relief, in radians."""


@dataclass(frozen=True)
class OldPhotoRanges:
    """How often each kind of damage comes (the names in `KINDS`) and the ranges of its numbers.

    `share` of the draws have old-photo damage at all. The kinds are drawn independently, but for this: a print has
    at most one toning, only colour prints have dyes to lose, and what a press printed is on plain paper. Counts are
    drawn so that few marks are likelier than many. With `restore_tone` the clean picture to learn from has neither
    fading nor casts; without it both stay in it.
    """

    share: float = 0.0
    restore_tone: bool = False
    fading: float = 0.6
    fading_contrast: _Range = (0.08, 0.45)
    fading_blacks: _Range = (0.4, 1.0)
    fading_edges: _Range = (0.0, 0.8)
    cast: float = 0.45
    cast_yellow: _Range = (0.0, 0.3)
    cast_magenta: _Range = (-0.12, 0.3)
    grey: float = 0.25
    sepia: float = 0.25
    selenium: float = 0.06
    cyanotype: float = 0.03
    toning_strength: _Range = (0.25, 1.0)
    grain: float = 0.5
    grain_amount: _Range = (0.01, 0.06)
    grain_px: _Range = (0.4, 1.8)
    halftone: float = 0.06
    halftone_amount: _Range = (0.3, 1.0)
    halftone_px: _Range = (4.0, 9.0)
    paper: float = 0.2
    paper_depth: _Range = (0.008, 0.04)
    paper_px: _Range = (5.0, 12.0)
    scratches: float = 0.35
    scratches_count: _Count = (1, 30)
    scratches_px: _Range = (0.6, 2.2)
    dust: float = 0.5
    dust_specks: _Count = (5, 160)
    dust_hairs: _Count = (0, 4)
    dust_px: _Range = (0.6, 2.0)
    creases: float = 0.2
    creases_count: _Count = (1, 4)
    creases_px: _Range = (0.6, 1.8)
    stains: float = 0.2
    stains_spots: _Count = (3, 60)
    stains_tides: _Count = (0, 2)

    def __post_init__(self) -> None:
        """Raise ValueError for what is no probability, and for more tonings than one print can have."""
        for name in ("share", *KINDS):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")
        if sum(getattr(self, name) for name in TONINGS) > 1 + 1e-9:
            raise ValueError(f"{', '.join(TONINGS)} exclude each other: together they may be at most 1")

    def only(self, kind: str) -> OldPhotoRanges:
        """The same ranges with this one of `KINDS` certain and no other."""
        chances: dict[str, Any] = {name: float(name == kind) for name in KINDS}
        return replace(self, share=1.0, **chances)

    def draw(self, rng: np.random.Generator) -> OldPhoto | None:
        """One random old print, or None; with a share of 0 nothing is drawn from `rng`."""
        if not self.share or rng.random() >= self.share:
            return None
        return OldPhoto(
            seed=int(rng.integers(2**63)),
            light=rng.uniform(0, 2 * math.pi),
            **self._draw_tone(rng),
            **self._draw_print(rng),
            **self._draw_surface(rng),
        )

    def _draw_tone(self, rng: np.random.Generator) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        below, chance = 0.0, rng.random()
        for name in TONINGS:
            if below <= chance < below + getattr(self, name):
                drawn["toning"], drawn["toning_strength"] = name, rng.uniform(*self.toning_strength)
            below += getattr(self, name)
        if rng.random() < self.fading:
            drawn["fading"] = rng.uniform(*self.fading_contrast)
            drawn["fading_blacks"] = rng.uniform(*self.fading_blacks)
            drawn["fading_edges"] = rng.uniform(*self.fading_edges)
        if rng.random() < self.cast:
            yellow = rng.uniform(*self.cast_yellow)
            drawn["gain"] = (1.0 - 0.1 * yellow, 1.0 - 0.35 * yellow, 1.0 - yellow)
            if "toning" not in drawn:  # silver has no dyes to lose
                magenta = rng.uniform(*self.cast_magenta)
                # The cyan dye goes first: less of it is red, and with less of the yellow dye magenta.
                drawn["gamma"] = (1.0 - magenta, 1.0 + 0.5 * magenta, 1.0 - rng.uniform(0, 0.6) * magenta)
        return drawn

    def _draw_print(self, rng: np.random.Generator) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        if rng.random() < self.grain:
            drawn["grain"], drawn["grain_px"] = rng.uniform(*self.grain_amount), rng.uniform(*self.grain_px)
        if rng.random() < self.halftone:
            drawn["halftone"] = rng.uniform(*self.halftone_amount)
            drawn["halftone_px"] = rng.uniform(*self.halftone_px)
            drawn["halftone_angle"] = math.pi / 4 + rng.normal(0, 0.15)  # 45 degrees is the printer's rule
        if rng.random() < self.paper:
            # Presses print on plain paper; a relief belongs to photographic paper.
            drawn["paper"] = "fibre" if "halftone" in drawn else PAPERS[rng.integers(len(PAPERS))]
            drawn["paper_depth"], drawn["paper_px"] = rng.uniform(*self.paper_depth), rng.uniform(*self.paper_px)
        return drawn

    def _draw_surface(self, rng: np.random.Generator) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        if rng.random() < self.scratches:
            drawn["scratches"] = _few(self.scratches_count, rng)
            drawn["scratches_px"] = rng.uniform(*self.scratches_px)
            drawn["scratches_angle"] = math.pi / 2 * (rng.random() < 0.75) + rng.normal(0, 0.08)
        if rng.random() < self.dust:
            drawn["specks"], drawn["hairs"] = _few(self.dust_specks, rng), _few(self.dust_hairs, rng)
            drawn["dust_px"] = rng.uniform(*self.dust_px)
        if rng.random() < self.creases:
            drawn["creases"], drawn["creases_px"] = _few(self.creases_count, rng), rng.uniform(*self.creases_px)
        if rng.random() < self.stains:
            drawn["spots"], drawn["tides"] = _few(self.stains_spots, rng), _few(self.stains_tides, rng)
        return drawn


def _few(count: _Count, rng: np.random.Generator) -> int:
    """An integer of the range, both ends included, small ones likelier (the square of a uniform number)."""
    return count[0] + int((count[1] - count[0] + 1) * rng.random() ** 2)


def age(img_01: Picture, d: OldPhoto) -> Picture:
    """The whole damage: film, print, years, surface, in this order; the same picture and draw give the same result."""
    colour = d.toning == "none"
    if d.grain:
        img_01 = printing.grain(img_01, d.grain, d.grain_px, colour, _rng(d, 0))
    img_01 = tone.tone(np.clip(img_01, 0, 1), d.toning, d.toning_strength)
    if d.halftone:
        img_01 = printing.halftone(img_01, d.halftone, d.halftone_px, d.halftone_angle, colour)
    img_01 = fade_tones(img_01, d)
    if d.paper != "none":
        img_01 = printing.texture(img_01, d.paper, d.paper_depth, d.paper_px, d.light, _rng(d, 1))
    white = np.array(d.gain, np.float32) * np.float32(_PAPER_WHITE)
    return np.clip(_wear(img_01, d, white), 0, 1)


def _wear(img_01: Picture, d: OldPhoto, white: Field) -> Picture:
    if d.spots or d.tides:
        img_01 = surface.stains(img_01, d.spots, d.tides, _rng(d, 2))
    if d.creases:
        img_01 = surface.creases(img_01, d.creases, d.creases_px, d.light, white, _rng(d, 3))
    if d.scratches:
        img_01 = surface.scratches(img_01, d.scratches, d.scratches_px, d.scratches_angle, white, _rng(d, 4))
    if d.specks or d.hairs:
        img_01 = surface.dust(img_01, d.specks, d.hairs, d.dust_px, white, _rng(d, 5))
    return img_01


def fade_tones(img_01: Picture, d: OldPhoto) -> Picture:
    """Fading and colour casts alone."""
    if d.fading:
        img_01 = tone.fade(img_01, d.fading, d.fading_blacks, d.fading_edges, _rng(d, 6))
    if d.gain != (1.0, 1.0, 1.0) or d.gamma != (1.0, 1.0, 1.0):
        img_01 = tone.cast(img_01, d.gain, d.gamma)
    return img_01


def undamaged(img_01: Picture, d: OldPhoto, restore_tone: bool = False) -> Picture:
    """The same print without its local damage: toned, and faded and discoloured unless the tone is restored too."""
    img_01 = tone.tone(img_01, d.toning, d.toning_strength)
    return img_01 if restore_tone else np.clip(fade_tones(img_01, d), 0, 1)


def _rng(d: OldPhoto, purpose: int) -> np.random.Generator:
    """A stream of its own for each purpose: leaving one kind out moves no mark of another."""
    return np.random.default_rng((d.seed, purpose))
