"""`/api/{user_id}/tasks`."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from support.client import Client, Person, StartApi
from support.database import Database
from support.tcp_proxy import Break, Moment, TcpProxy


async def create(client: Client, person: Person, title: str, **members: Any) -> dict[str, Any]:
    response = await client.as_person(person, "POST", "/tasks", json={"title": title, **members})
    assert response.status_code == 201, response.text
    task: dict[str, Any] = response.json()
    return task


NO_DATES: list[Any] = [
    *("0001-01-01", "9999-12-31", "0999-12-31", "9000-01-01", "2026-02-30", "", "today", "infinity", "2026-12-4"),
    *("2026-12-04T00:00:00", "20261204", "2026-12-04\n", "2026-12-04\x00", "٢٠٢٦-12-04", "1" * 4000, 0, 1.5, True, []),
]
NO_TIMES: list[Any] = [
    *("17:00Z", "17:00+01:00", "24:00", "17", "5pm", "17:00:30", "17:00\n", "17:00\x00", 0, 61200),
]
NO_PRIORITIES: list[Any] = ["", "urgent", "High", None, 1, []]


class TestCreateTask:
    async def test_it_is_stored_and_returned(self, client: Client, alice: Person, database: Database) -> None:
        task = await create(client, alice, " Buy milk ", description="two litres")
        assert task.keys() >= {"id", "title", "description", "completed", "created_at", "updated_at"}
        assert (task["title"], task["description"], task["completed"]) == ("Buy milk", "two litres", False)
        assert await database.count("task", id=UUID(task["id"]), user_id=alice.id) == 1

    async def test_the_longest_title_and_description_are_accepted(self, client: Client, alice: Person) -> None:
        title, description = "\U0001f600" * 200, "\U0001f600" * 2000
        task = await create(client, alice, f" {title} ", description=f" {description} ")
        assert (task["title"], task["description"]) == (title, description)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"title": ""},
            {"title": "  "},
            {"title": "x" * 201},
            {"title": None},
            {"title": 1},
            {"title": "nul \x00"},
            {"title": "a", "description": "x" * 2001},
            {"title": "a", "completed": 1},
            {"title": "a", "id": str(UUID(int=1))},
            {"title": "a", "user_id": str(UUID(int=1))},
        ],
        ids=str,
    )
    async def test_an_invalid_body_is_refused(
        self, client: Client, alice: Person, database: Database, body: dict[str, Any]
    ) -> None:
        response = await client.as_person(alice, "POST", "/tasks", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_a_deleted_users_token_creates_nothing(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        await database.delete_user(alice.id)
        response = await client.as_person(alice, "POST", "/tasks", json={"title": "a"})
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        listed = await client.as_person(alice, "GET", "/tasks")
        assert listed.json() == {"items": [], "next_cursor": None}

    @pytest.mark.parametrize(("unknown", "told", "more"), [(50, 20, "; and 31 more"), (23_000, 1, "100 is the most")])
    async def test_only_the_first_of_many_errors_are_reported(
        self, client: Client, alice: Person, unknown: int, told: int, more: str
    ) -> None:
        response = await client.as_person(alice, "POST", "/tasks", json={f"x{n}": 1 for n in range(unknown)})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert len(response.json()["errors"]) == told
        assert response.json()["detail"].endswith(more)
        assert len(response.content) < 10_000


class TestEveryRequest:
    async def test_it_counts_towards_the_rate(self, start_api: StartApi, alice: Person, database: Database) -> None:
        requests: list[tuple[str, str, Any]] = [
            ("GET", "/tasks", None),
            ("POST", "/tasks", {"title": "milk"}),
            ("PATCH", f"/tasks/{uuid4()}", {"completed": True}),
            ("POST", "/tasks", {"title": "milk", "after": None}),
            ("PATCH", f"/tasks/{uuid4()}", {"after": None}),
            ("PATCH", "/tasks", {"ids": [str(uuid4())], "completed": True}),
            ("DELETE", f"/tasks/{uuid4()}", None),
            ("DELETE", "/tasks?completed=true", None),
        ]
        await database.fetch("insert into owner (user_id) values ($1)", alice.id)
        with start_api(requests_per_minute=1) as url:
            async with Client(base_url=url) as client:
                assert (await client.as_person(alice, "DELETE", f"/tasks/{uuid4()}")).status_code == 404
                for method, path, body in requests:
                    refused = await client.as_person(alice, method, path, json=body)
                    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert await database.count("task", user_id=alice.id) == 0

    @pytest.mark.parametrize("moment", ["before", "after"])
    async def test_it_survives_a_broken_connection(
        self, start_api: StartApi, alice: Person, database: Database, moment: Moment
    ) -> None:
        with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
            async with Client(base_url=url, timeout=30) as client:

                async def request_twice(method: str, path: str, **body: Any) -> httpx.Response:
                    await client.as_person(alice, method, path, json=body or None)  # prepares the statement
                    proxy.break_at(Break(moment, 1))
                    response = await client.as_person(alice, method, path, json=body or None)
                    assert proxy.is_broken
                    return response

                created = await request_twice("POST", "/tasks", title="milk")
                assert created.status_code == 201
                path = f"/tasks/{created.json()['id']}"
                assert (await request_twice("PATCH", path, completed=True)).json()["completed"] is True
                listed = (await request_twice("GET", "/tasks")).json()["items"]
                assert [task["completed"] for task in listed] == [False, True]
                for task in listed:
                    proxy.break_at(Break(moment, 1))
                    deleted = await client.as_person(alice, "DELETE", f"/tasks/{task['id']}")
                    assert (deleted.status_code, proxy.is_broken) == (204, True)
        assert await database.count("task", user_id=alice.id) == 0


class TestListTasks:
    async def test_pages_list_all_tasks_in_order(self, client: Client, alice: Person, bob: Person) -> None:
        titles = [f"task {n}" for n in range(7)]
        for title in titles:
            await create(client, alice, title)
        await create(client, bob, "bob's")
        listed: list[str] = []
        cursor, pages = None, 0
        while pages == 0 or cursor:
            query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await client.as_person(alice, "GET", "/tasks", params=query)).json()
            listed += [task["title"] for task in page["items"]]
            cursor, pages = page["next_cursor"], pages + 1
        assert (listed, pages) == (titles, 3)

    async def test_pages_include_every_task_of_the_same_time(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        await create(client, alice, "first")
        await database.fetch(
            """insert into task (id, user_id, title, description, created_at)
               select gen_random_uuid(), $1, 'task ' || n, '', '2026-11-20 12:00Z' from generate_series(1, 5) n""",
            alice.id,
        )
        listed: list[str] = []
        cursor = ""
        while not listed or cursor:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await client.as_person(alice, "GET", "/tasks", params=query)).json()
            listed += [task["title"] for task in page["items"]]
            cursor = page["next_cursor"]
        assert sorted(listed) == ["first", *(f"task {n}" for n in range(1, 6))]

    async def test_tasks_can_be_filtered_by_status(self, client: Client, alice: Person) -> None:
        milk, eggs = await create(client, alice, "milk"), await create(client, alice, "eggs")
        await client.as_person(alice, "PATCH", f"/tasks/{milk['id']}", json={"completed": True})
        for completed, expected in (("true", milk), ("false", eggs)):
            page = (await client.as_person(alice, "GET", "/tasks", params={"completed": completed})).json()
            assert [task["id"] for task in page["items"]] == [expected["id"]]

    @pytest.mark.parametrize(
        "query",
        [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"limit": 10**30}, {"completed": "perhaps"}]
        + [{"priority": "urgent"}, {"due_from": "0001-01-01"}, {"due_until": "9999-12-31"}, {"due_from": "today"}]
        + [
            {"cursor": urlsafe_b64encode(f"{place} {UUID(int=0)}".encode()).decode()}
            for place in ("2026-12-04", "2026-12-04 17:00", "x  1", " x 1", "  x", "  nan", "  inf", "  1e999", "  1 1")
        ]
        + [{"cursor": c} for c in ("x", "", "\x00", "ä", "MjAyNi0xMS0yMCBh", "MjAyNi0xMS0yMCAw" * 30)],
        ids=str,
    )
    async def test_an_invalid_query_is_refused(self, client: Client, alice: Person, query: dict[str, Any]) -> None:
        response = await client.as_person(alice, "GET", "/tasks", params=query)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


class TestUpdateTask:
    async def test_only_the_given_fields_change(self, client: Client, alice: Person) -> None:
        task = await create(client, alice, "milk", description="two litres")
        for change in ({"completed": True}, {"title": "oat milk"}, {"description": ""}, {"completed": False}):
            response = await client.as_person(alice, "PATCH", f"/tasks/{task['id']}", json=change)
            assert response.status_code == 200
            changed = response.json()
            assert changed == {**task, **change, "updated_at": changed["updated_at"]}
            assert changed["updated_at"] > task["updated_at"]
            task = changed

    @pytest.mark.parametrize("body", [{}, {"title": None}, {"title": ""}, {"completed": "yes"}, {"id": "x"}], ids=str)
    async def test_an_invalid_body_is_refused(self, client: Client, alice: Person, body: dict[str, Any]) -> None:
        task = await create(client, alice, "milk")
        response = await client.as_person(alice, "PATCH", f"/tasks/{task['id']}", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")

    async def test_another_users_task_is_not_found(
        self, client: Client, alice: Person, bob: Person, database: Database
    ) -> None:
        task = await create(client, bob, "bob's")
        for task_id in (task["id"], uuid4()):
            response = await client.as_person(alice, "PATCH", f"/tasks/{task_id}", json={"title": "alice's"})
            assert (response.status_code, response.json()["code"]) == (404, "task_not_found")
        assert await database.count("task", user_id=bob.id, title="bob's") == 1
        assert await database.count("owner", user_id=alice.id) == 0


class TestDeleteTask:
    async def test_the_task_is_deleted(self, client: Client, alice: Person, database: Database) -> None:
        task = await create(client, alice, "milk")
        assert (await client.as_person(alice, "DELETE", f"/tasks/{task['id']}")).status_code == 204
        assert await database.count("task", user_id=alice.id) == 0
        again = await client.as_person(alice, "DELETE", f"/tasks/{task['id']}")
        assert (again.status_code, again.json()["code"]) == (404, "task_not_found")

    async def test_another_users_task_is_not_found(
        self, client: Client, alice: Person, bob: Person, database: Database
    ) -> None:
        task = await create(client, bob, "bob's")
        response = await client.as_person(alice, "DELETE", f"/tasks/{task['id']}")
        assert (response.status_code, response.json()["code"]) == (404, "task_not_found")
        assert await database.count("task", user_id=bob.id) == 1
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_an_invalid_id_is_refused(self, client: Client, alice: Person) -> None:
        response = await client.as_person(alice, "DELETE", "/tasks/1")
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


EVERYTHING = {"due_on": "2026-12-04", "due_at": "17:00", "priority": "high", "completed": True}


async def titles(client: Client, person: Person, **query: Any) -> list[str]:
    """The titles in the order of the list, read in pages of two."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await client.as_person(
            person, "GET", "/tasks", params=query | {"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        assert page.status_code == 200, page.text
        found += [task["title"] for task in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            return found


class TestDueDates:
    async def test_a_task_has_a_date_a_time_and_a_priority(self, client: Client, alice: Person) -> None:
        task = await create(client, alice, "milk", **EVERYTHING)
        assert task.items() >= EVERYTHING.items()
        plain = await create(client, alice, "eggs")
        assert (plain["due_on"], plain["due_at"], plain["priority"]) == (None, None, "none")
        [listed, _] = (await client.as_person(alice, "GET", "/tasks")).json()["items"]
        assert listed == task

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"due_on": "2027-01-31"}, {"due_on": "2027-01-31", "due_at": "17:00"}),
            ({"due_at": "09:30"}, {"due_on": "2026-12-04", "due_at": "09:30"}),
            ({"due_at": "09:30:00"}, {"due_on": "2026-12-04", "due_at": "09:30"}),
            ({"due_at": None}, {"due_on": "2026-12-04", "due_at": None}),
            ({"due_on": None}, {"due_on": None, "due_at": None}),
            ({"due_on": None, "due_at": None}, {"due_on": None, "due_at": None}),
            ({"due_on": "8999-12-31", "due_at": "23:59"}, {"due_on": "8999-12-31", "due_at": "23:59"}),
            ({"due_on": "1000-01-01", "due_at": "00:00"}, {"due_on": "1000-01-01", "due_at": "00:00"}),
            ({"priority": "none"}, {"priority": "none"}),
        ],
        ids=str,
    )
    async def test_each_can_change(
        self, client: Client, alice: Person, change: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        task = await create(client, alice, "milk", **EVERYTHING)
        changed = await client.as_person(alice, "PATCH", f"/tasks/{task['id']}", json=change)
        assert changed.status_code == 200, changed.text
        assert changed.json() == task | expected | {"updated_at": changed.json()["updated_at"]}

    @pytest.mark.parametrize(
        "members",
        [
            {"due_at": "17:00"},
            {"due_on": None, "due_at": "17:00"},
            *({"due_on": day} for day in NO_DATES),
            *({"due_on": "2026-12-04", "due_at": time} for time in NO_TIMES),
            *({"priority": priority} for priority in NO_PRIORITIES),
        ],
        ids=repr,
    )
    async def test_what_they_cannot_be(
        self, client: Client, alice: Person, database: Database, members: dict[str, Any]
    ) -> None:
        refused = await client.as_person(alice, "POST", "/tasks", json={"title": "milk"} | members)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
        assert await database.count("task", user_id=alice.id) == 0

    async def test_a_time_needs_a_date(self, client: Client, alice: Person) -> None:
        task = await create(client, alice, "milk")
        alone = await client.as_person(alice, "PATCH", f"/tasks/{task['id']}", json={"due_at": "17:00"})
        assert (alone.status_code, alone.json()["code"]) == (422, "date_missing")
        both = await client.as_person(
            alice, "PATCH", f"/tasks/{task['id']}", json={"due_at": "17:00", "due_on": "2026-12-04"}
        )
        assert both.status_code == 200


class TestOrder:
    async def test_pages_are_in_the_order_of_due_dates(self, client: Client, alice: Person) -> None:
        await create(client, alice, "no date")
        await create(client, alice, "on the 5th", due_on="2026-12-05")
        await create(client, alice, "on the 4th")
        await create(client, alice, "on the 4th at 9", due_on="2026-12-04", due_at="09:00")
        await create(client, alice, "on the 4th, some time", due_on="2026-12-04")
        await create(client, alice, "on the 4th at 8", due_on="2026-12-04", due_at="08:00")
        await create(client, alice, "on the 4th at 8 too", due_on="2026-12-04", due_at="08:00")
        dated = ["on the 4th at 8", "on the 4th at 8 too", "on the 4th at 9", "on the 4th, some time", "on the 5th"]
        assert await titles(client, alice) == [*dated, "no date", "on the 4th"]
        assert await titles(client, alice, due_from="2026-12-05") == ["on the 5th"]
        assert await titles(client, alice, due_until="2026-12-04") == dated[:4]
        assert await titles(client, alice, due_from="2026-12-06") == []

    async def test_tasks_can_be_moved(self, client: Client, alice: Person) -> None:
        ids = {title: (await create(client, alice, title))["id"] for title in "abcd"}
        moves = [("d", "a", "adbc"), ("a", None, "adbc"), ("c", None, "cadb"), ("c", "b", "adbc"), ("a", "d", "dabc")]
        for moved, after, expected in moves:
            body = {"after": after and ids[after]}
            response = await client.as_person(alice, "PATCH", f"/tasks/{ids[moved]}", json=body)
            assert response.status_code == 200, response.text
            assert await titles(client, alice) == list(expected)
        await create(client, alice, "e")
        await create(client, alice, "f", after=ids["a"])
        await create(client, alice, "g", after=None)
        assert await titles(client, alice) == list("gdafbce")

    async def test_a_task_goes_only_after_another_of_ones_own(
        self, client: Client, alice: Person, bob: Person, database: Database
    ) -> None:
        task, others = await create(client, alice, "a"), await create(client, bob, "bob's")
        for after in (others["id"], str(uuid4()), task["id"]):
            moved = await client.as_person(alice, "PATCH", f"/tasks/{task['id']}", json={"after": after, "title": "b"})
            assert (moved.status_code, moved.json()["code"]) == (422, "place_not_found")
        for after in (others["id"], str(uuid4())):
            added = await client.as_person(alice, "POST", "/tasks", json={"title": "b", "after": after})
            assert (added.status_code, added.json()["code"]) == (422, "place_not_found")
        missing = await client.as_person(alice, "PATCH", f"/tasks/{others['id']}", json={"after": None})
        assert (missing.status_code, missing.json()["code"]) == (404, "task_not_found")
        assert await titles(client, alice) == ["a"]
        assert await database.count("task", user_id=bob.id) == 1

    async def test_tasks_are_numbered_again_when_no_position_is_left(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        ids = [(await create(client, alice, title))["id"] for title in "abc"]
        for _ in range(40):  # each halves the gap after the first
            ids.insert(1, ids.pop())
            moved = await client.as_person(alice, "PATCH", f"/tasks/{ids[1]}", json={"after": ids[0]})
            assert moved.status_code == 200, moved.text
            listed = (await client.as_person(alice, "GET", "/tasks")).json()["items"]
            assert [task["id"] for task in listed] == ids
        [row] = await database.fetch(
            "select count(distinct position) n, max(position) - extract(epoch from clock_timestamp()) < 0 past "
            "from task where user_id = $1",
            alice.id,
        )
        assert (row["n"], row["past"]) == (3, True)
        await create(client, alice, "d")
        assert (await titles(client, alice))[-1] == "d"

    async def test_few_tasks_of_a_long_list_are_numbered_again(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        await database.fetch("insert into owner (user_id) values ($1)", alice.id)
        await database.fetch(
            """insert into task (id, user_id, title, position)
               select gen_random_uuid(), $1, n, case n when 51 then 50 else n end from generate_series(1, 300) n""",
            alice.id,
        )
        in_order = "select id, title, position from task where user_id = $1 order by position, id"
        before = await database.fetch(in_order, alice.id)
        moved = await client.as_person(
            alice, "PATCH", f"/tasks/{before[299]['id']}", json={"after": str(before[49]["id"])}
        )
        assert moved.status_code == 200
        after = await database.fetch(in_order, alice.id)
        expected = [*before[:50], before[299], *before[50:299]]
        assert [row["title"] for row in after] == [row["title"] for row in expected]
        assert after[:50] == before[:50]
        assert after[151:] == before[150:299]

    async def test_a_task_can_follow_one_of_several_at_the_same_position(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        ids = sorted([(await create(client, alice, title))["id"] for title in "abcd"], key=UUID)
        await database.fetch("update task set position = 1 where user_id = $1", alice.id)
        moved = await client.as_person(alice, "PATCH", f"/tasks/{ids[3]}", json={"after": ids[0]})
        assert moved.status_code == 200
        listed = (await client.as_person(alice, "GET", "/tasks")).json()["items"]
        assert [task["id"] for task in listed] == [ids[0], ids[3], ids[1], ids[2]]

    async def test_concurrent_moves_lose_nothing(self, client: Client, alice: Person, database: Database) -> None:
        ids = [(await create(client, alice, title))["id"] for title in "abcdefgh"]
        await database.fetch("update task set position = 1 where user_id = $1", alice.id)
        moves = [(moved, after) for after in ids[:2] for moved in ids[2:]]
        answers = await asyncio.gather(
            *(client.as_person(alice, "PATCH", f"/tasks/{moved}", json={"after": after}) for moved, after in moves)
        )
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(await titles(client, alice)) == list("abcdefgh")
        [row] = await database.fetch("select count(distinct position) n from task where user_id = $1", alice.id)
        assert row["n"] == 8

    async def test_tasks_of_the_previous_release_come_last(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        moved, other = [(await create(client, alice, title))["id"] for title in "ab"]
        await client.as_person(alice, "PATCH", f"/tasks/{moved}", json={"after": other})
        await database.fetch("insert into task (id, user_id, title) values ($1, $2, 'c')", uuid4(), alice.id)
        assert await titles(client, alice) == list("bac")


class TestSeveralTasks:
    async def test_they_change_together(self, client: Client, alice: Person, bob: Person) -> None:
        ids = [(await create(client, alice, title))["id"] for title in "abc"]
        others = await create(client, bob, "bob's")
        body = {"ids": [ids[2], ids[0], ids[0], others["id"], str(uuid4())], **EVERYTHING}
        changed = await client.as_person(alice, "PATCH", "/tasks", json=body)
        assert changed.status_code == 200, changed.text
        assert [task["title"] for task in changed.json()["items"]] == ["a", "c"]
        assert all(task.items() >= EVERYTHING.items() for task in changed.json()["items"])
        assert await titles(client, alice, priority="high") == ["a", "c"]
        assert (await client.as_person(bob, "GET", "/tasks")).json()["items"] == [others]
        removed = await client.as_person(alice, "PATCH", "/tasks", json={"ids": ids, "due_on": None})
        assert {(task["due_on"], task["due_at"]) for task in removed.json()["items"]} == {(None, None)}
        none = await client.as_person(alice, "PATCH", "/tasks", json={"ids": [others["id"]], "completed": True})
        assert (none.status_code, none.json()) == (200, {"items": []})

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"completed": True},
            {"ids": [], "completed": True},
            {"ids": [str(UUID(int=n)) for n in range(101)], "completed": True},
            {"ids": ["x"], "completed": True},
            {"ids": str(UUID(int=1)), "completed": True},
            {"ids": [str(UUID(int=1))]},
            {"ids": [str(UUID(int=1))], "title": "a"},
            {"ids": [str(UUID(int=1))], "after": None},
            {"ids": [str(UUID(int=1))], "due_at": "17:00"},
        ],
        ids=lambda body: str(body)[:50],
    )
    async def test_an_invalid_change_is_refused(self, client: Client, alice: Person, body: dict[str, Any]) -> None:
        response = await client.as_person(alice, "PATCH", "/tasks", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")

    async def test_they_are_deleted_together(self, client: Client, alice: Person, bob: Person) -> None:
        ids = [(await create(client, alice, title, completed=title in "cd"))["id"] for title in "abcd"]
        others = await create(client, bob, "bob's", completed=True)
        deleted = await client.as_person(alice, "DELETE", "/tasks", params={"id": [ids[0], others["id"], str(uuid4())]})
        assert deleted.status_code == 204
        assert await titles(client, alice) == ["b", "c", "d"]
        for _ in range(2):
            cleared = await client.as_person(alice, "DELETE", "/tasks", params={"completed": "true"})
            assert cleared.status_code == 204
        assert await titles(client, alice) == ["b"]
        assert await titles(client, bob) == ["bob's"]

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"completed": "false"},
            {"completed": "true", "id": str(UUID(int=1))},
            {"id": "x"},
            {"id": [str(UUID(int=n)) for n in range(101)]},
        ],
        ids=lambda query: str(query)[:50],
    )
    async def test_an_invalid_deletion_is_refused(
        self, client: Client, alice: Person, database: Database, query: dict[str, Any]
    ) -> None:
        await create(client, alice, "a", completed=True)
        response = await client.as_person(alice, "DELETE", "/tasks", params=query)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert await database.count("task", user_id=alice.id) == 1


