"""Published weights over the network, because the user asked for them: the one place where anything is loaded.

A file comes into `NAME.part` in the user's folder of models, goes on there when it was cut off, is checked, and then
imported as if the user had brought it.
"""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import engine
from engine.base.context import Context
from engine.base.errors import (
    AlbumenError,
    DiskFull,
    FetchRefused,
    NoNetwork,
    OutputForbidden,
    UsageError,
    WeightsDamaged,
)
from engine.models.files import sha256_afresh, user_dir, write_file, writing
from engine.models.licences import require_licence
from engine.models.packs import Located, catalogue

TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 18
_GONE_ON, _PAST_THE_END = 206, 416


def can_fetch(parts: list[Located]) -> bool:
    """Whether something of a model is missing, and all that is can be fetched."""
    missing = [part for part in parts if not part.installed]
    return bool(missing) and all(part.weights.url is not None for part in missing)


def fetch_model(id: str, context: Context, opener: urllib.request.OpenerDirector | None = None) -> None:
    """Fetch and install what is missing of the model, or weights, of this id; where nothing is, nothing is done.

    Progress counts bytes, where the list tells them. `opener` is for tests; the default one opens https alone, by the
    proxies of the environment. Cancelling, like losing the connection, keeps what has come. Raises UnknownModel,
    UsageError (nobody publishes it), LicenceNotAccepted (before a byte is asked for), NoNetwork, FetchRefused,
    WeightsDamaged (not what the list says), DiskFull, OutputForbidden, and what importing raises.
    """
    missing = [part for part in catalogue().parts(id) if not part.installed]
    for part in missing:
        if part.weights.url is None:
            raise UsageError(detail=f"{part.weights.id} cannot be fetched. Import it from a file.")
        require_licence(part)
    sizes = [part.weights.source_bytes or 1 for part in missing]
    for n, part in enumerate(missing):
        share = context.share(sum(sizes[:n]) / sum(sizes), sum(sizes[: n + 1]) / sum(sizes), "fetch")
        _fetch(part, opener or https_opener(), share)


def https_opener() -> urllib.request.OpenerDirector:
    """An opener that knows https only, so that no redirection leads elsewhere; by the proxies of the environment."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _fetch(part: Located, opener: urllib.request.OpenerDirector, context: Context) -> None:
    """Fetch one file, check it, import it."""
    from engine.models.imports import import_model  # with torch

    weights = part.weights
    url = str(weights.url)
    file = user_dir() / f"{weights.id}{Path(url).suffix}"
    if not file.exists():
        unfinished = file.with_name(f"{file.name}.part")
        _download(url, unfinished, opener, context)
        wrong_size = weights.source_bytes not in (None, unfinished.stat().st_size)
        if wrong_size or weights.source_sha256 not in (None, sha256_afresh(unfinished)):
            _forget(unfinished)
            raise WeightsDamaged(path=url, model=weights.id)
        with writing(file):
            unfinished.replace(file)
        _forget(unfinished)
    try:
        import_model(file, weights.id)
    except (DiskFull, OutputForbidden):
        raise  # the file is as it should be, and waits for the next time
    except AlbumenError:
        file.unlink()
        raise
    file.unlink()


def _download(url: str, to: Path, opener: urllib.request.OpenerDirector, context: Context) -> None:
    """Load a file, going on where it was cut off if the server still has the same one (RFC 9110, 13.1.5 and 14)."""
    context.report(0.0)
    tag_file = to.with_name(f"{to.name}.etag")
    start = to.stat().st_size if to.exists() and tag_file.exists() else 0
    headers = {"User-Agent": f"Albumen/{engine.__version__}", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": tag_file.read_text()}
    with _network(url), _opened(opener, urllib.request.Request(url, headers=headers)) as answer:
        if answer.status == _PAST_THE_END:
            _forget(to)
            return _download(url, to, opener, context)
        goes_on = answer.status == _GONE_ON and _begins_at(answer, start)
        start = start if goes_on else 0
        total = start + int(answer.headers.get("Content-Length") or 0)
        if not goes_on:
            with writing(to):
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(b"")  # before there is a tag that would stand for what is in it
            _remember_tag(answer, tag_file)
        got = _copy(answer, to, start, total, context)
    if got < total:
        raise NoNetwork(url=url, detail=f"it ended after {got} of {total} bytes")


def _opened(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Any:
    """The server's answer; also the one that there is nothing behind what has come already."""
    try:
        return opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == _PAST_THE_END and request.has_header("Range"):
            return error
        raise


def _copy(answer: IO[bytes], to: Path, start: int, total: int, context: Context) -> int:
    """Append the answer to the `start` bytes of a file; the file's bytes then."""
    got = start
    with writing(to):
        file = to.open("ab")
    try:
        while chunk := answer.read(_CHUNK_BYTES):
            with writing(to):
                file.write(chunk)
            got += len(chunk)
            context.report(got / total if total else 0.0)
    finally:
        with writing(to):
            file.close()
    return got


def _begins_at(answer: Any, start: int) -> bool:
    told = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return told is not None and int(told[1]) == start


def _remember_tag(answer: Any, tag_file: Path) -> None:
    """Keep a strong entity tag; a weak one may not stand for bytes, and without one nothing is gone on with."""
    tag = answer.headers.get("ETag", "")
    if tag.startswith('"'):
        write_file(tag_file, tag.encode())
    else:
        tag_file.unlink(missing_ok=True)


def _forget(unfinished: Path) -> None:
    unfinished.unlink(missing_ok=True)
    unfinished.with_name(f"{unfinished.name}.etag").unlink(missing_ok=True)


@contextmanager
def _network(url: str) -> Iterator[None]:
    """Turn what goes wrong on the way into FetchRefused (the server's answer) or NoNetwork (none)."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchRefused(url=url, detail=f"{error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise NoNetwork(url=url, detail=error.reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise NoNetwork(url=url, detail=error) from error
