/** Early enough that a token does not expire while its request is on the way. */
const RENEW_BEFORE_EXPIRY_MS = 30_000;

interface AccessTokens {
  /** A token that stays valid for a while. */
  get(): Promise<string>;
  /** A different token after a 401. */
  renew(rejected: string): Promise<string>;
  /** Drops the token, because another user may be signed in. */
  clear(): void;
}

interface Held {
  readonly token: string;
  readonly renewAt: number;
}

/**
 * Keeps one access token in memory and renews it in time. Concurrent callers share one request.
 *
 * @param issue - gets a new token from auth-service.
 * @param now - milliseconds of any clock. Only differences matter, so the clock may be wrong.
 */
export function createAccessTokens(issue: () => Promise<string>, now: () => number = Date.now): AccessTokens {
  let held: Held | undefined;
  let issuing: Promise<Held> | undefined;

  async function renewed(): Promise<string> {
    issuing ??= issueOne();
    const mine = issuing;
    try {
      const { token, renewAt } = await mine;
      // After clear(), the token is for the callers that already waited, not for later ones.
      if (issuing === mine) held = { token, renewAt };
      return token;
    } finally {
      if (issuing === mine) issuing = undefined;
    }
  }

  async function issueOne(): Promise<Held> {
    const requestedAt = now();
    const token = await issue();
    return { token, renewAt: requestedAt + lifetimeMs(token) - RENEW_BEFORE_EXPIRY_MS };
  }

  return {
    get: async () => (held && now() < held.renewAt ? held.token : renewed()),
    renew: async (rejected) => (held && held.token !== rejected ? held.token : renewed()),
    clear: () => {
      held = undefined;
      issuing = undefined;
    },
  };
}

/** The lifetime of a JWT from when it was issued. */
function lifetimeMs(token: string): number {
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const { iat, exp } = JSON.parse(atob(payload)) as { iat: number; exp: number };
  return (exp - iat) * 1000;
}
