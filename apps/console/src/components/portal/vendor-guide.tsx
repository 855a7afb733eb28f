"use client";

import type { PortalSetup } from "@/lib/portal-steps";
import type { Given, Vendor } from "@/lib/portal-vendors";
import { CopyLine } from "./copy-line";

const GIVEN = {
  audience: "Audience, or identifier",
  callback: "Redirect URI, for sign-in",
  logout: "Post-logout redirect URI",
} as const satisfies Record<Given, string>;

/** What is entered at the provider; null for what this tenant has not got yet. */
function givenValue(given: Given, { address }: PortalSetup, slug: string): string | null {
  switch (given) {
    case "audience":
      return audienceFor(address, slug);
    case "callback":
      return address === null ? null : `${address}/.sallyport/callback`;
    case "logout":
      return address === null ? null : `${address}/`;
    default:
      return given satisfies never;
  }
}

/** A name for what tokens are for: nobody else's, and the same in every revision. */
export const audienceFor = (address: string | null, slug: string): string => address ?? `api://${slug}`;

/** What to do at the provider, in its own words, with the values that it is given. */
export function VendorGuide({ vendor, setup, slug }: { vendor: Vendor; setup: PortalSetup; slug: string }) {
  const values = vendor.give.flatMap((given) => {
    const value = givenValue(given, setup, slug);
    return value === null ? [] : [{ given, value }];
  });
  return (
    <>
      <ol className="guide mb-4">
        {vendor.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {values.length > 0 && (
        <div className="give">
          {values.map(({ given, value }) => (
            <div key={given} className="contents">
              <span>{GIVEN[given]}</span>
              <CopyLine text={value} />
            </div>
          ))}
        </div>
      )}
      {vendor.give.includes("callback") && (
        <p className="t3 mt-3">
          The redirect URI is needed only where people sign in at the gateway itself, and not for tokens that your applications get.
        </p>
      )}
    </>
  );
}
