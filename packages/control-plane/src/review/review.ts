import { withFleet } from "@sallyport/data";
import { createIdpHttp, type EgressProxy } from "@sallyport/idp-client";
import type { CounterExample } from "@sallyport/pipeline";
import { fleetSpec, type Manifest, type SectionName } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import type { ControlPlaneDeps } from "../deps.js";
import { counterExamplesOf, pairsOf, unreadableFindings, warningsOf } from "../draft/draft-findings.js";
import { callingSettings } from "../identity-providers/address-issues.js";
import { reportOf, runTests, type TestReport } from "../policy-tests/run-tests.js";
import { readTests, testsTouchedBy } from "../policy-tests/stored-tests.js";
import { testWordOf } from "../policy-tests/test-word.js";
import type { Finding } from "../publish/compile-check.js";
import { compose, unpublishedSections } from "../publish/compose.js";
import type { ComposedCheck } from "../publish/composed-check.js";
import { readGroups } from "../publish/group-envelopes.js";
import { groupSelections, publishedGroups } from "../publish/group-selection.js";
import type { PublisherParts } from "../publish/publisher.js";
import { brokenReferences, selectSections } from "../publish/select-sections.js";
import { readFreshState } from "../radar/fresh-state.js";
import { secretFindings } from "../secrets/publish-secrets.js";
import { parse } from "../validation.js";
import { changedWarnings } from "./changed-warnings.js";
import { type Reach, reachOf, type Serving, servingOf } from "./reach.js";
import { type ReviewInput, reviewInput, type ServingInput, servingInput } from "./review.schemas.js";
import { createProbe, type Probe, providersToAsk } from "./unreachable-issuers.js";
import { type Warning, warningOf } from "./warning.js";
import { openingWordOf } from "./warnings-between.js";

/** What a publish of some sections would be: everything that whoever publishes should have seen. */
export interface ReviewResult {
  /** The live revision; null before the first. */
  readonly base: number | null;
  readonly sections: readonly SectionName[];
  /** Whether it would compile: errors refuse it. */
  readonly ok: boolean;
  readonly errors: readonly Finding[];
  /** Proof that no token, host or certificate leads to two tenants; `pairs` of tenants were compared. */
  readonly isolation: { readonly ok: boolean; readonly pairs: number; readonly violations: readonly CounterExample[] };
  /** Most serious first. */
  readonly warnings: readonly Warning[];
  /** To be typed, because a route opens that is protected; null when none does. */
  readonly word: string | null;
  /** Policy tests that the change can turn; null where nothing compiles that they could run on. */
  readonly tests: TestReport | null;
  /** To be typed, with a reason, to publish although tests fail; null when none does. */
  readonly testWord: string | null;
  readonly reach: Reach;
  readonly ms: number;
}

export interface Review {
  /** Composes what would be live and looks at it as a publish would. @throws ServiceError `invalid` for a section that does not differ */
  show(actor: Actor, input?: ReviewInput): Promise<ReviewResult>;
  /** Which nodes are given these sections: how far a change of them would go, before it is in the draft. */
  serving(actor: Actor, input: ServingInput): Promise<Serving>;
  /** Asks the identity providers that come or change whether they answer: apart from the rest, because it takes its time and holds up nobody. */
  probe(actor: Actor, input?: ReviewInput): Promise<Probe>;
  /** Ends the connections to providers. */
  close(): Promise<void>;
}

const NOTHING: Manifest = {};
const ORDER = ["opening", "warning", "notice"] as const;
const bySeverity = (a: Warning, b: Warning): number => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || (a.path < b.path ? -1 : 1);

