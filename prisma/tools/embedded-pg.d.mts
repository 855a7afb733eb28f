export interface PostgresOptions {
  /** Folder for data, password and log; made when it is not there. */
  dir: string;
  /** Port on 127.0.0.1; 0 or left out takes a free one. An adopted server keeps its own. */
  port?: number;
  /** Server settings by name, as in postgresql.conf. */
  settings?: Readonly<Record<string, string | number>>;
  log?: (line: string) => void;
}

export interface RunningPostgres {
  readonly pid: number;
  readonly port: number;
  /** Of the superuser `postgres`. */
  readonly password: string;
  /** True when the server already ran and was taken over. */
  readonly adopted: boolean;
  /** Resolves when the child process ends; null for an adopted server. */
  readonly exited: Promise<unknown> | null;
  /** Connection URL of the superuser; `database` is `postgres` unless named. */
  url(database?: string): string;
  /** Fast shutdown, at most 20 s. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that ships in npm, on loopback only, with a random password in a file that only its owner reads.
 * A server that still runs on the same folder is taken over.
 * @throws Error with a sentence for people when there are no binaries for this machine or the server does not start within 60 s
 */
export declare function startPostgres(options: PostgresOptions): Promise<RunningPostgres>;

/** Stops the server that runs on this folder, whoever started it. False when there is none. */
export declare function stopPostgres(options: { dir: string }): Promise<boolean>;

/** A TCP port of the loopback interface that nobody listens on at this moment. */
export declare function freePort(): Promise<number>;

/** Whether somebody listens on the port of the loopback interface; answers within a second. */
export declare function isPortTaken(port: number): Promise<boolean>;
