import { domainToASCII } from "node:url";
import { APIError } from "better-auth/api";

/** Who may create an account. Existing accounts sign in regardless. */
export interface SignUpRules {
  readonly open: boolean;
  /** In ASCII and lower case; empty permits all. Subdomains are not included. */
  readonly emailDomains: readonly string[];
}

const REFUSALS = {
  sign_up_closed: "New accounts can't be created here",
  email_domain_not_allowed: "Accounts need an email address at a permitted domain",
} as const;

/** Whatever the address, the answer doesn't depend on whether it has an account. */
export function signUpRefusal({ open, emailDomains }: SignUpRules, email: unknown): keyof typeof REFUSALS | undefined {
  if (!open) return "sign_up_closed";
  if (emailDomains.length === 0) return undefined;
  const domain = typeof email === "string" ? domainOf(email) : undefined;
  return domain !== undefined && emailDomains.includes(domain) ? undefined : "email_domain_not_allowed";
}

export function requireSignUpAllowed(rules: SignUpRules, email: unknown): void {
  const code = signUpRefusal(rules, email);
  if (code !== undefined) throw new APIError("FORBIDDEN", { code, message: REFUSALS[code] });
}

/** The domain of a plain address. Quoted local parts may contain another @, so they have none. */
function domainOf(email: string): string | undefined {
  const [local, domain, ...more] = email.split("@");
  return local !== "" && domain !== undefined && more.length === 0 ? asciiDomain(domain) : undefined;
}

/** `domainToASCII` parses hosts of URLs: it decodes escapes, and drops a port and a path. */
const PLAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;

const DOMAIN = /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** A domain as DNS knows it, such as `xn--bcher-kva.example`; undefined if it isn't a domain. */
export function asciiDomain(text: string): string | undefined {
  const domain = PLAIN.test(text) ? domainToASCII(text.toLowerCase()) : "";
  return DOMAIN.test(domain) ? domain : undefined;
}
