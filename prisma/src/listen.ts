import pg from "pg";
import { checkChannel } from "./notify.js";

export interface ListenOptions {
  /** After each LISTEN, the first included: whatever was notified before is lost, so look at the database now. */
  readonly onListening?: () => void;
  /** The connection is gone or could not be made; it is tried again by itself. */
  readonly onLost?: (error: Error) => void;
}

export interface Listener {
  /** False while notifications may be lost: look at the database every few seconds then. */
  readonly listening: boolean;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const PING_INTERVAL_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

/**
 * Listens on a channel with a connection of its own until it is closed; reconnects by itself, with back-off and full jitter.
 * A connection that died silently is found within 15 s.
 * @param onNotify gets each payload, in order; it must not throw
 */
export function listen(url: string, channel: string, onNotify: (payload: string) => void, options: ListenOptions = {}): Listener {
  checkChannel(channel);
  const { onListening = () => {}, onLost = () => {} } = options;
  let client: pg.Client | null = null;
  let listening = false;
  let closed = false;
  let retries = 0;
  let timer: NodeJS.Timeout | undefined;

  const lose = (lost: pg.Client, error: Error): void => {
    if (client !== lost) return;
    client = null;
    listening = false;
    clearTimeout(timer);
    lost.end().catch(() => {});
    if (closed) return;
    onLost(error);
    timer = setTimeout(connect, Math.random() * Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** retries));
    retries = Math.min(retries + 1, 16);
  };

  const ping = (current: pg.Client): void => {
    timer = setTimeout(() => {
      current.query("SELECT 1").then(
        () => client === current && ping(current),
        (error: Error) => lose(current, error),
      );
    }, PING_INTERVAL_MS);
  };

  const connect = (): void => {
    const current = new pg.Client({
      connectionString: url,
      application_name: "sallyport-listen",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: PING_TIMEOUT_MS,
    });
    client = current;
    current.on("error", (error) => lose(current, error));
    current.on("end", () => lose(current, new Error("the connection ended")));
    current.on("notification", (message) => {
      if (client === current && message.channel === channel) onNotify(message.payload ?? "");
    });
    current
      .connect()
      .then(() => current.query(`LISTEN ${pg.escapeIdentifier(channel)}`))
      .then(
        () => {
          if (client !== current) return;
          listening = true;
          retries = 0;
          ping(current);
          onListening();
        },
        (error: Error) => lose(current, error),
      );
  };

  connect();
  return {
    get listening() {
      return listening;
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      listening = false;
      const current = client;
      client = null;
      await current?.end().catch(() => {});
    },
  };
}
