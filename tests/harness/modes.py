"""python -m harness.modes MODE: exit code 0 when the program's configuration takes this pool_mode."""

import sys

from harness.postgres import Postgres
from harness.proxy import accepts_pool_mode

if __name__ == "__main__":
    nowhere = Postgres()  # never started: only where it would listen is used
    try:
        sys.exit(0 if accepts_pool_mode(nowhere, sys.argv[1]) else 1)
    finally:
        nowhere.stop()
