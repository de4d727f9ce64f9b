import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { LANGUAGE } from "./src/language.ts";
import { PRODUCT } from "./src/product.ts";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const publicUrl = new URL(process.env.PUBLIC_URL ?? "http://localhost:3000");

const MANIFEST = {
  id: "/",
  start_url: "/",
  scope: "/",
  name: PRODUCT.name,
  short_name: PRODUCT.name,
  description: PRODUCT.tagline,
  display: "standalone",
  // As --color-canvas in src/ui/styles.css.
  background_color: "#ffffff",
  theme_color: "#ffffff",
  icons: [
    { src: "/favicon.svg", sizes: "any", type: "image/svg+xml" },
    { src: "/icons/192.png", sizes: "192x192", type: "image/png" },
    { src: "/icons/512.png", sizes: "512x512", type: "image/png" },
    { src: "/icons/maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};

/** Puts the product's name and the language into index.html and the manifest, which lets browsers install the page as an app. */
function product(): Plugin {
  const source = JSON.stringify(MANIFEST);
  return {
    name: "product",
    transformIndexHtml: (html) =>
      html
        .replaceAll("%NAME%", PRODUCT.name)
        .replaceAll("%TAGLINE%", PRODUCT.tagline)
        .replace('lang="en"', `lang="${LANGUAGE}"`),
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "manifest.webmanifest", source });
    },
    configureServer({ middlewares }) {
      middlewares.use("/manifest.webmanifest", (_request, response) => {
        response.setHeader("Content-Type", "application/manifest+json").end(source);
      });
    },
  };
}

/** Lets public/start.js load the code for signed-in users, on their pages in src/app/App.tsx, before src/main.tsx asks for it. */
const earlyPages: Plugin = {
  name: "early-pages",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle = {} }) {
      const pages = Object.values(bundle).find(({ name, type }) => type === "chunk" && name === "pages");
      if (!pages) throw new Error("The build has no chunk of app/pages.ts.");
      return html.replace('<script src="/start.js"', `$& data-pages="/${pages.fileName}"`);
    },
  },
};

/** Writes service-worker.js with the names of the files that it stores, VERSION and FILES. */
const serviceWorker: Plugin = {
  name: "service-worker",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const files = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      const read = (path: string) => readFileSync(folder(path), "utf8");
      const version = createHash("sha256");
      for (const part of [...files, read("index.html"), read("public/start.js"), read("headers.json")])
        version.update(part);
      const constants = { VERSION: version.digest("hex"), FILES: ["/start.js", ...files.map((name) => `/${name}`)] };
      const declared = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
      const source = declared.join("") + read("service-worker.js");
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  },
};

/**
 * Each of lucide's icons reads a property without using it, which keeps a name for each from being optimized away. Its
 * shapes have random keys, which React needs only for elements that come and go.
 */
const leanIcons: Plugin = {
  name: "lean-icons",
  apply: "build",
  transform: {
    filter: { id: /lucide-react\/dist\/esm\/icons\// },
    handler: (code) => code.replace("__iconData.node;\n", "").replaceAll(/,\s*key: "\w+"/g, ""),
  },
};

/** Replaces Vite's helper, which loads the styles and further files of an import() first. Here each needs only one file. */
const plainImports: Plugin = {
  name: "plain-imports",
  apply: "build",
  transform: {
    filter: { id: /vite\/preload-helper/ },
    handler: () => "export const __vitePreload = (load) => load();",
  },
};

export default defineConfig({
  // The gateway decides which URLs are pages. For all others Vite answers 404.
  appType: "mpa",
  clearScreen: false,
  plugins: [react(), tailwindcss(), product(), leanIcons, plainImports, earlyPages, serviceWorker],
  build: {
    modulePreload: false, // Each import() needs only one file that isn't loaded yet, so there is nothing to preload.
    cssCodeSplit: false, // plainImports loads no styles.
    // A constant is put where it is used. So a page loads its own texts, not all of its folder.
    rolldownOptions: { optimization: { inlineConst: { mode: "all" } } },
  },
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
