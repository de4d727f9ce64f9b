import { common, createLowlight } from "lowlight";
import { type ReactNode, useMemo } from "react";

const lowlight = createLowlight(common);

type Node = ReturnType<typeof lowlight.highlight>["children"][number];

interface HighlightedProps {
  language: string;
  code: string;
  /** Shown if the language is unknown. */
  children: ReactNode;
}

/** Code in its colours, as elements: never as HTML. */
export function Highlighted({ language, code, children }: HighlightedProps) {
  const tree = useMemo(
    () => (lowlight.registered(language) ? lowlight.highlight(language, code) : undefined),
    [language, code],
  );
  return tree ? <code>{tree.children.map(toElement)}</code> : children;
}

function toElement(node: Node, index: number): ReactNode {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return null;
  const names = node.properties.className;
  return (
    <span key={index} className={Array.isArray(names) ? names.join(" ") : undefined}>
      {node.children.map(toElement)}
    </span>
  );
}
