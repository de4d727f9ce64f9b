import { useMutation } from "@tanstack/react-query";
import { ChevronsUpDown, Keyboard, LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { postAuth } from "../api/auth-client.ts";
import { errorMessage } from "../api/error-messages.ts";
import { useIsInDrawer } from "../lib/drawer.ts";
import { changesOf } from "../lib/use-changes.ts";
import { Action, ActionMenu, Choice } from "../ui/ActionMenu.tsx";
import { Button } from "../ui/Button.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { setTheme, useTheme } from "../ui/theme.ts";
import { toastError } from "../ui/toasts.tsx";
import { HAS_KEYBOARD, useMediaQuery } from "../ui/use-media-query.ts";
import { backTo } from "./back.ts";
import { useUser } from "./session.ts";
import { clearUser, hasUnsent } from "./sign-out.ts";
import * as texts from "./texts.ts";

const THEMES = [
  { value: "system", label: texts.THEME_SYSTEM, icon: <Monitor aria-hidden /> },
  { value: "light", label: texts.THEME_LIGHT, icon: <Sun aria-hidden /> },
  { value: "dark", label: texts.THEME_DARK, icon: <Moon aria-hidden /> },
] as const;

/** How long signing out waits for unsent changes before it asks. */
const FINISH_MS = 3_000;

/** Shows the signed-in user, with links to the account page and sign-out, and the settings of this browser. */
export function AccountMenu({ onShowShortcuts }: { onShowShortcuts: () => void }) {
  const { id, name, email } = useUser();
  const [asks, setAsks] = useState(false);
  const theme = useTheme();
  const hasKeyboard = useMediaQuery(HAS_KEYBOARD);
  const isInDrawer = useIsInDrawer();
  const signingOut = useMutation({
    mutationFn: () => postAuth("/sign-out"),
    onSuccess: () => clearUser(id, "signed_out"),
    onError: (error) => toastError(errorMessage(error)),
  });

  async function signOut(): Promise<void> {
    if (signingOut.isPending) return;
    const patience = new Promise((resolve) => setTimeout(resolve, FINISH_MS));
    await Promise.race([changesOf(id).finish(), patience]);
    if (hasUnsent(id)) setAsks(true);
    else signingOut.mutate();
  }

  return (
    <>
      <ActionMenu
        align="start"
        trigger={
          <button
            type="button"
            className="flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left transition-colors hover:bg-hover data-popup-open:bg-hover"
          >
            <span
              aria-hidden
              className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-soft font-semibold text-accent text-sm"
            >
              {Array.from(name)[0]?.toUpperCase()}
            </span>
            <span className="flex min-w-0 flex-1 flex-col">
              <span className="sr-only">{texts.ACCOUNT}</span>
              <span className="truncate font-medium text-sm">{name}</span>
              <span className="truncate text-[0.8125rem] text-muted">{email}</span>
            </span>
            <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted" />
          </button>
        }
      >
        <Action
          icon={<UserRound aria-hidden />}
          onClick={() => navigate("/account", { state: backTo(), replace: isInDrawer })}
        >
          {texts.YOUR_ACCOUNT}
        </Action>
        {hasKeyboard && (
          <Action icon={<Keyboard aria-hidden />} onClick={onShowShortcuts}>
            {texts.KEYBOARD_SHORTCUTS}
          </Action>
        )}
        <Choice label={texts.THEME} value={theme} onChange={setTheme} choices={THEMES} />
        <Action icon={<LogOut aria-hidden />} onClick={() => void signOut()}>
          {texts.SIGN_OUT}
        </Action>
      </ActionMenu>
      <Modal
        open={asks}
        onClose={() => setAsks(false)}
        title={texts.LOSE_UNSENT_QUESTION}
        description={texts.LOSE_UNSENT_DESCRIPTION}
      >
        <ModalActions>
          <Button onClick={() => setAsks(false)}>{texts.STAY_SIGNED_IN}</Button>
          <Button
            look="danger"
            onClick={() => {
              setAsks(false);
              signingOut.mutate();
            }}
          >
            {texts.SIGN_OUT}
          </Button>
        </ModalActions>
      </Modal>
    </>
  );
}
