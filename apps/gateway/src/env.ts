import { readFileSync } from "node:fs";
import { hostname as machineName } from "node:os";
import { type EgressProxy, parseProxyUrl } from "@sallyport/idp-client";
import { entityName } from "@sallyport/snapshot";
import { joinToken } from "@sallyport/snapshot/protocol";
import { parseStateUrl, type StateAddress } from "@sallyport/state-store";
import { z } from "zod";

const port = (fallback: number) => z.coerce.number("write a port number").int().min(0).max(65_535).default(fallback);

const DAY_MS = 86_400_000;

const CONTROL_PLANE = "write the control plane's address, for example https://console.example.com";

const environment = z.object({
  /** Left out only where a bundle takes its place. */
  SALLYPORT_CONTROL_PLANE: z
    .url({ protocol: /^https?$/, error: CONTROL_PLANE })
    .transform((url) => url.replace(/\/+$/, ""))
    .optional(),
  /** Needed for the first start only. */
  SALLYPORT_JOIN_TOKEN: joinToken.optional(),
  /** A file to start from (docs/bundles.md); read at the start only. */
  SALLYPORT_BUNDLE: z.string().min(1).optional(),
  /** Whom a node that is not enrolled believes: the thumbprint of the key that signs revisions, and the group that the bundle must be for. */
  SALLYPORT_BUNDLE_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, "write the thumbprint of the key that signs revisions: 43 characters, the part of a join token behind its dot")
    .optional(),
  SALLYPORT_BUNDLE_GROUP: entityName.optional(),
  SALLYPORT_NODE_NAME: entityName.optional(),
  SALLYPORT_DATA_DIR: z.string("name a folder that only this node writes to").min(1),
  /** Where its private keys are, if not beside its data: who has the data alone can then read nothing of it. */
  SALLYPORT_KEY_DIR: z.string("name a folder that only this node writes to").min(1).optional(),
  /** No key by which it is known, or decrypts, is used for longer; nodes renew theirs somewhat earlier, each at a time of its own. */
  SALLYPORT_NODE_KEY_MAX_AGE_DAYS: z.coerce.number("write a number of days").min(1).max(365).default(30),
  SALLYPORT_HOST: z.string().min(1).default("0.0.0.0"),
  SALLYPORT_PORT: port(8080),
  /** The node's own TLS (docs/tls.md): no listener unless a port is named. */
  SALLYPORT_TLS_HOST: z.string().min(1).default("0.0.0.0"),
  SALLYPORT_TLS_PORT: z.coerce.number("write a port number").int().min(0).max(65_535).optional(),
  SALLYPORT_TLS_CERT_DIR: z.string().min(1).optional(),
  /** For clients that name no host, or one that no certificate has. Not set: their handshake is refused. */
  SALLYPORT_TLS_DEFAULT_CERT: z.string().min(1).optional(),
  /** How often the files are looked at. */
  SALLYPORT_TLS_RELOAD_MS: z.coerce.number().int().min(10).max(3_600_000).default(5_000),
  SALLYPORT_TLS_CLIENT_CERTIFICATES: z.enum(["off", "request"], "write off or request").default("off"),
  /** Decision mode for other proxies (docs/decision-mode.md): no listener unless a port is named. */
  SALLYPORT_AUTHZ_HOST: z.string().min(1).default("127.0.0.1"),
  SALLYPORT_AUTHZ_PORT: z.coerce.number("write a port number").int().min(0).max(65_535).optional(),
  SALLYPORT_ADMIN_HOST: z.string().min(1).default("0.0.0.0"),
  SALLYPORT_ADMIN_PORT: port(9080),
  /** Where sessions are (docs/sessions.md). Not set: whoever presents one is refused. */
  SALLYPORT_STATE_URL: z
    .string()
    .transform((text, context): StateAddress => {
      const parsed = parseStateUrl(text);
      if (parsed.ok) return parsed.address;
      context.addIssue({ code: "custom", message: parsed.fault });
      return z.NEVER;
    })
    .optional(),
  /** By which calls to identity providers leave, and nothing else (docs/identity-provider-connections.md). */
  SALLYPORT_IDP_PROXY: z
    .string()
    .transform((text, context): EgressProxy => {
      const parsed = parseProxyUrl(text);
      if (parsed.ok) return parsed.proxy;
      context.addIssue({ code: "custom", message: parsed.fault });
      return z.NEVER;
    })
    .optional(),
  SALLYPORT_DRAIN_TIMEOUT_MS: z.coerce.number().int().min(0).max(600_000).default(15_000),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

/** The node's own TLS listener. */
export interface TlsSettings {
  readonly host: string;
  readonly port: number;
  readonly certificateFolder: string;
  /** Name of the certificate for clients that name no host that one of them has; null refuses those. */
  readonly defaultCertificate: string | null;
  readonly reloadMs: number;
  /** Clients are asked for a certificate; what it is worth is decided for each request. */
  readonly requestClientCertificate: boolean;
}

/** A file that the node starts from. */
export interface BundleSettings {
  readonly file: string;
  /** RFC 7638 thumbprint and node group, for a node that is not enrolled; null where they are not set. */
  readonly key: string | null;
  readonly group: string | null;
}

/** Everything that the process is told from outside. What an operator may change at run time is in the snapshot instead. */
export interface GatewaySettings {
  /** Null: the node serves what its bundle says, and asks nobody. */
  readonly controlPlane: string | null;
  readonly joinToken: string | null;
  /** Null: the node starts from its own disk, or from what the control plane sends. */
  readonly bundle: BundleSettings | null;
  readonly nodeName: string | null;
  readonly dataDir: string;
  /** Of the node's private keys; the same as `dataDir` unless it is named. */
  readonly keyDir: string;
  /** Of the node's own keys. */
  readonly keyMaxAgeMs: number;
  readonly host: string;
  readonly port: number;
  /** Null: TLS ends before the node. */
  readonly tls: TlsSettings | null;
  readonly authzHost: string;
  /** Null: the node gives no decisions to other proxies. */
  readonly authzPort: number | null;
  readonly adminHost: string;
  readonly adminPort: number;
  /** Null: there is no state store. */
  readonly stateStore: StateAddress | null;
  /** Null: identity providers are called straight. */
  readonly idpProxy: EgressProxy | null;
  readonly drainTimeoutMs: number;
  readonly logLevel: z.output<typeof environment>["LOG_LEVEL"];
}

export type EnvironmentResult =
  | { readonly ok: true; readonly settings: GatewaySettings }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Names whose value may stand in a file instead, named by `<NAME>_FILE`. */
const SECRETS = ["SALLYPORT_JOIN_TOKEN", "SALLYPORT_STATE_URL", "SALLYPORT_IDP_PROXY"] as const;

/** Reads the environment once. All faults at once, one sentence each. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): EnvironmentResult {
  const values: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(env)) if (value !== "") values[name] = value;
  const errors: string[] = [];
  for (const name of SECRETS) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined) errors.push(`${name} and ${name}_FILE are both set: keep one`);
    try {
      values[name] = readFileSync(file, "utf8").trim();
    } catch (error) {
      errors.push(`${name}_FILE: ${file} cannot be read (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  const parsed = environment.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      errors.push(values[name] === undefined ? `${name} is not set: ${issue.message}` : `${name}: ${issue.message}`);
    }
  }
  if (values.SALLYPORT_CONTROL_PLANE === undefined && values.SALLYPORT_BUNDLE === undefined)
    errors.push(`SALLYPORT_CONTROL_PLANE is not set: ${CONTROL_PLANE}; or set SALLYPORT_BUNDLE for a node that starts from a file`);
  for (const name of ["SALLYPORT_BUNDLE_KEY", "SALLYPORT_BUNDLE_GROUP"])
    if (values[name] !== undefined && values.SALLYPORT_BUNDLE === undefined)
      errors.push(`SALLYPORT_BUNDLE is not set: ${name} says what a bundle must be, and there is none`);
  const { SALLYPORT_TLS_PORT: tlsPort, SALLYPORT_TLS_CERT_DIR: certificateFolder } = parsed.data ?? {};
  if (tlsPort !== undefined && certificateFolder === undefined)
    errors.push("SALLYPORT_TLS_CERT_DIR is not set: SALLYPORT_TLS_PORT needs a folder of certificates");
  if (tlsPort === undefined && certificateFolder !== undefined)
    errors.push("SALLYPORT_TLS_PORT is not set: SALLYPORT_TLS_CERT_DIR alone opens no listener");
  if (!parsed.success || errors.length > 0) return { ok: false, errors };
  const read = parsed.data;
  return {
    ok: true,
    settings: {
      controlPlane: read.SALLYPORT_CONTROL_PLANE ?? null,
      joinToken: read.SALLYPORT_JOIN_TOKEN ?? null,
      bundle: bundleSettings(read),
      nodeName: read.SALLYPORT_NODE_NAME ?? defaultNodeName(),
      dataDir: read.SALLYPORT_DATA_DIR,
      keyDir: read.SALLYPORT_KEY_DIR ?? read.SALLYPORT_DATA_DIR,
      keyMaxAgeMs: read.SALLYPORT_NODE_KEY_MAX_AGE_DAYS * DAY_MS,
      host: read.SALLYPORT_HOST,
      port: read.SALLYPORT_PORT,
      tls: tlsSettings(read),
      authzHost: read.SALLYPORT_AUTHZ_HOST,
      authzPort: read.SALLYPORT_AUTHZ_PORT ?? null,
      adminHost: read.SALLYPORT_ADMIN_HOST,
      adminPort: read.SALLYPORT_ADMIN_PORT,
      stateStore: read.SALLYPORT_STATE_URL ?? null,
      idpProxy: read.SALLYPORT_IDP_PROXY ?? null,
      drainTimeoutMs: read.SALLYPORT_DRAIN_TIMEOUT_MS,
      logLevel: read.LOG_LEVEL,
    },
  };
}

function bundleSettings(read: z.output<typeof environment>): BundleSettings | null {
  if (read.SALLYPORT_BUNDLE === undefined) return null;
  return { file: read.SALLYPORT_BUNDLE, key: read.SALLYPORT_BUNDLE_KEY ?? null, group: read.SALLYPORT_BUNDLE_GROUP ?? null };
}

function tlsSettings(read: z.output<typeof environment>): TlsSettings | null {
  if (read.SALLYPORT_TLS_PORT === undefined || read.SALLYPORT_TLS_CERT_DIR === undefined) return null;
  return {
    host: read.SALLYPORT_TLS_HOST,
    port: read.SALLYPORT_TLS_PORT,
    certificateFolder: read.SALLYPORT_TLS_CERT_DIR,
    defaultCertificate: read.SALLYPORT_TLS_DEFAULT_CERT ?? null,
    reloadMs: read.SALLYPORT_TLS_RELOAD_MS,
    requestClientCertificate: read.SALLYPORT_TLS_CLIENT_CERTIFICATES === "request",
  };
}

/** The machine's name where it can be one of ours; else the control plane chooses. */
function defaultNodeName(): string | null {
  const name = machineName().split(".")[0]?.toLowerCase() ?? "";
  return entityName.safeParse(name).success ? name : null;
}
