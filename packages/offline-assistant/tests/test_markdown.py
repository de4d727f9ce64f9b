"""Titles in replies: they render as they were written, and are found again in the reply."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_assistant.replies import bold, bold_texts

TRICKY = st.text(st.sampled_from("ab 1*_`~[]()<>!|\\&#;:/.@w-"), min_size=1).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.one_of(TRICKY, st.text(min_size=1).filter(str.strip)), min_size=1, max_size=3))
def test_titles_are_found_again_in_a_reply(titles: list[str]) -> None:
    reply = f"Added {bold(*titles)}."
    assert bold_texts(reply) == [" ".join(title.split()) for title in titles]


@pytest.mark.parametrize(
    ("title", "markdown"),
    [
        ("**milk**", r"**\*\*milk\*\***"),
        ("snake_case", r"**snake\_case**"),
        ("[x](y)", r"**\[x\](y)**"),
        ("<b>", r"**\<b>**"),
        ("a\\b", r"**a\\b**"),
        ("AT&amp;T, R&D", r"**AT\&amp;T, R&D**"),
        ("~~old~~", r"**\~\~old\~\~**"),
        ("two\nlines", "**two lines**"),
        ("read https://x.y/a_b", r"**read https\://x.y/a\_b**"),  # else the backslash becomes part of the address
        ("www.a_b.com", r"**www\.a\_b.com**"),
        ("ask a_b@c.d", r"**ask a\_b\@c.d**"),
    ],
)
def test_what_markdown_would_read_is_escaped(title: str, markdown: str) -> None:
    assert bold(title) == markdown
