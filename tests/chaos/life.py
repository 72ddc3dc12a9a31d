"""What a client does between its login and its end, and how it knows that every answer is right."""

import asyncio
import random

from harness import messages

from .connection import Connection, Fault, Left, Lost, Refused, cancel

ACCOUNTS = 40
BALANCE = 1000
SCHEMA = f"""
DROP TABLE IF EXISTS chaos_accounts, chaos_ledger, chaos_copied;
CREATE TABLE chaos_accounts (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO chaos_accounts SELECT i, {BALANCE} FROM generate_series(1, {ACCOUNTS}) i;
CREATE TABLE chaos_ledger (token text PRIMARY KEY);
CREATE TABLE chaos_copied (token text, n int);
"""
_SETTINGS = {"my.word": "", "application_name": "", "work_mem": "4MB", "TimeZone": "UTC", "search_path": '"$user", public'}
_VALUES = {"work_mem": ["1MB", "2MB", "3MB"], "TimeZone": ["Asia/Tokyo", "Europe/Paris", "America/Lima"], "search_path": ["public", "pg_catalog, public"]}


class Books:
    """What all clients together know must and must not be in the database. A transaction whose end nobody heard of is in neither."""

    def __init__(self):
        self.committed = set()
        self.absent = set()
        self.copied = {}
        self.counts = {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1


class Life:
    """One connection from login to end. `run` raises Fault; whatever else may happen to a connection is only counted."""

    def __init__(self, name, seed, books, address, proxy_address, database, *, cut=False, calm=False):
        self._random = random.Random(seed)
        self._name = name
        self._number = seed % 1_000_000
        self._books = books
        self._address = address
        self._proxy_address = proxy_address
        self._database = database
        self._calm = calm
        self._settings = dict(_SETTINGS)
        self._prepared = set()
        self._serial = 0
        self._connection = Connection(name, cut=cut)

    async def run(self, operations):
        try:
            await self._login()
            for _ in range(operations):
                await self._operation()
            await self._leave()
            self._books.count("lives to the end")
        except Left:
            self._books.count("left in the middle")
        except Lost as lost:
            self._unwanted(lost)
            self._books.count("connections lost")
        except Refused as refused:
            self._unwanted(refused)
            self._books.count("logins or first statements refused")
        finally:
            await self._connection.leave("abort")

    def _unwanted(self, what):
        if self._calm:
            raise Fault(f"{self._name}: with nothing broken: {type(what).__name__} {what}")

    async def _login(self):
        parameters = {}
        if self._random.random() < 0.5:
            parameters["application_name"] = self._settings["application_name"] = self._name
        if self._random.random() < 0.3:
            parameters["options"] = "-c work_mem=7MB"
            self._settings["work_mem"] = "7MB"
        await self._connection.open(self._address, self._database, parameters)

    async def _operation(self):
        operations = [self._transfer, self._transfer, self._set, self._show, self._show, self._prepare, self._execute, self._execute, self._rows, self._copy_in, self._copy_out, self._failure, self._pipeline, self._cancelled,
                      self._temporary, self._lock, self._cursor, self._sum, self._pause, self._rolled_back_setting]
        operation = self._random.choice(operations)
        try:
            await operation()
            self._books.count(operation.__name__.strip("_"))
        except Refused as refused:
            # Only where no server connection is held can one be missing.
            self._unwanted(refused)
            self._books.count("statements refused")

    def _token(self):
        self._serial += 1
        return f"{self._name}-{self._serial}"

    def _check(self, condition, answer, what):
        if not condition:
            raise Fault(f"{self._name}: {what}: {answer}, settings {self._settings}")

    async def _query(self, sql):
        return await self._connection.query(sql)

    async def _expect(self, sql, rows=None, tag=None):
        """The one answer that is right; a cancel that this client asked for may come late, and then the statement is given again."""
        for _ in range(5):
            answer = await self._query(sql)
            if not answer.cancelled:
                break
        self._check(not answer.errors and (rows is None or answer.rows == rows) and (tag is None or answer.tags == [tag]), answer, f"{sql}, wanted {rows} {tag}")
        return answer

    async def _inside(self, sql):
        """A statement of a transaction: there a server connection is held, so that none can be missing."""
        try:
            return await self._query(sql)
        except Refused as refused:
            raise Fault(f"{self._name}: refused inside of a transaction: {refused}") from None

    # Transactions -----------------------------------------------------------------------------------------------------

    async def _transfer(self):
        token = self._token()
        first, second = sorted(self._random.sample(range(1, ACCOUNTS + 1), 2))
        amount = self._random.randint(1, 50)
        steps = [f"UPDATE chaos_accounts SET balance = balance - {amount} WHERE id = {first}", f"UPDATE chaos_accounts SET balance = balance + {amount} WHERE id = {second}", f"INSERT INTO chaos_ledger VALUES ('{token}')"]
        self._books.absent.add(token)
        answer = await self._query("BEGIN")
        if answer.cancelled:
            return
        self._check(answer.tags == ["BEGIN"] and answer.status == "T", answer, "BEGIN")
        for sql in steps:
            answer = await self._inside(sql)
            if answer.cancelled:
                answer = await self._inside("COMMIT")
                self._check(answer.tags == ["ROLLBACK"], answer, "COMMIT of a cancelled transaction")
                return
            self._check(not answer.errors and answer.tags[0].endswith(" 1") and answer.status == "T", answer, sql)
        choice = self._random.random()
        if choice < 0.1:
            await self._connection.leave(self._random.choice(["abort", "close", "terminate", "half a message"]))
            raise Left("left in a transaction")
        if choice < 0.25:
            answer = await self._inside("ROLLBACK")
            self._check(answer.cancelled or answer.tags == ["ROLLBACK"], answer, "ROLLBACK")
            if answer.cancelled:
                await self._inside("ROLLBACK")
            return
        # From here on, only an answer can tell.
        self._books.absent.discard(token)
        answer = await self._inside("COMMIT")
        if answer.cancelled:
            await self._inside("ROLLBACK")
            return
        self._check(answer.tags == ["COMMIT"] and answer.status == "I", answer, "COMMIT")
        self._books.committed.add(token)

    async def _sum(self):
        await self._expect("SELECT sum(balance) FROM chaos_accounts", [[str(ACCOUNTS * BALANCE).encode()]])

    async def _failure(self):
        answer = await self._query(f"SELECT {self._number}/0")
        self._check(answer.cancelled or answer.sqlstates == ["22012"], answer, "division by zero")
        answer = await self._query("BEGIN; SELECT nothing; COMMIT")
        if answer.cancelled:
            return
        self._check(answer.sqlstates == ["42703"] and answer.status == "E", answer, "a transaction that fails")
        answer = await self._inside("SELECT 1")
        self._check(answer.cancelled or answer.sqlstates == ["25P02"], answer, "a statement in a failed transaction")
        answer = await self._inside("ROLLBACK")
        self._check(answer.tags == ["ROLLBACK"] and answer.status == "I", answer, "ROLLBACK")

    # What the session keeps -------------------------------------------------------------------------------------------

    async def _set(self):
        name = self._random.choice(list(_SETTINGS))
        value = self._random.choice(_VALUES.get(name, [self._token()]))
        quoted = value if name == "search_path" else f"'{value}'"
        local = self._random.random() < 0.2
        if local:
            answer = await self._query(f"BEGIN; SET LOCAL {name} = {quoted}; COMMIT")
            self._check(answer.cancelled or not answer.errors, answer, "SET LOCAL")
            if answer.status != "I":
                await self._inside("ROLLBACK")
            return
        await self._expect(f"SET {name} = {quoted}", tag="SET")
        self._settings[name] = value

    async def _rolled_back_setting(self):
        answer = await self._query("BEGIN; SET my.word = 'never'; SAVEPOINT a; SET TimeZone = 'Asia/Kolkata'; ROLLBACK TO a; SET work_mem = '11MB'; ROLLBACK")
        if answer.status != "I":
            await self._inside("ROLLBACK")
        self._check(answer.cancelled or not answer.errors, answer, "settings that are rolled back")
        await self._show()

    async def _show(self):
        names = list(_SETTINGS)
        values = [[name.encode(), self._settings[name].encode()] for name in names]
        listed = ", ".join(f"('{name}', current_setting('{name}', true))" for name in names)
        answer = await self._query(f"SELECT name, coalesce(value, '') FROM (VALUES {listed}) AS v (name, value)")
        self._check(answer.cancelled or answer.rows == values, answer, "the settings of this session")

    async def _prepare(self):
        name = self._random.choice(["s1", "s2"])
        if name in self._prepared:
            await self._connection.send(messages.close_statement(name), messages.sync())
            answer = await self._connection.answer()
            self._check(answer.cancelled or answer.types == "3Z", answer, "Close")
            if not answer.cancelled:
                self._prepared.discard(name)
            return
        if self._random.random() < 0.5:
            answer = await self._query(f"PREPARE {name} (int) AS SELECT {self._number * 1000} + $1, '{self._name} {name}'")
        else:
            await self._connection.send(messages.parse(f"SELECT {self._number * 1000} + $1::int, '{self._name} {name}'", name), messages.sync())
            answer = await self._connection.answer()
        if answer.cancelled:
            return
        self._check(not answer.errors, answer, f"Parse of {name}")
        self._prepared.add(name)

    async def _execute(self):
        for name in sorted(self._prepared):
            k = self._random.randint(1, 99)
            right = [[str(self._number * 1000 + k).encode(), f"{self._name} {name}".encode()]]
            if self._random.random() < 0.3:
                await self._expect(f"EXECUTE {name}({k})", right)
                continue
            await self._connection.send(messages.bind([k], statement=name), messages.execute(), messages.sync())
            answer = await self._connection.answer()
            self._check(answer.cancelled or answer.rows == right, answer, f"the prepared statement {name}")
        absent = {"s1", "s2"} - self._prepared
        if absent:
            await self._connection.send(messages.bind([1], statement=min(absent)), messages.execute(), messages.sync())
            answer = await self._connection.answer()
            self._check(answer.cancelled or answer.sqlstates == ["26000"], answer, f"the statement {min(absent)}, never prepared")

    async def _temporary(self):
        token = self._token()
        for sql in f"CREATE TEMP TABLE chaos_temp AS SELECT '{token}' AS token", "DROP TABLE chaos_temp":
            answer = await self._query(sql)
            if answer.cancelled:
                await self._expect("DROP TABLE IF EXISTS chaos_temp")
                return
            self._check(not answer.errors, answer, sql)
            if sql.startswith("CREATE"):
                await self._pause()
                try:
                    await self._expect("SELECT token FROM chaos_temp", [[token.encode()]])
                except Refused as refused:
                    raise Fault(f"{self._name}: refused with a temporary table: {refused}") from None
                if self._random.random() < 0.1:
                    raise Left("left with a temporary table")

    async def _lock(self):
        self._serial += 1
        key = self._number * 1000 + self._serial
        answer = await self._query(f"SELECT pg_try_advisory_lock({key})")
        if answer.cancelled:
            await self._expect("SELECT pg_advisory_unlock_all()")
            return
        self._check(answer.rows == [[b"t"]], answer, "an advisory lock that nobody else wants")
        await self._pause()
        try:
            await self._expect(f"SELECT pg_advisory_unlock({key})", [[b"t"]])
        except Refused as refused:
            raise Fault(f"{self._name}: refused with an advisory lock: {refused}") from None

    # Streams ----------------------------------------------------------------------------------------------------------

    async def _rows(self):
        count, width = self._random.choice([(10, 10), (500, 100), (3000, 700)])
        await self._connection.send(messages.query(f"SELECT i, repeat('{self._number % 10}', {width}) FROM generate_series(1, {count}) i"))
        if self._random.random() < 0.4:
            await asyncio.sleep(self._random.random() * 0.5)
        if self._random.random() < 0.05:
            raise Left("left with rows unread")
        answer = await self._connection.answer()
        right = [[str(i).encode(), b"%d" % (self._number % 10) * width] for i in range(1, count + 1)]
        self._check(answer.cancelled or answer.rows == right, answer if len(answer.rows) < 20 else answer.tags, f"{count} rows of {width} bytes")

    async def _copy_in(self):
        token, count = self._token(), self._random.randint(0, 200)
        await self._connection.send(messages.query("COPY chaos_copied FROM STDIN"))
        answer = await self._connection.answer("GZ")
        if answer.types[-1] == "Z":
            self._check(answer.cancelled, answer, "COPY")
            return
        for n in range(count):
            await self._connection.send(messages.copy_data(f"{token}\t{n}\n"))
            if self._random.random() < 0.02:
                await asyncio.sleep(0.01)
        choice = self._random.random()
        if choice < 0.1:
            self._books.copied[token] = 0
            raise Left("left in a COPY")
        if choice < 0.25:
            self._books.copied[token] = 0
            await self._connection.send(messages.copy_fail("changed my mind"))
            answer = await self._connection.answer()
            self._check(answer.sqlstates == ["57014"], answer, "CopyFail")
            return
        await self._connection.send(messages.copy_done())
        answer = await self._connection.answer()
        if answer.cancelled:
            self._books.copied[token] = 0
            return
        self._check(answer.tags == [f"COPY {count}"], answer, "COPY")
        self._books.copied[token] = count

    async def _copy_out(self):
        answer = await self._query(f"COPY (SELECT {self._number}, i FROM generate_series(1, 1000) i) TO STDOUT")
        self._check(answer.cancelled or (answer.tags == ["COPY 1000"] and answer.types.count("d") == 1000), answer.tags, "COPY TO")

    async def _cursor(self):
        answer = await self._query(f"BEGIN; DECLARE c CURSOR FOR SELECT {self._number} + i FROM generate_series(1, 100) i")
        if answer.status == "T" and not answer.errors:
            answer = await self._inside("FETCH 2 FROM c")
            self._check(answer.cancelled or answer.rows == [[str(self._number + n).encode()] for n in (1, 2)], answer, "FETCH")
            await self._pause()
        if answer.status != "I":
            answer = await self._inside("ROLLBACK")
        self._check(answer.cancelled or not answer.errors, answer, "a cursor")

    async def _pipeline(self):
        """Several implicit transactions sent at once; one in the middle fails."""
        tokens = [self._token() for _ in range(3)]
        self._books.absent.add(tokens[1])
        insert = [messages.parse("INSERT INTO chaos_ledger VALUES ($1)"), *[messages.bind([token]) for token in tokens]]
        await self._connection.send(insert[0], insert[1], messages.execute(), messages.sync(),
                                    insert[0], insert[2], messages.execute(), messages.parse("SELECT 1/$1::int"), messages.bind([0]), messages.execute(), messages.sync(),
                                    insert[0], insert[3], messages.execute(), messages.sync())
        for token in tokens:
            try:
                answer = await self._connection.answer()
            except Refused:
                continue
            if answer.cancelled:
                continue
            if token == tokens[1]:
                self._check(answer.sqlstates == ["22012"], answer, "the part of a pipeline that fails")
            else:
                self._check(answer.tags == ["INSERT 0 1"] and answer.status == "I", answer, "a part of a pipeline")
                self._books.committed.add(token)

    # Cancels ----------------------------------------------------------------------------------------------------------

    async def _cancelled(self):
        self._connection.asked_to_cancel = True
        length = self._random.choice([0.001, 0.02, 0.3, 3])
        delay = self._random.random() * min(length * 1.5, 0.5)
        await self._connection.send(messages.query(f"SELECT pg_sleep({length}), 'slept'"))
        await asyncio.sleep(delay)
        request = asyncio.ensure_future(cancel(self._proxy_address, self._connection.key))
        try:
            answer = await self._connection.answer()
        finally:
            await self._connection.bounded(request, "a cancel request")
        self._check(answer.cancelled or answer.rows == [[b"", b"slept"]], answer, "a statement with a cancel request under way")

    async def _pause(self):
        await asyncio.sleep(self._random.random() * 0.03)

    async def _leave(self):
        await self._connection.leave(self._random.choice(["terminate", "terminate", "close", "abort", "half a message"]))
