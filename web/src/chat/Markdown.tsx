import { memo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

/**
 * How the elements of a reply are rendered. A reply may be hostile, so nothing loads from other sites and links open a
 * new tab. Headings rank below the page's own.
 */
const COMPONENTS: Components = {
  // react-markdown removes unsafe URLs, such as scripts.
  a: ({ children, href }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      children
    ),
  img: ({ alt }) => alt,
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? "done" : "open"}>
      {checked ? "☑" : "☐"}
    </span>
  ),
  // Scrollable elements must be reachable by keyboard.
  // biome-ignore-start lint/a11y/noNoninteractiveTabindex: see above.
  table: ({ children }) => (
    <div tabIndex={0} className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
  // biome-ignore-end lint/a11y/noNoninteractiveTabindex: see above.
  h1: "h3",
  h2: "h4",
  h3: "h5",
  h4: "h6",
  h5: "h6",
};

const PLUGINS = [remarkGfm];

/** Renders a reply. Raw HTML is shown as text. */
export const Markdown = memo(function Markdown({ children }: { children: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {children}
      </ReactMarkdown>
    </div>
  );
});
