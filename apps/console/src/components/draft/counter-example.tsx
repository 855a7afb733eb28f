import type { CounterExample } from "./use-review";

const WORDS = {
  token: "Both would accept one token",
  host: "One host would name both",
  certificate: "Both would accept one client certificate",
  slug: "One slug would name both",
} as const satisfies Record<CounterExample["presents"], string>;

/** What two tenants would both take, and each side's rules that let it pass. */
export function CounterExampleView({ of: { presents, example, sides } }: { of: CounterExample }) {
  return (
    <div className="counter">
      <p>{WORDS[presents]}:</p>
      <pre>{JSON.stringify(example, null, 1)}</pre>
      {sides.map(({ path, rules }) => (
        <div key={path}>
          <code>{path}</code>
          <ul>
            {rules.map((rule) => (
              <li key={rule}>{rule}</li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
