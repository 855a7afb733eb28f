import type pg from "pg";

/** Calls `use` with a connection of its own, which is ended afterwards. `name` stands in pg_stat_activity. */
export declare function withConnection<T>(url: string, use: (client: pg.Client) => Promise<T>, options?: { name?: string }): Promise<T>;

/** Runs SQL on a connection of its own; gives the rows of the last statement. */
export declare function runSql(url: string, sql: string): Promise<Record<string, unknown>[]>;
