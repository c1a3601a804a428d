"""`python -m engine.server` is the command `albumen-engine`."""

from __future__ import annotations

import sys

from engine.server import main

sys.exit(main())
