import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/**
 * Returns the token of an emailed link, `#token=…`, or null.
 *
 * Removes it from the URL, so that it does not stay in the address bar or the history.
 */
export function useTokenFromUrl(): [token: string | null, clear: () => void] {
  const { hash, pathname, state } = useLocation();
  const navigate = useNavigate();
  const fromUrl = new URLSearchParams(hash.slice(1)).get("token");
  const [token, setToken] = useState(fromUrl);
  useEffect(() => {
    if (fromUrl === null) return;
    setToken(fromUrl);
    void navigate(pathname, { replace: true, state });
  }, [fromUrl, pathname, state, navigate]);
  return [token, () => setToken(null)];
}
