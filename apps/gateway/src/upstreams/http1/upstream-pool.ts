import type { Socket } from "node:net";
import { UpstreamConnection } from "./upstream-connection.js";
import { UpstreamError } from "./upstream-error.js";
import type { UpstreamHandler, UpstreamRequest } from "./upstream-exchange.js";

/** What a connection that is opened hands its bytes to: one buffer for all, because each is read out before the next is filled. */
interface ReadInto {
  readonly buffer: Buffer;
  readonly callback: (length: number, bytes: Buffer) => boolean;
}
/** Opens one connection, ready to be written to. */
type OpenConnection = (onread: ReadInto, opened: (error: Error | null, socket: Socket | null) => void) => void;

interface UpstreamPoolOptions {
  readonly host: string;
  readonly maxConnections: number;
  /** An idle connection is closed after this, ms; sooner where the upstream says so. */
  readonly keepAliveMs: number;
  readonly open: OpenConnection;
}

interface Waiting {
  readonly request: UpstreamRequest;
  readonly handler: UpstreamHandler;
  told: boolean;
}

const READ_BYTES = 65_536;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Kept connections to one origin. Requests of one turn of the event loop are written at its end, after all that had arrived was read:
 * bytes on an idle connection end it before it is used, and so can never answer a request that came later (what undici's
 * GHSA-35p6-xmwp-9g52 is about), and a connection that was closed meanwhile is not written to.
 */
export class UpstreamPool {
  readonly host: string;
  readonly keepAliveMs: number;
  readonly #options: UpstreamPoolOptions;
  readonly #idle: UpstreamConnection[] = [];
  readonly #open = new Set<UpstreamConnection>();
  /** An array, not a set: a set that comes and goes leaves a chain of tables behind it, each of which keeps the next one's requests alive. */
  readonly #waiting: Waiting[] = [];
  #opening = 0;
  #scheduled = false;
  #closed = false;

  constructor(options: UpstreamPoolOptions) {
    this.#options = options;
    this.host = options.host;
    this.keepAliveMs = options.keepAliveMs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Never throws: what goes wrong is told to the handler, and never before this returns. */
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    this.#waiting.push({ request, handler, told: false });
    this.#schedule();
  }

  /** For a pool without requests: nothing is sent any more. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** Everything that is under way fails. */
  destroy(): void {
    this.close();
    for (const connection of this.#open) connection.destroy(new UpstreamError("UPSTREAM_ABORTED", "the node lets its connections go"));
    this.#schedule();
  }

  onFree(connection: UpstreamConnection): void {
    if (this.#closed) {
      connection.destroy();
      return;
    }
    this.#idle.push(connection);
    if (this.#waiting.length > 0) this.#schedule();
  }

  onClosed(connection: UpstreamConnection): void {
    this.#open.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#closed) {
      for (const { handler } of this.#waiting.splice(0)) handler.onError(new UpstreamError("UPSTREAM_ABORTED", "the node lets its connections go"));
      return;
    }
    while (this.#waiting.length > 0) {
      const connection = this.#takeIdle();
      if (connection === null) break;
      const first = this.#waiting.shift();
      if (first !== undefined) connection.send(first.request, first.handler);
    }
    while (this.#opening < this.#waiting.length && this.#open.size + this.#opening < this.#options.maxConnections) this.#openOne();
    let covered = this.#opening;
    for (const waiting of this.#waiting) {
      covered -= 1;
      if (covered >= 0 || waiting.told) continue;
      waiting.told = true;
      waiting.handler.onWaiting();
    }
  };

  #takeIdle(): UpstreamConnection | null {
    let connection = this.#idle.pop();
    while (connection !== undefined && !connection.usable) connection = this.#idle.pop();
    return connection ?? null;
  }

  #openOne(): void {
    this.#opening += 1;
    const connection = new UpstreamConnection(this);
    this.#options.open({ buffer, callback: connection.take }, (error, socket) => {
      this.#opening -= 1;
      if (error !== null || socket === null) {
        this.#failOne(error ?? new UpstreamError("UPSTREAM_CLOSED", "the connection could not be opened"));
        return;
      }
      this.#open.add(connection);
      connection.opened(socket);
      this.onFree(connection);
    });
  }

  /** One attempt was made for one request: the one that has waited longest hears how it went. */
  #failOne(error: Error): void {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    first.handler.onError(error);
    if (this.#waiting.length > 0) this.#schedule();
  }
}
