import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";

const LOOPBACK = new Set(["127.0.0.1", "[::1]"]);
/** First parts of paths that are no page: the services behind this origin, what Vite serves, and what nobody may see. */
const NO_PAGES = new Set(["api", "assets", "healthz", "readyz", "src", "node_modules", "vite"]);

/**
 * Makes Vite's two servers behave as the one origin of Taskchat.
 *
 * Cookies and access tokens belong to `publicUrl`, so that a browser that came by 127.0.0.1 is sent there. Every page
 * is the one document, which finds out by itself what to show; a missing file or API stays a 404.
 */
export function oneOrigin(publicUrl: URL): Plugin {
  const middleware: Connect.NextHandleFunction = (request, response, next) => {
    if (!isPage(request)) return next();
    const host = `http://${request.headers.host ?? ""}`;
    if (URL.canParse(host) && LOOPBACK.has(new URL(host).hostname) && new URL(host).host !== publicUrl.host) {
      return redirect(response, publicUrl.origin + request.url);
    }
    request.url = "/index.html";
    next();
  };
  return {
    name: "taskchat:one-origin",
    configureServer: ({ middlewares }) => void middlewares.use(middleware),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(middleware),
  };
}

/** Whether a browser asks for a page to show, and not for a part of one. */
export function isPage({ method, url = "/", headers }: Pick<IncomingMessage, "method" | "url" | "headers">): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (!headers.accept?.includes("text/html")) return false;
  const parts = url.replace(/[?#].*/, "").split("/");
  const first = parts[1] ?? "";
  return !NO_PAGES.has(first) && !first.startsWith("@") && !parts.at(-1)?.includes(".");
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { location }).end();
}
