import type { ReactNode } from "react";
import { Logo } from "@/ui/icon";
import { Passage } from "@/ui/passage";

/** The door: a form on the sheet, and beside it what happens behind. */
export function EntryPage({ title, answer, children }: { title: string; answer: string; children: ReactNode }) {
  return (
    <main className="entry">
      <div className="entry-form">
        <div>
          <Logo size={32} />
          <div>
            <h1>{title}</h1>
            <p className="t2">{answer}</p>
          </div>
          {children}
        </div>
      </div>
      <aside className="entry-side" aria-label="What the gateway does">
        <div>
          <p className="lab">A request of acme, with acme&rsquo;s token</p>
          <Passage
            label="A request that passes"
            steps={[
              { title: "1 Resolve", what: "acme", detail: "api.acme.example" },
              { title: "2 Authenticate", what: "ES256", detail: "iss aud exp" },
              { title: "3 Match", what: "acme = acme", detail: "tenant claim" },
              { title: "4 Proxy", what: "200", detail: "X-User-Id" },
            ]}
          />
          <p className="lab mt-4">The same token, at globex</p>
          <Passage
            label="A request that is refused"
            steps={[
              { title: "1 Resolve", what: "globex", detail: "pay.globex.example" },
              { title: "2 Authenticate", what: "ES256", detail: "iss aud exp" },
              { title: "3 Match", what: "refused", detail: "tenant_mismatch", shut: true },
              { title: "4 Proxy", what: "–", detail: "not reached", off: true },
            ]}
          />
        </div>
      </aside>
    </main>
  );
}
