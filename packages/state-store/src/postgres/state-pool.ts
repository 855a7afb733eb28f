import pg from "pg";
import { StateStoreUnavailable } from "../sessions.js";
import { migrateStateDatabase } from "./schema.js";

/** BEHAVIOUR 3c: 5–50 connections, idle 30 s. */
const POOL = { min: 5, max: 50, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 500 };
/** A look-up takes under a millisecond; what takes this long will not come. */
const STATEMENT_MS = 500;
const MIGRATION_MS = 10_000;

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

  const migrate = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: POOL.connectionTimeoutMillis, statement_timeout: MIGRATION_MS });
    client.on("error", tell);
    try {
      await client.connect();
      await migrateStateDatabase(client);
    } finally {
      await client.end().catch(tell);
    }
  };
  /** Once; a failure is forgotten, so that the next call tries again. */
  const ready = (): Promise<void> => {
    migrated ??= migrate().catch((error: unknown) => {
      migrated = null;
      throw error;
    });
    return migrated;
  };

  return {
    async run<R extends pg.QueryResultRow>({ name, text }: Statement, values: readonly unknown[]) {
      try {
        await ready();
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
