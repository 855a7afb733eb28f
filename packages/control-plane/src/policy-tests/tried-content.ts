import { withFleet } from "@sallyport/data";
import type { CompiledSnapshot } from "@sallyport/pipeline";
import { FLEET_SECTION, type Manifest, type SectionName } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import { compose, unpublishedSections } from "../publish/compose.js";
import type { ComposedCheck } from "../publish/composed-check.js";
import type { PublisherParts } from "../publish/publisher.js";

/** What requests are tried on. */
interface TriedContent {
  readonly compiled: CompiledSnapshot;
  /** The live revision; null for the draft, and before the first. */
  readonly revision: number | null;
}

/**
 * What nodes run, or would run if this section of the draft were published; all of the draft that can be read where none is named.
 * @throws ServiceError `precondition` where it does not compile, with every finding, whichever tenant it is about
 */
export type ReadTriedContent = (on: "draft" | "live", only?: SectionName) => Promise<TriedContent>;

const NOTHING: Manifest = {};

/** 10,000 tenants are compiled before the first test runs. */
const TRANSACTION_MS = 120_000;

export function createTriedContent(
  deps: Pick<ControlPlaneDeps, "data">,
  parts: Pick<PublisherParts, "drafts" | "readLive">,
  composed: ComposedCheck,
): ReadTriedContent {
  return async (on, only) => {
    const draft = on === "draft" ? await parts.drafts.read() : null;
    return withFleet(
      deps.data.fleet,
      async (tx) => {
        const live = await parts.readLive(tx);
        const before = live?.manifest ?? NOTHING;
        const unpublished = draft === null ? [] : unpublishedSections(before, draft).filter((name) => !draft.unreadable.has(name));
        // Before the first publish nothing compiles without the fleet's settings.
        const isMeant = (name: SectionName): boolean => name === only || (name === FLEET_SECTION && live === null);
        const chosen = only === undefined ? unpublished : unpublished.filter(isMeant);
        const manifest = draft === null ? before : compose(before, draft, chosen).manifest;
        const { compiled, findings } = await composed.run(tx, manifest, draft);
        if (compiled !== null) return { compiled, revision: draft === null ? (live?.number ?? null) : null };
        const [first] = findings;
        const more = findings.length > 1 ? ` There are ${findings.length - 1} more.` : "";
        throw new ServiceError("precondition", `Tests cannot run: what they run on does not compile. ${first?.path}: ${first?.message}.${more}`, {
          issues: findings.map(({ path, message }) => ({ path, message })),
        });
      },
      { timeoutMs: TRANSACTION_MS },
    );
  };
}
