import { dispatchRest } from "@/server/rest/dispatch";

export const dynamic = "force-dynamic";

export { dispatchRest as DELETE, dispatchRest as GET, dispatchRest as POST, dispatchRest as PUT };
