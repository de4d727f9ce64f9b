"""`POST /api/{user_id}/chat`."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, Response

from taskchat.auth.gate import CurrentUser
from taskchat.chat.schemas import ChatRequest, ChatResponse, chat_request
from taskchat.chat.service import Turns
from taskchat.chat.statements import TurnRequest
from taskchat.chat.time_zones import read_time_zone
from taskchat.conversations.schemas import ToolCallPublic
from taskchat.errors import (
    BudgetUsed,
    ConversationBusy,
    ConversationNotFound,
    IdempotencyKeyReused,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    TurnFailed,
    TurnInProgress,
)
from taskchat.http.dependencies import service
from taskchat.http.openapi import problems
from taskchat.http.schemas import IdempotencyKey

KeyOfMessage = Annotated[
    IdempotencyKey | None,
    Header(
        alias="Idempotency-Key",
        description="A key of your choice for this message. After any failure, send the message again with the same "
        "key: it is answered once, and its changes happen once.",
        examples=["018f3c2e-7a1b-7c3d-9e4f-5a6b7c8d9e0f"],
    ),
]

TurnsDep = Annotated[Turns, Depends(service(Turns))]

TimeZone = Annotated[
    str | None,
    Header(
        alias="Time-Zone",
        description="The IANA name of your time zone, which tells the assistant your date. "
        "A missing or unknown name means UTC.",
        examples=["Europe/Berlin"],
    ),
]


def chat_router(message_max_chars: int) -> APIRouter:
    """Create the endpoint for a maximum message length."""
    router = APIRouter(prefix="/api/{user_id}/chat", tags=["chat"])
    body_schema = chat_request(message_max_chars)

    @router.post(
        "",
        response_model=ChatResponse,
        responses={
            200: {
                "headers": {
                    "Idempotent-Replayed": {
                        "description": "`true` if this is the stored answer to an earlier request.",
                        "schema": {"type": "string", "enum": ["true"]},
                    }
                }
            },
            **problems(
                ConversationNotFound,
                TurnInProgress,
                ConversationBusy,
                TurnFailed,
                IdempotencyKeyReused,
                RateLimited,
                BudgetUsed,
                ModelError,
                ModelUnavailable,
                ModelTimeout,
            ),
        },
    )
    async def post_chat(
        user: CurrentUser,
        turns: TurnsDep,
        response: Response,
        body: body_schema,  # type: ignore[valid-type]
        idempotency_key: KeyOfMessage = None,
        time_zone: TimeZone = None,
    ) -> ChatResponse:
        """Send a message to the assistant, and get its answer and tool calls."""
        request: ChatRequest = body
        answer = await turns.answer(
            TurnRequest(
                user.id,
                idempotency_key or str(uuid4()),
                request.message,
                request.conversation_id,
                read_time_zone(time_zone),
            )
        )
        if answer.is_replay:
            response.headers["Idempotent-Replayed"] = "true"
        return ChatResponse(
            conversation_id=answer.conversation_id,
            response=answer.text,
            tool_calls=[ToolCallPublic.model_validate(call) for call in answer.tool_calls],
        )

    return router
