"""The titles that conversations get from their first messages."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from taskchat.chat.titles import MAX_CHARACTERS, make_title

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("hello", "Hello"),
        ("Hi!", "Hi!"),
        ("add milk", "Add milk"),
        ("Hi! Can you please add milk to my list? Thanks!", "Add milk to my list"),
        ("hello there, could you help me plan a trip to Rome", "Plan a trip to Rome"),
        ("I'd like to learn Spanish. Where do I start?", "Learn Spanish"),
        ("I’d like a list of films", "A list of films"),
        ("remind me to call mum", "Call mum"),
        ("Could you remind me to pay the rent, please?", "Pay the rent"),
        ("what's on my list?", "What's on my list?"),
        ("please", "Please"),
        ("Thanks. add milk, please", "Add milk"),
        ("Good morning,\n\nI need to book a flight.\nAnd a hotel.", "Book a flight"),
        ("call Dr. Smith about the results. It is urgent.", "Call Dr. Smith about the results"),
        ("buy 2.5 kg of flour", "Buy 2.5 kg of flour"),
        ("# Shopping\n- milk\n- eggs", "Shopping"),
        ("- [ ] milk\n- [ ] eggs", "Milk"),
        ("```\nmake test\n```\nWhy does this fail?", "Make test"),
        ("add **oat milk** and `rm -rf`", "Add oat milk and rm -rf"),
        ("add snake_case and 2*3*4", "Add snake_case and 2*3*4"),
        ("read [this article](https://example.org/a/b?c=d) today", "Read this article today"),
        ("read https://www.example.org/a/very/long/path?with=query#x today", "Read example.org today"),
        ("https://example.org/a", "example.org"),
        ("iPhone repair", "iPhone repair"),
        ("éclairs for Anna", "Éclairs for Anna"),
        ("ßtrange", "ßtrange"),
        ("añade leche a mi lista", "Añade leche a mi lista"),
        ("添加牛奶。然后买鸡蛋。", "添加牛奶。"),
        ("שלום, תוסיף חלב", "שלום, תוסיף חלב"),
        ("🎉🎉", "🎉🎉"),
        ("???", "???"),
        ("\u200d\u200d", "…"),
        ("hithere is a word", "Hithere is a word"),
        ("so-called experts", "So-called experts"),
        ("now or never", "Now or never"),
        ("Well done on the release", "Well done on the release"),
        ("well, what next?", "What next?"),
        (
            "add a very long list of things that nobody could ever remember without a list",
            "Add a very long list of things that nobody could ever…",
        ),
        ("x" * 100, "X" + "x" * 58 + "…"),
        ("牛奶" * 50, ("牛奶" * 50)[:59] + "…"),
        (FAMILY * 20, FAMILY * 8 + "…"),
        ("e\u0301" * 50, "E\u0301" + "e\u0301" * 28 + "…"),
        ("a" + "\u0301" * 200, "A" + "\u0301" * 58 + "…"),
    ],
)
def test_a_title_is_the_gist_of_the_message(message: str, title: str) -> None:
    assert make_title(message) == title


@given(st.text(min_size=1))
def test_any_message_gets_a_short_title_in_one_line(message: str) -> None:
    title = make_title(message)
    assert 0 < len(title) <= MAX_CHARACTERS
    assert len(title.splitlines()) == 1


@given(
    st.lists(st.sampled_from([FAMILY, "🇩🇪", "👍🏽", "é", "e\u0301", "각", "a", " ", "क्षि"]), min_size=20).map("".join)
)
def test_no_character_is_cut_in_two(message: str) -> None:
    clusters = regex.findall(r"\X", make_title(message).removesuffix("…").casefold())
    assert set(clusters) <= set(regex.findall(r"\X", message.casefold()))
