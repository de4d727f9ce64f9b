"""The api's settings, from environment variables of the same names in capitals."""

import json
import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from taskchat.database.url import DatabaseUrl, InvalidDatabaseUrl, parse_database_url
from taskchat.proxies import UnusableProxy, proxy_for
from taskchat.transport_security import is_confidential

OPENAI = AnyHttpUrl("https://api.openai.com/v1")

NO_ORIGIN = "must be an origin such as https://chat.example.com, with no path, no slash at its end and no default port"
INSECURE_ISSUER = "must begin with https:// outside of a private network, or tokens travel in the clear"
INSECURE_KEYS = (
    "must begin with https:// outside of a private network: anybody who can change the response could sign in as anyone"
)
INSECURE_MODEL = "must begin with https:// outside of a private network, or messages and the key travel in the clear"
NOT_PRINTABLE = "must not contain spaces, line breaks or non-ASCII characters: copy it again"
ENDPOINT = "must end before /{endpoint}, which the api appends"
USER_IN_URL = "must not contain a user name or password: put an Authorization header into OPENAI_EXTRA_HEADERS"
NO_FRAGMENT = "must not contain #"
NO_OBJECT = 'must be a JSON object, such as {"enable_thinking": false}'
NO_HEADERS = 'must be a JSON object of strings, such as {"api-key": "…"}'
NO_HEADER = "contains an invalid name or value: names have letters, digits and dashes, values printable ASCII"
OUR_HEADERS = "must not set {name}: the api sets it"
OUR_PARAMETERS = "must not set {name}: the api or another setting does"

_PRINTABLE = re.compile(r"[!-~]+")
_ENDPOINT = re.compile(r"/(chat/completions|completions|responses)/?\Z")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[!-~]+([ \t]+[!-~]+)*")
_HEADERS_OF_HTTP = frozenset(
    {"accept-encoding", "connection", "content-encoding", "content-length", "content-type", "transfer-encoding"}
)
_PARAMETERS_OF_TURNS = frozenset(
    {"model", "messages", "input", "instructions", "tools", "functions", "stream", "background", "n"}
    | {"conversation", "previous_response_id"}
)
"""Members of a request that define the turn or change the kind of answer."""


MAX_RATE = 1_000_000
"""Per minute. Postgres counts in 32-bit integers and in microseconds."""


MAX_TOKENS = 10**15
"""Per day. Postgres counts in 64-bit integers."""


