// Bundles the browser's side into static/build/: every static/js/entries/*.js (ES modules, shared code split off) and
// every static/css/*.css. `node static/build.mjs --watch` builds again whenever a source changes.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const finished = join(here, "build");
const watching = process.argv.includes("--watch");
const output = watching ? finished : join(here, `build.${process.pid}`); // nobody sees half a build, nor two mixed

async function entries(folder, suffix) {
  try {
    const names = await readdir(join(here, folder));
    return names.filter((name) => name.endsWith(suffix) && !name.startsWith("_")).map((name) => join(here, folder, name));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

const shared = {
  bundle: true,
  outdir: output,
  minify: !watching,
  sourcemap: "linked",
  target: ["chrome111", "firefox113", "safari16.4"],
  logLevel: "warning",
  loader: { ".woff2": "file", ".woff": "file", ".svg": "file", ".png": "file" },
  assetNames: "assets/[name]-[hash]",
};

async function configurations() {
  const scripts = await entries("js/entries", ".js");
  const styles = await entries("css", ".css");
  return [
    { ...shared, entryPoints: scripts, format: "esm", splitting: true, chunkNames: "chunks/[name]-[hash]" },
    { ...shared, entryPoints: styles },
  ].filter((configuration) => configuration.entryPoints.length > 0);
}

const wanted = await configurations();
if (watching) {
  const contexts = await Promise.all(wanted.map((configuration) => context({ ...configuration, logLevel: "info" })));
  await Promise.all(contexts.map((each) => each.watch()));
} else {
  await rm(output, { recursive: true, force: true });
  await mkdir(output);
  await Promise.all(wanted.map((configuration) => build(configuration)));
  await rm(finished, { recursive: true, force: true });
  await rename(output, finished);
  console.log(`built ${wanted.flatMap((configuration) => configuration.entryPoints).length} entries`);
}
