"""The settings of the api: environment variables of the same names in capitals."""

from functools import cached_property
from typing import Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from taskchat.confidential_url import is_confidential
from taskchat.database_url import DatabaseUrl, InvalidDatabaseUrl, parse_database_url

NO_ORIGIN = "must be an origin such as https://chat.example.com, with no path, no slash at its end and no default port"
INSECURE_ISSUER = "must begin with https:// outside of a private network, or tokens travel in the clear"
INSECURE_KEYS = (
    "must begin with https:// outside of a private network: who can change the answer on its way can sign in as anybody"
)
INSECURE_MODEL = "must begin with https:// outside of a private network, or messages and the key travel in the clear"


class Settings(BaseSettings):
    """Everything that differs between one deployment and another."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    api_database_url: SecretStr
    """Postgres as the role `chat_api`; a URL as Neon shows it works unchanged."""
    database_pool_size: int = Field(default=10, ge=1, le=1000)
    database_prepared_statements: bool = True
    """Off for poolers that cannot keep them; then each statement costs a second round trip."""

    jwks_url: AnyHttpUrl
    """Where auth-service publishes its keys: its inner address, ending in `/api/auth/jwks`."""
    jwt_issuer: str
    """The origin that browsers use: auth-service's PUBLIC_URL."""
    jwt_audience: str = Field(default="chat-api", min_length=1)
    jwks_max_age_seconds: float = Field(default=300, gt=0)
    """How long a key that was removed from the set is taken at most, while auth-service can be reached."""
    jwks_max_stale_seconds: float = Field(default=3600, gt=0)
    """How long a key set serves at most while auth-service cannot be reached."""

    openai_api_key: SecretStr | None = None
    openai_base_url: AnyHttpUrl | None = None
    openai_model: str = "gpt-5-mini"
    openai_api: Literal["responses", "chat_completions"] = "responses"
    model_timeout_seconds: float = Field(default=30, gt=0)
    """For one step of the model, retries included."""
    turn_timeout_seconds: float = Field(default=90, gt=0)
    history_budget_tokens: int = Field(default=100_000, gt=0)
    """Past this, estimated from bytes, the oldest turns are not shown to the model."""

    turns_per_minute: int = Field(default=20, ge=1)
    requests_per_minute: int = Field(default=600, ge=1)
    """Of each user, turns aside."""
    requests_at_once: int = Field(default=8, ge=1)
    """Of each user in this process. Keep it below `database_pool_size`, or one user can occupy every connection."""
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
        return self

    @cached_property
    def database_url(self) -> DatabaseUrl:
        """What `api_database_url` means."""
        return parse_database_url(self.api_database_url.get_secret_value())

    @property
    def offline(self) -> bool:
        """Whether the offline assistant answers: without a key and without a server of one's own."""
        return self.openai_api_key is None and self.openai_base_url is None


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SystemExit: a setting is missing or wrong; its message has one line for each.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # from the environment
    except ValidationError as error:
        # `input` is left out: it may be a password.
        # What concerns several settings has no place, and names them itself.
        lines = [
            ": ".join([*(str(name).upper() for name in e["loc"]), e["msg"]]) for e in error.errors(include_input=False)
        ]
        raise SystemExit("\n".join(lines)) from None
