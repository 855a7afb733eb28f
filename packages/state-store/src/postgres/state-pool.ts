import pg from "pg";
import { StateStoreUnavailable } from "../sessions.js";
import { migrateStateDatabase } from "./schema.js";

/** BEHAVIOUR 3c: 5–50 connections, idle 30 s. */
const POOL = { min: 5, max: 50, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 500 };
/** A look-up takes under a millisecond; what takes this long will not come. */
const STATEMENT_MS = 500;
const MIGRATION_MS = 10_000;
/** What a call waits for the tables, connecting and making them. */
const FIRST_CALL_MS = 900;

/** A statement that the server parses once for each connection. Row types are said by the caller: the SQL stands beside them. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface StatePool {
  /** @throws StateStoreUnavailable */
  run<R extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<{ readonly rows: R[]; readonly count: number }>;
  close(): Promise<void>;
}

export function createStatePool(url: string, onError: (error: Error) => void): StatePool {
  const pool = new pg.Pool({
    ...POOL,
    connectionString: url,
    application_name: "sallyport-state",
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 100,
    keepAlive: true,
  });
  let closed = false;
  /** Connections that end after the pool are no trouble. */
  const tell = (error: Error): void => {
    if (!closed) onError(error);
  };
  pool.on("error", tell);
  let migrated: Promise<void> | null = null;
  let isMigrated = false;

  const migrate = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: POOL.connectionTimeoutMillis,
      statement_timeout: MIGRATION_MS,
      // The server holds to the one above; a server that says nothing holds to none.
      query_timeout: MIGRATION_MS + 100,
      keepAlive: true,
    });
    client.on("error", tell);
    try {
      await client.connect();
      await migrateStateDatabase(client);
    } finally {
      await client.end().catch(tell);
    }
  };
  /** Once; a failure is forgotten, so that the next call tries again. Nobody waits longer than for a look-up: it goes on meanwhile. */
  const ready = async (): Promise<void> => {
    migrated ??= migrate().then(
      () => {
        isMigrated = true;
      },
      (error: unknown) => {
        migrated = null;
        throw error;
      },
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the tables are not there yet")), FIRST_CALL_MS);
    });
    await Promise.race([migrated, late]).finally(() => clearTimeout(timer));
  };

  return {
    async run<R extends pg.QueryResultRow>({ name, text }: Statement, values: readonly unknown[]) {
      try {
        if (!isMigrated) await ready();
        const { rows, rowCount } = await pool.query<R>({ name, text, values: [...values] });
        return { rows, count: rowCount ?? 0 };
      } catch (error) {
        throw new StateStoreUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
    close() {
      closed = true;
      return pool.end();
    },
  };
}
