"""Gemini on Vertex AI over chat completions."""

from typing import ClassVar

from support.providers.gemini import SIGNATURES, Gemini, signatures_come_back
from support.providers.strict_server import Rule


class Vertex(Gemini):
    """Like Gemini, but with another name for the signature."""

    name: ClassVar[str] = "vertex"
    path: ClassVar[str] = "/v1/projects/p/locations/global/endpoints/openapi"
    model: ClassVar[str] = "google/gemini-3-flash"
    vendor: ClassVar[str] = "vertex"
    rules: ClassVar[tuple[Rule, ...]] = (
        *Gemini.rules[:-1],
        Rule("thought signatures come back", signatures_come_back("vertex"), SIGNATURES),
    )
