import { PRODUCT } from "../product.ts";

/** The title of the browser's tab. */
export function PageTitle({ children }: { children?: string }) {
  return <title>{children ? `${children} · ${PRODUCT.name}` : PRODUCT.name}</title>;
}
