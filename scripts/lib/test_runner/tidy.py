"""clang-tidy over every translation unit of the product, remembering those that were clean and have not changed since."""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess

from .outcome import Outcome

_INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


class Tidy:
    def __init__(self, context, build):
        self._context = context
        self._build = build
        self._cache = context.root / "build" / "tidy-clean"
        self._cache.mkdir(parents=True, exist_ok=True)
        self._common = (context.root / ".clang-tidy").read_bytes() + subprocess.run(
            ["clang-tidy-19", "--version"], check=True, capture_output=True).stdout

    def run(self, log, deadline):
        database = json.loads((self._build / "compile_commands.json").read_text())
        units = [
            unit for unit in database
            if pathlib.Path(unit["file"]).relative_to(self._context.root).parts[0] == "src"
        ]
        outcome = Outcome()
        with concurrent.futures.ThreadPoolExecutor(self._context.jobs) as pool:
            for name, clean in pool.map(lambda unit: self._check(unit, log, deadline), units):
                outcome.check(name, clean)
        return outcome

    def _check(self, unit, log, deadline):
        source = pathlib.Path(unit["file"])
        name = str(source.relative_to(self._context.root))
        mark = self._cache / self._key(unit, source)
        if mark.exists():
            return name, True
        part = log.with_name(name.replace("/", "_") + ".log")
        clean = self._context.run(["clang-tidy-19", "--quiet", "-p", self._build, source], part, deadline) == 0
        if clean:
            mark.touch()
            part.unlink()
        else:
            with open(log, "ab") as out:
                out.write(part.read_bytes())
        return name, clean

    def _key(self, unit, source):
        """A hash of all that the verdict depends on: our own files as included, the command, checks and version."""
        digest = hashlib.sha256(self._common + unit["command"].encode())
        seen, waiting = set(), [source]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            body = path.read_bytes()
            digest.update(body)
            for name in sorted(_INCLUDE.findall(body)):
                for base in (self._context.root / "src", self._context.root, path.parent):
                    if (base / name.decode()).is_file():
                        waiting.append(base / name.decode())
                        break
        return digest.hexdigest()
