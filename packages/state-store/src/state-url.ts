interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: "single" | "sentinel" | "cluster";
  readonly hosts: readonly HostPort[];
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
  /** The Sentinels' name of the primary. */
  readonly group: string;
}

export type StateAddress = { readonly store: "redis"; readonly redis: RedisAddress } | { readonly store: "postgres"; readonly url: string };

export type StateUrlResult = { readonly ok: true; readonly address: StateAddress } | { readonly ok: false; readonly fault: string };

const SCHEMES: Readonly<Record<string, { readonly kind: RedisAddress["kind"]; readonly tls: boolean; readonly port: number }>> = {
  redis: { kind: "single", tls: false, port: 6_379 },
  rediss: { kind: "single", tls: true, port: 6_379 },
  "redis+sentinel": { kind: "sentinel", tls: false, port: 26_379 },
  "rediss+sentinel": { kind: "sentinel", tls: true, port: 26_379 },
  "redis+cluster": { kind: "cluster", tls: false, port: 6_379 },
  "rediss+cluster": { kind: "cluster", tls: true, port: 6_379 },
};

const FORM = /^([a-z+]+):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^?#]*))?$/;

const fault = (text: string): StateUrlResult => ({ ok: false, fault: text });

/**
 * Where the fleet's state is: `redis://host:6379/0`, `rediss://…` with TLS, `redis+sentinel://host:26379,host:26379/<name>[/<db>]`,
 * `redis+cluster://host:6379,host:6379`, or `postgres://user:password@host/database`. User and password are percent-encoded. A fault never
 * quotes the text: it can hold a password.
 */
export function parseStateUrl(text: string): StateUrlResult {
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    return URL.canParse(text) ? { ok: true, address: { store: "postgres", url: text } } : fault("the postgres address cannot be read");
  }
  const [, scheme = "", user = "", password = "", hostList = "", path = ""] = FORM.exec(text) ?? [];
  const found = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (found === undefined) return fault("begin with redis://, rediss://, redis+sentinel://, redis+cluster:// or postgres://");
  const hosts: HostPort[] = [];
  for (const each of hostList.split(",")) {
    const [, host = "", port = String(found.port)] = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(each) ?? [];
    if (host === "" || Number(port) < 1 || Number(port) > 65_535) return fault("write host:port, several with commas between them");
    hosts.push({ host: host.replace(/^\[|\]$/g, ""), port: Number(port) });
  }
  if (found.kind === "single" && hosts.length > 1) return fault("redis:// takes one host; several are redis+sentinel:// or redis+cluster://");
  const parts = path === "" ? [] : path.split("/");
  const group = found.kind === "sentinel" ? (parts.shift() ?? "") : "";
  if (found.kind === "sentinel" && group === "")
    return fault("write the name of the primary that the Sentinels watch: redis+sentinel://host:26379/mymaster");
  const db = parts.shift() ?? "0";
  if (parts.length > 0 || !/^\d{1,5}$/.test(db)) return fault("the database at the end is a number");
  if (found.kind === "cluster" && db !== "0") return fault("a cluster has database 0 only");
  try {
    const redis = {
      kind: found.kind,
      ...{ hosts, tls: found.tls, db: Number(db), group },
      username: user === "" ? null : decodeURIComponent(user),
      password: password === "" ? null : decodeURIComponent(password),
    };
    return { ok: true, address: { store: "redis", redis } };
  } catch {
    return fault("user and password must be percent-encoded");
  }
}
