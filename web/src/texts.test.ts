import { parseSync } from "vite";
import { describe, expect, it } from "vitest";

const SOURCES = import.meta.glob<string>("./**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

/** Where words may be: in tests, in each folder's texts, and in names, which are the same in every language. */
const MAY_HAVE_WORDS = /\.test\.ts$|\/(entry-)?texts\.tsx?$|\/(product|provider-names)\.ts$/;

/** Attributes and properties that people read or hear. */
const SHOWN = new Set(["aria-label", "aria-description", "alt", "title", "placeholder", "label", "hint"]);

/** The values of a header and of an attribute, which only look like texts. */
const NO_WORDS = new Set(["Bearer ", "noopener noreferrer nofollow"]);

interface Node {
  readonly type: string;
  readonly [part: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

const nameOf = (node: unknown): unknown => (isNode(node) ? (node.name ?? node.value) : undefined);

/** Types, comparisons, the names of classes, and what only engineers read. */
function isTechnical(node: Node): boolean {
  switch (node.type) {
    case "BinaryExpression":
      return node.operator !== "+";
    case "JSXAttribute":
      return /className$/i.test(`${nameOf(node.name)}`);
    case "NewExpression":
      return /^Set$|Error$/.test(`${nameOf(node.callee)}`);
    case "ImportDeclaration":
    case "ImportExpression":
      return true;
    default:
      return node.type.startsWith("TS") && !("expression" in node);
  }
}

/** The parts of a node that hold no texts. */
const TECHNICAL_PARTS: Readonly<Record<string, string>> = {
  ExportNamedDeclaration: "source",
  MemberExpression: "property",
  Property: "key",
  SwitchCase: "test",
};

/** Whether people see the text that a part of a node contains, given whether they see that of the node. */
function showsPart(node: Node, part: string, isShown: boolean): boolean {
  switch (node.type) {
    case "JSXElement":
    case "JSXFragment":
      return part === "children";
    case "JSXAttribute":
      return SHOWN.has(`${nameOf(node.name)}`);
    case "Property":
      return SHOWN.has(`${nameOf(node.key)}`);
    case "CallExpression":
      return part === "arguments" && `${nameOf(node.callee)}`.startsWith("toast");
    case "ConditionalExpression":
      return isShown && part !== "test";
    case "LogicalExpression":
      return isShown && !(node.operator === "&&" && part === "left");
    case "JSXExpressionContainer":
    case "TemplateLiteral":
      return isShown;
    default:
      return node.type.startsWith("TS") && isShown;
  }
}

/** “Add”, “Couldn't add ” and “Sign-up”, but neither “ArrowUp” nor “K”. */
const CAPITALIZED = /^[\s“(]*\p{Lu}['’\p{Ll}-]*(?:\p{Ll}$|[\s.,:;!?…”)])/u;
/** “more than ” and “, overdue”, but not “flex-1 gap-2”. */
const SEVERAL_WORDS = /^[\s,]*\p{L}+(?:['’]\p{L}+)?(?:[,.:;!?…]*\s+(?:\p{L}+(?:['’]\p{L}+)?|$))+[.:!?…]*$/u;

function isText(literal: string, isShown: boolean): boolean {
  if (isShown) return /\p{L}/u.test(literal);
  return !NO_WORDS.has(literal) && (CAPITALIZED.test(literal) || SEVERAL_WORDS.test(literal));
}

function literalOf({ type, value }: Node): string {
  if (type === "TemplateElement") return (value as { cooked: string }).cooked;
  return (type === "JSXText" || type === "Literal") && typeof value === "string" ? value : "";
}

/** The texts in a part of a program. */
function textsIn(node: Node, isShown = false): string[] {
  if (isTechnical(node)) return [];
  const literal = literalOf(node);
  const own = isText(literal, isShown) ? [literal.trim()] : [];
  const others = Object.entries(node).flatMap(([part, value]) => {
    if (TECHNICAL_PARTS[node.type] === part) return [];
    const nodes = [value].flat().filter(isNode);
    return nodes.flatMap((one) => textsIn(one, showsPart(node, part, isShown)));
  });
  return [...own, ...others];
}

function textsOf(source: string, path = "source.tsx"): string[] {
  const { program, errors } = parseSync(path, source);
  expect(errors).toEqual([]);
  return textsIn(program as unknown as Node);
}

describe("the texts that people read", () => {
  it("are in texts.ts", () => {
    const files = Object.entries(SOURCES).filter(([path]) => !MAY_HAVE_WORDS.test(path));
    const elsewhere = files.flatMap(([path, source]) => textsOf(source, path).map((text) => `${path}: ${text}`));
    expect(elsewhere).toEqual([]);
  });

  it.each([
    ["<p>or</p>", "or"],
    ["<p>{isDone ? 'done' : undefined}</p>", "done"],
    [`<p>{count > 0 && \`\${count} open\`}</p>`, "open"],
    ["<input placeholder='name' />", "name"],
    [`<Button aria-label={\`Delete \${title}\`} />`, "Delete"],
    ["<Page heading={isOpen ? title : 'Sign-up is closed'} />", "Sign-up is closed"],
    ["toastError('offline')", "offline"],
    [`toastUndo(id, \`Deleted \${title}\`, undo)`, "Deleted"],
    ["setDone('Device logged out.')", "Device logged out."],
    ["const choices = [{ label: 'all' }]", "all"],
    [`const more = \`\${hasMore ? 'more than ' : ''}\${count}\``, "more than"],
  ])("are found in %s", (source, text) => {
    expect(textsOf(source)).toEqual([text]);
  });

  it.each([
    "<p className='Big bold'>{text}</p>",
    "<Button look='danger' type='submit'>{texts.SAVE}</Button>",
    "<p>{text === 'none' && words.join(' ')}</p>",
    "const LOOK = 'flex w-full items-center'",
    "if (event.key === 'Escape') throw new Error('No root')",
    "type Answer = 'Yes, please'",
    `headers.set('authorization', \`Bearer \${token}\`)`,
  ])("are not found in %s", (source) => {
    expect(textsOf(source)).toEqual([]);
  });
});