class Settings(BaseSettings):
    """Everything that differs between deployments."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    api_database_url: SecretStr
    """Postgres with the role `chat_api`. Neon's URLs work as pasted."""
    database_pool_size: int = Field(default=10, ge=1, le=1000)
    database_prepared_statements: bool = True
    """False for poolers that lose them. Each statement then costs a second round trip."""

    jwks_url: AnyHttpUrl
    """auth-service's internal URL for its keys, ending in `/api/auth/jwks`."""
    jwt_issuer: str
    """The origin that browsers use: auth-service's PUBLIC_URL."""
    jwt_audience: str = Field(default="chat-api", min_length=1)
    jwks_max_age_seconds: float = Field(default=300, gt=0)
    """How long a withdrawn key is accepted at most while auth-service is reachable."""
    jwks_max_stale_seconds: float = Field(default=3600, gt=0)
    """The maximum age of a key set while auth-service is unreachable."""

    assistant: Literal["auto", "offline", "none"] = "auto"
    """Who answers messages. `auto`: the model if a key or a server is set, otherwise the domain's offline assistant if
    it has one, otherwise none."""
    openai_api_key: SecretStr | None = None
    openai_base_url: AnyHttpUrl | None = None
    openai_model: str = Field(default="gpt-5-mini", min_length=1)
    openai_api: Literal["responses", "chat_completions"] = "responses"
    openai_max_output_tokens: int = Field(default=4096, ge=0)
    """Per step, including reasoning; 0 leaves it to the server. Models with small contexts refuse a larger default, and
    providers count it against token rates in advance."""
    openai_reasoning_effort: str | None = Field(default=None, pattern="^[a-z]{1,20}$")
    """Sent only if set, like the temperature; valid values depend on the model."""
    openai_temperature: float | None = Field(default=None, ge=0, le=2)
    openai_extra_body: Annotated[dict[str, Any], NoDecode] = Field(default_factory=dict)
    """Merged into each request's body; overrides our own members."""
    openai_extra_headers: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    openai_strict_tools: Literal["auto", "true", "false"] = "auto"
    """Whether to ask the server for strict tool schemas; `auto` asks OpenAI and the Responses API."""
    model_timeout_seconds: float = Field(default=30, gt=0, le=86_400)
    """For one step of the model, including retries."""
    turn_timeout_seconds: float = Field(default=90, gt=0, le=86_400)
    history_budget_tokens: int = Field(default=100_000, gt=0)
    """Beyond this estimate, the model no longer sees the oldest turns."""

    turns_per_minute: int = Field(default=20, ge=1, le=MAX_RATE)
    requests_per_minute: int = Field(default=600, ge=1, le=MAX_RATE)
    """Per user, not counting turns."""
    requests_at_once: int = Field(default=8, ge=1)
    """Per user and process. Keep it below `database_pool_size`, or one user can occupy every connection."""
    model_tokens_per_day: int | None = Field(default=None, ge=1, le=MAX_TOKENS)
    """Of all users together, input and output. No turn begins once a day (UTC) has used them; None is no limit."""
    model_tokens_per_user_per_day: int | None = Field(default=None, ge=1, le=MAX_TOKENS)
    message_max_chars: int = Field(default=8000, ge=1, le=20_000)

    log_level: Literal["debug", "info", "warn", "error"] = "info"

    @field_validator("api_database_url")
    @classmethod
    def _is_usable(cls, value: SecretStr) -> SecretStr:
        try:
            parse_database_url(value.get_secret_value()).tls_context()
        except InvalidDatabaseUrl as error:
            raise PydanticCustomError("database_url", "{reason}", {"reason": str(error)}) from None
        return value

    @field_validator("jwt_issuer")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        try:
            is_origin = "@" not in value and str(AnyHttpUrl(value)) == f"{value}/"
        except ValidationError:
            is_origin = False
        if not is_origin:
            raise PydanticCustomError("origin", NO_ORIGIN)
        if not is_confidential(AnyHttpUrl(value)):
            raise PydanticCustomError("confidential", INSECURE_ISSUER)
        return value

    @field_validator("jwks_url")
    @classmethod
    def _is_authentic(cls, value: AnyHttpUrl) -> AnyHttpUrl:
        if not is_confidential(value):
            raise PydanticCustomError("confidential", INSECURE_KEYS)
        return value

    @field_validator("openai_api_key", "openai_base_url", "openai_model", mode="before")
    @classmethod
    def _strip(cls, value: object, info: ValidationInfo) -> object:
        """Strip white space from pasted values; empty ones count as unset."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        if not text and info.field_name != "openai_model":
            return None
        if text and info.field_name != "openai_model" and not _PRINTABLE.fullmatch(text):
            raise PydanticCustomError("printable", NOT_PRINTABLE)
        return text

    @field_validator("openai_base_url")
    @classmethod
    def _is_base(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value is None:
            return None
        if endpoint := _ENDPOINT.search(value.path or ""):
            raise PydanticCustomError("endpoint", ENDPOINT.format(endpoint=endpoint[1]))
        if value.username or value.password:
            raise PydanticCustomError("user", USER_IN_URL)
        if value.fragment is not None:
            raise PydanticCustomError("fragment", NO_FRAGMENT)
        return value

    @field_validator("openai_extra_body", mode="before")
    @classmethod
    def _is_object(cls, value: object) -> object:
        body = _parse_json(value)
        if not isinstance(body, dict):
            raise PydanticCustomError("object", NO_OBJECT)
        if ours := sorted(_PARAMETERS_OF_TURNS & body.keys()):
            raise PydanticCustomError("ours", OUR_PARAMETERS.format(name=ours[0]))
        return body

    @field_validator("openai_extra_headers", mode="before")
    @classmethod
    def _are_headers(cls, value: object) -> object:
        headers = _parse_json(value)
        if not isinstance(headers, dict) or not all(isinstance(v, str | SecretStr) for v in headers.values()):
            raise PydanticCustomError("headers", NO_HEADERS)
        stripped = {
            name.strip(): (text.get_secret_value() if isinstance(text, SecretStr) else text).strip()
            for name, text in headers.items()
        }
        if not all(_HEADER_NAME.fullmatch(n) and _HEADER_VALUE.fullmatch(v) for n, v in stripped.items()):
            raise PydanticCustomError("header", NO_HEADER)
        if ours := sorted(_HEADERS_OF_HTTP & {name.lower() for name in stripped}):
            raise PydanticCustomError("ours", OUR_HEADERS.format(name=ours[0]))
        return stripped

    @field_validator("openai_base_url")
    @classmethod
    def _is_confidential(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value is not None and not is_confidential(value):
            raise PydanticCustomError("confidential", INSECURE_MODEL)
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.jwks_max_stale_seconds < self.jwks_max_age_seconds:
            raise PydanticCustomError("relation", "JWKS_MAX_STALE_SECONDS: must not be below JWKS_MAX_AGE_SECONDS")
        if "model_timeout_seconds" in self.model_fields_set and self.model_timeout_seconds > self.turn_timeout_seconds:
            raise PydanticCustomError("relation", "MODEL_TIMEOUT_SECONDS: must not be above TURN_TIMEOUT_SECONDS")
        try:
            self.model_proxy  # noqa: B018
        except UnusableProxy as error:
            raise PydanticCustomError("proxy", "{reason}", {"reason": str(error)}) from None
        return self

    @cached_property
    def database_url(self) -> DatabaseUrl:
        """`api_database_url`, parsed."""
        return parse_database_url(self.api_database_url.get_secret_value())

    @cached_property
    def model_proxy(self) -> str | None:
        """The proxy for the model's server; None for a direct connection, or if no model is asked."""
        return proxy_for(self.openai_base_url or OPENAI) if self.asks_model else None

    @property
    def asks_model(self) -> bool:
        """Whether a language model answers."""
        return self.assistant == "auto" and not (self.openai_api_key is None and self.openai_base_url is None)


def _parse_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        parsed: object = json.loads(value)
        json.dumps(
            parsed, allow_nan=False, ensure_ascii=False
        ).encode()  # a request cannot carry NaN or lone surrogates
    except (ValueError, RecursionError):
        return None
    return parsed


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SystemExit: settings are missing or invalid. The message has one line for each.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # from the environment
    except ValidationError as error:
        # Omit `input`, which may be a password.
        # Errors about several settings have no location and name the settings themselves.
        lines = [
            ": ".join([*(str(name).upper() for name in e["loc"]), e["msg"]]) for e in error.errors(include_input=False)
        ]
        raise SystemExit("\n".join(lines)) from None
