"""From what a worker says to the edit of a photo; pure. Faces of a job are told by their index in its message."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from desktop_app.album.candidate_store import file_name
from desktop_app.album.records import Candidate, FaceEdit, PhotoEdit
from engine.protocol import BestChosen, CandidateReady, FaceRecord, FacesFound, Point, RestoreOptions

_SAME_FACE = 0.5
"""Two faces are the same where their landmarks lie less than this far apart, in distances from eyes to mouth.

Neighbours in a crowd are more than one apart; a detector finds the same face again within a tenth.
"""
_SAME_PLACE_PX = 0.01

Landmarks = tuple[Point, ...]


def with_faces(edit: PhotoEdit, found: FacesFound) -> tuple[PhotoEdit, tuple[int, ...]]:
    """The edit with the faces that were found, and the id of each of these faces.

    A face that was there already keeps its id and all decisions; its place too, where it was drawn or moved, or has
    candidates, which belong to the place. A face that is not found again stays where anything was decided about it.
    """
    pairs = _matches([face.record for face in edit.faces], found.faces)
    next_id = 1 + max((face.id for face in edit.faces), default=0)
    faces: list[FaceEdit] = []
    for n, record in enumerate(found.faces):
        if n not in pairs:
            faces.append(FaceEdit(id=next_id, record=record))
            next_id += 1
            continue
        face = edit.faces[pairs[n]]
        keeps_place = face.origin != "found" or face.candidates
        faces.append(face if keeps_place else replace(face, record=record))
    ids = tuple(face.id for face in faces)
    faces += [face for face in edit.faces if face.id not in ids and _decided(face)]
    return replace(edit, faces=tuple(faces), faces_known=True), ids


def face_ids(edit: PhotoEdit, records: Sequence[FaceRecord]) -> tuple[int | None, ...]:
    """The id of each face of a job, None where it is gone from the edit or was moved since."""
    return tuple(
        next((face.id for face in edit.faces if _same_place(face, record.landmarks)), None) for record in records
    )


def with_candidate(edit: PhotoEdit, face_id: int, event: CandidateReady) -> PhotoEdit:
    """The edit with a candidate of a face; unchanged where the face is gone, or was moved since the job began."""
    face = _face(edit, face_id)
    if face is None or not _same_place(face, event.recipe.landmarks):
        return edit
    new = Candidate(event.path, event.recipe)
    if any(file_name(candidate.path) == file_name(event.path) for candidate in face.candidates):
        return edit  # the job began anew, or was asked for twice
    return _with_face(edit, replace(face, candidates=(*face.candidates, new)))


def with_best(edit: PhotoEdit, face_id: int, event: BestChosen, options: RestoreOptions) -> PhotoEdit:
    """The edit with the best candidate of a job with these options marked, and picked where the original is shown.

    Candidates that were added to others are not compared with those, so among them none is best.
    """
    face = _face(edit, face_id)
    if face is None or options.first_index or options.like:
        return edit
    best = next((c.path for c in reversed(face.candidates) if _is_of(c, event.index, options)), None)
    if best is None:
        return edit
    candidates = tuple(replace(candidate, best=candidate.path == best) for candidate in face.candidates)
    return _with_face(edit, replace(face, candidates=candidates, picked=face.picked or best))


def _is_of(candidate: Candidate, index: int, options: RestoreOptions) -> bool:
    recipe = candidate.recipe
    return (recipe.index, recipe.seed, recipe.like) == (index, options.seed, ())


def _decided(face: FaceEdit) -> bool:
    return face.origin != "found" or face.ignored or bool(face.candidates) or face.options is not None


def _face(edit: PhotoEdit, face_id: int) -> FaceEdit | None:
    return next((face for face in edit.faces if face.id == face_id), None)


def _with_face(edit: PhotoEdit, face: FaceEdit) -> PhotoEdit:
    return replace(edit, faces=tuple(face if old.id == face.id else old for old in edit.faces))


def _matches(old: Sequence[FaceRecord], new: Sequence[FaceRecord]) -> dict[int, int]:
    """Index of the old face for each new one that is the same; each is used once, the nearest pairs first."""
    distances = sorted((_distance_in_faces(a, b), i, n) for i, a in enumerate(old) for n, b in enumerate(new))
    pairs: dict[int, int] = {}
    for distance, i, n in distances:
        if distance < _SAME_FACE and n not in pairs and i not in pairs.values():
            pairs[n] = i
    return pairs


def _distance_in_faces(a: FaceRecord, b: FaceRecord) -> float:
    """Mean distance of the landmarks, in distances from eyes to mouth of the smaller face."""
    height = min(_eyes_to_mouth(a.landmarks), _eyes_to_mouth(b.landmarks))
    return _mean_distance(a.landmarks, b.landmarks) / height if height else math.inf


def _eyes_to_mouth(landmarks: Landmarks) -> float:
    """From between the eyes to between the corners of the mouth; unlike that between the eyes, it stays in profile."""
    (x0, y0), (x1, y1), _nose, (x2, y2), (x3, y3) = landmarks
    return math.dist(((x0 + x1) / 2, (y0 + y1) / 2), ((x2 + x3) / 2, (y2 + y3) / 2))


def _same_place(face: FaceEdit, landmarks: Landmarks) -> bool:
    return _mean_distance(face.record.landmarks, landmarks) < _SAME_PLACE_PX


def _mean_distance(a: Landmarks, b: Landmarks) -> float:
    return sum(map(math.dist, a, b)) / len(a)
