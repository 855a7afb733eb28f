// The node as one file, made of what tsc has built: six hundred modules are found, read and linked once here instead of at every start.
import { build } from "esbuild";

const at = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url).pathname;

await build({
  entryPoints: [at("dist/main.js")],
  outfile: at("dist/sallyport-gateway.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Names stay readable by themselves. esbuild's `keepNames` would write one into each closure when it is made: memory and time for every request.
  keepNames: false,
  // A third less for the engine to read at each start. Names and lines stay what a stack trace can be read by.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: "linked",
  // What CommonJS packages require at run time are Node's own modules.
  banner: { js: 'import { createRequire as createRequireOfBundle } from "node:module";\nconst require = createRequireOfBundle(import.meta.url);' },
  // The driver of PostgreSQL looks for it, and does without.
  external: ["pg-native"],
  logLevel: "warning",
});
