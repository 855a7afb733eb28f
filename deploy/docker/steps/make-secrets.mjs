// Makes this installation's secrets once, each in a file that only its readers see. Existing files are never touched.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const SECRETS = process.env.SECRETS_DIR ?? "/run/sallyport/secrets";
const DATABASE = process.env.DATABASE_SECRET_DIR ?? "/run/sallyport/database";
const HOST = process.env.DATABASE_HOST ?? "postgres:5432";

const password = () => randomBytes(24).toString("base64url");

/** @returns the file's content, as it was or as it is now */
function secret(file, make, mode = 0o400) {
  if (!existsSync(file)) {
    writeFileSync(file, make(), { mode, flag: "wx" });
    console.log(`made ${path.basename(file)}`);
  }
  return readFileSync(file, "utf8").trim();
}

// PostgreSQL's image reads its own as another user, from a volume of its own.
const owner = secret(path.join(DATABASE, "owner-password"), password, 0o444);
secret(path.join(SECRETS, "master-key"), () => randomBytes(32).toString("base64"));
const app = secret(path.join(SECRETS, "app-password"), password);
const fleet = secret(path.join(SECRETS, "fleet-password"), password);
const url = (user, secretPart) => `postgresql://${user}:${secretPart}@${HOST}/sallyport`;
secret(path.join(SECRETS, "owner-url"), () => url("sallyport", owner));
secret(path.join(SECRETS, "app-url"), () => url("sallyport_app", app));
secret(path.join(SECRETS, "fleet-url"), () => url("sallyport_fleet", fleet));
