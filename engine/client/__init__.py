"""The other end of the wire: starting a worker, talking to it, and giving it up; no process in `session`."""
