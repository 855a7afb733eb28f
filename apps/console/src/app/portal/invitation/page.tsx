import { EnterPortal } from "@/components/portal/enter-portal";

export const metadata = { title: "Invitation" };

/** Where a link leads. What it carries stands behind the #, and is sent when somebody says so: no scanner of mail uses it up. */
export default function InvitationPage() {
  return (
    <main className="alone" id="content" tabIndex={-1}>
      <EnterPortal />
    </main>
  );
}