export function createReview(
  deps: ControlPlaneDeps & { readonly idpProxy: EgressProxy | null },
  parts: PublisherParts,
  composed: ComposedCheck,
): Review {
  let { idpAllowedRanges, idpCertificates } = fleetSpec.parse({});
  const http = createIdpHttp({ allowedRanges: () => idpAllowedRanges, certificates: () => idpCertificates, proxy: deps.idpProxy });
  const probe = createProbe(http, deps.clock);

  return {
    async show(actor, raw = {}) {
      requireFleetGrant(actor, "draft.read");
      const { sections: asked, except } = parse(reviewInput, raw);
      const left = new Set(except);
      const started = performance.now();
      const draft = await parts.drafts.read();
      return withFleet(deps.data.fleet, async (tx) => {
        const live = await parts.readLive(tx);
        const before = live?.manifest ?? NOTHING;
        const { groups, differing } = await groupSelections(tx, live?.number ?? null);
        const unpublished = unpublishedSections(before, draft);
        const all = [...unpublished, ...differing.map(({ name }) => name)];
        // What cannot be read is told as an error of the whole; the rest is looked at all the same.
        const selected = selectSections(asked ?? all.filter((name) => !left.has(name) && !draft.unreadable.has(name)), all, draft);
        const { manifest, changed } = compose(before, draft, selected);
        const revised = publishedGroups(groups, differing, new Set(selected));
        const { findings: found, compiled } = await composed.run(tx, manifest, draft);
        const fresh = changed.flatMap((name) => draft.section(name) ?? []);
        const errors = [
          ...(asked === undefined ? unreadableFindings(draft).filter(({ path }) => !left.has(path)) : []),
          ...found,
          ...brokenReferences(selected, revised, differing, { before, after: manifest }),
          ...(await secretFindings(tx, fresh)),
        ];
        const weakened = await changedWarnings(tx, parts.sections, { before, changed }, (name) => draft.section(name));
        // Of a route that is told to open, that it is open need not be said as well.
        const told = new Set(weakened.filter(({ severity }) => severity === "opening").map(({ path }) => path));
        const states = warningsOf(draft, changed)
          .filter(({ path }) => !told.has(path))
          .map(({ path, message }) => warningOf("state", path, message, message));
        const violations = counterExamplesOf(found);
        const choice = testsTouchedBy(changed);
        const running = { standIns: parts.standIns, clock: deps.clock };
        const tests = compiled === null ? null : await reportOf(runTests(await readTests(tx, choice), choice, { ...running, compiled }));
        return {
          base: live?.number ?? null,
          sections: selected,
          ok: errors.length === 0,
          errors,
          isolation: { ok: violations.length === 0, pairs: pairsOf(manifest), violations },
          warnings: [...weakened, ...states].sort(bySeverity),
          word: openingWordOf(weakened),
          tests,
          testWord: testWordOf(tests?.failed ?? []),
          reach: await reachOf(tx, {
            ...{ before, after: manifest, groups: revised, differing, unpublished },
            ...{ live: live?.number ?? null, now: deps.clock.now() },
          }),
          ms: performance.now() - started,
        };
      });
    },

    async serving(actor, raw) {
      requireFleetGrant(actor, "draft.read");
      const { sections } = parse(servingInput, raw);
      return withFleet(deps.data.fleet, async (tx) => servingOf(tx, sections, await readGroups(tx), deps.clock.now()));
    },

    async probe(actor, raw = {}) {
      requireFleetGrant(actor, "draft.read");
      const { sections: asked, except } = parse(reviewInput, raw);
      const left = new Set(except);
      const draft = await parts.drafts.read();
      const { asking, known } = await withFleet(deps.data.fleet, async (tx) => {
        const before = (await parts.readLive(tx))?.manifest ?? NOTHING;
        const chosen = new Set(asked);
        const names = unpublishedSections(before, draft).filter((name) => (asked === undefined || chosen.has(name)) && !left.has(name));
        const bodies = await parts.sections.get(
          tx,
          names.flatMap((name) => before[name] ?? []),
        );
        const found = names.flatMap((name) => providersToAsk({ before: bodies.get(before[name] ?? ""), after: draft.section(name) }));
        const urls = found.map(({ url }) => url);
        return { asking: found, known: await readFreshState(tx, urls, deps.clock.now()) };
      });
      ({ idpAllowedRanges, idpCertificates } = await callingSettings(deps.data));
      return probe(asking, known);
    },

    close: () => http.close(),
  };
}
