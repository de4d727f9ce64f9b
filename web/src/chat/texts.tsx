import type { ReactNode } from "react";
import { plural } from "../language.ts";

/** @param minor - renders the part that narrow screens leave out. */
export const basicAssistant = (minor: (text: string) => ReactNode) => <>Basic{minor(" assistant")}</>;
export const BASIC_TITLE = "You're using the basic assistant";
export const basicDescription = (example: string) =>
  `It works without a language model, so keep your messages short and simple, like “${example}”.`;
export const noAssistant = (minor: (text: string) => ReactNode) => <>No{minor(" assistant")}</>;
export const NO_ASSISTANT_DESCRIPTION = "Messages can't be answered here yet. Ask your administrator.";
export const NO_ASSISTANT_TITLE = "No assistant is set up";

export const LOADING_FAILED = "Couldn't load this conversation";
export const LOADING_MESSAGES = "Loading messages…";
export const OFFLINE = "You're offline";
export const OFFLINE_DESCRIPTION =
  "You haven't opened this conversation on this device before. It will show when you're back online.";

export const EXAMPLES = "Examples";
export const MESSAGE = "Message";
export const SEND = "Send";
export const STILL_ANSWERING = "Still answering. Wait for the reply, or stop it.";
export const STILL_ANSWERING_ESC = "Still answering. Wait for the reply, or press Esc to stop it.";
export const STOP = "Stop";
export const STOP_ESC = "Stop (Esc)";
export const lengthOf = (count: number, max: number) => `${count} of ${max} characters`;
export const tooLong = (count: number) =>
  plural(count, {
    one: `This message is ${count} character too long. Shorten it to send it.`,
    other: `This message is ${count} characters too long. Shorten it to send it.`,
  });

export const CONVERSATION = "Conversation";
export const GO_TO_END = "Go to the end";
export const MESSAGES = "Messages";
export const NEW_REPLY = "New reply";
export const SHOW_EARLIER = "Show earlier messages";
export const THINKING = "Thinking…";
export const WAITING_FOR_CONNECTION = "Waiting for a connection…";
export const stillTrying = (problem: string) => `${problem} Still trying…`;

export const CONTINUE_IN_NEW = "Continue in a new conversation";
export const COPY_MESSAGE = "Copy message";
export const DISCARD = "Discard";
export const EDIT = "Edit";
export const NO_REPLY = "No reply yet.";
export const RETRY = "Retry";
export const SEND_AS_NEW = "Send as new message";
/** Who wrote a message. */
export const YOU = "You";

export const ACTION_FAILED = "An action failed";
/** The list of what the assistant has done for a message. */
export const ACTIONS = "Actions";
/** Who wrote a reply. */
export const ASSISTANT = "Assistant";
export const COPY_CODE = "Copy code";
export const COPY_REPLY = "Copy reply";
export const FOOTNOTES = "Footnotes";
/** @param index - counts the references from 0; @param repetition - those to the same footnote, from 1. */
export const backToReference = (index: number, repetition: number) =>
  `Back to reference ${index + 1}${repetition > 1 ? `-${repetition}` : ""}`;
/** The boxes of a checklist. */
export const CHECKED = "done";
export const UNCHECKED = "open";
/** The words of screen readers for a reply's actions. */
export const announceActions = (actions: readonly string[]) => `${actions.join(". ")}.`;
