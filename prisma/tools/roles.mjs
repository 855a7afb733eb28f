import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";
import { withConnection } from "./connection.mjs";

const ITERATIONS = 4096;
const ATTEMPTS = 10;

/** Lets the two roles that the migrations make sign in. Documented in migrate.d.mts. */
export async function ensureRoles({ url, appPassword, fleetPassword }) {
  const accounts = [
    { role: "sallyport_app", password: appPassword },
    { role: "sallyport_fleet", password: fleetPassword },
  ];
  for (const { role, password } of accounts) {
    if (!/^[\x21-\x7e]{16,128}$/.test(password)) throw new Error(`The password of ${role} must be 16–128 visible ASCII characters`);
  }
  await withConnection(url, async (client) => {
    await refuseBypass(client, accounts);
    for (const { role, password } of accounts) await setPassword(client, role, password);
  });
  return { appUrl: withAccount(url, "sallyport_app", appPassword), fleetUrl: withAccount(url, "sallyport_fleet", fleetPassword) };
}

/** A role that steps over row-level security must never be handed to the product. */
async function refuseBypass(client, accounts) {
  const { rows } = await client.query("SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls)", [
    accounts.map(({ role }) => role),
  ]);
  if (rows.length > 0) throw new Error(`${rows[0].rolname} would bypass row-level security: take SUPERUSER and BYPASSRLS away from it`);
}

async function setPassword(client, role, password) {
  const statement = `ALTER ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      // Roles belong to the whole server: a second process that sets the same one makes PostgreSQL give up with "tuple concurrently updated".
      if (error.code !== "XX000" || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt * Math.random()));
    }
  }
}

/** RFC 5803, as PostgreSQL stores it: the password itself never reaches the server, nor its log. */
function scramVerifier(password) {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const hmac = (text) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}

function withAccount(url, user, password) {
  const result = new URL(url);
  result.username = user;
  result.password = encodeURIComponent(password);
  return result.href;
}
