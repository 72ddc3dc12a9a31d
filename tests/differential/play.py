"""Plays a case: directly, to learn what PostgreSQL says, or through the proxy, to see whether that is said there too."""

from harness import messages
from harness.transcript import Normalizer
from harness.wire import ConnectionClosed, WireClient, random_pieces, whole

from . import case as cases

# Whatever state a conversation is left in, this comes out of it: the end of a COPY, of skipping, of a transaction.
EPILOGUE = [["copy_fail", "the end"], ["sync"]], [["query", "ROLLBACK"]], [["query", "SELECT 'the end of the case'"]]
# How long the proxy may take for an answer that PostgreSQL has given.
PATIENCE = 8.0


class Silence(Exception):
    """The proxy does not say what PostgreSQL said at this place."""


class Divergence(Exception):
    """The proxy says something else than PostgreSQL did."""


class Client(WireClient):
    """A raw client that can take in what is there without asking for a message."""

    def fill(self):
        self._fill()

    def whole_messages(self):
        """The messages that have arrived completely."""
        result = []
        while len(self._buffer) >= 5 and len(self._buffer) >= 1 + int.from_bytes(self._buffer[1:5], "big"):
            result.append(self.read_message())
        return result


class Lane:
    """One session's connection and what it has received, in blocks: the login's, then one for each step."""

    def __init__(self, place, parameters, cut, patience):
        self.client = Client(*place.address, record=False, timeout=patience)
        login = self.client.login(place.user, place.password, database=place.database, parameters=parameters)
        self.pid = login.pid
        self.messages = [m for m in login.messages if m.type not in "RK"]
        self.marks = [len(self.messages)]
        self.closed = False
        self.client.chunking = whole if cut is None else random_pieces(cut)

    def send(self, step):
        try:
            self.client.send(*map(cases.encode, step))
        except OSError:
            self.closed = True

    def leave(self, how):
        if not self.closed:
            getattr(self.client, how)()
        self.client.close()

    def finish(self):
        """Terminate, and whatever comes after it."""
        try:
            self.client.send(messages.terminate())
            self.messages += self.client.read_messages_to_end()
        except TimeoutError:
            raise Silence("the connection stays open behind Terminate") from None
        except OSError:
            pass
        finally:
            self.client.close()

    def lines(self):
        """The normalised messages in their blocks."""
        normalizer = Normalizer(self.pid)
        edges = [0, *self.marks, len(self.messages)]
        return [[normalizer.line(m) for m in self.messages[begin:end]] for begin, end in zip(edges, edges[1:])]


class Play:
    """Base of the two ways to play. `result` has, for each connection in the order in which they were made, its blocks."""

    patience = PATIENCE

    def __init__(self, place, case):
        self._place = place
        self._case = case
        self._lanes = {}
        self.result = []
        # The number of the connection that is being played, in `result`.
        self.current = 0

    def run(self):
        try:
            for number, (who, *step) in enumerate(self._case.steps):
                if who == cases.NOISE:
                    self.noise(step)
                else:
                    self._step(who, step, number)
            for session in list(self._lanes):
                for step in EPILOGUE:
                    self._step(session, step, len(self._case.steps))
                self._lanes[session].finish()
        finally:
            for lane in self._lanes.values():
                lane.client.close()
            self.close()
        return self.result

    def _step(self, session, step, number):
        lane = self._lanes.get(session)
        if lane is None:
            cut = None if self._case.cut is None else self._case.cut + session
            lane = self._lanes[session] = Lane(self._place, self._case.startup(session), cut, self.patience)
            self.result.append(lane)
        self.current = self.result.index(lane)
        how = cases.leaves([session, *step])
        if how:
            lane.leave(how)
            del self._lanes[session]
            self.left(lane)
            return
        if lane.closed:
            return
        lane.send(step)
        self.receive(lane, number)
        lane.marks.append(len(lane.messages))

    def noise(self, step):
        """A step of the other client."""

    def left(self, lane):
        """After a connection was ended in the middle of the case."""

    def close(self):
        """At the end, whatever happened."""


class DirectPlay(Play):
    """On PostgreSQL. `settler` says when the answer to a step is complete."""

    def __init__(self, place, case, settler):
        super().__init__(place, case)
        self._settler = settler

    def receive(self, lane, number):
        if not self._settler.settle(lane.client, lane.pid):
            lane.closed = True
        lane.messages += lane.client.whole_messages()

    def left(self, lane):
        self._settler.wait_gone(lane.pid)


class ProxiedPlay(Play):
    """Through the proxy, where each answer is complete when it has as many messages as the direct one had."""

    def __init__(self, place, case, expected, patience, noise=None):
        super().__init__(place, case)
        self.patience = patience
        self._expected = expected
        self._noise = noise

    def noise(self, step):
        if self._noise is not None:
            self._noise.play(step)

    def receive(self, lane, number):
        expected = self._expected[self.result.index(lane)]
        wanted = expected.marks[len(lane.marks)]
        try:
            while len(lane.messages) < wanted:
                self._take(lane, expected, number)
            if expected.closed and len(lane.marks) + 1 == len(expected.marks):
                lane.messages += lane.client.read_messages_to_end()
                lane.closed = True
        except ConnectionClosed:
            lane.closed = True
        except TimeoutError:
            lane.messages += lane.client.whole_messages()
            lane.marks.append(len(lane.messages))
            raise Silence(f"step {number}: nothing more came in {self.patience:g} s") from None

    @staticmethod
    def _take(lane, expected, number):
        message = lane.client.read_message()
        lane.messages.append(message)
        if message.type != expected.messages[len(lane.messages) - 1].type:
            # To wait for more would be in vain; what comes at once is shown.
            lane.client.has_input(0.05)
            lane.messages += lane.client.whole_messages()
            lane.marks.append(len(lane.messages))
            raise Divergence(f"step {number}")

    def close(self):
        if self._noise is not None:
            self._noise.close()
