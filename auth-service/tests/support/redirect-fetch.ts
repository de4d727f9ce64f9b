// Loaded into auth-service: sends its requests for other services to PROVIDERS_URL, with the same paths.
const HOSTS = ["github.com", "api.github.com", "oauth2.googleapis.com", "api.pwnedpasswords.com"];
const original = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!HOSTS.includes(url.hostname)) return original(input, init);
  return original(new URL(url.pathname, process.env.PROVIDERS_URL), init);
};
