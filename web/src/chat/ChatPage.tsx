import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, useEffect } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { SignOutButton } from "../account/SignOutButton.tsx";
import { useUser } from "../account/session.ts";
import { codeInWords, inWords } from "../api/error-words.ts";
import { messagesQuery } from "../conversations/queries.ts";
import { TaskPanel } from "../tasks/TaskPanel.tsx";
import { useOutbox } from "./use-outbox.ts";

export function ChatPage() {
  const user = useUser();
  const navigate = useNavigate();
  const { conversationId } = useParams();
  const { state } = useLocation();
  const { outbox, outgoing } = useOutbox(user.id);
  const stored = useInfiniteQuery({
    ...messagesQuery(user.id, conversationId ?? ""),
    enabled: conversationId !== undefined,
  });
  const sentKey = (state as { sent?: string } | null)?.sent;
  const mine = outgoing.filter((message) =>
    conversationId ? message.conversationId === conversationId : message.key === sentKey,
  );
  const arrivedAt = conversationId === undefined ? mine[0]?.conversationId : null;
  useEffect(() => {
    if (arrivedAt) void navigate(`/c/${arrivedAt}`, { replace: true });
  }, [arrivedAt, navigate]);

  function send(text: string): void {
    const key = outbox.send(text, conversationId ?? null);
    if (conversationId === undefined) void navigate("/", { state: { sent: key }, replace: true });
  }

  const messages = stored.data ?? [];
  const unknown = mine.filter(({ key }) => !messages.some((message) => message.idempotency_key === key));
  return (
    <div>
      <SignOutButton />
      <main>
        {stored.error && <p role="alert">{inWords(stored.error)}</p>}
        <ol aria-label="Messages">
          {messages.map(({ id, content }) => (
            <li key={id}>{content}</li>
          ))}
          {unknown.map(({ key, text }) => (
            <li key={key}>{text}</li>
          ))}
        </ol>
        {mine.map((message) =>
          message.state === "failed" ? (
            <p key={message.key} role="alert">
              {codeInWords(message.errorCode)}{" "}
              <button type="button" onClick={() => outbox.resend(message)}>
                Retry
              </button>
            </p>
          ) : (
            <p key={message.key}>Thinking…</p>
          ),
        )}
        <Composer onSend={send} disabled={mine.some(({ state }) => state === "sending")} />
      </main>
      <TaskPanel />
    </div>
  );
}

function Composer({ onSend, disabled }: { onSend: (text: string) => void; disabled: boolean }) {
  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("message")).trim();
    if (text === "" || disabled) return;
    onSend(text);
    event.currentTarget.reset();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }

  return (
    <form onSubmit={onSubmit}>
      <textarea name="message" aria-label="Message" onKeyDown={onKeyDown} rows={2} />
      <button type="submit" disabled={disabled}>
        Send
      </button>
    </form>
  );
}
