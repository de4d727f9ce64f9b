"""Long titles, many tasks, and lists that may not be all of it."""

from offline_assistant.model import OfflineAssistant
from support.tasks_in_memory import MAX_LISTED, Conversation, Said


async def added(message: str) -> tuple[Conversation, Said]:
    conversation = Conversation(OfflineAssistant())
    return conversation, await conversation.say(message)


class TestLongTitles:
    async def test_are_not_added(self) -> None:
        conversation, answer = await added("add " + "x" * 201)
        assert "too long for a title" in answer.reply
        assert conversation.list() == []

    async def test_are_not_for_renaming(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        answer = await conversation.say("rename milk to " + "x" * 201)
        assert "too long for a title" in answer.reply
        assert conversation.list() == ["milk"]

    async def test_are_no_answer_to_what_a_task_should_be_called(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        assert (await conversation.say("rename milk")).reply == "What should **milk** be called?"
        assert "too long for a title" in (await conversation.say("x" * 201)).reply
        assert conversation.list() == ["milk"]

    async def test_with_line_breaks_are_shown_in_one_line(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk\n\n2. eggs", "bread")
        answer = await conversation.say("show my list")
        assert answer.reply == "To do:\n\n1. **milk 2. eggs**\n2. **bread**"
        await conversation.say("delete 2")
        assert conversation.list() == ["milk\n\n2. eggs"]

    async def test_descriptions_are_shown_in_short(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        conversation.tasks[0]["description"] = "*organic*, " * 40
        answer = await conversation.say("show my list")
        assert r"1. **milk** – \*organic\*," in answer.reply
        assert len(answer.reply) < 200
        await conversation.say("mark 1 as done")
        assert conversation.list() == ["✓ milk"]

    async def test_a_description_that_was_listed_in_part_is_not_overwritten(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        conversation.tasks[0]["description"] = before = "x" * 199 + "…"
        assert "already has a long note" in (await conversation.say("add a note to milk: organic")).reply
        assert conversation.tasks[0]["description"] == before

    async def test_a_description_survives_that_its_task_is_deleted_and_brought_back(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        conversation.tasks[0]["description"] = "organic"
        await conversation.say("delete milk")
        await conversation.say("undo")
        assert [(task["title"], task["description"]) for task in conversation.tasks] == [("milk", "organic")]


class TestManyTasks:
    async def test_fifty_are_added_at_once(self) -> None:
        conversation, answer = await added("add " + ", ".join(f"t{n}" for n in range(50)))
        assert len(conversation.list()) == 50
        assert "**t49**" in answer.reply

    async def test_of_more_none_is_added_and_it_is_said(self) -> None:
        conversation, answer = await added("\n".join(f"- t{n}" for n in range(51)))
        assert conversation.list() == []
        assert "51 tasks" in answer.reply

    async def test_many_commands_come_on_lines_of_their_own(self) -> None:
        commands = [f"add bread for day {day}" for day in range(12)] + ["show my list"]
        _, answer = await added("\n".join(commands))
        assert "12. **bread for day 11**" in answer.reply

    async def test_what_does_not_fit_in_the_list_is_told(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put(*(f"task {number}" for number in range(MAX_LISTED)), "milk", "eggs")
        listed = (await conversation.say("show my list")).reply
        assert listed.endswith(f"{MAX_LISTED}. **task {MAX_LISTED - 1}**\n\nShowing {MAX_LISTED} of {MAX_LISTED + 2}.")
        assert (await conversation.say("how many are left?")).reply == f"{MAX_LISTED + 2} tasks left to do."
        unseen = "I only checked the first 200 tasks on your list. There are 2 more."
        conversation.tasks[-1]["priority"] = "high"
        assert "1. **eggs**" in (await conversation.say("what is urgent?")).reply
        for message in ("delete milk", "is milk on my list?", "mark 201 as done"):
            assert unseen in (await Conversation(OfflineAssistant(), conversation.tasks).say(message)).reply
        done = (await conversation.say("mark everything as done")).reply
        assert unseen in done
        assert conversation.list()[-2:] == ["milk", "eggs !high"]
        assert unseen not in (await conversation.say("mark everything as done")).reply