class TestIdempotencyKey:
    async def test_a_repeat_finds_the_task_although_the_one_before_it_is_gone(
        self, client: Client, alice: Person
    ) -> None:
        before = await create(client, alice, "milk")

        async def add() -> httpx.Response:
            body = {"title": "eggs", "after": before["id"]}
            return await client.as_person(alice, "POST", "/tasks", json=body, headers={"idempotency-key": "key"})

        added = (await add()).json()
        await client.as_person(alice, "DELETE", f"/tasks/{before['id']}")
        assert (await add()).json() == added

    async def test_the_same_key_adds_one_task(
        self, client: Client, alice: Person, bob: Person, database: Database
    ) -> None:
        async def send(person: Person, key: str, **members: Any) -> dict[str, Any]:
            body = {"title": "milk"} | members
            response = await client.as_person(person, "POST", "/tasks", json=body, headers={"idempotency-key": key})
            assert response.status_code == 201, response.text
            task: dict[str, Any] = response.json()
            return task

        first, *repeats = await asyncio.gather(*(send(alice, "k", after=None) for _ in range(5)))
        assert repeats == [first] * 4
        assert await send(alice, "k", title="eggs") == first
        ids = {first["id"], (await send(alice, "l"))["id"], (await send(bob, "k"))["id"]}
        assert len(ids) == 3
        assert (await database.count("task", user_id=alice.id), await database.count("task", user_id=bob.id)) == (2, 1)

    async def test_a_repeated_request_moves_nothing(self, client: Client, alice: Person) -> None:
        first, *others = [(await create(client, alice, title))["id"] for title in "abcde"]
        request = {"json": {"title": "x", "after": first}, "headers": {"Idempotency-Key": "1"}}
        assert (await client.as_person(alice, "POST", "/tasks", **request)).status_code == 201
        for n in range(60):  # they use up the gap again and again
            await client.as_person(alice, "PATCH", f"/tasks/{others[n % 2]}", json={"after": first})
            before = await titles(client, alice)
            assert (await client.as_person(alice, "POST", "/tasks", **request)).status_code == 201
            assert await titles(client, alice) == before

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
    async def test_an_invalid_key_is_refused(self, client: Client, alice: Person, key: str) -> None:
        headers = {"idempotency-key": key.encode()}
        response = await client.as_person(alice, "POST", "/tasks", json={"title": "milk"}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
