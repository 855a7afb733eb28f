import type { UpstreamSpec } from "@sallyport/snapshot";
import { canonicalAuthority } from "../admit/host.js";
import type { CompiledRoute } from "../compiled.js";
import type { CompileErrors } from "./compile-error.js";

/** Splits an upstream's URL into what is connected to and what is put before the request's path; null when it cannot be used. */
export function compileUpstream(name: string, spec: UpstreamSpec, path: string, errors: CompileErrors): CompiledRoute["upstream"] | null {
  const match = /^(https?:\/\/([^/?#]+))([^?#]*)$/.exec(spec.url);
  const [, origin = "", authority = "", rest = ""] = match ?? [];
  if (match === null || canonicalAuthority(authority) === null) {
    errors.add(path, "url: the host or port is not one that can be connected to");
    return null;
  }
  const basePath = rest.replace(/\/+$/, "");
  if (basePath.includes("//") || basePath.split("/").some((segment) => segment === "." || segment === "..")) {
    errors.add(path, "url: the path must not have '//' or dot segments");
    return null;
  }
  return { name, spec, origin, basePath };
}
