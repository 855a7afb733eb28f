import type { SecureContext } from "node:tls";
import type { Logger } from "pino";
import type { Problems } from "../problems.js";
import { readCertificateFolder } from "./certificate-folder.js";
import { readCertificate, type ServedCertificate } from "./read-certificate.js";

/** A certificate that ends within this time is a problem already, ms. */
const ENDS_SOON_MS = 7 * 86_400_000;

export interface CertificatesOptions {
  /** The folder that is watched. */
  readonly folder: string;
  /** Name of the certificate for clients that name no host, or one that no certificate has; null refuses them. */
  readonly defaultName: string | null;
  /** How often the files are looked at, ms. */
  readonly lookEveryMs: number;
  readonly problems: Problems;
  readonly logger: Logger;
  readonly clock: { now(): number };
}

/** The certificates that are served now. */
export interface Certificates {
  /** The context for a server name (RFC 6066 §3): exact, then one label of a wildcard; null where no certificate has the name. */
  forName(name: string): SecureContext | null;
  readonly byDefault: ServedCertificate | null;
  list(): readonly ServedCertificate[];
  /** Called when another certificate has become the default one. */
  onDefaultChanged(listener: (served: ServedCertificate) => void): void;
  close(): void;
}

/**
 * Reads the folder, and goes on looking: a pair that changed is served from the next handshake on. One that cannot be served is a problem
 * of the node, and what was served before stays. Looked at by time and content, because mounted secrets are swapped by symbolic links
 * that file watching does not see.
 * @throws Error in one sentence when there is nothing to serve at the start
 */
export async function openCertificates(options: CertificatesOptions): Promise<Certificates> {
  const { folder, defaultName, lookEveryMs, problems, logger, clock } = options;
  let served: ReadonlyMap<string, ServedCertificate> = new Map();
  let hosts: ReadonlyMap<string, ServedCertificate> = new Map();
  let told = "";
  const listeners: ((served: ServedCertificate) => void)[] = [];

  const look = async (): Promise<void> => {
    const faults = await take();
    const sentence = [...faults, ...endings([...served.values()], clock.now())].join("; ");
    if (sentence === told) return;
    told = sentence;
    if (sentence === "") {
      problems.clear("certificates");
      logger.info("every TLS certificate is good again");
      return;
    }
    problems.report("certificates", `TLS certificates: ${sentence}`);
    logger.error({ folder }, `TLS certificates: ${sentence}`);
  };

  /** One look at the folder. @returns what cannot be served, one sentence each */
  const take = async (): Promise<string[]> => {
    const content = await readCertificateFolder(folder).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (typeof content === "string") return [`${folder} cannot be read, what was served before stays: ${content}`];
    const faults = new Map(content.faults);
    const next = new Map<string, ServedCertificate>();
    for (const pair of content.pairs) {
      const before = served.get(pair.name);
      if (before?.chain === pair.chain && before.key === pair.key) {
        next.set(pair.name, before);
        continue;
      }
      const read = readCertificate(pair);
      if (typeof read === "string") faults.set(pair.name, read);
      else if (before !== undefined && read.notAfterMs <= clock.now() && before.notAfterMs > clock.now())
        faults.set(pair.name, `${pair.name}: the new certificate has expired`);
      else {
        next.set(pair.name, read);
        logger.info({ certificate: read.name, hosts: read.hosts, notAfter: new Date(read.notAfterMs).toISOString() }, "a TLS certificate is served");
      }
    }
    for (const name of faults.keys()) {
      const before = served.get(name);
      if (before !== undefined) next.set(name, before);
    }
    if (defaultName !== null && !next.has(defaultName)) {
      const before = served.get(defaultName);
      if (!faults.has(defaultName)) faults.set(defaultName, `${defaultName}: the default certificate is not in ${folder}`);
      if (before !== undefined) next.set(defaultName, before);
    }
    if (next.size === 0) return [...faults.values(), `${folder} holds no certificate that can be served`];
    const oldDefault = byDefault();
    served = next;
    hosts = indexHosts([...next.values()], faults);
    const newDefault = byDefault();
    if (newDefault !== null && newDefault !== oldDefault) for (const listener of listeners) listener(newDefault);
    return [...faults.values()];
  };

  const byDefault = (): ServedCertificate | null => (defaultName === null ? null : (served.get(defaultName) ?? null));

  await look();
  if (served.size === 0 || (defaultName !== null && byDefault() === null)) throw new Error(`SALLYPORT_TLS_CERT_DIR: ${told}.`);

  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look().finally(() => {
      looking = false;
    });
  }, lookEveryMs);
  timer.unref();

  return {
    forName(name) {
      const host = name.toLowerCase().replace(/\.$/, "");
      const found = hosts.get(host) ?? hosts.get(host.replace(/^[^.]+/, "*"));
      return found?.context ?? null;
    },
    get byDefault() {
      return byDefault();
    },
    list: () => [...served.values()],
    onDefaultChanged: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  };
}

/** Of two certificates with one name the one that is good for longer serves it, and somebody should look. */
function indexHosts(all: readonly ServedCertificate[], faults: Map<string, string>): ReadonlyMap<string, ServedCertificate> {
  const hosts = new Map<string, ServedCertificate>();
  for (const certificate of [...all].sort((a, b) => b.notAfterMs - a.notAfterMs)) {
    for (const host of certificate.hosts) {
      const other = hosts.get(host);
      if (other === undefined) hosts.set(host, certificate);
      else if (!faults.has(certificate.name))
        faults.set(certificate.name, `${certificate.name}: ${other.name} has ${host} too and is good for longer`);
    }
  }
  return hosts;
}

function endings(all: readonly ServedCertificate[], now: number): string[] {
  return all
    .filter(({ notAfterMs }) => notAfterMs - now < ENDS_SOON_MS)
    .map(({ name, notAfterMs }) => `${name}: ${notAfterMs <= now ? "expired" : "ends"} on ${new Date(notAfterMs).toISOString().slice(0, 10)}`);
}
