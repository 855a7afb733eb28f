import { createTrpcContext } from "@/server/trpc/context";
import { appRouter } from "@/server/trpc/root";
import { serveRouter } from "@/server/trpc/serve";

const handler = serveRouter({ endpoint: "/api/trpc", router: appRouter, createContext: createTrpcContext });

export { handler as GET, handler as POST };
