import type { Device } from "@taskchat/shared-schema/device";
import { Monitor, Smartphone } from "lucide-react";
import { Button } from "../ui/Button.tsx";
import * as texts from "./texts.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const HANDHELD = new Set(["iOS", "Android"]);

interface DeviceItemProps {
  device: Device;
  onLogOut: (button: HTMLElement) => void;
}

/** The current device has no button, because the account menu signs out here. */
export function DeviceItem({ device, onLogOut }: DeviceItemProps) {
  const name = deviceName(device);
  const Icon = HANDHELD.has(device.system ?? "") ? Smartphone : Monitor;
  return (
    <li className="flex items-center gap-3 py-3 first:pt-0 last:pb-0">
      <Icon aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="flex min-w-0 flex-1 flex-col">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 font-medium text-sm">
          {name}
          {device.isCurrent && (
            <span className="rounded-full bg-accent-soft px-2 py-0.5 font-normal text-[0.8125rem] text-accent">
              {texts.THIS_DEVICE}
            </span>
          )}
        </p>
        <p className="text-[0.8125rem] text-muted [overflow-wrap:anywhere]">
          {[device.isCurrent ? texts.ACTIVE_NOW : lastUsed(device), device.address].filter(Boolean).join(" · ")}
        </p>
        <p className="text-[0.8125rem] text-muted">{texts.signedInOn(new Date(device.signedInAt))}</p>
      </div>
      {!device.isCurrent && (
        <Button aria-label={texts.logOut(name)} onClick={(event) => onLogOut(event.currentTarget)}>
          {texts.LOG_OUT}
        </Button>
      )}
    </li>
  );
}

export function deviceName({ browser, system }: Device): string {
  if (browser && system) return texts.browserOn(browser, system);
  return browser ?? system ?? texts.UNKNOWN_BROWSER;
}

/** The auth service records the last use to the hour. */
function lastUsed({ lastUsedAt }: Device): string {
  const hours = Math.round((Date.now() - Date.parse(lastUsedAt)) / HOUR_MS);
  if (hours < 1) return texts.USED_JUST_NOW;
  return hours < DAY_HOURS ? texts.lastUsed(hours, "hour") : texts.lastUsed(Math.round(hours / DAY_HOURS), "day");
}
