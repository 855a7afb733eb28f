import "server-only";
import { readFileSync } from "node:fs";
import { type Arming, type EgressProxy, parseProxyUrl, parseStateUrl, readFailpoint, type StateAddress } from "@sallyport/control-plane";
import { z } from "zod";

const postgresUrl = z.string().regex(/^postgres(?:ql)?:\/\//, "write a postgresql:// address");

const KEY_32_BYTES = /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9_-]{43}=?)$/;

/** Everything that the console reads from its environment; each name may also be given as `<NAME>_FILE`. */
const consoleEnv = z.object({
  /** Database role that sees one tenant's rows at a time (row-level security). */
  APP_DATABASE_URL: postgresUrl,
  /** Database role for fleet-wide work. */
  FLEET_DATABASE_URL: postgresUrl,
  /** 32 bytes in base64: seals private keys and secrets at rest. */
  SALLYPORT_MASTER_KEY: z
    .string()
    .regex(KEY_32_BYTES, "write 32 bytes in base64, for example from `openssl rand -base64 32`")
    .transform((text) => Buffer.from(text, "base64")),
  /** The address under which browsers, nodes and the CLI reach this console. */
  SALLYPORT_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((text) => text.replace(/\/+$/, ""))
    .default("http://localhost:3000"),
  /** Comma-separated ranges of reverse proxies whose `X-Forwarded-For` is believed; empty means none. */
  SALLYPORT_TRUSTED_PROXIES: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((range) => range.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], "write ranges such as 10.0.0.0/8, separated by commas"))),
  /** By which the checks of identity providers leave, as at the nodes (docs/identity-provider-connections.md). */
  SALLYPORT_IDP_PROXY: z
    .string()
    .transform((text, context): EgressProxy => {
      const result = parseProxyUrl(text);
      if (result.ok) return result.proxy;
      context.addIssue({ code: "custom", message: result.fault });
      return z.NEVER;
    })
    .optional(),
  /** Seconds between two looks at an identity provider that is well (docs/radar.md); 0 switches the radar off. */
  SALLYPORT_RADAR_INTERVAL: z
    .string()
    .regex(/^(?:0|[1-9]\d{0,5})$/, "write whole seconds, 0 to switch the radar off")
    .transform(Number)
    .refine((seconds) => seconds === 0 || (seconds >= 30 && seconds <= 86_400), "write 30 to 86400 seconds, or 0 to switch the radar off")
    .optional(),
  /** Where the nodes keep sessions, as at the nodes (docs/sessions.md). Not set: nobody's sessions can be seen or ended here. */
  SALLYPORT_STATE_URL: z
    .string()
    .transform((text, context): StateAddress => {
      const result = parseStateUrl(text);
      if (result.ok) return result.address;
      context.addIssue({ code: "custom", message: result.fault });
      return z.NEVER;
    })
    .optional(),
});
export type ConsoleEnv = z.output<typeof consoleEnv> & {
  /** Where the process is to end or halt on purpose (`SALLYPORT_FAILPOINT`); null nowhere. */
  readonly failpoint: Arming;
};

type Source = Readonly<Record<string, string | undefined>>;

function variable(source: Source, name: string): string | undefined {
  const file = source[`${name}_FILE`];
  if (file === undefined || file === "") return source[name] === "" ? undefined : source[name];
  if (source[name]) throw new Error(`${name} and ${name}_FILE are both set: keep one.`);
  return readFileSync(file, "utf8").trim();
}

/**
 * Reads and checks the environment.
 * @throws Error that names every wrong or missing variable at once.
 */
export function readEnv(source: Source = process.env): ConsoleEnv {
  const values: Record<string, string | undefined> = {};
  const problems: string[] = [];
  for (const name of Object.keys(consoleEnv.shape)) {
    try {
      values[name] = variable(source, name);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  const parsed = consoleEnv.safeParse(values);
  if (!parsed.success)
    for (const issue of parsed.error.issues)
      problems.push(`${issue.path.join(".")}: ${values[String(issue.path[0])] === undefined ? "is not set" : issue.message}`);
  const failpoint = readFailpoint(source);
  if (!failpoint.ok) problems.push(failpoint.error);
  if (!parsed.success || !failpoint.ok || problems.length > 0)
    throw new Error(`The console cannot start, its environment is incomplete:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
  return { ...parsed.data, failpoint: failpoint.failpoint };
}
