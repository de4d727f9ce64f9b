import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { Fragment, type ReactElement, type ReactNode } from "react";

const ITEM =
  "flex cursor-pointer select-none items-center gap-2.5 rounded-lg px-2.5 py-2 text-sm outline-none " +
  "data-highlighted:bg-hover data-disabled:cursor-not-allowed data-disabled:opacity-50 " +
  "forced-colors:data-highlighted:outline-2 forced-colors:data-highlighted:outline-solid forced-colors:data-highlighted:-outline-offset-2 [&_svg]:size-4";

interface ActionMenuProps {
  /** The button that opens the menu. */
  trigger: ReactElement;
  align?: "start" | "end";
  children: ReactNode;
}

export function ActionMenu({ trigger, align = "end", children }: ActionMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="z-50 outline-none" sideOffset={4} align={align}>
          <Menu.Popup className="min-w-44 max-w-[calc(100vw-2rem)] rounded-xl border border-line bg-canvas p-1 shadow-lg outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  choices: readonly { readonly value: Value; readonly label: string; readonly icon: ReactNode }[];
}

/** One of several values, in a menu that stays open. */
export function Choice<Value extends string>({ label, value, onChange, choices }: ChoiceProps<Value>) {
  return (
    <Menu.RadioGroup value={value} onValueChange={onChange} className="my-1 border-line border-y py-1">
      <Menu.GroupLabel className="px-2.5 py-1 text-[0.8125rem] text-muted">{label}</Menu.GroupLabel>
      {choices.map((choice) => (
        <Menu.RadioItem key={choice.value} value={choice.value} className={`${ITEM} text-ink [&_svg]:text-muted`}>
          {choice.icon}
          <span className="flex-1">{choice.label}</span>
          <Menu.RadioItemIndicator>
            <Check aria-hidden />
          </Menu.RadioItemIndicator>
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}

interface ActionProps {
  icon: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

export function Action({ icon, danger = false, disabled = false, onClick, children }: ActionProps) {
  return (
    <Menu.Item
      onClick={onClick}
      disabled={disabled}
      className={`${ITEM} ${danger ? "text-danger" : "text-ink [&_svg]:text-muted"}`}
    >
      {icon}
      {children}
    </Menu.Item>
  );
}

interface ChoicesProps<Value extends string> {
  /** The values with their words, in groups. */
  groups: readonly (readonly (readonly [Value, string])[])[];
  value: Value;
  onChange: (value: Value) => void;
}

/** Menu items of which one is chosen. */
export function Choices<Value extends string>({ groups, value, onChange }: ChoicesProps<Value>) {
  return (
    <Menu.RadioGroup value={value} onValueChange={(chosen: Value) => onChange(chosen)}>
      {groups.map((choices, place) => (
        <Fragment key={choices[0]?.[0]}>
          {place > 0 && <Menu.Separator className="mx-2 my-1 h-px bg-line" />}
          {choices.map(([choice, words]) => (
            <Menu.RadioItem key={choice} value={choice} closeOnClick className={`${ITEM} text-ink`}>
              <span className="size-4">
                <Menu.RadioItemIndicator>
                  <Check aria-hidden />
                </Menu.RadioItemIndicator>
              </span>
              {words}
            </Menu.RadioItem>
          ))}
        </Fragment>
      ))}
    </Menu.RadioGroup>
  );
}
