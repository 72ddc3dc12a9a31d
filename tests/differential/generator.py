"""Random cases. The same seed gives the same case, as long as this file and statements.py are the same."""

import random

from . import case as cases
from . import noise
from .statements import KINDS, Statements

_SHARED_NAMES = ["s1", "s2", "q1", "q2"]
_PORTALS = ["", "", "p1", "p2", "c1"]
# Statements with parameters for the extended protocol, and how many.
_WITH_PARAMETERS = {
    "SELECT $1::int + 1": 1, "SELECT $1::text, $2::int": 2, "INSERT INTO t.log{n} (word) VALUES ($1)": 1, "SELECT id, name FROM t.items{n} WHERE id < $1 ORDER BY id": 1, "UPDATE t.items{n} SET name = $1 WHERE id = $2": 2,
    "SELECT 10 / $1::int": 1, "SELECT set_config('my.word', $1, false)": 1, "SELECT generate_series(1, $1::int)": 1, "SELECT $1": 1, "SELECT name FROM items{n} WHERE id = $1": 1, "SELECT t.shout($1)": 1,
}
_ROWS = ["SELECT id, name FROM t.items{n} ORDER BY id", "SELECT generate_series(1, 7)", "SELECT * FROM t.items{n} ORDER BY id", "SELECT 10 / (4 - i) FROM generate_series(1, 6) i", "INSERT INTO t.log{n} (word) VALUES ('x'), ('y') RETURNING n, word", "VALUES (1), (2), (3)"]
# OIDs of functions of pg_proc that never change: int4pl, int4div, upper, current_setting, set_config, nextval.
_CALLS = [(177, ["1", "2"]), (154, ["7", "0"]), (871, ["word"]), (2077, ["work_mem"]), (2078, ["work_mem", "9MB", "f"]), (1574, ["t.seq{n}"]), (177, ["1"])]


def make(seed):
    """The case of this seed."""
    generator = random.Random(seed)
    sessions = 1 if generator.random() < 0.65 else 2
    # Each case has its leanings, or all would look alike.
    weights = {kind: weight * generator.choice([0, 0.3, 1, 1, 4]) + 0.01 for kind, weight in KINDS.items()}
    writers = [_Writer(generator, session, weights) for session in range(sessions)]
    steps = []
    for _ in range(generator.randint(3, 14)):
        session = generator.randrange(sessions)
        if generator.random() < 0.35:
            steps += _visit(generator, steps)
        steps += [[session, *step] for step in writers[session].steps()]
    steps = [step for step in map(_Careful(), steps) if len(step) > 1]
    parameters = [_startup(generator) for _ in range(sessions)] if generator.random() < 0.3 else []
    cut = generator.randint(0, 10**6) if generator.random() < 0.25 else None
    return cases.Case(steps, sessions, f"seed {seed}", cut, parameters)


class _Careful:
    """Leaves out what PostgreSQL 15 may crash of: a Query that fails in a block leaves an unnamed portal whose statements have been freed.

    So the unnamed portal is used only behind a Bind that made it, in the same group of messages.
    """

    def __init__(self):
        self._bound = {}

    def __call__(self, step):
        return [step[0], *[message for message in step[1:] if self._fine(step[0], message)]]

    def _fine(self, who, message):
        if message[0] in ("execute", "describe_portal") and message[1] == "":
            return self._bound.get(who, False)
        if message[0] == "bind" and message[2] == "":
            self._bound[who] = True
        elif message[0] in ("query", "sync", "function_call", "leave"):
            self._bound[who] = False
        return True


def _visit(generator, steps):
    """The noise of another client; what is left open of the last visit is closed first."""
    last = next((step for step in reversed(steps) if step[0] == cases.NOISE), None)
    visit = noise.script(generator)
    if last is not None and not cases.leaves(last):
        visit.insert(0, [cases.NOISE, ["leave", "terminate"]])
    return visit if generator.random() < 0.5 else visit[:-1]


def _startup(generator):
    choices = {"application_name": "started", "TimeZone": "Asia/Tokyo", "DateStyle": "German", "options": "-c work_mem=9MB -c my.word=started", "search_path": "u, t", "client_encoding": "UTF8", "extra_float_digits": "2"}
    names = generator.sample(list(choices), generator.randint(0, 3))
    return {name: choices[name] for name in names}


