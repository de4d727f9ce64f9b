import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Device } from "@taskchat/shared-schema/device";
import { type RefObject, useRef, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { getAuth, postAuth } from "../api/auth-client.ts";
import { ErrorText, RequestError } from "../api/ErrorText.tsx";
import { Button, TextButton } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { readForm } from "../ui/form-fields.ts";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { Bone, Skeleton } from "../ui/Skeleton.tsx";
import { TextField } from "../ui/TextField.tsx";
import { CANCEL, TRY_AGAIN } from "../ui/texts.ts";
import { DeviceItem, deviceName } from "./DeviceItem.tsx";
import { Section } from "./Section.tsx";
import { useUser } from "./session.ts";
import * as texts from "./texts.ts";
import { UsernameField } from "./UsernameField.tsx";

const OTHERS = "others";

/** A device to log out, or all but this one. */
type Target = Device | typeof OTHERS;

export function SessionsSection() {
  const { id } = useUser();
  const queryKey = ["devices", id];
  const queryClient = useQueryClient();
  const devices = useQuery({ queryKey, queryFn: () => getAuth<Device[]>("/devices") });
  const [target, setTarget] = useState<Target>(OTHERS);
  const [isOpen, setIsOpen] = useState(false);
  const [done, setDone] = useState<string>();
  const outcome = useRef<HTMLDivElement>(null);
  /** The button that opened the dialog, or the outcome once that button has gone with its device. */
  const finalFocus = useRef<HTMLElement>(null);
  const others = devices.data?.filter(({ isCurrent }) => !isCurrent) ?? [];

  function ask(about: Target, button: HTMLElement): void {
    finalFocus.current = button;
    setTarget(about);
    setDone(undefined);
    setIsOpen(true);
  }

  function onLoggedOut(): void {
    setDone(target === OTHERS ? texts.LOGGED_OUT_OTHERS : texts.LOGGED_OUT);
    finalFocus.current = outcome.current;
    setIsOpen(false);
    void queryClient.invalidateQueries({ queryKey });
  }

  return (
    <Section heading={texts.DEVICES} description={texts.DEVICES_DESCRIPTION}>
      {devices.error && (
        <p role="alert" className="text-danger text-sm">
          <ErrorText error={devices.error} />{" "}
          <TextButton onClick={() => void devices.refetch()}>{TRY_AGAIN}</TextButton>
        </p>
      )}
      {devices.isPending && (
        <Skeleton label={texts.LOADING_DEVICES} className="flex h-17 items-center gap-3">
          <Bone className="size-5 shrink-0" />
          <div className="flex flex-1 flex-col gap-2">
            <Bone className="h-3.5 w-2/5" />
            <Bone className="h-3 w-1/2" />
            <Bone className="h-3 w-1/3" />
          </div>
        </Skeleton>
      )}
      {devices.data && (
        <ul aria-label={texts.DEVICES} className="flex flex-col divide-y divide-line">
          {devices.data.map((device) => (
            <DeviceItem key={device.id} device={device} onLogOut={(button) => ask(device, button)} />
          ))}
        </ul>
      )}
      <div ref={outcome} tabIndex={-1} className={done ? "outline-none" : "sr-only"}>
        <FormSuccess>{done}</FormSuccess>
      </div>
      {others.length > 0 && (
        <Button className="self-start" onClick={(event) => ask(OTHERS, event.currentTarget)}>
          {texts.LOG_OUT_OTHERS}
        </Button>
      )}
      <LogOut
        key={target === OTHERS ? OTHERS : target.id}
        target={target}
        open={isOpen}
        onClose={() => setIsOpen(false)}
        onLoggedOut={onLoggedOut}
        finalFocus={finalFocus}
      />
    </Section>
  );
}

interface LogOutProps {
  target: Target;
  open: boolean;
  onClose: () => void;
  onLoggedOut: () => void;
  finalFocus: RefObject<HTMLElement | null>;
}

/** Also asks for the password if the user signed in more than ten minutes ago. */
function LogOut({ target, open, onClose, onLoggedOut, finalFocus }: LogOutProps) {
  const { email } = useUser();
  const [needsPassword, setNeedsPassword] = useState(false);
  const loggingOut = useMutation({
    mutationFn: (password: string) => logOut(target, password),
    onSuccess: onLoggedOut,
    onError: (error) => setNeedsPassword((needed) => needed || needsPasswordError(error)),
  });
  const isPasswordPrompt = loggingOut.error !== null && needsPasswordError(loggingOut.error) && !loggingOut.variables;
  const isAll = target === OTHERS;

  function close(): void {
    loggingOut.reset();
    setNeedsPassword(false);
    onClose();
  }

  return (
    <Modal
      open={open}
      onClose={close}
      finalFocus={finalFocus}
      title={isAll ? texts.LOG_OUT_OTHERS_QUESTION : texts.logOutQuestion(deviceName(target))}
      description={isAll ? texts.LOG_OUT_OTHERS_DESCRIPTION : texts.LOG_OUT_DESCRIPTION}
    >
      <form onSubmit={(event) => loggingOut.mutate(readForm(event)("password"))} className="flex flex-col gap-4">
        {needsPassword && (
          <>
            <UsernameField email={email} />
            <TextField
              label={texts.YOUR_PASSWORD}
              name="password"
              type="password"
              autoComplete="current-password"
              hint={texts.CONFIRM_WITH_PASSWORD}
              required
              autoFocus
            />
          </>
        )}
        <RequestError error={isPasswordPrompt ? null : loggingOut.error} />
        <ModalActions>
          <Button onClick={close}>{CANCEL}</Button>
          <Button type="submit" look="primary" pending={loggingOut.isPending}>
            {texts.LOG_OUT}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}

function logOut(target: Target, password: string): Promise<unknown> {
  const proof = password === "" ? {} : { password };
  return target === OTHERS
    ? postAuth("/revoke-other-sessions", proof)
    : postAuth("/revoke-device", { id: target.id, ...proof });
}

const needsPasswordError = (error: unknown) => error instanceof ApiError && error.code === "PASSWORD_REQUIRED";
