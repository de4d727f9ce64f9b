import { unwrap } from "../api/api-error.ts";
import { api, fetchLong } from "../api/client.ts";
import { saveFile } from "../api/download.ts";
import { PRODUCT } from "../product.ts";
import type { User } from "./session.ts";

/** Downloads everything that is stored about the user as one JSON file. */
export async function downloadExport({ id, name, email }: User): Promise<void> {
  const params = { path: { user_id: id } };
  const { exported_at, ...stored } = await unwrap(api.GET("/api/{user_id}/export", { params, fetch: fetchLong }));
  // The api has no account data: that is in the auth service.
  const whole = { exported_at, account: { name, email }, ...stored };
  const file = new Blob([JSON.stringify(whole, null, 2)], { type: "application/json" });
  saveFile(file, `${PRODUCT.slug}-export-${exported_at.slice(0, "2026-11-20".length)}.json`);
}
