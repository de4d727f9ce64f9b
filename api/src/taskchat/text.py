"""Text that both Postgres and JSON can represent."""

from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from pydantic.config import JsonDict


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    return value


Storable = AfterValidator(_storable)
ANY_TEXT: JsonDict = {"pattern": r"^[^\x00]*$"}
NOT_BLANK: JsonDict = {"pattern": r"^[^\x00]*\S[^\x00]*$"}
"""JSON schema keywords for `Storable` texts, and for those that must not be blank."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), Storable]


def sanitize_text(value: Any) -> Any:
    """Remove what cannot be stored from a JSON value.

    For a language model's output: refusing it would lose the turn over an invisible character. People's input is
    refused instead (`Storable`).
    """
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [sanitize_text(item) for item in value]
    if isinstance(value, dict):
        return {sanitize_text(key): sanitize_text(item) for key, item in value.items()}
    return value
