import type { Logger } from "pino";
import type { TlsSettings } from "../env.js";
import { createHttp2Sessions } from "../http2/sessions.js";
import type { Problems } from "../problems.js";
import type { DataServer } from "../server/data-server.js";
import type { RequestObserver } from "../server/serve-request.js";
import { openCertificates } from "./certificates.js";
import { createTlsListener, type TlsListener } from "./tls-listener.js";

export interface SecurePlaneDeps {
  readonly settings: TlsSettings;
  readonly data: DataServer;
  readonly observer: RequestObserver;
  readonly problems: Problems;
  readonly logger: Logger;
  readonly clock: { now(): number };
  readonly draining: () => boolean;
}

/** What the metrics tell of the node's own TLS. */
export interface TlsState {
  /** Each certificate that is served, and when it ends, ms since the epoch. */
  readonly certificates: readonly { readonly name: string; readonly notAfterMs: number }[];
  readonly connections: number;
  readonly http2Connections: number;
  readonly failedHandshakes: number;
}

/** The data plane over the node's own TLS. */
export interface SecurePlane extends Omit<TlsListener, "failedHandshakes"> {
  state(): TlsState;
  /** Asks the clients of HTTP/2 to go elsewhere; those of HTTP/1.1 hear it with their answers. */
  sayGoodbye(): void;
  /** Connections of HTTP/2 end with the last request that they have. */
  finishSessions(): void;
}

/** @throws Error in one sentence where no certificate can be served */
export async function openSecurePlane({ settings, data, observer, draining, ...deps }: SecurePlaneDeps): Promise<SecurePlane> {
  const { certificateFolder: folder, defaultCertificate: defaultName, reloadMs: lookEveryMs, requestClientCertificate } = settings;
  const certificates = await openCertificates({ ...deps, folder, defaultName, lookEveryMs });
  const http2 = createHttp2Sessions({ serve: data.serve, observer, draining });
  const listener = createTlsListener({ certificates, http1: data.server, http2, requestClientCertificate });
  return {
    listen: listener.listen,
    get openConnections() {
      return listener.openConnections;
    },
    state: () => ({
      certificates: certificates.list(),
      connections: listener.openConnections,
      http2Connections: http2.open,
      failedHandshakes: listener.failedHandshakes,
    }),
    sayGoodbye: http2.sayGoodbye,
    finishSessions: http2.close,
    async close() {
      certificates.close();
      await listener.close();
    },
    cut: listener.cut,
  };
}
