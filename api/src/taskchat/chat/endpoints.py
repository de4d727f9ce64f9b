"""`/api/{user_id}/chat`, and turns of `/api/{user_id}/conversations`."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Path, Response

from taskchat.auth.gate import CurrentUser
from taskchat.chat.schemas import ChatRequest, ChatResponse, chat_request
from taskchat.chat.service import Turns
from taskchat.chat.statements import TurnRequest
from taskchat.conversations.schemas import ToolCallPublic
from taskchat.errors import (
    BudgetUsed,
    ConversationBusy,
    ConversationNotFound,
    IdempotencyKeyReused,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    NoAssistant,
    RateLimited,
    TooLongForModel,
    TurnAnswered,
    TurnDiscarded,
    TurnFailed,
    TurnInProgress,
    TurnNotFound,
)
from taskchat.http.dependencies import service
from taskchat.http.openapi import problems
from taskchat.http.schemas import IdempotencyKey
from taskchat.http.time_zones import read_time_zone

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


NewConversationId = Annotated[
    UUID | None,
    Header(
        alias="New-Conversation-Id",
        description="A random UUID for the conversation that this message begins, so that you know it before the "
        "answer. Without it, the service chooses one.",
    ),
]


discards = APIRouter(prefix="/api/{user_id}")


@discards.delete("/chat", tags=["chat"], status_code=204, responses=problems(TurnAnswered))
async def discard_message(
    user: CurrentUser,
    turns: TurnsDep,
    idempotency_key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key", description="The key of the message.")],
) -> None:
    """Stop and discard a message without an answer, even if it has yet to arrive.

    If tools were called for it, it stays with them, and its answer says that it was stopped. A request that waits for
    the answer gets 409 `turn_discarded`, and so does every later one with this key.
    """
    await turns.discard(user.id, key=idempotency_key)


@discards.delete(
    "/conversations/{conversation_id}/turns/{turn}",
    tags=["conversations"],
    status_code=204,
    responses=problems(TurnNotFound, TurnAnswered),
)
async def discard_turn(
    user: CurrentUser,
    turns: TurnsDep,
    conversation_id: UUID,
    turn: Annotated[int, Path(ge=1, lt=2**30, description="n, if the message has the sequence number 2n - 1.")],
) -> None:
    """Stop and discard a turn without an answer, like `DELETE /api/{user_id}/chat`."""
    await turns.discard(user.id, conversation_id=conversation_id, turn=turn)


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
                TurnDiscarded,
                IdempotencyKeyReused,
                RateLimited,
                BudgetUsed,
                ModelError,
                TooLongForModel,
                ModelUnavailable,
                NoAssistant,
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
        new_conversation_id: NewConversationId = None,
    ) -> ChatResponse:
        """Send a message to the assistant, and get its answer and tool calls."""
        request: ChatRequest = body
        answer = await turns.answer(
            TurnRequest(
                user.id,
                idempotency_key or str(uuid4()),
                request.message,
                request.conversation_id,
                new_conversation_id,
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
