"""The assistant knows the date in the user's time zone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from support.client import Client, Person
from support.database import Database
from support.model_server import Failure, ModelServer, Reply
from taskchat.tasks.domain import TASKS


def instructions(request: Any) -> str:
    return str(request.body["instructions"])


async def send(client: Client, person: Person, zone: str | None, **headers: str) -> int:
    sent = {**headers, **({"time-zone": zone} if zone is not None else {})}
    response = await client.as_person(person, "POST", "/chat", json={"message": "hi"}, headers=sent)
    return response.status_code


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
async def test_the_instructions_are_the_domains_and_end_with_the_date_in_the_users_time_zone(
    zone: str, client: Client, alice: Person, model: ModelServer
) -> None:
    model.script(Reply("Hi!"))
    before = datetime.now(ZoneInfo(zone)).date()
    assert await send(client, alice, zone) == 200
    after = datetime.now(ZoneInfo(zone)).date()
    sent = instructions(model.requests[-1])
    assert sent.startswith(TASKS.instructions)
    end = sent.rstrip().splitlines()[-1]
    assert end in {f"Today is {day:%A}, {day}, where the person is (time zone {zone})." for day in (before, after)}


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Land", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 5000])
async def test_an_unknown_time_zone_is_utc(zone: str | None, client: Client, alice: Person, model: ModelServer) -> None:
    model.script(Reply("Hi!"))
    assert await send(client, alice, zone) == 200
    assert instructions(model.requests[-1]).endswith("(time zone UTC).\n")


async def test_a_resumed_turn_keeps_its_original_date(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.script(Failure(400), Reply("Hi!"))
    assert await send(client, alice, "UTC", **{"idempotency-key": "k"}) == 502
    began = datetime.now(UTC) - timedelta(days=3)
    await database.fetch("update message set created_at = $1 where user_id = $2", began, alice.id)
    assert await send(client, alice, "UTC", **{"idempotency-key": "k"}) == 200
    assert f"Today is {began:%A}, {began.date()}," in instructions(model.requests[-1])
