"""A worker without a loop, for what no real one does: `scripted_worker.py ROLE SCRIPT`.

Starts in a moment, since it imports nothing but the standard library; answers every job with `Done`.
"""

from __future__ import annotations

import json
import os
import sys
import time

PROTOCOL = 3


def main() -> None:
    role, script = sys.argv[1:]
    if script == "long-line":
        say_raw(b"x" * 2**21)
    if script == "rubbish":
        say_raw(b"no message\n")
    say("Hello", protocol=999 if script == "version" else PROTOCOL, role=role, version="0", pid=os.getpid())
    if script == "never-ready":
        time.sleep(600)
    if script == "cannot":
        say("Failed", id="", kind="no_such_device", arguments={"device": "toy"})
        sys.exit(1)
    say("Ready", device="cpu", device_name=script, memory_mb=0, threads=1, models=[])
    if script == "closes-stdout":
        os.close(1)
        time.sleep(600)
    if script == "closes-stdin":
        os.close(0)
        say("Failed", id="", kind="closed", arguments={})
        time.sleep(600)
    if script == "stays":
        time.sleep(600)
    for line in sys.stdin:
        request = json.loads(line)
        if script == "hangs":
            time.sleep(600)
        if script == "rubbish-later":
            say_raw(b"no message\n")
        if script == "mid-line":
            say_raw(b'{"type":"Done","id":"')
            os._exit(9)
        for _ in range(2 if script == "twice" else 1):
            say("Done", id=request["id"], seconds=0.0, peak_memory_mb=1)


def say(type_: str, **fields: object) -> None:
    say_raw(json.dumps({"type": type_, **fields}).encode() + b"\n")


def say_raw(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
