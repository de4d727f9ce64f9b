import { type ComponentProps, type CSSProperties, lazy, memo, type ReactNode, Suspense, useId, useRef } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import remarkBreaks from "remark-breaks";
import remarkGfm from "remark-gfm";
import { CopyButton } from "../ui/CopyButton.tsx";
import { rankHeadings } from "./markdown-headings.ts";
import * as texts from "./texts.tsx";

/** Longer code stays plain: what a reply contains must not keep the page busy. */
const HIGHLIGHTED_CHARS_AT_MOST = 10_000;

/** Loaded for the first block of code that names its language. Without a connection, code stays plain. */
const Highlighted = lazy(() =>
  import("./Highlighted.tsx").then(
    ({ Highlighted }) => ({ default: Highlighted }),
    () => ({ default: ({ children }: { language: string; code: string; children: ReactNode }) => children }),
  ),
);

type Parts = Pick<ComponentProps<"p">, "children">;

/**
 * How the elements of a reply are rendered. A reply may be hostile, so nothing loads from other sites and links open a
 * new tab. People and models write in any direction, so each block has its own.
 */
const COMPONENTS: Components = {
  // react-markdown removes unsafe URLs, such as scripts.
  a: ({ children, href, id }) =>
    href?.startsWith("#") ? (
      <a id={id} href={href}>
        {children}
      </a>
    ) : href ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      children
    ),
  img: ({ alt }) => alt,
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? texts.CHECKED : texts.UNCHECKED}>
      {checked ? "☑" : "☐"}
    </span>
  ),
  p: ({ children }: Parts) => <p dir="auto">{children}</p>,
  li: ({ children, className, id }) => (
    <li className={className} id={id}>
      {children}
    </li>
  ),
  // A list has one direction, so that its numbers are on one side.
  ul: ({ children, className }) => (
    <ul dir="auto" className={className}>
      {children}
    </ul>
  ),
  ol: ({ children, start = 1, node }) => {
    const count = node?.children.filter(({ type }) => type === "element").length ?? 1;
    return (
      <ol dir="auto" start={start} style={{ "--digits": `${start + count - 1}`.length } as CSSProperties}>
        {children}
      </ol>
    );
  },
  td: ({ children, style }) => (
    <td dir="auto" style={style}>
      {children}
    </td>
  ),
  // Scrollable elements must be reachable by keyboard.
  // biome-ignore-start lint/a11y/noNoninteractiveTabindex: see above.
  table: ({ children }) => (
    <div tabIndex={0} className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
  pre: ({ children, node }) => <CodeBlock {...codeOf(node)}>{children}</CodeBlock>,
  // biome-ignore-end lint/a11y/noNoninteractiveTabindex: see above.
};

// "5~7 apples" means no strikethrough, and people expect a line break where they see one.
const PLUGINS: ComponentProps<typeof ReactMarkdown>["remarkPlugins"] = [
  [remarkGfm, { singleTilde: false }],
  remarkBreaks,
  rankHeadings,
];

const FOOTNOTES: ComponentProps<typeof ReactMarkdown>["remarkRehypeOptions"] = {
  footnoteLabel: texts.FOOTNOTES,
  footnoteBackLabel: texts.backToReference,
};

/** Renders a reply. Raw HTML is shown as text. */
export const Markdown = memo(function Markdown({ children }: { children: string }) {
  const prefix = `reply-${useId()}-`; // Footnotes of two replies have the same numbers.
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={PLUGINS}
        remarkRehypeOptions={{ ...FOOTNOTES, clobberPrefix: prefix }}
        components={COMPONENTS}
      >
        {children}
      </ReactMarkdown>
    </div>
  );
});

/** Renders the text of a reply without its formatting, for screen readers. */
export function PlainText({ children }: { children: string }) {
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} allowedElements={["p"]} unwrapDisallowed>
      {children}
    </ReactMarkdown>
  );
}

interface Code {
  language?: string | undefined;
  code?: string | undefined;
}

/** The code of a block that names its language and is short enough. */
function codeOf(pre: ExtraProps["node"]): Code {
  const [block] = pre?.children ?? [];
  if (block?.type !== "element") return {};
  const names = block.properties.className;
  const name = Array.isArray(names) ? names.find((one) => `${one}`.startsWith("language-")) : undefined;
  const code = block.children.map((child) => (child.type === "text" ? child.value : "")).join("");
  if (name === undefined || code.length > HIGHLIGHTED_CHARS_AT_MOST) return {};
  return { language: `${name}`.slice("language-".length).toLowerCase(), code };
}

function CodeBlock({ language, code, children }: Code & { children: ReactNode }) {
  const block = useRef<HTMLPreElement>(null);
  return (
    <div className="relative">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable elements must be reachable by keyboard. */}
      <pre ref={block} dir="ltr" tabIndex={0}>
        {language !== undefined && code !== undefined ? (
          <Suspense fallback={children}>
            <Highlighted language={language} code={code}>
              {children}
            </Highlighted>
          </Suspense>
        ) : (
          children
        )}
      </pre>
      <CopyButton
        label={texts.COPY_CODE}
        className="absolute top-1 right-1 bg-sunken"
        getText={() => block.current?.textContent ?? ""}
      />
    </div>
  );
}
