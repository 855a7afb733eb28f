import { controlPlane } from "@/server/control-plane";

export const dynamic = "force-dynamic";

/** The public keys of a node group's internal tokens, for upstreams (RFC 7517 §5). Open to everybody; an answer without keys is not to be kept. */
export async function GET(_request: Request, { params }: { params: Promise<{ name: string }> }): Promise<Response> {
  const { name } = await params;
  try {
    const published = await controlPlane().internalKeys.published(name);
    if (published === null) return Response.json({ keys: [] }, { status: 404, headers: { "cache-control": "no-store" } });
    const headers = { "cache-control": `public, max-age=${published.maxAgeSeconds}`, "content-type": "application/jwk-set+json" };
    return new Response(JSON.stringify({ keys: published.keys }), { headers });
  } catch {
    return Response.json({ keys: [] }, { status: 503, headers: { "cache-control": "no-store", "retry-after": "5" } });
  }
}
