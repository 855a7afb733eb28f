import type { OnReadOpts } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { SecretOf } from "@sallyport/idp-client";
import type { CompiledUpstream } from "@sallyport/pipeline";
import { certificatesIn, privateKeyIn } from "@sallyport/snapshot";
import { buildConnector } from "undici";

/** The upstream wants to know who we are, and this node cannot say. */
class ClientCertificateMissing extends Error {
  override readonly name = "ClientCertificateMissing";
  readonly code = "ERR_TLS_CLIENT_CERTIFICATE_MISSING";
  constructor(secret: string, why: string) {
    super(`the secret ${secret} ${why}`);
  }
}

function pairIn(value: string, secret: string): { cert: string; key: string } {
  const [key, certificates] = [privateKeyIn(value), certificatesIn(value)];
  if (key === null || certificates.length === 0) throw new ClientCertificateMissing(secret, "is no certificate with its private key");
  return { cert: certificates.join("\n"), key };
}

/** Opens one connection. @param onread takes its bytes, past the stream; left out for one that is read as a stream */
export type Connector = (options: buildConnector.Options, callback: buildConnector.Callback, onread?: OnReadOpts) => void;

/**
 * Opens connections as an upstream's TLS settings say. The certificate is verified whatever the environment says, and anew on each
 * connection: a resumed session would skip that. A client certificate is read when a connection is opened, so that new ones use what was
 * set last.
 */
export function createConnector({ tenant, spec }: CompiledUpstream, secretOf: SecretOf): Connector {
  const { tls, connectTimeoutMs } = spec;
  const minVersion = `TLSv${tls?.minVersion ?? "1.2"}` as const;
  const trusted = tls?.ca === undefined ? {} : { ca: certificatesIn(tls.ca) };
  let made: { readonly identity: string; readonly secureContext: SecureContext } | null = null;

  const identityNow = (): string => {
    if (tls?.clientCertificate === undefined) return "";
    const value = secretOf(tenant, tls.clientCertificate);
    if (value === null) throw new ClientCertificateMissing(tls.clientCertificate, "has no value at this node");
    return value;
  };
  const currentContext = (): SecureContext => {
    const identity = identityNow();
    if (made?.identity === identity) return made.secureContext;
    const own = tls?.clientCertificate === undefined ? {} : pairIn(identity, tls.clientCertificate);
    made = { identity, secureContext: createSecureContext({ minVersion, ...trusted, ...own }) };
    return made.secureContext;
  };

  return (options, callback, onread) => {
    try {
      const connect = buildConnector({
        ...{ timeout: connectTimeoutMs, maxCachedSessions: 0, rejectUnauthorized: true, secureContext: currentContext(), minVersion },
        ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
        ...(onread === undefined ? {} : { onread }),
      });
      connect(options, callback);
    } catch (error) {
      // Nobody is ready for an answer before having asked.
      process.nextTick(callback, error instanceof Error ? error : new Error("the connection could not be opened"), null);
    }
  };
}

/** What tells connections apart that must not be shared: settings, and whose certificate they show. */
export const tlsKeyOf = ({ tenant, spec: { tls } }: CompiledUpstream): string =>
  tls === undefined ? "" : `${tls.clientCertificate === undefined ? "" : tenant} ${JSON.stringify(tls)}`;
