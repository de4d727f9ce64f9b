"""JSON logs that say what happened, and to which request, but never what people wrote.

The message of an exception can carry row contents, tokens or texts of the model. So an exception
is logged by its types and the places in the code it came through, without its message.
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

_QUOTATION = re.compile(r"[\n<(]")
"""Where asyncio's messages begin to quote tasks, exceptions and arguments."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class ContentFreeJsonFormatter(OrjsonFormatter):
    """One JSON object a line: time, level, logger, message, request_id, and what `extra` adds."""

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
    """The error and what led to it, each once: what is raised again can be its own cause's cause."""
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
    """Send everything to standard output as JSON; uvicorn's own access lines are ours already."""
    warnings.simplefilter("ignore")  # pydantic's quote the value that surprised them, which a model or person wrote
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
                # These write request lines and payloads at lower levels.
                "httpx": {"level": "WARNING"},
                "httpx2": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
                "httpcore2": {"level": "WARNING"},
                "openai": {"level": "WARNING"},
                "openai.agents": {"level": "CRITICAL"},
                "asyncio": {"level": "WARNING"},
            },
        }
    )
