"""What a later run knows of an earlier one, however that ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.base.errors import AlbumenError
from engine.cli.batch.journal import JOURNAL_NAME, Journal
from engine.cli.batch.lock import locked

SHA = "ab" * 32
WRITTEN = b"picture <xmp>Albumen 0.1 photo_sha256: " + SHA.encode() + b"</xmp>"


def do(journal: Journal, photo: Path, output: Path, key: str = "key") -> None:
    begun = journal.begin(key, photo, SHA, output, {"output": str(output), "faces": []}, None)
    output.write_bytes(WRITTEN)
    journal.end(begun, output, begun.row)


def test_what_is_done_is_known_again(tmp_path: Path) -> None:
    do(Journal(tmp_path), tmp_path / "a.jpg", tmp_path / "a.restored.jpg")
    later = Journal(tmp_path)
    entry = later.finished("key", tmp_path / "a.jpg")
    assert entry is not None
    assert (entry.output, entry.bytes, entry.row["faces"]) == ("a.restored.jpg", len(WRITTEN), [])
    assert later.finished("another", tmp_path / "a.jpg") is None
    assert later.is_result(tmp_path / "a.restored.jpg")
    assert not later.is_result(tmp_path / "a.jpg")


def test_a_result_that_was_changed_or_removed_is_not_done(tmp_path: Path) -> None:
    output = tmp_path / "a.restored.jpg"
    do(Journal(tmp_path), tmp_path / "a.jpg", output)
    output.write_bytes(WRITTEN[::-1])  # of equal size
    assert Journal(tmp_path).finished("key", tmp_path / "a.jpg") is None
    output.unlink()
    assert Journal(tmp_path).finished("key", tmp_path / "a.jpg") is None


def test_a_renamed_photo_is_done_and_a_copy_is_a_photo_of_its_own(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jpg", tmp_path / "b.jpg"
    do(Journal(tmp_path), a, tmp_path / "a.restored.jpg")
    renamed = Journal(tmp_path)
    renamed.comes([b])
    assert renamed.finished("key", b) is not None
    both = Journal(tmp_path)
    both.comes([a, b])
    assert both.finished("key", b) is None
    assert both.finished("key", a) is not None
    assert both.finished("key", a) is None  # given out once


def test_a_result_written_but_not_noted_is_taken_up(tmp_path: Path) -> None:
    output = tmp_path / "sub" / "a.restored.jpg"
    output.parent.mkdir()
    journal = Journal(tmp_path)
    journal.begin("key", tmp_path / "a.jpg", SHA, output, {"faces": [1]}, None)
    output.write_bytes(WRITTEN)  # and killed before `end`
    entry = Journal(tmp_path).finished("key", tmp_path / "a.jpg")
    assert entry is not None
    assert (entry.state, entry.output, entry.row) == ("done", "sub/a.restored.jpg", {"faces": [1]})
    assert Journal(tmp_path).finished("key", tmp_path / "a.jpg") == entry  # it is noted now


def test_a_strangers_file_under_the_name_is_left_and_not_taken_up(tmp_path: Path) -> None:
    output = tmp_path / "a.restored.jpg"
    Journal(tmp_path).begin("key", tmp_path / "a.jpg", SHA, output, {}, None)
    output.write_bytes(b"a letter")
    assert Journal(tmp_path).finished("key", tmp_path / "a.jpg") is None
    assert output.read_bytes() == b"a letter"


def test_a_name_that_was_only_reserved_is_free_again(tmp_path: Path) -> None:
    output = tmp_path / "a.restored.jpg"
    Journal(tmp_path).begin("key", tmp_path / "a.jpg", SHA, output, {}, None)
    output.touch()
    assert Journal(tmp_path).finished("key", tmp_path / "a.jpg") is None
    assert not output.exists()


def test_a_half_written_line_is_ignored_and_the_next_one_is_whole(tmp_path: Path) -> None:
    do(Journal(tmp_path), tmp_path / "a.jpg", tmp_path / "a.restored.jpg")
    with (tmp_path / JOURNAL_NAME).open("ab") as file:
        file.write(b'{"state":"done","key":"hal')
    do(Journal(tmp_path), tmp_path / "b.jpg", tmp_path / "b.restored.jpg", key="other")
    later = Journal(tmp_path)
    assert later.finished("key", tmp_path / "a.jpg") is not None
    assert later.finished("other", tmp_path / "b.jpg") is not None


def test_a_folder_has_one_run_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(AlbumenError, match="another run") as told, locked(tmp_path):
        pass
    assert told.value.kind == "folder_busy"
    with locked(tmp_path):
        pass


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.cli.batch.lock import locked\n"
        "with locked(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(AlbumenError, match="another run"), locked(tmp_path):
            pass
        process.kill()
        process.wait()
    with locked(tmp_path):
        pass
