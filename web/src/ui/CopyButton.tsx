import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button.tsx";
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
      toastError("Couldn't copy this. Select the text instead.");
    }
  }

  return (
    <IconButton
      label={isCopied ? "Copied" : label}
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
