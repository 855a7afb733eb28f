import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import { engineAdapterFactory } from "./engine-adapter.mjs";

let instantiated;

/** Loads the engine's WebAssembly by hand: the package expects a bundler that does. */
function instantiate() {
  instantiated ??= (async () => {
    const script = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
    const bytes = await readFile(path.join(path.dirname(script), "schema_engine_bg.wasm"));
    const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": bindings });
    bindings.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    // The engine writes the message of a panic here before it traps.
    globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
      set_message(message) {
        this.message = message;
      },
    };
  })();
  return instantiated;
}

/**
 * Prisma's schema engine as WebAssembly, talking to the database through `pg`.
 * @param {{ url: string, datamodels: [path: string, content: string][] }} options
 * @returns the engine, and `close`, which ends its connections
 */
export async function openEngine({ url, datamodels }) {
  await instantiate();
  const { factory, dispose } = engineAdapterFactory(url);
  const initial = datamodels.length > 0 ? { datamodels } : {};
  const engine = await bindings.SchemaEngine.new(initial, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
  return { engine, close: dispose };
}

/** Why the engine failed, in Prisma's own words. */
export const reasonOf = (error) => globalThis.PRISMA_WASM_PANIC_REGISTRY?.message ?? String(error?.message ?? error);
