"""Every provider and case: correct answers and tasks, and no broken rules.

`-` in the printed table means that the case does not apply to the provider. A server without tools refuses every
request, and the user gets an explanation; that is its only case.
"""

import pytest

from support.deployments import Conversation, Deployment, Deployments
from support.model_server import Call, Failure, Reply
from support.providers import PROVIDERS

WITH_TOOLS = [kind.name for kind in PROVIDERS if kind.offers_tools]
WITHOUT_TOOLS = [kind.name for kind in PROVIDERS if not kind.offers_tools]
TWELVE = [
    "openai-responses",
    "gemini",
    "mistral",
    "deepseek",
    "groq",
    "openrouter",
    "kimi",
    "cloudflare",
    "xai",
    "llama-cpp",
    "vertex",
    "llama3",
]
BROKEN = Failure(500, "The server had an error while processing your request.")
WORDS = "milk and bread, as every week, " * 64
"""About 660 tokens."""


def add(*titles: str) -> Reply:
    return Reply(calls=tuple(Call("add_task", {"title": title}, f"call_{n}") for n, title in enumerate(titles)))


@pytest.fixture(scope="module", params=WITH_TOOLS)
def name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def here(deployments: Deployments, name: str) -> Deployment:
    """The provider under test."""
    return deployments[name]


@pytest.fixture
def elsewhere(deployments: Deployments, name: str) -> Deployment:
    """A second provider, with its own opaque values."""
    return deployments["openai-responses" if name != "openai-responses" else "deepseek"]


async def test_talk(here: Deployment, conversation: Conversation) -> None:
    response = await conversation.ask(here, "Hello", Reply("Good morning."))
    assert response["response"] == "Good morning."
    response = await conversation.ask(here, "And now?", Reply("Still here."))
    assert response["response"] == "Still here."
    assert await conversation.answers() == ["Good morning.", "Still here."]
    here.server.assert_rules_kept()


async def test_one_tool(here: Deployment, conversation: Conversation) -> None:
    response = await conversation.ask(here, "Add milk", add("milk"), Reply("Added milk."))
    assert response["response"] == "Added milk."
    assert [call["name"] for call in response["tool_calls"]] == ["add_task"]
    assert await conversation.tasks() == ["milk"]
    here.server.assert_rules_kept()


async def test_two_at_once(here: Deployment, conversation: Conversation) -> None:
    """A model without parallel calls makes them one after the other."""
    calls = [add("milk", "bread")] if here.server.parallel_calls else [add("milk"), add("bread")]
    response = await conversation.ask(here, "Add milk and bread", *calls, Reply("Added both."))
    assert response["response"] == "Added both."
    assert await conversation.tasks() == ["milk", "bread"]
    here.server.assert_rules_kept()


async def test_two_steps(here: Deployment, conversation: Conversation) -> None:
    steps = [Reply("Let me look.", (Call("list_tasks", {}),)), add("milk"), Reply("Your list has milk now.")]
    response = await conversation.ask(here, "Add milk if it is missing", *steps)
    assert response["response"] == "Your list has milk now."
    assert [call["name"] for call in response["tool_calls"]] == ["list_tasks", "add_task"]
    assert await conversation.tasks() == ["milk"]
    here.server.assert_rules_kept()


async def test_follow_up(here: Deployment, conversation: Conversation) -> None:
    await conversation.say(here, "Add milk", add("milk"), Reply("Added milk."))
    response = await conversation.ask(here, "And bread", add("bread"), Reply("Added bread."))
    assert response["response"] == "Added bread."
    response = await conversation.ask(here, "Thank you", Reply("You are welcome."))
    assert response["response"] == "You are welcome."
    assert await conversation.tasks() == ["milk", "bread"]
    here.server.assert_rules_kept()


async def test_replay_after_failure(here: Deployment, conversation: Conversation) -> None:
    """The call is executed once, and replays get the stored answer."""
    here.server.fail(BROKEN)
    failed = await conversation.say(here, "Add milk", add("milk"), key="milk")
    assert failed.status_code in (502, 503), failed.text
    here.server.fail(None)
    response = await conversation.ask(here, "Add milk", Reply("Added milk."), key="milk")
    assert response["response"] == "Added milk."
    assert await conversation.ask(here, "Add milk", key="milk") == response
    assert await conversation.tasks() == ["milk"]
    here.server.assert_rules_kept()


