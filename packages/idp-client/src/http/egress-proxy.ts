import { type ClientRequest, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIPv6, type Socket } from "node:net";
import { RefusedError } from "./outcome.js";

/** An HTTP proxy that calls to identity providers leave by. The operator's own: its address is not judged. */
export interface EgressProxy {
  readonly host: string;
  readonly port: number;
  /** TLS to the proxy itself. */
  readonly secure: boolean;
  /** Of `Proxy-Authorization`; null where none is sent. */
  readonly authorization: string | null;
}

export type ProxyUrlResult = { readonly ok: true; readonly proxy: EgressProxy } | { readonly ok: false; readonly fault: string };

/** Null where a per cent sign begins no byte. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Reads `http://[user:password@]host[:port]`, or https; user and password percent-encoded. A fault never quotes the text: it can hold a password. */
export function parseProxyUrl(text: string): ProxyUrlResult {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return { ok: false, fault: "write http://host:port, or https:// for TLS to the proxy" };
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") return { ok: false, fault: "leave out whatever stands behind host and port" };
  const secure = url.protocol === "https:";
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (user === null || password === null) return { ok: false, fault: "percent-encode user and password" };
  return {
    ok: true,
    proxy: {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
      secure,
      authorization: user === "" ? null : `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    },
  };
}

interface Tunnel {
  /** Already judged: the proxy looks nothing up. */
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/**
 * A connection to an address by way of the proxy (RFC 9110 §9.3.6).
 * @throws RefusedError `connect_failed`
 */
export function openTunnel(proxy: EgressProxy, { address, port, timeoutMs }: Tunnel): Promise<Socket> {
  const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  return new Promise((resolve, reject) => {
    const call: ClientRequest = (proxy.secure ? requestSecure : requestPlain)({
      ...{ method: "CONNECT", host: proxy.host, port: proxy.port, path: authority, agent: false },
      headers: { host: authority, ...(proxy.authorization === null ? {} : { "proxy-authorization": proxy.authorization }) },
    });
    const timer = setTimeout(() => call.destroy(new RefusedError("connect_failed", "the egress proxy does not answer in time")), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      const code = "code" in error && typeof error.code === "string" ? error.code : error.message;
      reject(error instanceof RefusedError ? error : new RefusedError("connect_failed", `the egress proxy cannot be used (${code})`));
    };
    call.once("error", fail);
    call.once("connect", (response, socket, head) => {
      const status = response.statusCode ?? 0;
      // Whoever speaks first in a tunnel is we: bytes that are there already are not the identity provider's.
      if (status >= 200 && status < 300 && head.length === 0) {
        clearTimeout(timer);
        resolve(socket);
        return;
      }
      socket.destroy();
      fail(new RefusedError("connect_failed", `the egress proxy does not connect to ${authority} (it answered ${status})`));
    });
    call.once("response", (response) => {
      response.destroy();
      fail(new RefusedError("connect_failed", `the egress proxy does not connect to ${authority} (it answered ${response.statusCode})`));
    });
    call.end();
  });
}
