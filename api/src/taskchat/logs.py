"""JSON logs without anything that people wrote.

An exception's message can contain row contents, tokens or a model's text. So only its types and frames are logged.
"""

import logging
import logging.config
import re
import traceback
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter

from taskchat.streams import use_utf8

_QUOTATION = re.compile(r"[\n<(]")
"""The rest of an asyncio message after these may quote tasks, exceptions and arguments."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class ContentFreeJsonFormatter(OrjsonFormatter):
    """Formats a record as one line of JSON: time, level, logger, message, request_id, and the fields of `extra`."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        if record.name == "asyncio":
            log_data["message"] = _QUOTATION.split(record.getMessage(), maxsplit=1)[0].rstrip()
        if (current := request_id.get()) is not None:
            log_data["request_id"] = current

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the name is logging's)
        _, error, _ = ei
        return "\ncaused by\n".join(_describe(e) for e in _with_causes(error))


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, each once, since a re-raised error can be its own cause's cause."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _describe(error: BaseException) -> str:
    frames = (f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__))
    return "\n".join([f"{type(error).__module__}.{type(error).__qualname__}{_sqlstate(error)}", *frames])


def _sqlstate(error: BaseException) -> str:
    sqlstate = getattr(error, "sqlstate", None)
    return f" [{sqlstate}]" if isinstance(sqlstate, str) else ""


def configure_logging(level: str) -> None:
    """Log everything to standard output as JSON, without uvicorn's access log, which `RequestLog` replaces."""
    use_utf8()
    warnings.simplefilter("ignore")  # pydantic's warnings quote values, which a model or person wrote
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": ContentFreeJsonFormatter,
                    "fmt": "{asctime}{levelname}{name}{message}",
                    "style": "{",
                    "datefmt": "%Y-%m-%dT%H:%M:%S%z",
                    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                }
            },
            "handlers": {
                "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}
            },
            "root": {"level": level.upper(), "handlers": ["stdout"]},
            "loggers": {
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.error": {"handlers": [], "propagate": True},
                "uvicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
                # These log request lines and payloads at lower levels.
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
                "openai.agents": {"level": "CRITICAL"},
                "asyncio": {"level": "WARNING"},
            },
        }
    )
