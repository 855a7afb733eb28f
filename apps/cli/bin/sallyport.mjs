#!/usr/bin/env node
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  console.error("sallyport is not built yet: run `npm start`, or `npm run build`, once.");
  process.exitCode = 1;
}
