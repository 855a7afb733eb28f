import { type LockoutPolicySpec, lockoutPolicySpec } from "@sallyport/snapshot";
import type { CompiledLockout, CompiledLockoutRule } from "../compiled.js";
import { type AddressRange, parseRange } from "../ip-address.js";
import type { CompileErrors } from "./compile-error.js";

const DEFAULT_POLICY = lockoutPolicySpec.parse({});

const ruleOf = ({ failures, windowSeconds, lockoutSeconds }: LockoutPolicySpec["username"]): CompiledLockoutRule => ({
  failures,
  windowMs: windowSeconds * 1_000,
  lockoutMs: lockoutSeconds * 1_000,
});

/**
 * A lockout policy, ready for use: the defaults of BEHAVIOUR §5 where none is declared, null where it does not count.
 * @param path of the object that declares it
 */
export function compileLockout(policy: LockoutPolicySpec = DEFAULT_POLICY, path: string, errors: CompileErrors): CompiledLockout | null {
  const exempt: AddressRange[] = [];
  for (const text of policy.exempt) {
    const range = parseRange(text);
    if (range === null) errors.add(path, `lockout.exempt: ${text} is not a range`);
    else exempt.push(range);
  }
  if (policy.action === "off") return null;
  return {
    refuses: policy.action === "refuse",
    address: ruleOf(policy),
    username: ruleOf(policy.username),
    exempt,
  };
}
