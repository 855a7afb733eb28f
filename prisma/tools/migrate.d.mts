/**
 * Creates the database that the URL names, when it is not there; the URL's role must be allowed to.
 * @returns true when it was created now
 */
export declare function ensureDatabase(url: string): Promise<boolean>;

export interface MigrateOptions {
  /** Connection URL of the database's owner. */
  url: string;
  /** Folder of migration folders; this package's own unless named. */
  dir?: string;
  log?: (line: string) => void;
}

/** The migrations of this package. */
export declare const MIGRATIONS_DIR: string;

/**
 * Applies what is missing, each migration in a transaction of its own, under the advisory lock that Prisma takes as well:
 * of several at once, one applies and the others wait (at most 60 s) and find nothing to do.
 * @returns names of the migrations that were applied now
 * @throws Error naming the migration that failed; it was rolled back whole, and is tried again by the next call
 */
export declare function migrate(options: MigrateOptions): Promise<string[]>;

export interface EnsureRolesOptions {
  /** Connection URL of a role that may alter roles, after `migrate`. */
  url: string;
  /** 16–128 visible ASCII characters each. */
  appPassword: string;
  fleetPassword: string;
}

/**
 * Lets `sallyport_app` (sees one tenant at a time) and `sallyport_fleet` (sees all of them) sign in with these passwords.
 * Only SCRAM verifiers are sent, never a password.
 * @returns the connection URLs of both roles
 */
export declare function ensureRoles(options: EnsureRolesOptions): Promise<{ appUrl: string; fleetUrl: string }>;

/**
 * Makes the database `sallyport_state` on the server of this URL, and the one role that may connect to it; the tables are made by whoever
 * keeps state there. The configuration is in another database, where the role has no rights.
 * @param options `url` of a role that may make roles and databases; `password` 16–128 visible ASCII characters
 * @returns the connection URL of the role
 */
export declare function ensureStateDatabase(options: { url: string; password: string }): Promise<string>;

/** Runs SQL on a connection of its own; gives the rows of the last statement. */
export declare function runSql(url: string, sql: string): Promise<Record<string, unknown>[]>;
