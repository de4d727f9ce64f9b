import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/**
 * The token of a link in a mail, `#token=…`; null where there is none.
 *
 * It is taken out of the address, so that it stays in no bar, no history and nothing that is copied from there.
 */
export function useTokenFromAddress(): [token: string | null, forget: () => void] {
  const { hash, pathname, state } = useLocation();
  const navigate = useNavigate();
  const inAddress = new URLSearchParams(hash.slice(1)).get("token");
  const [token, setToken] = useState(inAddress);
  useEffect(() => {
    if (inAddress === null) return;
    setToken(inAddress);
    void navigate(pathname, { replace: true, state });
  }, [inAddress, pathname, state, navigate]);
  return [token, () => setToken(null)];
}
