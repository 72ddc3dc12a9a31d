"""Servers killed, connections cut, pools at their limit, cancels in flight: no hang, no wrong answer, nothing leaked. See README.md."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)
