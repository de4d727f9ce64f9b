import { useEffect, useState } from "react";
import { navigate, useHistoryState, useLocationProperty, usePathname } from "wouter/use-browser-location";

/**
 * Returns the token of an emailed link, `#token=…`, or null.
 *
 * Removes it from the URL, so that it does not stay in the address bar or the history.
 */
export function useTokenFromUrl(): [token: string | null, clear: () => void] {
  const hash = useLocationProperty(() => window.location.hash);
  const pathname = usePathname();
  const state = useHistoryState<unknown>();
  const fromUrl = new URLSearchParams(hash.slice(1)).get("token");
  const [token, setToken] = useState(fromUrl);
  useEffect(() => {
    if (fromUrl === null) return;
    setToken(fromUrl);
    navigate(pathname, { replace: true, state });
  }, [fromUrl, pathname, state]);
  return [token, () => setToken(null)];
}