class _Writer:
    """Writes one session's steps. It remembers roughly what exists, so that most messages find what they name."""

    def __init__(self, generator, session, weights):
        self._generator = generator
        self._statements = Statements(generator, session, weights)
        self._parsed = {"": 0}  # name -> number of parameters
        self._portals = [""]

    def steps(self):
        kind = self._generator.choices(
            [self._simple, self._several, self._pipeline, self._driver, self._limited, self._copy_in, self._held_portal, self._function, self._stray, self._gone], [28, 14, 26, 14, 8, 10, 5, 3, 2, 2])[0]
        return kind()

    def _simple(self):
        return [[["query", self._statements.any()]]]

    def _several(self):
        """Several statements in a Query, or several Queries at once."""
        texts = [self._statements.any() for _ in range(self._generator.randint(2, 5))]
        if self._generator.random() < 0.6:
            return [[["query", "; ".join(texts)]]]
        return [[["query", text] for text in texts]]

    def _driver(self):
        """What drivers send for one statement."""
        sql, count = self._prepared()
        name = self._name_for(sql, self._generator.choice(["", "", "", *_SHARED_NAMES]))
        describe = self._generator.random() < 0.6
        parse = [["parse", sql, name]]
        bind = [["bind", self._values(count), "", name], *([["describe_portal", ""]] if describe else []), ["execute", "", 0], ["sync"]]
        self._parsed[name] = count
        style = self._generator.random()
        if style < 0.6:
            return [parse + bind]
        if style < 0.8:
            return [parse + [["describe_statement", name], ["flush"]], bind]
        return [parse + [["describe_statement", name], ["sync"]], bind]

    def _limited(self):
        """Rows in portions: across Syncs when in a block."""
        generator = self._generator
        portal = generator.choice(["", "p1", "p2"])
        sql = self._statements.fill(generator.choice(_ROWS))
        steps = [[["query", "BEGIN"]]] if generator.random() < 0.5 else []
        steps.append([["parse", sql, ""], ["bind", [], portal, ""], ["execute", portal, generator.randint(1, 3)], self._end()])
        for _ in range(generator.randint(1, 4)):
            between = [["query", self._statements.any()]] if generator.random() < 0.15 else []
            steps.append([*between, ["execute", portal, generator.choice([0, 1, 2, 2])], self._end()])
        if generator.random() < 0.5:
            steps.append([["close_portal", portal], ["sync"]])
        if generator.random() < 0.6:
            steps.append([["sync"], ["query", generator.choice(["COMMIT", "ROLLBACK"])]])
        return steps

    def _held_portal(self):
        """Two portals of one statement, used in turns, and the statement closed meanwhile."""
        generator = self._generator
        sql = self._statements.fill(generator.choice(_ROWS))
        messages = [["parse", sql, "s2"], ["bind", [], "p1", "s2"], ["bind", [], "p2", "s2"], ["execute", "p1", 1], ["execute", "p2", 2], ["close_statement", "s2"], ["execute", "p1", 1], ["describe_portal", "p2"], ["close_portal", "p1"], ["execute", "p2", 0]]
        for _ in range(generator.randint(0, 3)):
            messages.insert(generator.randrange(1, len(messages)), generator.choice([["sync"], ["flush"], ["query", self._statements.any()]]))
        return [[["query", "BEGIN"]], [*messages, ["sync"]]] if generator.random() < 0.7 else [[*messages, ["sync"]]]

    def _pipeline(self):
        """Any messages of the extended protocol, with many Syncs."""
        generator = self._generator
        messages = []
        for _ in range(generator.randint(2, 14)):
            messages += self._part()
        step = [*messages, self._end()]
        if generator.random() < 0.15 and len(step) > 3:
            # The rest comes only when the server has taken in the first part and, maybe, had nothing to say yet.
            middle = generator.randrange(1, len(step) - 1)
            return [step[:middle], step[middle:]]
        return [step]

    def _part(self):
        generator = self._generator
        choice = generator.random()
        if choice < 0.34:
            return self._whole()
        if choice < 0.48:
            sql, count = self._prepared()
            name = self._name_for(sql, self._name())
            if generator.random() < 0.5:
                self._parsed[name] = count
            return [["parse", sql, name], *([["describe_statement", name]] if generator.random() < 0.4 else [])]
        if choice < 0.62:
            name = self._name()
            portal = generator.choice(_PORTALS)
            self._portals.append(portal)
            return [["bind", self._values(self._parsed.get(name, 0)), portal, name, *self._formats()]]
        if choice < 0.74:
            return [["execute", generator.choice(self._portals[-3:]), generator.choice([0, 0, 0, 1, 2])]]
        if choice < 0.80:
            return [generator.choice([["describe_statement", self._name()], ["describe_portal", generator.choice(_PORTALS)]])]
        if choice < 0.86:
            return [generator.choice([["close_statement", self._name()], ["close_portal", generator.choice(_PORTALS)]])]
        if choice < 0.90:
            return [["flush"]]
        if choice < 0.985:
            return [["sync"]]
        return [["query", self._statements.any()]]

    def _whole(self):
        sql, count = self._prepared()
        describe = [["describe_portal", ""]] if self._generator.random() < 0.3 else []
        return [["parse", sql, ""], ["bind", self._values(count), "", ""], *describe, ["execute", "", 0]]

    def _copy_in(self):
        """COPY FROM STDIN, simple and extended, with data that come at once or later, end well or not."""
        generator = self._generator
        sql = self._statements.of("copy_in")
        data = self._copy_data(sql)
        if generator.random() < 0.5:
            texts = [sql]
            if generator.random() < 0.3:
                second = self._statements.of("copy_in")
                texts = [sql, self._statements.any(), second] if generator.random() < 0.5 else [sql, second]
                data = [data, self._copy_data(second)]
            else:
                data = [data]
            start = [["query", "; ".join(texts)]]
        else:
            describe = [["describe_portal", ""]] if generator.random() < 0.5 else []
            early = generator.choice([[["sync"]], [["sync"]], [["flush"]], []])
            before = self._whole() if generator.random() < 0.2 else []
            start = [*before, ["parse", sql, ""], ["bind", [], "", ""], *describe, ["execute", "", 0], *early]
            after = self._whole() if generator.random() < 0.2 else []
            data = [[*data, *after, ["sync"]]]
        if generator.random() < 0.4:
            return [[*start, *[message for part in data for message in part]]]
        return [start, *data]

    def _copy_data(self, sql):
        generator = self._generator
        if "items" in sql:
            rows = ["20,a,1\n", '21,"b ""c""",2\n'] if "csv" in sql else ["20\ta\t1\n", "21\t\\N\t2.5\n"]
            rows += ["bad\tx\n", "1\tduplicate\t1\n"] if generator.random() < 0.3 else []
        else:
            rows = ["one\n", "two\n", "thr", "ee\n", "\\.\n"][:generator.randint(0, 5)]
        messages = [["copy_data", row] for row in rows]
        for extra in generator.sample([["flush"], ["sync"]], generator.choice([0, 0, 0, 1, 2])):
            messages.insert(generator.randint(0, len(messages)), extra)
        end = generator.choices([["copy_done"], ["copy_fail", "changed my mind"], ["query", "SELECT 'in the middle of a COPY'"]], [80, 17, 3])[0]
        return [*messages, end]

    def _function(self):
        oid, values = self._generator.choice(_CALLS)
        call = ["function_call", oid, [self._statements.fill(value) for value in values], [0], 0]
        if self._generator.random() < 0.3:
            return [[*self._whole(), call, ["sync"]]]
        return [[call]]

    def _stray(self):
        """Messages out of place that PostgreSQL ignores, or Syncs alone."""
        return [self._generator.choice([[["copy_data", "stray\n"], ["copy_done"], ["sync"]], [["copy_fail", "stray"], ["query", "SELECT 1"]], [["sync"], ["sync"], ["sync"]], [["flush"], ["sync"]]])]

    def _gone(self):
        """The client leaves; its next step is another client's first."""
        self._parsed, self._portals = {"": 0}, [""]
        self._statements.generation += 1
        return [[["leave", self._generator.choice(["terminate", "close", "abort"])]]]

    def _prepared(self):
        """A statement for Parse and the number of its parameters."""
        if self._generator.random() < 0.3:
            text = self._generator.choice(list(_WITH_PARAMETERS))
            return self._statements.fill(text), _WITH_PARAMETERS[text]
        if self._generator.random() < 0.03:
            return self._statements.of("copy_out"), 0
        return self._statements.any(), 0

    def _values(self, count):
        generator = self._generator
        if generator.random() < 0.04:
            count += generator.choice([-1, 1])
        return [generator.choice(["1", "2", "3", "0", "5", None, "word"]) if generator.random() < 0.5 else str(generator.randint(1, 5)) for _ in range(count)]

    def _formats(self):
        chance = self._generator.random()
        return [[], [1]] if chance < 0.1 else [[0], [0]] if chance < 0.15 else [[], [0, 1, 0, 1]] if chance < 0.17 else []

    def _name(self):
        generator = self._generator
        return generator.choice(list(self._parsed)) if generator.random() < 0.6 else generator.choice(["", *_SHARED_NAMES])

    @staticmethod
    def _name_for(sql, name):
        """PostgreSQL 15 crashes when SQL's EXECUTE is given a prepared PREPARE for the second time."""
        return "" if sql.startswith("PREPARE") else name

    def _end(self):
        return self._generator.choices([["sync"], ["flush"]], [85, 15])[0]
