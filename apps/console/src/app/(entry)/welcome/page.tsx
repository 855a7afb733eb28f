import { EntryPage } from "@/components/entry/entry-page";
import { RedeemForm } from "@/components/entry/redeem-form";

export const metadata = { title: "Welcome" };

export default function WelcomePage() {
  return (
    <EntryPage title="Make your account" answer="The link works once. There is no default password.">
      <RedeemForm />
    </EntryPage>
  );
}
