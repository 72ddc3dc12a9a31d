"""Random conversations, sent to PostgreSQL directly and through the proxy: what comes back must be the same. See README.md."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)
