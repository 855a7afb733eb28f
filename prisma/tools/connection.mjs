import pg from "pg";

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Calls `use` with a connection of its own, which is ended afterwards.
 * @template T
 * @param {string} url
 * @param {(client: pg.Client) => Promise<T>} use
 * @param {{ name?: string }} [options] `name` stands in pg_stat_activity
 * @returns {Promise<T>}
 */
export async function withConnection(url, use, { name = "sallyport-tools" } = {}) {
  const client = new pg.Client({ connectionString: url, application_name: name, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A lost connection is also an event, which would end the process; the query that waits for an answer fails with the same error.
  client.on("error", () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Runs SQL on a connection of its own.
 * @param {string} url
 * @param {string} sql
 * @returns {Promise<Record<string, unknown>[]>} rows of the last statement
 */
export const runSql = (url, sql) => withConnection(url, async (client) => (await client.query(sql)).rows);
