import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button.tsx";
import * as texts from "./texts.ts";
import { toastError } from "./toasts.tsx";

interface CopyButtonProps {
  label: string;
  className?: string;
  getText: () => string;
}

/** Copies a text, and says so until the pointer or the focus leaves it. */
export function CopyButton({ label, className = "", getText }: CopyButtonProps) {
  const [isCopied, setIsCopied] = useState(false);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(getText());
      setIsCopied(true);
    } catch {
      toastError(texts.COPYING_FAILED);
    }
  }

  return (
    <IconButton
      label={isCopied ? texts.COPIED : label}
      size="small"
      className={className}
      onClick={() => void copy()}
      onBlur={() => setIsCopied(false)}
      onPointerLeave={() => setIsCopied(false)}
    >
      {isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
    </IconButton>
  );
}
