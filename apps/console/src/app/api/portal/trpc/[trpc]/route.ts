import { createPortalContext } from "@/server/portal/context";
import { portalRouter } from "@/server/portal/root";
import { serveRouter } from "@/server/trpc/serve";

const handler = serveRouter({ endpoint: "/api/portal/trpc", router: portalRouter, createContext: createPortalContext });

export { handler as GET, handler as POST };
