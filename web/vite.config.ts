import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const publicUrl = new URL(process.env.PUBLIC_URL ?? "http://localhost:3000");

export default defineConfig({
  // Which addresses are pages is decided by the gateway; Vite's own answer to all others is 404.
  appType: "mpa",
  clearScreen: false,
  plugins: [react(), tailwindcss()],
  // For `make dev HOT=1`. Browsers come through the gateway, but every user of this machine can reach this port.
  server: {
    // `localhost` may mean ::1 to one program and 127.0.0.1 to another. Every machine has the latter.
    host: "127.0.0.1",
    strictPort: true,
    allowedHosts: [publicUrl.hostname],
    cors: false, // One origin, and no other one reads what is here.
    fs: {
      // Left alone, Vite serves the whole repository, with the data and secrets of `make dev` in it.
      allow: [folder("."), folder("../node_modules")],
      deny: [".env", ".env.*", "*.{crt,pem,key}", "**/.git/**", "**/.data/**", "**/.build/**"],
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
