import type { CorsPolicy } from "@sallyport/snapshot";

/** A route's CORS policy, ready to answer: nothing is put together for a request but the origin itself. */
export interface CompiledCors {
  readonly credentials: boolean;
  /** Every origin, by `*`. */
  readonly any: boolean;
  readonly exact: ReadonlySet<string>;
  /** What stands before and behind the one label: `https://` and `.example.com:8443`. */
  readonly oneLabel: readonly { readonly before: string; readonly behind: string }[];
  /** `Access-Control-Allow-Methods` of a preflight's answer; null: the method that it asks for, which the route takes. */
  readonly methods: string | null;
  /** Of a preflight's answer to an origin that is allowed, names and values in turn, beside origin and methods. */
  readonly forPreflight: readonly string[];
  /** Of every other answer to it. */
  readonly forAnswer: readonly string[];
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function compileCors(policy: CorsPolicy): CompiledCors {
  const patterns = policy.origins.filter((origin) => origin.includes("//*."));
  const credentials = policy.credentials ? ["Access-Control-Allow-Credentials", "true"] : [];
  const requestHeaders = policy.requestHeaders.length === 0 ? [] : ["Access-Control-Allow-Headers", policy.requestHeaders.join(", ")];
  const exposed = policy.exposedHeaders.length === 0 ? [] : ["Access-Control-Expose-Headers", policy.exposedHeaders.join(", ")];
  return {
    credentials: policy.credentials,
    any: policy.origins.includes("*"),
    exact: new Set(policy.origins),
    oneLabel: patterns.map((pattern) => {
      const star = pattern.indexOf("*");
      return { before: pattern.slice(0, star), behind: pattern.slice(star + 1) };
    }),
    methods: policy.methods.length === 0 ? null : policy.methods.join(", "),
    forPreflight: [...credentials, ...requestHeaders, "Access-Control-Max-Age", String(policy.maxAgeSeconds)],
    forAnswer: [...credentials, ...exposed],
  };
}

/** @param origin as the request has it; byte for byte, because browsers have one way to write it. `null` is nobody's. */
export function allowsOrigin(cors: CompiledCors, origin: string): boolean {
  if (origin === "null" || origin.includes("*")) return false;
  if (cors.any || cors.exact.has(origin)) return true;
  return cors.oneLabel.some(
    ({ before, behind }) => origin.startsWith(before) && origin.endsWith(behind) && LABEL.test(origin.slice(before.length, -behind.length)),
  );
}
