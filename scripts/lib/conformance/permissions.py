"""What PostgreSQL asks permissions for, against what the proxy's audit names: python -m conformance.permissions --work FOLDER.

The regression suite runs through the proxy; permission_log.c writes down what the server checks. A line of it belongs
to the message that the proxy had received last from the session of that server process.
"""

import argparse
import bisect
import collections
import datetime
import json
import re
import sys
from pathlib import Path

from . import servers
from .suites import SUITES

# Microseconds from the Unix epoch to PostgreSQL's.
EPOCH = 946_684_800_000_000
DATABASE = "regression"


def received(event):
    return round(datetime.datetime.fromisoformat(event["received_at"].replace("Z", "+00:00")).timestamp() * 1_000_000)


def load(path):
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield json.loads(line)


class Messages:
    """The audit's statements by server process, in the order in which their messages came."""

    def __init__(self, events):
        self._by_process = collections.defaultdict(list)
        for event in events:
            if event["backend_pid"] is not None:
                self._by_process[event["backend_pid"]].append((received(event), event))
        for all_of_process in self._by_process.values():
            all_of_process.sort(key=lambda entry: entry[0])

    def at(self, pid, moment):
        """The events of the message that the server began to work on then."""
        entries = self._by_process[pid]
        last = bisect.bisect_right(entries, moment, key=lambda entry: entry[0]) - 1
        return [event for time, event in entries if last >= 0 and time == entries[last][0]]

    def before(self, pid, moment, types):
        return [event for time, event in self._by_process[pid] if time <= moment and event["sub_type"] in types]


def place(schema, name):
    return f"{DATABASE}.{'pg_temp' if schema.startswith('pg_temp_') else schema}.{name}"


def named(events):
    """The relations, the columns read, the columns written."""
    tables = {f"{t['database']}.{t['schema'] or ''}.{t['table']}" for e in events for t in e["tables"] or []}
    return tables, {c for e in events for c in e["columns"] or []}, {c for e in events for c in e["columns_written"] or []}


def missing(relation, events):
    """What the server asked about the relation and no event names: "table X", "read X.c", "write X.c"."""
    tables, read, written = named(events)
    where = place(relation["schema"], relation["name"])
    # A name that may be of more than one schema is there without any.
    places = {where, f"{DATABASE}..{relation['name']}"}
    if not places & tables:
        return [f"table {where}"]
    asked = [("read", read, c) for c in relation["selected"]] + [("write", written, c) for c in relation["inserted"] + relation["updated"]]
    return [f"{verb} {where}.{column}" for verb, known, column in asked if not any(f"{p}.{c}" in known for p in places for c in (column, "*"))]


# Statements whose text names nothing of what they run: judged by what was prepared or declared.
RUNS_OTHERS = {"EXECUTE": ("PREPARE",), "EXPLAIN": ("PREPARE",), "CREATE TABLE AS": ("PREPARE",), "FETCH": ("DECLARE CURSOR",)}
# How long the proxy may take to read the catalog again, with twenty sessions that change it all the time.
CATALOG_SECONDS = 20


def words(text):
    return set(re.findall(r"\w+", text.lower()))


class Changes:
    """When which relation was last made, altered or dropped by a statement, by its bare name."""

    def __init__(self, events):
        self._moments = collections.defaultdict(list)
        for event in events:
            if event["statement_type"] in ("DDL", "DCL") or event["sub_type"] in ("CREATE TABLE AS", "SELECT INTO"):
                for table in event["tables"] or []:
                    self._moments[table["table"]].append(received(event))
        for moments in self._moments.values():
            moments.sort()

    def just_before(self, name, moment):
        moments = self._moments[name]
        at = bisect.bisect_right(moments, moment)
        return at > 0 and moment - moments[at - 1] < CATALOG_SECONDS * 1_000_000


