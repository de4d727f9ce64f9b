interface Node {
  type: string;
  depth?: number;
  children?: Node[];
}

/** Below the conversation's title. */
const TOP = 2;
const LOWEST = 6;

/**
 * A remark plugin that ranks a reply's headings below the page's own and leaves out no rank, whatever they were: `###`
 * and `#####` become h2 and h3.
 */
export function rankHeadings() {
  return (tree: Node) => {
    const open: number[] = [];
    for (const heading of headings(tree)) {
      const depth = heading.depth ?? 1;
      while ((open.at(-1) ?? 0) >= depth) open.pop();
      open.push(depth);
      heading.depth = Math.min(TOP - 1 + open.length, LOWEST);
    }
  };
}

const headings = (node: Node): Node[] =>
  node.type === "heading" ? [node] : (node.children ?? []).flatMap((child) => headings(child));
