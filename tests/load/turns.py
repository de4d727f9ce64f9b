"""The main comparison: turns per second on one processor, side by side in rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median

from load import data
from load.clients import Round, http_request, send_all
from load.data import Person
from load.processes import Server
from support.database import Database

CLIENTS = 8
MAX_STORED = 10_000
"""Messages to store for a case, so that large histories take few conversations."""


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Attributes:
        side: see `load.serve`.
        messages: of history.
        calls: how many tools the turn calls, in one step.
    """

    name: str
    side: str
    messages: int = 0
    calls: int = 0


@dataclass
class Figures:
    """What the rounds of a case measured."""

    rounds: list[Round] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    """Of the server, per turn."""

    @property
    def per_second(self) -> float:
        return median(each.per_second for each in self.rounds)

    @property
    def cpu_milliseconds(self) -> float:
        return median(self.cpu_seconds) * 1000

    @property
    def latencies(self) -> list[float]:
        return sorted(latency for each in self.rounds for latency in each.latencies)


@dataclass(frozen=True)
class Bench:
    """The database and the people of a benchmark."""

    database: Database
    people: list[Person]

    async def prepare(self, case: Case) -> list[bytes]:
        """Create the case's conversations, and a request for each. Neighbours are of different people."""
        if case.side == "limit" or case.messages == 0:
            return [self._request(case, person, None) for person in self.people]
        share = -(-MAX_STORED // (case.messages * len(self.people)))
        of_person: list[list[bytes]] = []
        for person in self.people:
            if case.side == "usual":
                url = self.database.admin_url
                ids = await data.create_usual_conversations(url, person, share, case.messages)
            else:
                ids = await data.create_conversations(self.database, person, share, case.messages)
            of_person.append([self._request(case, person, str(each)) for each in ids])
        return [request for group in zip(*of_person, strict=True) for request in group]

    @staticmethod
    def _request(case: Case, person: Person, conversation: str | None) -> bytes:
        body: dict[str, object] = {"message": f"call {case.calls}" if case.calls else data.QUESTION}
        if case.side == "limit":
            body["history"] = case.messages
        if conversation is not None:
            body["conversation_id"] = conversation
        return http_request("POST", f"/api/{person.id}/chat", body, authorization=f"Bearer {person.token}")


async def compare(
    bench: Bench, servers: Mapping[str, Server], cases: list[Case], *, rounds: int, turns: int
) -> dict[Case, Figures]:
    """Measure all cases in each round, so that a noisy machine hurts all alike. A first round warms up."""
    figures = {case: Figures() for case in cases}
    requests = {case: await bench.prepare(case) for case in cases}
    for number in range(rounds + 1):
        await data.remove_turns(bench.database)
        for case in cases:
            server = servers[case.side]
            before = server.cpu_seconds()
            measured = await send_all(server.port, list(islice(cycle(requests[case]), turns)), CLIENTS)
            if number > 0:
                figures[case].rounds.append(measured)
                figures[case].cpu_seconds.append((server.cpu_seconds() - before) / turns)
    return figures
