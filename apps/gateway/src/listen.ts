import type { FastifyInstance } from "fastify";

/** Where something is to listen. */
interface Place {
  readonly host: string;
  readonly port: number;
  /** Of the setting that says so. */
  readonly name: string;
}

/** @returns the port; of those that are free where 0 was asked for. @throws Error one sentence that names the setting */
export async function listen(app: FastifyInstance, where: Place): Promise<number> {
  await naming(where, ({ host, port }) => app.listen({ host, port }));
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : where.port;
}

/** What cannot listen says which setting to change. */
export async function naming<T>(where: Place, listening: (where: Place) => Promise<T>): Promise<T> {
  try {
    return await listening(where);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")) {
      const reason = error.code === "EADDRINUSE" ? "is taken: stop what listens there" : "may not be used by this user";
      throw new Error(`Port ${where.port} on ${where.host} ${reason}, or set ${where.name} to another port.`);
    }
    throw error;
  }
}
