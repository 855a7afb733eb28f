import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";

const ITERATIONS = 4096;
const ATTEMPTS = 10;

/** @throws Error when the password is not one that can be set */
export function requirePassword(role, password) {
  if (!/^[\x21-\x7e]{16,128}$/.test(password)) throw new Error(`The password of ${role} must be 16–128 visible ASCII characters`);
}

/** Lets a role sign in with this password. Only a SCRAM verifier is sent, never the password. */
export async function setPassword(client, role, password) {
  requirePassword(role, password);
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

export function withAccount(url, user, password) {
  const result = new URL(url);
  result.username = user;
  result.password = encodeURIComponent(password);
  return result.href;
}
