// Opens the pages without a connection. It never sees what is under /api: the pages keep their own data.
// vite.config.ts declares VERSION and FILES. Their names contain hashes, so a stored one is never outdated, except start.js, which
// changes with VERSION.

const CACHE = `pages-${VERSION}`;
/** After this time, a connection is as good as none. */
const TIMEOUT_MS = 4000;

/** Stores one consistent release: the document and everything that it needs. */
async function install() {
  const cache = await caches.open(CACHE);
  const response = await fetch("/", { headers: { accept: "text/html" }, cache: "no-store" });
  const paths = (await response.clone().text()).match(/\/assets\/[^"]+/g) ?? [];
  // While a release is being replaced. The browser tries again on the next visit.
  if (!response.ok || paths.length === 0 || !paths.every((path) => FILES.includes(path)))
    throw new Error("This document belongs to another release.");
  await cache.addAll(FILES);
  await cache.put("/", response);
}

async function removeOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** The server's document if it can be reached, so that a new release or an older one shows at once. */
async function openPage(request) {
  const stored = await caches.match("/", { cacheName: CACHE });
  if (stored === undefined) return fetch(request);
  const timeout = new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS, stored));
  const answer = fetch(request).then(
    (response) => (response.status < 500 ? response : stored),
    () => stored,
  );
  return Promise.race([answer, timeout]);
}

addEventListener("install", (event) => event.waitUntil(install()));

// Without skipWaiting: a new release's worker starts when the old release's last tab is closed.
addEventListener("activate", (event) => event.waitUntil(removeOthers()));

addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") {
    event.respondWith(openPage(event.request));
  } else if (FILES.includes(pathname)) {
    event.respondWith(caches.match(pathname, { cacheName: CACHE }).then((stored) => stored ?? fetch(event.request)));
  }
});
