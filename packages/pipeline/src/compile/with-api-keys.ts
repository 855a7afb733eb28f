import type { ApiKeysSection } from "@sallyport/snapshot";
import type { CompiledSnapshot } from "../compiled.js";
import { compileApiKeys } from "./compile-api-keys.js";
import { CompileErrors } from "./compile-error.js";

/** The same snapshot with these API keys and no others: for whoever makes up a request, and the key that it shows. */
export function withApiKeys(compiled: CompiledSnapshot, section: ApiKeysSection): CompiledSnapshot {
  return { ...compiled, apiKeys: compileApiKeys(section, new CompileErrors()) };
}
