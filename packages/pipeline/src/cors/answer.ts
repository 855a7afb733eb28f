import type { CompiledRoute } from "../compiled.js";
import { allowsOrigin } from "./compiled-cors.js";
import type { PreflightRequest } from "./preflight.js";

/** Fetch, "CORS protocol and HTTP caches": also to those without an origin, or a cache would hand their answer to the others. */
const VARY: readonly string[] = ["Vary", "Origin"];

/**
 * What the policy of a route adds to an answer, refusals included; names and values in turn. Null where the route has none: then the
 * upstream's own fields go on. Where it has one they do not.
 * @param origin of the request; null when it has none, or more than one
 */
export function corsAnswer({ cors }: Pick<CompiledRoute, "cors">, origin: string | null): readonly string[] | null {
  if (cors === null) return null;
  const allowed = allowOrigin(cors, origin);
  return allowed === null ? VARY : [...allowed, ...cors.forAnswer, ...VARY];
}

/** The answer to a preflight. For an origin that is not allowed it says nothing: browsers take that for a refusal. */
export function preflightAnswer({ cors }: Pick<CompiledRoute, "cors">, { origin, method }: PreflightRequest): readonly string[] {
  if (cors === null) return [];
  const vary = ["Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"];
  const allowed = allowOrigin(cors, origin);
  return allowed === null ? vary : [...allowed, "Access-Control-Allow-Methods", cors.methods ?? method, ...cors.forPreflight, ...vary];
}

type Cors = NonNullable<CompiledRoute["cors"]>;

function allowOrigin(cors: Cors, origin: string | null): readonly string[] | null {
  if (cors.any && origin === null) return ["Access-Control-Allow-Origin", "*"];
  if (origin === null || !allowsOrigin(cors, origin)) return null;
  return ["Access-Control-Allow-Origin", cors.any ? "*" : origin];
}
