import pg from "pg";
import { withConnection } from "./connection.mjs";
import { ensureDatabase } from "./ensure-database.mjs";
import { setPassword, withAccount } from "./role-password.mjs";

const NAME = "sallyport_state";

/** The database for sessions and counters, with a role of its own. Documented in migrate.d.mts. */
export async function ensureStateDatabase({ url, password }) {
  const owner = new URL(url);
  owner.pathname = `/${NAME}`;
  await withConnection(url, async (client) => {
    const { rows } = await client.query(
      "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS mighty FROM pg_roles WHERE rolname = $1",
      [NAME],
    );
    if (rows[0]?.mighty) throw new Error(`${NAME} may do more than keep state: take its attributes away from it`);
    if (rows.length === 0) await client.query(`CREATE ROLE ${pg.escapeIdentifier(NAME)}`);
    await setPassword(client, NAME, password);
  });
  await ensureDatabase(owner.href);
  await withConnection(owner.href, async (client) => {
    await client.query(`REVOKE ALL ON DATABASE ${NAME} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${NAME} TO ${NAME}`);
    await client.query("REVOKE ALL ON SCHEMA public FROM PUBLIC");
    await client.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${NAME}`);
  });
  return withAccount(owner.href, NAME, password);
}
