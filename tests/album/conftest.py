"""A fresh catalogue for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.album.store.catalogue import Catalogue


@pytest.fixture(scope="session")
def empty_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library just made; making it waits for the disk many times, copying it does not."""
    folder = tmp_path_factory.mktemp("empty") / "library"
    Catalogue.open(folder).close()
    return folder


@pytest.fixture
def library(tmp_path: Path, empty_library: Path) -> Path:
    shutil.copytree(empty_library, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def catalogue(library: Path) -> Iterator[Catalogue]:
    with Catalogue.open(library) as catalogue:
        yield catalogue
