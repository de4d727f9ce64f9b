import { useMutation } from "@tanstack/react-query";
import { navigate } from "wouter/use-browser-location";
import { useAuthConfig } from "../account/auth-config.ts";
import { refreshSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import type { FieldValues } from "../ui/form-fields.ts";
import { originOf, useEntryState } from "./entry-state.ts";

/** Signs in or up. Users who must confirm their email first are sent to /verify-email. */
export function useCredentialsForm(submit: (values: FieldValues) => Promise<unknown>) {
  const origin = originOf(useEntryState());
  const sendsMail = useAuthConfig().data?.mail ?? true;
  return useMutation({
    mutationFn: async (values: FieldValues) => {
      const isVerified = await submit(values).then(() => true, falseIfUnverified);
      if (isVerified && (await refreshSession()) !== null) return;
      if (isVerified && !sendsMail) throw new ApiError("cookies_refused");
      navigate("/verify-email", { state: { ...origin, email: values("email").trim() } });
    },
  });
}

function falseIfUnverified(error: unknown): false {
  if (error instanceof ApiError && error.code === "EMAIL_NOT_VERIFIED") return false;
  throw error;
}
