// Brings the database up to date and lets the two roles of the product sign in. Safe to run at every start, by several at once.
import { ensureRoles, migrate } from "../../../prisma/tools/migrate.mjs";
import { readSecret } from "./read-secret.mjs";

const url = readSecret("DATABASE_URL");
const applied = await migrate({ url, log: console.error });
await ensureRoles({ url, appPassword: readSecret("APP_PASSWORD"), fleetPassword: readSecret("FLEET_PASSWORD") });
console.log(applied.length > 0 ? `applied: ${applied.join(", ")}` : "the database is up to date");
