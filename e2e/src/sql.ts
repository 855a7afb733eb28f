import type { RunningStack } from "./stack.ts";

/** Runs a statement as the database's owner, for what would take too long to make by hand. */
export const sql = <Row extends object>(stack: RunningStack, text: string, values: unknown[] = []): Promise<Row[]> =>
  query<Row>(stack.database.ownerUrl, text, values);

/** The same in a database of one's choice. */
export async function query<Row extends object>(connectionString: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
