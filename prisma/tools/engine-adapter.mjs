// Driver-adapter factory for Prisma's WASM schema engine: @prisma/adapter-pg, mended where it stops the engine from migrating.
import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { runSql } from "./connection.mjs";

/** Catalogue columns of the type "char" (OID 18) are refused by the adapter; they travel as text and are reported as characters. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * @param {string} url connection URL of the database to migrate
 * @returns the factory for the engine, and `dispose`, which ends every connection and drops the shadow databases
 */
export function engineAdapterFactory(url) {
  const open = new Set();
  const factory = {
    provider: "postgres",
    adapterName: "@sallyport/engine-pg",
    connect: () => openAdapter({ url, open }),
    // The stock adapter, given a connection string, would use the main database as its shadow and reset it.
    connectToShadowDb: async () => {
      const name = `prisma_migrate_shadow_db_${randomUUID()}`;
      await runSql(url, `CREATE DATABASE "${name}"`);
      const shadow = new URL(url);
      shadow.pathname = `/${name}`;
      return openAdapter({ url: shadow.href, open, onDispose: () => runSql(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) });
    },
  };
  return { factory, dispose: () => Promise.all([...open].map((adapter) => adapter.dispose())) };
}

async function openAdapter({ url, open, onDispose = async () => {} }) {
  // One session: the engine's advisory lock belongs to the connection that took it.
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on("error", () => {});
  const plainQuery = pool.query.bind(pool);
  let charColumns = [];
  pool.query = async (...args) => {
    const result = await plainQuery(...args);
    charColumns = [];
    result.fields?.forEach((field, index) => {
      if (field.dataTypeID !== CHAR_OID) return;
      charColumns.push(index);
      field.dataTypeID = TEXT_OID;
    });
    return result;
  };
  const adapter = await new PrismaPg(pool).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (sql) => {
    const result = await queryRaw(sql);
    for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  // The stock one splits at every semicolon, which breaks functions and DO blocks.
  adapter.executeScript = async (sql) => {
    try {
      await plainQuery(sql);
    } catch (error) {
      adapter.onError(error);
    }
  };
  adapter.dispose = async () => {
    if (!open.delete(adapter)) return;
    await pool.end();
    await onDispose();
  };
  open.add(adapter);
  return adapter;
}
