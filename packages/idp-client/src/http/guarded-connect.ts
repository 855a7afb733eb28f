import { isIP, type LookupFunction, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import { type AddressRanges, refuseAddresses } from "./address-guard.js";
import { type EgressProxy, openTunnel } from "./egress-proxy.js";
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
  /** The trusted authorities, PEM; Node's own when left out. */
  readonly ca?: readonly string[];
  /** By which every connection leaves; null for straight ones. */
  readonly proxy: EgressProxy | null;
  onConnected(origin: string, facts: ConnectionFacts): void;
}

type Addresses = Awaited<ReturnType<Resolver>>;

/** A name's addresses, all of them good to use. @throws RefusedError `address_refused`; the resolver's own errors */
async function judgedAddresses({ resolve, ranges }: GuardedConnectOptions, hostname: string, secure: boolean): Promise<Addresses> {
  const found = await resolve(hostname);
  const why = refuseAddresses(
    found.map(({ address }) => address),
    secure,
    ranges,
  );
  if (why !== null) throw new RefusedError("address_refused", `${hostname}: ${why}`);
  return found;
}

/** The addresses that are judged are the ones that are used: there is no second look-up that could answer differently. */
function guardedLookup(options: GuardedConnectOptions, secure: boolean): LookupFunction {
  return (hostname, { all }, callback) => {
    judgedAddresses(options, hostname, secure).then(
      (found) => {
        const first = found[0];
        if (all === true) callback(null, [...found]);
        else callback(null, first?.address ?? "", first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

const nameOf = (name: { O?: string | string[]; CN?: string | string[] } | undefined): string => [name?.O ?? name?.CN ?? "unknown"].flat().join(", ");

function factsOf(socket: Socket, address: string): ConnectionFacts {
  if (!(socket instanceof TLSSocket)) return { address, certificate: null };
  const certificate = socket.getPeerCertificate();
  return {
    address,
    certificate: { issuer: nameOf(certificate.issuer), subject: nameOf(certificate.subject), validTo: Date.parse(certificate.valid_to) },
  };
}

interface Tunnelled {
  readonly proxy: EgressProxy;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** The node looks the name up and judges what it finds; the proxy is told an address, so that there is nothing left for it to look up. */
async function tunnelTo(options: GuardedConnectOptions, { proxy, host, port, secure }: Tunnelled): Promise<{ socket: Socket; address: string }> {
  const addresses = isIP(host) === 0 ? (await judgedAddresses(options, host, secure)).map(({ address }) => address) : [host];
  const timeoutMs = options.connectTimeoutMs / addresses.length;
  let failure: unknown;
  for (const address of addresses) {
    try {
      return { socket: await openTunnel(proxy, { address, port, timeoutMs }), address };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * A connector for undici that can reach only allowed addresses: names through the guarded look-up, IP literals (for which
 * neither undici nor Node look anything up) before connecting, and the peer's address once more when the connection stands.
 */
export function guardedConnector(options: GuardedConnectOptions): buildConnector.connector {
  const { proxy, ranges } = options;
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
    const why = isIP(host) === 0 ? null : refuseAddresses([host], secure, ranges);
    if (why !== null) {
      callback(new RefusedError("address_refused", why), null);
      return;
    }
    /** @param address the judged one, where the socket's peer is the proxy */
    const connected = (error: Error | null, socket: Socket | null, address?: string): void => {
      if (error !== null || socket === null) {
        callback(error ?? new RefusedError("connect_failed", "no socket"), null);
        return;
      }
      const facts = factsOf(socket, address ?? socket.remoteAddress ?? "");
      const peerRefused = refuseAddresses([facts.address], secure, ranges);
      if (peerRefused !== null) {
        socket.destroy();
        callback(new RefusedError("address_refused", peerRefused), null);
        return;
      }
      options.onConnected(`${target.protocol}//${target.host ?? target.hostname}`, facts);
      callback(null, socket);
    };
    if (proxy === null) {
      connectors[secure ? "secure" : "plain"](target, (...[error, socket]) => connected(error, socket));
      return;
    }
    tunnelTo(options, { proxy, host, port: Number(target.port) || (secure ? 443 : 80), secure }).then(
      ({ socket, address }) => {
        // TLS is the identity provider's, under its name: to the proxy it is bytes.
        if (secure) connectors.secure({ ...target, httpSocket: socket }, (...[error, inside]) => connected(error, inside, address));
        else connected(null, socket, address);
      },
      (error: Error) => connected(error, null),
    );
  };
}