async def test_after_abandoned_turn(here: Deployment, conversation: Conversation) -> None:
    """One turn was abandoned before the model replied, one after a call."""
    here.server.fail(BROKEN)
    await conversation.say(here, "Hello?")
    await conversation.say(here, "Add milk", add("milk"))
    here.server.fail(None)
    response = await conversation.ask(here, "Add bread", add("bread"), Reply("Added bread."))
    assert response["response"] == "Added bread."
    assert await conversation.tasks() == ["milk", "bread"]
    here.server.assert_rules_kept()


async def test_switch_and_back(here: Deployment, elsewhere: Deployment, conversation: Conversation) -> None:
    for n, deployment in enumerate((here, elsewhere, here)):
        place = deployment.server.name
        said = f"Done at {place}."
        response = await conversation.ask(deployment, f"Add {n}", add(f"{place} {n}"), Reply(said))
        assert response["response"] == said
    assert len(await conversation.tasks()) == 3
    here.server.assert_rules_kept()
    elsewhere.server.assert_no_foreign_values()


async def test_resume_elsewhere(here: Deployment, elsewhere: Deployment, conversation: Conversation) -> None:
    """This provider finishes a turn that another one began."""
    elsewhere.server.fail(BROKEN)
    failed = await conversation.say(elsewhere, "Add milk and bread", add("milk"), key="milk")
    assert failed.status_code in (502, 503), failed.text
    response = await conversation.ask(here, "Add milk and bread", add("bread"), Reply("Added both."), key="milk")
    assert response["response"] == "Added both."
    assert await conversation.tasks() == ["milk", "bread"]
    here.server.assert_rules_kept()


async def test_overflow(here: Deployment, conversation: Conversation) -> None:
    """Eight turns in a context for two: the history is halved until it fits."""
    for n in range(8):
        await conversation.ask(here, f"{n}: {WORDS * 2}", Reply(f"Noted {n}."))
    # A small truncation goes unnoticed, because a server does not say how it counts tokens.
    here.server.context_tokens = 6500 if here.server.truncates else 3200
    response = await conversation.ask(here, "Add milk", add("milk"), Reply("Added milk."))
    assert response["response"] == "Added milk."
    assert await conversation.tasks() == ["milk"]
    assert here.server.overflows >= (1 if here.server.truncates else 2)
    here.server.assert_rules_kept()


async def test_too_long_message(here: Deployment, conversation: Conversation) -> None:
    """The error says what to do, and the conversation stays usable."""
    await conversation.ask(here, "Hello", Reply("Good morning."))
    here.server.context_tokens = 300
    refused = await conversation.say(here, WORDS * 3)
    assert (refused.status_code, refused.json().get("code")) == (502, "too_long_for_model"), refused.text
    assert "start a new conversation" in refused.json()["detail"].lower()
    response = await conversation.ask(here, "Add milk", add("milk"), Reply("Added milk."))
    assert response["response"] == "Added milk."
    assert await conversation.tasks() == ["milk"]
    here.server.assert_rules_kept()


@pytest.mark.parametrize("name", WITHOUT_TOOLS)
async def test_missing_tools_are_reported(deployments: Deployments, conversation: Conversation, name: str) -> None:
    response = await conversation.say(deployments[name], "Add milk")
    assert (response.status_code, response.json()["code"]) == (502, "model_error")
    assert "tool" in response.json()["detail"], response.text


async def test_one_conversation_through_twelve_providers(deployments: Deployments, conversation: Conversation) -> None:
    """Two rounds, so that each provider gets its own earlier turns among the others'."""
    titles = []
    for lap in ("first", "second"):
        for name in TWELVE:
            titles.append(f"{name}, {lap}")
            said = f"Added for {name}, {lap} time."
            response = await conversation.ask(deployments[name], f"Add {titles[-1]}", add(titles[-1]), Reply(said))
            assert response["response"] == said
    assert await conversation.tasks() == titles
    deployments.assert_rules_kept()
