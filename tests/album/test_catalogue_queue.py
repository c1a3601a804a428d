"""The queue's order and states, and presets in the catalogue and as files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.album.preset_files import export_preset, import_preset
from desktop_app.album.records import Change, JobState, Preset
from desktop_app.album.store.catalogue import Catalogue
from engine.base.errors import NameTaken, PresetUnreadable
from engine.protocol import RestoreOptions


@pytest.fixture
def jobs(catalogue: Catalogue) -> list[int]:
    """Four jobs of one photo."""
    (photo,) = catalogue.photos.add([Path("/p/a.jpg")]).added
    return list(catalogue.queue.put([(photo, "restore", b"%d" % n) for n in range(4)]).jobs)


def order(catalogue: Catalogue) -> list[int]:
    return [job.id for job in catalogue.queue.all()]


def test_order(catalogue: Catalogue, jobs: list[int]) -> None:
    a, b, c, d = jobs
    assert [job.message for job in catalogue.queue.all()] == [b"0", b"1", b"2", b"3"]
    catalogue.queue.move(d, before=b)
    assert order(catalogue) == [a, d, b, c]
    catalogue.queue.move(a, before=None)
    assert order(catalogue) == [d, b, c, a]
    catalogue.queue.move(c, before=d)
    assert order(catalogue) == [c, d, b, a]
    with pytest.raises(LookupError):
        catalogue.queue.move(a, before=999)
    photo = catalogue.queue.all()[0].photo_id
    first = catalogue.queue.put([(photo, "find", b"x"), (photo, "export", b"y")], front=True).jobs
    assert order(catalogue) == [*first, c, d, b, a]


def test_order_holds_where_the_gaps_become_too_small(catalogue: Catalogue, jobs: list[int]) -> None:
    a, b, c, d = jobs
    for _ in range(40):  # halving the gap of 1 each time passes 1e-9 after 30
        catalogue.queue.move(c, before=b)
        catalogue.queue.move(d, before=c)
        assert order(catalogue) == [a, d, c, b]
        catalogue.queue.move(d, before=b)
        assert order(catalogue) == [a, c, d, b]
        c, d = d, c
        catalogue.queue.move(c, before=d)


def test_states_and_restart(library: Path) -> None:
    with Catalogue.open(library) as catalogue:
        (photo,) = catalogue.photos.add([Path("/p/a.jpg")]).added
        a, b, c = catalogue.queue.put([(photo, "restore", b"{}")] * 3).jobs
        for _ in range(2):
            catalogue.queue.set_state(a, JobState.RUNNING)
        catalogue.queue.set_state(b, JobState.FAILED, "disk_full", {"path": "/x"})
        catalogue.queue.set_state(c, JobState.DONE)
    with Catalogue.open(library) as catalogue:
        assert catalogue.queue.requeue_running() == Change(jobs=(a,))
        first, second, _ = catalogue.queue.all()
        assert (first.state, first.tries) == (JobState.QUEUED, 2)
        assert (second.error_kind, second.error_arguments) == ("disk_full", {"path": "/x"})
        assert catalogue.queue.remove_finished() == Change(jobs=(c,))
        assert order(catalogue) == [a, b]
        catalogue.queue.remove_finished([JobState.FAILED])
        assert order(catalogue) == [a]


def test_presets(catalogue: Catalogue) -> None:
    gentle = Preset("Gentle", RestoreOptions(strength=0.2, candidates=2))
    assert catalogue.presets.save(gentle) == Change(presets=("Gentle",))
    catalogue.presets.save(Preset("Bold", RestoreOptions(strength=0.4)))
    catalogue.presets.save(Preset("Bold", RestoreOptions(strength=0.5)))
    assert catalogue.presets.all() == [Preset("Bold", RestoreOptions(strength=0.5)), gentle]
    with pytest.raises(NameTaken):
        catalogue.presets.rename("Bold", "Gentle")
    catalogue.presets.rename("Bold", "Strong")
    catalogue.presets.delete("Gentle")
    assert [preset.name for preset in catalogue.presets.all()] == ["Strong"]


def test_presets_as_files(tmp_path: Path) -> None:
    preset = Preset("할머니", RestoreOptions(model="difface", strength=0.3, seed=5))
    export_preset(preset, tmp_path / "p.json")
    assert import_preset(tmp_path / "p.json") == preset


BAD = {
    "empty": b"",
    "no JSON": b"{",
    "no text": b"\xff\xfe",
    "another's": b'{"name": "x"}',
    "unknown option": b'{"albumen_preset":1,"name":"x","options":{"power":9}}',
    "wrong type": b'{"albumen_preset":1,"name":"x","options":{"steps":"many"}}',
    "newer": b'{"albumen_preset":2,"name":"x","options":{}}',
    "no name": b'{"albumen_preset":1,"name":" ","options":{}}',
    "nested": b"[" * 100_000,
    "endless": b" " * (2 * 1024 * 1024),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_files_that_are_no_presets(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.json").write_bytes(content)
    with pytest.raises(PresetUnreadable, match=r"p\.json"):
        import_preset(tmp_path / "p.json")


def test_a_preset_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PresetUnreadable):
        import_preset(tmp_path / "p.json")
    with pytest.raises(PresetUnreadable):
        import_preset(tmp_path)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_preset_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    with pytest.raises(PresetUnreadable):
        import_preset(path)
