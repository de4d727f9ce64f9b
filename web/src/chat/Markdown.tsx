import { memo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

/**
 * What the elements of a reply become. A model may have been talked into anything, so that nothing is loaded from
 * elsewhere and no link takes this page along. Headings stay below the page's own.
 */
const COMPONENTS: Components = {
  // Of an address that may not be opened, such as a script, nothing is left.
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
  // What scrolls has to be within the keyboard's reach.
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

/** A reply of the assistant. Raw HTML in it is shown as text. */
export const Markdown = memo(function Markdown({ children }: { children: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {children}
      </ReactMarkdown>
    </div>
  );
});
