import pg from "pg";

/** What PostgreSQL answers when somebody else was first. */
const DUPLICATE_DATABASE = "42P04";
const UNIQUE_VIOLATION = "23505";

/** Creates the database that the URL names, when it is not there. Documented in migrate.d.mts. */
export async function ensureDatabase(url) {
  const maintenance = new URL(url);
  const name = decodeURIComponent(maintenance.pathname.slice(1));
  maintenance.pathname = "/postgres";
  const client = new pg.Client({ connectionString: maintenance.href, application_name: "sallyport-migrate", connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount !== 0) return false;
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    if (error.code === DUPLICATE_DATABASE || error.code === UNIQUE_VIOLATION) return false;
    throw error;
  } finally {
    await client.end();
  }
}
