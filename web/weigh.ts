/** Builds the pages and prints what each package adds to each file, in gzipped kB. */
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";

const ROOT = import.meta.dirname;

const kilobytes = (text: string | Uint8Array) => gzipSync(text).length / 1000;

/** The package that a module belongs to, or its folder in src/. */
function ownerOf(id: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? (/\/src\/[^/]+/.exec(id)?.[0].slice(1) || "build");
}

function weighPackages({ modules, code }: Rolldown.OutputChunk): [owner: string, weight: number][] {
  const sources = Map.groupBy(Object.entries(modules), ([id]) => ownerOf(id));
  const weights = [...sources].map(
    ([owner, entries]) => [owner, kilobytes(entries.map(([, { code }]) => code ?? "").join("\n"))] as const,
  );
  // Modules are not minified on their own, so their weights are shares of the chunk's.
  const share = kilobytes(code) / weights.reduce((sum, [, weight]) => sum + weight, 0);
  return weights.map(([owner, weight]): [string, number] => [owner, weight * share]).sort(([, a], [, b]) => b - a);
}

const line = (indent: number, weight: number, name: string) =>
  process.stdout.write(`${" ".repeat(indent)}${weight.toFixed(1).padStart(6)}  ${name}\n`);

const { output } = (await build({ root: ROOT, logLevel: "error", build: { write: false } })) as Rolldown.RolldownOutput;
for (const file of output.filter(({ fileName }) => /\.(js|css|html)$/.test(fileName))) {
  line(0, kilobytes(file.type === "chunk" ? file.code : file.source), file.fileName);
  if (file.type !== "chunk") continue;
  for (const [owner, weight] of weighPackages(file)) if (weight >= 0.1) line(4, weight, owner);
}
