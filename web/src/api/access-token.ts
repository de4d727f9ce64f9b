/** Renewed this long before it ends, so that no request travels with one that ends on the way. */
const RENEW_BEFORE_END_MS = 30_000;

export interface AccessTokens {
  /** A token that is good for a while. */
  get(): Promise<string>;
  /** Another token than the one that was answered 401. */
  renew(rejected: string): Promise<string>;
  /** Forgets the token: it is somebody else's turn. */
  forget(): void;
}

interface Held {
  readonly token: string;
  readonly renewAt: number;
}

/**
 * Keeps one access token, in memory only, and gets the next in time, once for all who wait for it.
 *
 * @param issue - gets a new token from auth-service.
 * @param now - milliseconds of any clock. Only differences count, so that it may be wrong.
 */
export function createAccessTokens(issue: () => Promise<string>, now: () => number = Date.now): AccessTokens {
  let held: Held | undefined;
  let issuing: Promise<Held> | undefined;

  async function renewed(): Promise<string> {
    issuing ??= issueOne();
    const mine = issuing;
    try {
      const { token, renewAt } = await mine;
      // Forgotten meanwhile: good for those who waited, and for nobody after them.
      if (issuing === mine) held = { token, renewAt };
      return token;
    } finally {
      if (issuing === mine) issuing = undefined;
    }
  }

  async function issueOne(): Promise<Held> {
    const asked = now();
    const token = await issue();
    return { token, renewAt: asked + lifetimeMs(token) - RENEW_BEFORE_END_MS };
  }

  return {
    get: async () => (held && now() < held.renewAt ? held.token : renewed()),
    renew: async (rejected) => (held && held.token !== rejected ? held.token : renewed()),
    forget: () => {
      held = undefined;
      issuing = undefined;
    },
  };
}

/** How long a JWT is valid from its issue on. */
function lifetimeMs(token: string): number {
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const { iat, exp } = JSON.parse(atob(payload)) as { iat: number; exp: number };
  return (exp - iat) * 1000;
}
