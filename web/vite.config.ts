import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import headers from "./headers.json" with { type: "json" };
import { oneOrigin } from "./vite/one-origin.ts";

const port = Number(process.env.PORT ?? 3000);
const publicUrl = new URL(process.env.PUBLIC_URL ?? `http://localhost:${port}`);

const service = (url: string) => ({ target: url, xfwd: true });
const server = {
  // `localhost` may mean ::1 to one program and 127.0.0.1 to another. Every machine has the latter, browsers try both.
  host: "127.0.0.1",
  port,
  strictPort: true,
  allowedHosts: [publicUrl.hostname],
  cors: false, // One origin, and no other one reads what is here.
  // The first that fits wins.
  proxy: {
    "/api/auth/": service(process.env.AUTH_SERVICE_URL ?? "http://127.0.0.1:3001"),
    "/api/": service(process.env.API_URL ?? "http://127.0.0.1:8000"),
  },
};

export default defineConfig({
  // Which addresses are pages is decided by oneOrigin; Vite's own answer to all others is 404.
  appType: "mpa",
  clearScreen: false,
  plugins: [react(), tailwindcss(), oneOrigin(publicUrl)],
  server,
  // Not in development: Vite's server injects scripts and styles that the policy forbids.
  preview: { ...server, headers },
  test: { include: ["{src,vite}/**/*.test.ts"] },
});
