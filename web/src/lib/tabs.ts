import { PRODUCT } from "../product.ts";

/** The browser's other tabs with this page. */
const channel = new BroadcastChannel(`${PRODUCT.slug}.changes`);

/** Tells the other tabs that something of this user has changed. */
export function tellOtherTabs(userId: string, conversationId: string | null): void {
  channel.postMessage({ userId, conversationId });
}

/** Calls `listener` when another tab has changed something of this user. */
export function onOtherTabs(userId: string, listener: (conversationId: string | null) => void): void {
  channel.addEventListener("message", ({ data }: MessageEvent<{ userId: string; conversationId: string | null }>) => {
    if (data.userId === userId) listener(data.conversationId);
  });
}
