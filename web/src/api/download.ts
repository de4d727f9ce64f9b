import { toApiError } from "./api-error.ts";

/** Saves the file that a request with `parseAs: "blob"` returns, under the name that the api gives it. */
export async function download(result: Promise<{ data?: Blob; error?: unknown; response: Response }>): Promise<void> {
  const { data, error, response } = await result;
  if (data === undefined) throw toApiError(response, error);
  saveFile(data, fileNameIn(response.headers.get("content-disposition") ?? ""));
}

/** Prefer the encoded name. The other one is for clients that don't understand it. */
export function fileNameIn(disposition: string): string {
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  return encoded ? decodeURIComponent(encoded) : (/filename="([^"]+)"/.exec(disposition)?.[1] ?? "");
}

export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // After the browser has read the URL.
  setTimeout(() => URL.revokeObjectURL(url));
}
