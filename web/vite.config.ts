import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const publicUrl = new URL(process.env.PUBLIC_URL ?? "http://localhost:3000");

export default defineConfig({
  // The gateway decides which URLs are pages. For all others Vite answers 404.
  appType: "mpa",
  clearScreen: false,
  plugins: [react(), tailwindcss()],
  // For `make dev HOT=1`. Browsers use the gateway, but every user of this machine can reach this port.
  server: {
    // Some programs resolve `localhost` to ::1, others to 127.0.0.1.
    host: "127.0.0.1",
    strictPort: true,
    allowedHosts: [publicUrl.hostname],
    cors: false, // No other origin may read these files.
    fs: {
      // By default Vite serves the whole repository, including the data and secrets of `make dev`.
      allow: [folder("."), folder("../node_modules")],
      deny: [".env", ".env.*", "*.{crt,pem,key}", "**/.git/**", "**/.data/**", "**/.build/**"],
    },
  },
});
