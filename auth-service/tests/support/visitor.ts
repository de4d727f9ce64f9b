import { randomUUID } from "node:crypto";
import { remember } from "./secrets.ts";
import type { Service } from "./service.ts";

/** A response and its body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says which shape it expects by reading it
  readonly body: any;
}

/** A person with a browser: keeps cookies, and sends the origin. */
export interface Visitor {
  readonly email: string;
  readonly password: string;
  /** The `name=value` of each cookie. */
  readonly cookies: ReadonlyMap<string, string>;
  get(path: string, headers?: HeadersInit): Promise<Answer>;
  post(path: string, body: unknown, headers?: HeadersInit): Promise<Answer>;
  signUp(): Promise<Answer>;
  signIn(password?: string): Promise<Answer>;
}

const newCredentials = () => ({ email: `${randomUUID()}@example.com`, password: `pass phrase ${randomUUID()}` });

/**
 * @param credentials - those of another visitor, for a second browser of the same account.
 * @param cookies - those of another visitor, for the same browser.
 */
export function newVisitor(
  service: Pick<Service, "url" | "publicUrl">,
  { email, password }: Pick<Visitor, "email" | "password"> = newCredentials(),
  cookies = new Map<string, string>(),
): Visitor {
  remember("an email address", email);
  remember("a password", password);

  async function send(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (!headers.has("origin")) headers.set("origin", service.publicUrl);
    if (cookies.size > 0) headers.set("cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
    const response = await fetch(service.url + path, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) keep(cookies, cookie);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") && text !== "";
    const body = isJson ? JSON.parse(text) : text;
    if (typeof body?.token === "string") remember("a token", body.token);
    return { status: response.status, headers: response.headers, body };
  }

  const post: Visitor["post"] = (path, body, headers = {}) =>
    send(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  return {
    email,
    password,
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post,
    signUp: () => post("/api/auth/sign-up/email", { name: "Visitor", email, password }),
    signIn: (given = password) => post("/api/auth/sign-in/email", { email, password: given }),
  };
}

function keep(cookies: Map<string, string>, header: string): void {
  const [, name = "", value = ""] = header.match(/^([^=]+)=([^;]*)/) ?? [];
  if (value === "") cookies.delete(name);
  else {
    cookies.set(name, value);
    remember("a cookie", decodeURIComponent(value));
    remember("a cookie", value);
  }
}

/** The id of the key that signs the visitor's access tokens now. */
export async function signingKey(visitor: Visitor): Promise<string> {
  const { token } = (await visitor.get("/api/auth/token")).body;
  return JSON.parse(Buffer.from(token.split(".")[0], "base64url").toString()).kid;
}
