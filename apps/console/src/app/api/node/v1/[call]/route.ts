import { dispatchNodeCall } from "@/server/node/dispatch";

export const dynamic = "force-dynamic";

export async function POST(request: Request, { params }: { readonly params: Promise<{ call: string }> }): Promise<Response> {
  return dispatchNodeCall(request, (await params).call);
}
