"""The chaos test's command: python3 -m tests.chaos --seconds N --seed S --pool-mode MODE. See README.md."""

import argparse
import signal
import sys

from .connection import Fault
from .rounds import CLIENTS, Plan, Run


def main():
    parser = argparse.ArgumentParser(prog="python3 -m tests.chaos", description="Storms over the proxy: no hang, no wrong answer, no leak?")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pool-mode", choices=["session", "transaction"], default="session")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--round-seconds", type=float, default=6.0)
    parser.add_argument("--no-restarts", action="store_true", help="no kill -9 and no restart of the server")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    run = Run(Plan(arguments.seed, arguments.seconds, arguments.pool_mode, arguments.clients, arguments.round_seconds, not arguments.no_restarts))
    try:
        run.run()
    except Fault as fault:
        print(f"FAULT: {fault}\n{run.books.counts}")
        return 1
    print("no fault")
    return 0


sys.exit(main())
