/** Sends JSON to a route handler of this origin. Never throws: a request that got no answer is a failure like any other. */
export async function postJson(path: string, body: unknown): Promise<{ ok: true; answer: unknown } | { ok: false; problem: unknown }> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    if (response.ok) return { ok: true, answer: await response.json().catch(() => null) };
    return { ok: false, problem: await response.json().catch(() => ({ message: `The console answered ${response.status}. Try again.` })) };
  } catch {
    return { ok: false, problem: { message: "The console's API did not answer. Try again in a moment." } };
  }
}
