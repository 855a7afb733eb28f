import { Agent, request } from "node:http";

/** What a run of requests came to. */
export interface LoadResult {
  readonly answered: number;
  /** Requests without a whole answer; a refused connection is none: nothing was taken on. */
  readonly broken: string[];
  readonly byStatus: Map<number, number>;
  readonly bodies: readonly { readonly path: string; readonly body: string }[];
}

/** Keeps `connections` busy with one request after the other until `stop` says so or nobody listens any more. */
export async function runLoad(options: {
  port: number;
  connections: number;
  path: () => string;
  headers?: Record<string, string>;
  stop: () => boolean;
}): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const result: LoadResult & { answered: number; bodies: { path: string; body: string }[] } = {
    answered: 0,
    broken: [],
    byStatus: new Map(),
    bodies: [],
  };
  let gone = false;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const path = options.path();
      const outgoing = request({ agent, port: options.port, host: "127.0.0.1", path, headers: options.headers ?? {} }, (incoming) => {
        let body = "";
        incoming.on("data", (chunk: Buffer) => {
          body += chunk.toString("latin1");
        });
        incoming.on("close", () => {
          if (incoming.complete) {
            result.answered += 1;
            const status = incoming.statusCode ?? 0;
            result.byStatus.set(status, (result.byStatus.get(status) ?? 0) + 1);
            result.bodies.push({ path, body });
          } else result.broken.push(`${path}: half an answer`);
          resolve();
        });
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ECONNREFUSED") gone = true;
        else result.broken.push(`${path}: ${error.code ?? error.message}`);
        resolve();
      });
      outgoing.end();
    });
  const worker = async (): Promise<void> => {
    while (!gone && !options.stop()) await one();
  };
  await Promise.all(Array.from({ length: options.connections }, worker));
  agent.destroy();
  return result;
}
