import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { type AddressRanges, parseRanges, refuseAddresses } from "./address-guard.js";
import { createBulkhead } from "./bulkhead.js";
import type { EgressProxy } from "./egress-proxy.js";
import { createGuardedAgents, type GuardedAgents, type IdpCertificates, PUBLIC_CERTIFICATES } from "./guarded-agents.js";
import type { ConnectionFacts } from "./guarded-connect.js";
import { type Refused, refusalOf, refused } from "./outcome.js";
import { contentTypeOf, readJson, readText } from "./read-body.js";
import { type Resolver, systemResolver } from "./resolver.js";
import { type GuardedUrl, guardUrl } from "./url-guard.js";

const MAX_DOCUMENT_BYTES = 524_288;
const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_REMEMBERED_ORIGINS = 10_000;

export interface IdpHttpOptions {
  /** CIDRs into which IdP addresses may point although they are not public; read for each call. The operator's, never a tenant's. */
  readonly allowedRanges: () => readonly string[];
  /** Scripted DNS for tests; the system's resolver when left out. */
  readonly lookup?: Resolver;
  readonly maxConcurrent?: number;
  readonly maxConcurrentPerTenant?: number;
  /** Connections to one origin; 20 when left out. */
  readonly maxSocketsPerHost?: number;
  /** Of those, how many are kept for 60 s when nobody needs them; 5 when left out. */
  readonly maxIdlePerHost?: number;
  /** Whose certificates are believed; read for each call. The public authorities when left out. */
  readonly certificates?: () => IdpCertificates;
  /** By which every call leaves; null, and left out, for straight ones. */
  readonly proxy?: EgressProxy | null;
}

export interface GetJsonOptions {
  /** For everything together: waiting for a place, DNS, connecting, headers, body. 5 s when left out. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly accept?: string;
  /** Whose call it is: each tenant has a few places of its own. */
  readonly tenant?: string;
}

export interface PostFormOptions extends GetJsonOptions {
  /** Fields beside the form's own, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Measured {
  readonly ms: number;
  /** The peer, once connected. */
  readonly connection: ConnectionFacts | null;
}
export interface JsonAnswer extends Measured {
  readonly ok: true;
  readonly status: number;
  readonly json: unknown;
  readonly bytes: number;
  /** The `Date` field (RFC 9110 §6.6.1), ms since the epoch. */
  readonly date: number | null;
}
/** What came back from a form, unread: how strictly it is read is the caller's affair. */
export interface TextAnswer extends Measured {
  readonly ok: true;
  readonly status: number;
  readonly text: string;
  readonly bytes: number;
  readonly contentType: string;
}
export interface JsonRefusal extends Measured, Refused {
  readonly status: number | null;
  /** `Retry-After` in seconds (RFC 9110 §10.2.3), where a status was refused and the field was there. */
  readonly retryAfterSeconds?: number;
}

export interface CheckedUrl {
  readonly ok: true;
  readonly url: string;
  readonly addresses: readonly string[];
}

/** Calls to addresses that tenants chose. Nothing here throws for what an IdP does. */
export interface IdpHttp {
  /** GET of a JSON document: https only (http inside listed ranges), no redirects, no compression, bounded in time and size. */
  getJson(url: string, options?: GetJsonOptions): Promise<JsonAnswer | JsonRefusal>;
  /** POST of a form (`application/x-www-form-urlencoded`), under the same guard. Only 200 is an answer. */
  postForm(url: string, form: URLSearchParams, options?: PostFormOptions): Promise<TextAnswer | JsonRefusal>;
  /** What saving a URL asks: its spelling, and where it leads now. Connecting asks again. */
  checkUrl(url: string, options?: { timeoutMs?: number }): Promise<CheckedUrl | Refused>;
  close(): Promise<void>;
}

