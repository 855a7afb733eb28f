import pg from "pg";
import { runSql } from "./connection.mjs";

/**
 * The native engine's `cli` subcommands. Failures go to standard error in the form that the Prisma CLI reads:
 * it drops the first line, then parses one JSON object a line.
 *
 * @param {string} command `can-connect-to-database`, `create-database` or `drop-database`
 * @param {string} url connection URL of the database that is meant
 * @returns {Promise<number>} exit code
 */
export async function runDatabaseCommand(command, url) {
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  try {
    if (command === "can-connect-to-database") await runSql(target.href, "SELECT 1");
    else if (command === "create-database") await runSql(maintenance.href, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    else if (command === "drop-database") await runSql(maintenance.href, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    else return fail("P1000", `unknown command ${command}`);
    return 0;
  } catch (error) {
    if (error.code === "3D000") return fail("P1003", `Database \`${name}\` does not exist`);
    if (error.code === "28P01") return fail("P1000", "Authentication failed against the database server");
    return fail("P1001", `Can't reach database server at \`${target.host}\`: ${error.message}`);
  }
}

function fail(errorCode, message) {
  process.stderr.write(`\n${JSON.stringify({ level: "ERROR", target: "schema_engine::logger", fields: { error_code: errorCode, message } })}`);
  return 1;
}
