"""One evaluation from its settings to the files: every row for every face at every scale, then the report.

Whatever is in the folder already is not made again. A face is loaded once for all scales and rows of a model, so that
few pictures are in memory, and one model at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import engine
from engine.base.context import Context
from engine.base.errors import AlbumenError, ExtraMissing, UsageError
from engine.base.sizes import TEMPLATE_PX
from engine.evaluation.metrics import Picture
from engine.evaluation.restoration.baselines import Baselines, Unavailable
from engine.evaluation.restoration.cases import (
    AS_GIVEN,
    Case,
    Damaged,
    damage,
    find_cases,
    load_damaged,
    load_face,
    to_side,
)
from engine.evaluation.restoration.report import CLEAN, Report, chosen_by, write_report
from engine.evaluation.restoration.rows import Choice, Row, baseline_rows, candidate_name, model_rows
from engine.evaluation.restoration.scoring import FRECHET, SPREAD, Reference, Scorer, choose_metrics
from engine.evaluation.restoration.store import Key, Settings, Store, save_features, scale_name
from engine.evaluation.restoration.times import Times
from engine.evaluation.restoration.versions import FaceVersions, ModelVersions
from engine.models.load import check_usable
from engine.models.packs import Located, catalogue
from engine.pipeline.restore import nearest_to_mean
from engine.pipeline.state import ComputeState

LARGEST_SCALE = 64
VERSIONS = "versions"
"""Column of the rows "best": how many candidates there were to pick from."""


@dataclass(frozen=True)
class Request:
    """What to measure. `metrics` None: all that can be had. `where`: column of index.csv -> the values wanted."""

    hq: Path | None
    lq: Path | None
    out: Path
    where: Mapping[str, Sequence[str]]
    limit: int | None
    scales: Sequence[int]
    models: Sequence[str]
    choices: Sequence[Choice]
    candidates: int
    baselines: Sequence[str]
    metrics: Sequence[str] | None
    metric_weights: Path | None
    network: str


def evaluate_restoration(
    request: Request, state: ComputeState, context: Context, note: Callable[[str], None]
) -> Report:
    """Make and measure what is missing in the folder `request.out`, and write table, plots and sheets there.

    `note` is told in a sentence what is left out. Raises UsageError, UnknownModel, WeightsMissing, ExtraMissing,
    DiskFull, OutputForbidden, and Cancelled; what is finished then is kept.
    """
    if find_spec("matplotlib") is None:  # told now, not after hours
        raise ExtraMissing(extra="evaluation")
    run = _Run(request, state, note)
    run.make(context)
    write_report(run.report)
    return run.report


class _Face:
    """The pictures of one face, loaded."""

    def __init__(self, case: Case, size_px: int, scorer: Scorer) -> None:
        self.case = case
        self._clean: NDArray[np.uint8] | None = None
        self._damaged: Damaged | None = None
        self.reference: Reference | None = None
        if case.clean is not None:
            self._clean = load_face(case.clean)
            self.reference = scorer.reference(to_side(self._clean, size_px))
        if case.damaged is not None:
            self._damaged = load_damaged(case.damaged, size_px)

    def damaged(self, scale: int) -> Damaged:
        if self._damaged is not None:
            return self._damaged
        assert self._clean is not None
        return damage(self._clean, scale, self.case.number)


class _Run:
    def __init__(self, request: Request, state: ComputeState, note: Callable[[str], None]) -> None:
        if not all(1 <= scale <= LARGEST_SCALE for scale in request.scales):
            raise UsageError(detail=f"A scale must be a whole number from 1 to {LARGEST_SCALE}.")
        self._request, self._state, self._note = request, state, note
        self._times = Times()
        self._baselines = Baselines()
        models = {model: _parts(model) for model in request.models}
        self._size_px = models[request.models[0]][-1].weights.size_px or TEMPLATE_PX
        cases = find_cases(request.hq, request.lq, request.where, request.limit)
        paired = cases.cases[0].clean is not None
        metrics = choose_metrics(request.metrics, request.metric_weights, paired, bool(cases.references), self._size_px)
        self._scorer = Scorer(metrics, request.metric_weights, request.network, state, self._times)
        self._columns = [metric.name for metric in metrics if metric.name != FRECHET]
        self._rows = {
            model: model_rows(model, len(parts) > 1, request.choices, request.candidates)
            for model, parts in models.items()
        }
        # The baselines are made together with the first model's rows.
        self._rows[request.models[0]] = baseline_rows(request.baselines) + self._rows[request.models[0]]
        settings = _settings(request, [case.name for case in cases.cases], models, self._size_px, state)
        self.report = Report(
            store=Store(request.out, settings, [*self._columns, VERSIONS, *SPREAD]),
            cases=cases,
            folder=(request.lq or request.hq or Path()).resolve().name,
            chosen=chosen_by(request.where),
            scales=tuple(dict.fromkeys(request.scales)) if request.lq is None else (AS_GIVEN,),
            rows=tuple(row for rows in self._rows.values() for row in rows),
            metrics=metrics,
            network=request.network,
            size_px=self._size_px,
            models=settings["models"],
            times=self._times,
        )
        self._store = self.report.store
        for sentence in cases.notes:
            note(sentence)

    def make(self, context: Context) -> None:
        """Everything that is missing, one model after the other."""
        if FRECHET in self._scorer.names:
            for path in self.report.cases.references:
                self._keep_reference(path)
        todo = [
            (model, case, scale)
            for model, rows in self._rows.items()
            for case in self.report.cases.cases
            for scale in self.report.scales
            if not all(self._finished(row, Key(scale, row.name, case.name)) for row in rows)
        ]
        versions: ModelVersions | None = None
        face: _Face | None = None
        for done, (model, case, scale) in enumerate(todo):
            context.report(done / len(todo))
            if case.name in self.report.skipped:
                continue
            if versions is None or versions.model != model:
                versions = self._load(model)
            if face is None or face.case is not case:
                try:
                    face = _Face(case, self._size_px, self._scorer)
                except AlbumenError as error:
                    self._skip(case.name, error)
                    continue
            self._complete(face, scale, versions)
        context.report(1.0)
        if len(self.report.skipped) == len(self.report.cases.cases):
            raise UsageError(detail="None of the pictures could be measured on.")

    def _load(self, model: str) -> ModelVersions:
        request = self._request
        with self._times.of("loading models"):
            versions = ModelVersions(model, request.choices, request.candidates, self._state, self._times)
        for row in self._rows[model]:
            if row.choice in versions.unavailable:
                self._lack(row, versions.unavailable[row.choice])
        return versions

    def _complete(self, face: _Face, scale: int, versions: ModelVersions) -> None:
        """Make the pictures of one face at one scale that are missing, then measure what was not measured."""
        keys = {row: Key(scale, row.name, face.case.name) for row in self._rows[versions.model]}
        if face.reference is not None and FRECHET in self._scorer.names:  # first: a row's features are of use with it
            self._keep_features(face.reference.picture, CLEAN, face.case.name)
        missing = [row for row, key in keys.items() if not self._made(row, key)]
        missing = [row for row in missing if row.choice not in versions.unavailable]
        if missing:
            with self._times.of("damage"):
                damaged = face.damaged(scale)
            seen = FaceVersions(versions, damaged, face.case.number, scale)
            for row in missing:
                if row.choice is None:
                    self._make(row, keys[row], damaged, seen)
            for choice in dict.fromkeys(row.choice for row in missing if row.choice is not None):
                self._make_candidates(
                    choice, {row.kind: key for row, key in keys.items() if row.choice == choice}, seen
                )
        for row, key in keys.items():
            if self._made(row, key) and not self._finished(row, key):
                self._measure(row, key, face.reference)

    def _make(self, row: Row, key: Key, damaged: Damaged, seen: FaceVersions) -> None:
        try:
            if row.kind == "estimate":
                picture = to_side(seen.estimate(), self._size_px)
            else:
                with self._times.of(row.name):
                    picture = self._baselines.picture(row.kind, damaged, self._size_px)
        except Unavailable as error:
            self._lack(row, str(error))
        else:
            self._store.save_picture(key, picture)

    def _make_candidates(self, choice: Choice, keys: Mapping[str, Key], seen: FaceVersions) -> None:
        """The first candidate under its row; where there are more, all of them and a copy of the program's pick."""
        pictures = seen.candidates(choice)
        own = [to_side(picture, self._size_px) for picture in pictures]
        self._store.save_picture(keys["candidate"], own[0])
        if "best" not in keys:
            return
        for index, picture in enumerate(own[1:], 1):
            name = candidate_name(seen.model, choice, index)
            self._store.save_picture(keys["best"]._replace(row=name), picture)
        self._store.save_picture(keys["best"], own[nearest_to_mean(pictures)])
        self._store.add(keys["best"], {VERSIONS: len(own)})

    def _measure(self, row: Row, key: Key, clean: Reference | None) -> None:
        picture = self._store.picture(key)
        values = self._scorer.values(picture, clean)
        if row.kind == "best" and self._scorer.measures_spread:
            assert row.model is not None
            assert row.choice is not None
            count = int(self._store.scores[key][VERSIONS])
            names = [candidate_name(row.model, row.choice, index) for index in range(count)]
            values |= self._scorer.spread([self._store.picture(key._replace(row=name)) for name in names])
        if FRECHET in self._scorer.names:
            self._keep_features(picture, scale_name(key.scale), row.name, key.image)
        self._store.add(key, values)

    def _keep_features(self, picture: Picture, *parts: str) -> None:
        path = self._store.features_path(self._request.network, *parts)
        if not path.is_file():
            save_features(path, self._scorer.features(picture))

    def _keep_reference(self, path: Path) -> None:
        if self._store.features_path(self._request.network, CLEAN, path.name).is_file():
            return
        try:
            self._keep_features(to_side(load_face(path), self._size_px), CLEAN, path.name)
        except AlbumenError as error:
            self._note(str(error))

    def _made(self, row: Row, key: Key) -> bool:
        return self._store.has_picture(key) and (row.kind != "best" or self._store.has(key, [VERSIONS]))

    def _finished(self, row: Row, key: Key) -> bool:
        columns = [*self._columns, *(SPREAD if row.kind == "best" and self._scorer.measures_spread else ())]
        features = self._store.features_path(self._request.network, scale_name(key.scale), row.name, key.image)
        measured = self._store.has(key, columns) and (FRECHET not in self._scorer.names or features.is_file())
        return measured and self._made(row, key)

    def _lack(self, row: Row, why: str) -> None:
        if row.name not in self.report.unavailable:
            self.report.unavailable[row.name] = why
            self._note(f"Not available: {row.name}. {why}")

    def _skip(self, name: str, error: AlbumenError) -> None:
        self.report.skipped[name] = str(error)
        self._note(f"Left out: {error}")


def _parts(model: str) -> list[Located]:
    """Estimator and prior of a model that can restore whole faces; raises as `check_usable`, and UsageError."""
    check_usable(model)
    library = catalogue()
    parts = library.parts_of(library.find_model(model))
    if parts[0].weights.stage != "estimator":
        raise UsageError(detail=f"The model {model} fills holes; it cannot restore whole faces.")
    return parts


def _settings(
    request: Request, faces: Sequence[str], models: Mapping[str, Sequence[Located]], size_px: int, state: ComputeState
) -> Settings:
    """What must be the same for results to stand in one table."""
    described = {}
    for id, parts in models.items():
        said = catalogue().find_model(id)
        weights = {part.weights.id: part.checked() for part in parts}
        described[id] = {"weights": weights, "strength": said.strength, "eta": said.eta, "steps": said.steps}
    return {
        "albumen": engine.__version__,
        "hq": str(request.hq.resolve()) if request.hq else None,
        "lq": str(request.lq.resolve()) if request.lq else None,
        "where": chosen_by(request.where),
        "faces": list(faces),
        "size_px": size_px,
        "models": described,
        "device": state.device.type,
    }
