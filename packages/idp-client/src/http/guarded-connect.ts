import { isIP, type LookupFunction, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import { type AddressRanges, refuseAddresses } from "./address-guard.js";
import { RefusedError } from "./outcome.js";
import type { Resolver } from "./resolver.js";

/** What is known of a connection that was made. */
export interface ConnectionFacts {
  readonly address: string;
  readonly certificate: { readonly issuer: string; readonly subject: string /** ms since the epoch */; readonly validTo: number } | null;
}

export interface GuardedConnectOptions {
  readonly ranges: AddressRanges;
  readonly resolve: Resolver;
  readonly connectTimeoutMs: number;
  /** Further trusted authorities, PEM; the public ones stay trusted. */
  readonly ca?: readonly string[];
  onConnected(origin: string, facts: ConnectionFacts): void;
}

/** The addresses that are judged are the ones that are used: there is no second look-up that could answer differently. */
function guardedLookup({ resolve, ranges }: GuardedConnectOptions, secure: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const why = refuseAddresses(
          found.map(({ address }) => address),
          secure,
          ranges,
        );
        const first = found[0];
        if (why !== null || first === undefined)
          callback(new RefusedError("address_refused", `${hostname}: ${why ?? "the name has no address"}`), []);
        else if (options.all === true) callback(null, [...found]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

const nameOf = (name: { O?: string | string[]; CN?: string | string[] } | undefined): string => [name?.O ?? name?.CN ?? "unknown"].flat().join(", ");

function factsOf(socket: Socket): ConnectionFacts {
  const address = socket.remoteAddress ?? "";
  if (!(socket instanceof TLSSocket)) return { address, certificate: null };
  const certificate = socket.getPeerCertificate();
  return {
    address,
    certificate: { issuer: nameOf(certificate.issuer), subject: nameOf(certificate.subject), validTo: Date.parse(certificate.valid_to) },
  };
}

/**
 * A connector for undici that can reach only allowed addresses: names through the guarded look-up, IP literals (for which
 * neither undici nor Node look anything up) before connecting, and the peer's address once more when the connection stands.
 */
export function guardedConnector(options: GuardedConnectOptions): buildConnector.connector {
  const common = {
    timeout: options.connectTimeoutMs,
    allowH2: false,
    autoSelectFamily: true,
    ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
  };
  const connectors = {
    secure: buildConnector({ ...common, lookup: guardedLookup(options, true) }),
    plain: buildConnector({ ...common, lookup: guardedLookup(options, false) }),
  };
  return (target, callback) => {
    const secure = target.protocol === "https:";
    const host = target.hostname.replace(/^\[|\]$/g, "");
    const why = isIP(host) === 0 ? null : refuseAddresses([host], secure, options.ranges);
    if (why !== null) {
      callback(new RefusedError("address_refused", why), null);
      return;
    }
    connectors[secure ? "secure" : "plain"](target, (...result) => {
      const [error, socket] = result;
      if (error !== null || socket === null) {
        callback(error ?? new RefusedError("connect_failed", "no socket"), null);
        return;
      }
      const facts = factsOf(socket);
      const peerRefused = refuseAddresses([facts.address], secure, options.ranges);
      if (peerRefused !== null) {
        socket.destroy();
        callback(new RefusedError("address_refused", peerRefused), null);
        return;
      }
      options.onConnected(`${target.protocol}//${target.host ?? target.hostname}`, facts);
      callback(null, socket);
    });
  };
}
