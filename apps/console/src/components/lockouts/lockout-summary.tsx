import { lockoutPolicySpec } from "@sallyport/snapshot";
import { Sentences } from "@/components/policies/sentences";
import { lockoutSentences } from "@/lib/lockout-words";
import type { InheritedLockout } from "./lockout-fields";

/** What the form would do, in sentences. @param value as it is typed; undefined: the inherited policy holds */
export function LockoutSummary({ value, inherited }: { value: unknown; inherited: InheritedLockout }) {
  if (value === undefined)
    return (
      <Sentences
        of={inherited.policy === null ? [`${inherited.label} holds.`] : [`${inherited.label} holds.`, ...lockoutSentences(inherited.policy)]}
      />
    );
  const parsed = lockoutPolicySpec.safeParse(value);
  return <Sentences of={parsed.success ? lockoutSentences(parsed.data) : ["Complete the form to see it in words."]} />;
}
