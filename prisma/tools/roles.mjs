import { withConnection } from "./connection.mjs";
import { requirePassword, setPassword, withAccount } from "./role-password.mjs";

/** Lets the two roles that the migrations make sign in. Documented in migrate.d.mts. */
export async function ensureRoles({ url, appPassword, fleetPassword }) {
  const accounts = [
    { role: "sallyport_app", password: appPassword },
    { role: "sallyport_fleet", password: fleetPassword },
  ];
  for (const { role, password } of accounts) requirePassword(role, password);
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
