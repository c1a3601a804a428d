"""Nothing goes over the network unless a fetch was asked for, and nothing is unpickled where photos are restored.

In every process that a command starts, an audit hook (PEP 578) forbids both and writes down who tried. Where the system
allows it they also run in a network namespace of their own, which has no way out and counts what native code tries.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine.base.folders import resources_dir

ROOT = Path(__file__).parents[2]

HOOK = """
import os, pickle, sys, traceback
TOLD = {told!r}

def tell(what):
    with open(TOLD, "a") as file:
        file.write(what + "\\n")

def forbid(what):
    tell("FORBIDDEN " + what + " " + " < ".join(f"{{f.filename}}:{{f.lineno}}" for f in traceback.extract_stack()[-6:]))
    raise PermissionError("forbidden in this test: " + what)

def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        if not isinstance(arguments[1], (str, bytes)):  # those are the names of sockets within this computer
            forbid(f"{{event}} {{arguments[1]}}")
    elif event.startswith(("socket.getaddrinfo", "socket.gethostby", "socket.getnameinfo", "urllib.", "http.client",
                           "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "nntplib", "webbrowser")):
        forbid(f"{{event}} {{arguments}}")
    elif event == "pickle.find_class":
        forbid(f"{{event}} {{arguments}}")
    elif event == "import" and arguments[0] == "engine.models.checkpoints":
        forbid("reading of PyTorch's own files")

sys.addaudithook(hook)
tell("process " + str(os.getpid()) + " " + " ".join(sys.orig_argv))
"""

COUNTED = """
import subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
tables, tried = {}, {}
for line in open("/proc/net/snmp"):
    name, values = line.split(":", 1)
    if name in tables:
        tried |= {f"{name} {key}": value for key, value in zip(tables[name], values.split())}
    tables[name] = values.split()
tried |= dict(line.split() for line in open("/proc/net/snmp6"))
for key in ("Ip OutNoRoutes", "Ip OutRequests", "Tcp ActiveOpens", "Udp OutDatagrams", "Ip6OutNoRoutes"):
    print("counted", key, tried[key], file=sys.stderr)
sys.exit(code)
"""

WINDOW = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop_app import app

class Leaving(QApplication):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        QTimer.singleShot(6000, self.quit)

app.QApplication = Leaving
sys.exit(app.run())
"""

Guarded = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    """Runs Python with the hook in it and in all that it starts; afterwards nobody must have tried anything."""
    folder, told = tmp_path / "guard", tmp_path / "told.txt"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HOOK.format(told=str(told)))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "PYTHONUTF8": "1",
        "ALBUMEN_HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
    }
    alone = sys.platform == "linux" and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
    prefix = ["unshare", "-n", sys.executable, "-c", COUNTED] if alone else []

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [*prefix, sys.executable, "-P", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        lines = told.read_text().splitlines()
        assert not [line for line in lines if line.startswith("FORBIDDEN")], lines
        counted = [line for line in result.stderr.splitlines() if line.startswith("counted")]
        assert all(line.endswith(" 0") for line in counted), counted
        assert len(counted) == (5 if alone else 0)
        assert result.returncode == code, result.stderr
        return result

    return run


def processes(tmp_path: Path, word: str) -> int:
    """How many processes with this word in their command line the hook was in."""
    lines = (tmp_path / "told.txt").read_text().splitlines()
    return sum(line.startswith("process") and word in line for line in lines)


def test_the_guard_would_notice(guarded: Guarded, tmp_path: Path) -> None:
    for attempt in (
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
        "import pickle; pickle.loads(b'cos\\nsystem\\n.')",
        "import engine.models.checkpoints",
    ):
        with pytest.raises(AssertionError, match="FORBIDDEN"):
            guarded("-c", attempt)
        (tmp_path / "told.txt").unlink()
    guarded("-c", "pass")


@pytest.mark.slow
@pytest.mark.skipif(not (resources_dir() / "models" / "starter-prior.safetensors").is_file(), reason="no weights here")
def test_commands_stay_off_the_network(guarded: Guarded, tmp_path: Path) -> None:
    with Image.open(resources_dir() / "demo" / "portrait.png") as portrait:
        portrait.convert("RGB").resize((256, 256)).save(tmp_path / "photo.jpg")
    albumen = ("-m", "desktop_app")
    fast = ("--strength", "0.1", "--steps", "1", "--candidates", "1", "--threads", "1")  # one call of the prior
    assert "starter" in guarded(*albumen, "models", "list").stdout
    assert "ok" in guarded(*albumen, "models", "verify").stdout
    assert guarded(*albumen, "faces", "photo.jpg").stdout
    guarded(*albumen, "restore", "photo.jpg", "-o", "out", *fast)
    guarded(*albumen, "demo", "--strength", "0", "--threads", "1")
    assert (tmp_path / "out" / "photo.restored.jpg").is_file()
    assert processes(tmp_path, "--role compute") >= 2
    assert processes(tmp_path, "--role imaging") >= 2


@pytest.mark.slow
def test_the_window_stays_off_the_network(guarded: Guarded, tmp_path: Path) -> None:
    pytest.importorskip("PySide6")
    guarded("-c", WINDOW)
    assert processes(tmp_path, "--role imaging") >= 1


def sources() -> list[Path]:
    return [path for folder in ("engine", "desktop_app") for path in (ROOT / folder).rglob("*.py")]


def test_no_source_can_unpickle_or_run_what_it_reads() -> None:
    """`torch.load` only for weights, NumPy without objects; of `pickle` nothing but the name of its error."""
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr="load"), keywords=keywords):
                    allowed = any(k.arg == "weights_only" and ast.unparse(k.value) == "True" for k in keywords)
                case ast.keyword(arg="allow_pickle", value=value):
                    allowed = ast.unparse(value) == "False"
                case ast.Attribute(value=ast.Name(id="pickle"), attr=attribute):
                    allowed = attribute == "UnpicklingError"
                case ast.Call(func=ast.Name(id="eval" | "exec")):
                    allowed = False
                case ast.Import(names=names):
                    allowed = not {name.name for name in names} & {"marshal", "shelve", "dill", "joblib", "cloudpickle"}
                case ast.ImportFrom(module="pickle" | "marshal" | "shelve" | "torch.hub" | "_pickle"):
                    allowed = False
                case _:
                    allowed = True
            if not allowed:
                wrong.append(f"{path.relative_to(ROOT)}: {ast.unparse(node)}")
    assert not wrong


def test_only_the_fetching_of_models_knows_the_network() -> None:
    words = {"urllib.request", "http.client", "socket", "ssl", "requests", "httpx", "aiohttp", "ftplib", "torch.hub"}
    local = {"PySide6.QtNetwork.QLocalServer", "PySide6.QtNetwork.QLocalSocket"}  # between two starts of the window
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            names = {name.name for name in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
            names -= {"PySide6.QtNetwork", *local}
            if names & words or any(name.startswith("PySide6.QtNetwork") for name in names):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"engine/models/fetch.py"}
