/** The element that translators put in the place of a text node. */
const REPLACEMENT = "FONT";

/** The element that has replaced a text node. */
const replacements = new WeakMap<Node, Node>();

/**
 * Lets React work on a page that the browser translates.
 *
 * Translators replace text nodes by elements. React keeps the nodes that it made: to change the text of one that was
 * replaced does nothing, and to remove it, or to insert something before it, throws and takes the whole page down. So
 * these three act on the replacement.
 *
 * Source: https://github.com/facebook/react/issues/11538
 */
export function surviveTranslation(): void {
  new MutationObserver((records) => records.forEach(noteReplacements)).observe(document, {
    childList: true,
    subtree: true,
  });
  const { removeChild, insertBefore } = Node.prototype;

  Node.prototype.removeChild = function remove<Child extends Node>(child: Child): Child {
    const placed = placeOf(child, this);
    if (placed) removeChild.call(this, placed);
    return child;
  };

  Node.prototype.insertBefore = function insert<New extends Node>(node: New, before: Node | null): New {
    insertBefore.call(this, node, before && placeOf(before, this));
    return node;
  };

  const value = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");
  if (value?.set === undefined) return;
  const { set } = value;
  Object.defineProperty(Node.prototype, "nodeValue", {
    ...value,
    set(this: Node, text: string | null) {
      const replacement = this.isConnected ? undefined : replacements.get(this);
      if (replacement) replacement.textContent = text;
      set.call(this, text);
    },
  });
}

function noteReplacements({ addedNodes, removedNodes, previousSibling, nextSibling }: MutationRecord): void {
  const added = [...addedNodes, previousSibling, nextSibling].find((node) => node?.nodeName === REPLACEMENT);
  if (!added) return;
  for (const node of removedNodes) {
    if (node.nodeType === Node.TEXT_NODE) replacements.set(node, added);
  }
}

/** The child of `parent` that is a node, has replaced it, or contains it; null if none does. */
function placeOf(node: Node, parent: Node): Node | null {
  let place: Node | null = node.isConnected ? node : (replacements.get(node) ?? node);
  while (place && place.parentNode !== parent) place = place.parentNode;
  return place;
}
