import { redirect } from "next/navigation";
import { EntryPage } from "@/components/entry/entry-page";
import { SignInForm } from "@/components/entry/sign-in-form";
import { landingOf } from "@/lib/landing";
import { getSession } from "@/server/current-session";
import { safeReturnTo } from "@/server/http/return-to";

export const metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ returnTo?: string }> }) {
  const asked = (await searchParams).returnTo;
  const returnTo = asked === undefined ? undefined : safeReturnTo(asked);
  const session = await getSession();
  if (session) redirect(returnTo ?? landingOf(session.person.roles));
  return (
    <EntryPage title="Sign in" answer="Operators and reviewers of this gateway fleet.">
      <SignInForm returnTo={returnTo} />
    </EntryPage>
  );
}