/** undici heeds a signal only once it has a connection: a look-up or a handshake that hangs is left behind here. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

const secondsOf = ({ "retry-after": value }: IncomingHttpHeaders): { retryAfterSeconds?: number } =>
  typeof value === "string" && /^\d{1,9}$/.test(value) ? { retryAfterSeconds: Number(value) } : {};

const dateOf = (headers: IncomingHttpHeaders): number | null => {
  const value = typeof headers.date === "string" ? Date.parse(headers.date) : Number.NaN;
  return Number.isNaN(value) ? null : value;
};

export function createIdpHttp(options: IdpHttpOptions): IdpHttp {
  const resolve = options.lookup ?? systemResolver;
  const bulkhead = createBulkhead({ total: options.maxConcurrent ?? 20, perTenant: options.maxConcurrentPerTenant ?? 4, maxWaiting: 10_000 });
  const connections = new Map<string, ConnectionFacts>();
  let closed = false;
  let ranges: AddressRanges = [];
  let rangesKey: string | null = null;
  let certificates = PUBLIC_CERTIFICATES;
  let agents: GuardedAgents | null = null;

  const remember = (origin: string, facts: ConnectionFacts) => {
    connections.delete(origin);
    connections.set(origin, facts);
    const oldest = connections.keys().next().value;
    if (connections.size > MAX_REMEMBERED_ORIGINS && oldest !== undefined) connections.delete(oldest);
  };

  const startAnew = (): void => {
    const old = agents;
    agents = null;
    if (old !== null) void old.close();
  };
  /** Ranges that changed end the connections that were allowed by the old ones. */
  const currentRanges = (): AddressRanges => {
    const list = options.allowedRanges();
    const key = list.join(" ");
    if (key !== rangesKey) {
      ranges = parseRanges(list);
      rangesKey = key;
      startAnew();
    }
    return ranges;
  };
  /** So do authorities. */
  const currentAgents = (): GuardedAgents => {
    const wanted = options.certificates?.() ?? PUBLIC_CERTIFICATES;
    if (wanted.authorities !== certificates.authorities || wanted.trustPublic !== certificates.trustPublic) startAnew();
    certificates = wanted;
    const now = currentRanges();
    agents ??= createGuardedAgents({
      ...{ ranges: now, certificates, resolve, connectTimeoutMs: DEFAULT_TIMEOUT_MS },
      proxy: options.proxy ?? null,
      maxSockets: options.maxSocketsPerHost ?? 20,
      maxIdle: options.maxIdlePerHost ?? 5,
      onConnected: remember,
    });
    return agents;
  };

  type Failed = Refused & Pick<JsonRefusal, "status" | "retryAfterSeconds">;
  type Answered<V> = V & { readonly ok: true; readonly status: number };
  interface Call<V extends object> extends GetJsonOptions {
    readonly method: "GET" | "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    read(answer: Dispatcher.ResponseData, maxBytes: number): Promise<{ readonly ok: true; readonly value: V } | Refused>;
  }

  const fetchOnce = async <V extends object>(url: GuardedUrl, call: Call<V>, signal: AbortSignal): Promise<Answered<V> | Failed> => {
    const { agent, leave } = currentAgents().enter(url.origin);
    try {
      return await fetchWith(agent, url, { call, signal });
    } finally {
      leave();
    }
  };

  const fetchWith = async <V extends object>(
    agent: Dispatcher,
    url: GuardedUrl,
    { call, signal }: { readonly call: Call<V>; readonly signal: AbortSignal },
  ): Promise<Answered<V> | Failed> => {
    const answer = await agent.request({
      origin: url.origin,
      path: url.target,
      method: call.method,
      headers: { ...call.headers, accept: call.accept ?? "application/json", "accept-encoding": "identity", "user-agent": "sallyport" },
      ...(call.body === undefined ? {} : { body: call.body }),
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // A body that is destroyed reports its abortion as an error, which would end the process if nobody listened.
    answer.body.on("error", () => undefined);
    const status = answer.statusCode;
    const give = (refusal: Refused): Failed => {
      answer.body.destroy();
      return { ...refusal, status, ...secondsOf(answer.headers) };
    };
    if (status >= 300 && status < 400) {
      const location = [answer.headers.location ?? "nowhere"].flat()[0]?.slice(0, 200);
      return give(refused("redirect", `${url.origin} redirects (${status}) to ${location}; redirects are not followed, register the final address`));
    }
    if (status !== 200) return give(refused("bad_status", `${url.origin} answered ${status} where 200 was expected`));
    const read = await call.read(answer, call.maxBytes ?? MAX_DOCUMENT_BYTES);
    return read.ok ? { ...read.value, ok: true, status } : give(read);
  };

  const bounded = async <V extends object>(text: string, call: Call<V>): Promise<(Answered<V> & Measured) | JsonRefusal> => {
    const started = performance.now();
    const url = guardUrl(text);
    const measured = (): Measured => ({ ms: performance.now() - started, connection: url.ok ? (connections.get(url.origin) ?? null) : null });
    if (!url.ok) return { ...url, status: null, ...measured() };
    if (closed) return { ...refused("closed", "this client is closed"), status: null, ...measured() };
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    // Who waited half of the time would only start what can no longer succeed.
    const patience = new AbortController();
    const waitTimer = setTimeout(() => patience.abort(), timeoutMs / 2);
    const leave = await bulkhead.enter(call.tenant ?? "", patience.signal);
    clearTimeout(waitTimer);
    try {
      if (leave === null) return { ...refused("busy", "too many calls to identity providers wait already"), status: null, ...measured() };
      return { ...(await orAbort(fetchOnce(url, call, deadline.signal), deadline.signal)), ...measured() };
    } catch (error) {
      const refusal = deadline.signal.aborted
        ? refused("timeout", `${url.origin} did not answer within ${timeoutMs} ms`)
        : refusalOf(error, url.origin);
      return { ...refusal, status: null, ...measured() };
    } finally {
      clearTimeout(timer);
      leave?.();
    }
  };

  return {
    getJson: (text, settings = {}) =>
      bounded(text, {
        ...settings,
        method: "GET",
        headers: {},
        async read(answer, maxBytes) {
          const read = await readJson(answer, maxBytes);
          return read.ok ? { ok: true, value: { json: read.json, bytes: read.bytes, date: dateOf(answer.headers) } } : read;
        },
      }),

    postForm: (text, form, { headers = {}, ...settings } = {}) =>
      bounded(text, {
        ...settings,
        method: "POST",
        headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
        body: form.toString(),
        async read(answer, maxBytes) {
          const read = await readText(answer, maxBytes);
          return read.ok ? { ok: true, value: { text: read.text, bytes: read.bytes, contentType: contentTypeOf(answer) } } : read;
        },
      }),

    async checkUrl(text, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
      const url = guardUrl(text);
      if (!url.ok) return url;
      let addresses: readonly string[] = [url.host];
      if (!url.literal) {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<null>((give) => {
          timer = setTimeout(() => give(null), timeoutMs);
        });
        try {
          const found = await Promise.race([resolve(url.host), late]);
          if (found === null) return refused("dns_failed", `the name ${url.host} did not resolve within ${timeoutMs} ms`);
          addresses = found.map(({ address }) => address);
        } catch (error) {
          return refusalOf(error, url.origin);
        } finally {
          clearTimeout(timer);
        }
      }
      const why = refuseAddresses(addresses, url.secure, currentRanges());
      return why === null ? { ok: true, url: text, addresses } : refused("address_refused", why);
    },

    async close() {
      closed = true;
      await agents?.destroy();
    },
  };
}