def explained(relation, lost, line, events, changes):
    """Why what is missing of one relation is no hole; None when it is one."""
    plain = re.fullmatch(r"\w+", relation["name"])
    if relation["name"].lower() not in words(line["sql"]) if plain else relation["name"] not in line["sql"]:
        return "the text does not name it: a policy, an inlined function, a security_invoker view or a constraint leads to it"
    if all(what.startswith("read ") for what in lost) and any(e["statement_type"] == "DDL" for e in events) and relation["name"] in {t["table"] for e in events for t in e["tables"]}:
        return "a constraint that DDL makes is checked: DDL is judged by whole relations"
    if relation["schema"].startswith("pg_temp_"):
        return "a temporary table of the session, which no rule with columns speaks of"
    # The columns alone: which relation it is must be right at once, but where only a superuser with allow_system_table_mods makes any.
    columns_only = not any(what.startswith("table ") for what in lost)
    if (columns_only or relation["schema"] == "pg_catalog") and changes.just_before(relation["name"], line["began"] + EPOCH):
        return "a moment after DDL on it: the proxy has not read the catalog again yet"
    return None


def exceptions(line, lost, events, messages, changes):
    """The reasons why what is missing (a list for each relation) is no hole; None when some of it is one."""
    if not events:
        return {"no statement of a client: the proxy's own connection"}
    if any(e["statement_type"] == "UNPARSED" for e in events):
        return {"the text is beyond the grammar of libpg_query, and went through as UNPARSED"}
    if any(e["sub_type"] in RUNS_OTHERS for e in events):
        wanted = {name for e in events for name in RUNS_OTHERS.get(e["sub_type"], ())}
        others = messages.before(line["pid"], line["began"] + EPOCH, wanted)
        if not any(missing(relation, [*events, *others]) for relation in line["relations"]):
            return {"it runs what was judged when it was prepared, and is judged again when names may mean something else"}
    reasons = {explained(relation, what, line, events, changes) for relation, what in zip(line["relations"], lost) if what}
    return None if None in reasons else reasons


def judge(folder):
    events = [event for event in load(folder / "audit.jsonl") if event["kind"] == "statement"]
    messages, changes = Messages(events), Changes(events)
    counts, reasons, holes = collections.Counter(), collections.Counter(), []
    for line in load(folder / "permissions.jsonl"):
        counts["checks"] += 1
        counts["columns"] += sum(len(r["selected"]) + len(r["inserted"]) + len(r["updated"]) for r in line["relations"])
        at = messages.at(line["pid"], line["began"] + EPOCH)
        lost = [missing(relation, at) for relation in line["relations"]]
        if not any(lost):
            counts["named"] += 1
            continue
        found = exceptions(line, lost, at, messages, changes)
        if found is None:
            holes.append((lost, line["sql"], [e["sub_type"] or e["statement_type"] for e in at]))
        reasons.update(found or ())
    print(f"   {counts['checks']} statements' checks of {counts['columns']} columns; of {counts['named']} the audit names everything")
    for reason, count in reasons.most_common():
        print(f"   {count}: {reason}")
    print(f"   {len(holes)} unexplained")
    with (folder / "unexplained").open("w", encoding="utf-8") as out:
        for lost, sql, kinds in holes:
            out.write(f"{', '.join(what for each in lost for what in each)}\n   {kinds}: {' '.join(sql.split())[:600]}\n")
    # With little to compare the comparison says little.
    return counts["named"] > 10_000 and not holes


def main():
    parser = argparse.ArgumentParser(prog="scripts/permission_oracle.sh")
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help="judge what the last run left")
    options = parser.parse_args()
    work = options.work.resolve()
    folder = work / "results/permissions"
    if not options.keep:
        folder.mkdir(parents=True, exist_ok=True)
        suite = next(suite for suite in SUITES if suite.name == "regress")
        with servers.target("session", suite.database, folder, module=work / "lib/permission_log.so", audit={"log_sql": "raw"}) as target:
            results = suite.run(target, work, folder)
        print(f"   {len(results)} tests", flush=True)
    sound = judge(folder)
    print(f"   what is unexplained is in {folder}/unexplained")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
