import pg from "pg";
import { withConnection } from "./connection.mjs";

/** What PostgreSQL answers when somebody else was first. */
const ALREADY_THERE = new Set(["42P04", "23505"]);

/** Creates the database that the URL names, when it is not there. Documented in migrate.d.mts. */
export function ensureDatabase(url) {
  const maintenance = new URL(url);
  const name = decodeURIComponent(maintenance.pathname.slice(1));
  maintenance.pathname = "/postgres";
  return withConnection(maintenance.href, async (client) => {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount !== 0) return false;
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return true;
    } catch (error) {
      if (ALREADY_THERE.has(error.code)) return false;
      throw error;
    }
  });
}
