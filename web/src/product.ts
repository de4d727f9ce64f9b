/** The product's name, wherever a page or a storage key needs it. */
export const PRODUCT = {
  name: "Taskchat",
  slug: "taskchat",
  tagline: "Chat with your task list.",
} as const;
