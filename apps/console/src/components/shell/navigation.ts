import type { Permission } from "@sallyport/control-plane";
import type { IconName } from "@/ui/icon";

export interface NavItem {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** Hidden from those who lack it. */
  readonly needs: Permission;
  /** Which live count stands beside it. */
  readonly count?: "draft" | "alerts";
}

/** The rail, top to bottom. Only screens that exist. */
export const NAVIGATION: readonly { readonly title: string | null; readonly items: readonly NavItem[] }[] = [
  {
    title: null,
    items: [
      { href: "/", label: "Overview", icon: "overview", needs: "fleet.read" },
      { href: "/tenants", label: "Tenants", icon: "tenants", needs: "tenant.read" },
    ],
  },
  {
    title: "Gateways",
    items: [
      { href: "/nodes", label: "Nodes", icon: "nodes", needs: "node.read" },
      { href: "/groups", label: "Groups", icon: "groups", needs: "fleet.read" },
      { href: "/health", label: "Health checks", icon: "health", needs: "fleet.read" },
      { href: "/radar", label: "IdP radar", icon: "radar", needs: "fleet.read" },
    ],
  },
  {
    title: "Changes",
    items: [
      { href: "/draft", label: "Draft", icon: "draft", needs: "draft.read", count: "draft" },
      { href: "/revisions", label: "Revisions", icon: "revisions", needs: "draft.read" },
      { href: "/rollouts", label: "Rollouts", icon: "rollouts", needs: "draft.read" },
    ],
  },
  {
    title: "Security",
    items: [
      { href: "/alerts", label: "Alerts", icon: "alerts", needs: "alert.read", count: "alerts" },
      { href: "/lockouts", label: "Lockouts", icon: "lockouts", needs: "fleet.read" },
      { href: "/revocations", label: "Revocations", icon: "revocations", needs: "fleet.read" },
    ],
  },
  {
    title: null,
    items: [
      { href: "/audit", label: "Audit log", icon: "audit", needs: "audit.read" },
      { href: "/settings", label: "Settings", icon: "settings", needs: "fleet.read" },
    ],
  },
];

/** Names of path segments in the breadcrumb; any other segment is an object's own name. */
export const SEGMENT_LABELS: Readonly<Record<string, string>> = {
  tenants: "Tenants",
  "identity-providers": "Identity providers",
  routes: "Routes",
  upstreams: "Upstreams",
  policies: "Policies",
  secrets: "Secrets",
  "api-keys": "API keys",
  certificates: "Certificates",
  domains: "Domains",
  portal: "Portal access",
  activity: "Activity",
  settings: "Settings",
  nodes: "Nodes",
  groups: "Groups",
  health: "Health checks",
  radar: "IdP radar",
  draft: "Draft",
  revisions: "Revisions",
  rollouts: "Rollouts",
  alerts: "Alerts",
  revocations: "Revocations",
  "rate-limits": "Rate limits",
  propagation: "Propagation",
  degradation: "Degradation",
  audit: "Audit log",
  new: "Add",
  fleet: "Fleet",
  people: "People",
  tokens: "API tokens",
  sessions: "Sessions",
  limits: "Fleet limits",
  lockout: "Lockout",
  lockouts: "Lockouts",
};

export const isCurrent = (path: string, href: string): boolean => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`));
