import { randomBytes } from "node:crypto";
import { ensureRoles, migrate, runSql } from "../tools/migrate.mjs";
import { startTestServer } from "./testing-server.js";

/** A database of its own for one test or file, migrated and empty. */
export interface TestDatabase {
  /** The superuser: sees past row-level security. For arranging and for looking, not for what is under test. */
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly fleetUrl: string;
  /** Ends whoever is still connected. */
  drop(): Promise<void>;
}

export interface TestDatabases {
  createDatabase(): Promise<TestDatabase>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** How test workers find the server that the global set-up started. */
const ENVIRONMENT = "SALLYPORT_TEST_DATABASES";

interface Template {
  readonly serverUrl: string;
  readonly database: string;
  readonly appUrl: string;
  readonly fleetUrl: string;
}

/**
 * Starts an embedded PostgreSQL with a migrated template database, for the whole test run. Where TEST_DATABASE_URL names a superuser of
 * a server that is there already, that one is used.
 */
export async function startTestDatabase(): Promise<TestDatabases> {
  const shared = sharedTemplate();
  // Another workspace of the same run was first: it stops the server when the run ends.
  if (shared) return { createDatabase: () => copy(shared), stop: async () => {} };
  const server = await startTestServer();
  try {
    const template = await createTemplate(server.url);
    process.env[ENVIRONMENT] = JSON.stringify(template);
    return {
      createDatabase: () => copy(template),
      stop: async () => {
        delete process.env[ENVIRONMENT];
        await runSql(server.url, `DROP DATABASE IF EXISTS ${template.database} WITH (FORCE)`);
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * A fresh database of the server that the global set-up started.
 * @throws Error when the test run has no such set-up
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = sharedTemplate();
  if (!template) throw new Error('There is no test database: put "@sallyport/data/testing-setup" into globalSetup of vitest.config.ts');
  return copy(template);
}

function sharedTemplate(): Template | null {
  const text = process.env[ENVIRONMENT];
  return text ? (JSON.parse(text) as Template) : null;
}

async function createTemplate(serverUrl: string): Promise<Template> {
  const database = uniqueName("template");
  await runSql(serverUrl, `CREATE DATABASE ${database}`);
  const url = onDatabase(serverUrl, database);
  await migrate({ url });
  const password = () => randomBytes(18).toString("base64url");
  const urls = await ensureRoles({ url, appPassword: password(), fleetPassword: password() });
  return { serverUrl, database, ...urls };
}

async function copy({ serverUrl, database, appUrl, fleetUrl }: Template): Promise<TestDatabase> {
  const name = uniqueName("test");
  await runSql(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${database}`);
  return {
    ownerUrl: onDatabase(serverUrl, name),
    appUrl: onDatabase(appUrl, name),
    fleetUrl: onDatabase(fleetUrl, name),
    drop: async () => {
      await runSql(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

const uniqueName = (purpose: string): string => `sallyport_${purpose}_${randomBytes(6).toString("hex")}`;

function onDatabase(url: string, database: string): string {
  const result = new URL(url);
  result.pathname = `/${database}`;
  return result.href;
}
