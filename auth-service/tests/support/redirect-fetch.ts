// Loaded into auth-service: what it would ask of other services, it asks the server at PROVIDERS_URL, by the same paths.
const HOSTS = ["github.com", "api.github.com", "oauth2.googleapis.com", "api.pwnedpasswords.com"];
const original = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!HOSTS.includes(url.hostname)) return original(input, init);
  return original(new URL(url.pathname, process.env.PROVIDERS_URL), init);
};
