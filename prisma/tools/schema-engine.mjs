#!/usr/bin/env node
// Stands in for Prisma's native `schema-engine` (PRISMA_SCHEMA_ENGINE_BINARY): the same command line and JSON-RPC over
// standard input and output, answered by the WebAssembly build of the same engine. Nothing is downloaded.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { runDatabaseCommand } from "./database-command.mjs";
import { openEngine, reasonOf } from "./wasm-engine.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { datamodels: { type: "string", multiple: true, short: "d" }, datasource: { type: "string" }, version: { type: "boolean" } },
});
const url = values.datasource ? JSON.parse(values.datasource).url : undefined;

if (values.version) console.log("schema-engine-cli wasm");
else if (positionals[0] === "cli") process.exitCode = await runDatabaseCommand(positionals[1], url);
else await serve();

async function serve() {
  const datamodels = await Promise.all((values.datamodels ?? []).map(async (file) => [file, await readFile(file, "utf8")]));
  let opened;
  // One request at a time, in order, as the native engine does.
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    // Without a method it is the client's answer to a `print`.
    if (!request.method) continue;
    try {
      opened ??= await openEngine({ url: url ?? "postgresql://127.0.0.1/none", datamodels });
      const result = await call(opened.engine, request);
      if (request.method === "diff" && typeof result.stdout === "string") send({ method: "print", params: { content: result.stdout }, id: -1 });
      send({ id: request.id, result });
    } catch (error) {
      send({ id: request.id, error: rpcError(error) });
    }
  }
  await opened?.close();
}

async function call(engine, { method, params }) {
  if (method === "getDatabaseVersion") return engine.version(params ?? null);
  return (await engine[method](params)) ?? {};
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function rpcError(error) {
  const data = { is_panic: false, message: reasonOf(error), meta: error?.meta ?? null, error_code: error?.code ?? null, backtrace: null };
  return { code: 4466, message: "An error happened. Check the data field for details.", data };
}
