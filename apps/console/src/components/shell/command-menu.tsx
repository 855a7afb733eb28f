"use client";

import { Dialog } from "@base-ui/react/dialog";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useParams, usePathname, useRouter } from "next/navigation";
import { useState } from "react";
import { useLeavePage } from "@/components/leaving/leave-guard";
import { useMe } from "@/components/session/session-context";
import { useTRPC } from "@/trpc/client";
import { Icon, type IconName } from "@/ui/icon";
import { NAVIGATION } from "./navigation";

/** Where a tenant is opened: the same page of it where one is open already. */
function tenantPath(path: string, current: string | undefined, slug: string): string {
  if (!current) return `/tenants/${slug}`;
  const page = path.split("/")[3];
  return page && page !== "new" ? `/tenants/${slug}/${page}` : `/tenants/${slug}`;
}

const tenantValue = (slug: string): string => `tenant ${slug}`;
const screenValue = ({ href }: { readonly href: string }): string => `screen ${href}`;
const actionValue = ({ href }: { readonly href: string }): string => `action ${href}`;

interface CommandMenuProps {
  readonly open: boolean;
  readonly scope: "all" | "tenants";
  /** What is looked for. */
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onClose: () => void;
}

/** ⌘K: jump to a screen or to any tenant, or do one of a few things. */
export function CommandMenu({ open, scope, query, onQuery, onClose }: CommandMenuProps) {
  const trpc = useTRPC();
  const router = useRouter();
  const leave = useLeavePage();
  const path = usePathname();
  const { slug } = useParams<{ slug?: string }>();
  const { can } = useMe();
  const tenants = useQuery(
    trpc.tenants.quickSearch.queryOptions(
      { query },
      { enabled: open && (scope === "tenants" || query.trim() !== ""), placeholderData: keepPreviousData, staleTime: 10_000 },
    ),
  );

  const go = (href: string) => {
    onClose();
    leave(() => router.push(href));
  };
  const matches = (label: string) => label.toLowerCase().includes(query.trim().toLowerCase());
  const screens = NAVIGATION.flatMap((group) => group.items).filter((item) => can(item.needs) && matches(item.label));
  const all: readonly { label: string; href: string; icon: IconName; allowed: boolean }[] = [
    { label: "Add tenant", href: "/tenants/new", icon: "plus", allowed: can("tenant.create") },
    {
      label: can("revision.publish") ? "Review and publish the draft" : "Review the draft",
      href: "/draft",
      icon: "draft",
      allowed: can("draft.read"),
    },
    { label: "Add node", href: "/nodes?add=true", icon: "plus", allowed: can("node.write") },
    {
      label: `Add an identity provider to ${slug}`,
      href: `/tenants/${slug}/identity-providers/new`,
      icon: "key",
      allowed: slug !== undefined && can("idp.write"),
    },
    { label: `API keys of ${slug}`, href: `/tenants/${slug}/api-keys`, icon: "key", allowed: slug !== undefined },
  ];
  const actions = all.filter((action) => action.allowed && matches(action.label));
  const [chosen, setChosen] = useState("");
  const values = [
    ...(tenants.data ?? []).map(({ slug }) => tenantValue(slug)),
    ...(scope === "all" ? [...screens.map(screenValue), ...actions.map(actionValue)] : []),
  ];

  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="cmdk" aria-label="Search or jump to" aria-modal="true" data-modal="">
          {/* What was chosen can be gone with the next answer: then it is the first, so that Enter always does something. */}
          <Command
            shouldFilter={false}
            label="Search or jump to"
            value={values.includes(chosen) ? chosen : (values[0] ?? "")}
            onValueChange={setChosen}
          >
            <div className="q">
              <Icon name="search" />
              <Command.Input
                className="cmdk-input"
                value={query}
                onValueChange={onQuery}
                placeholder={scope === "tenants" ? "Switch to a tenant" : "Tenant, screen or action"}
              />
              <kbd>Esc</kbd>
            </div>
            <Command.List>
              <Command.Empty>{tenants.isFetching ? "Searching…" : `Nothing is called “${query}”.`}</Command.Empty>
              {tenants.data && tenants.data.length > 0 && (
                <Command.Group heading="Tenants">
                  {tenants.data.map((tenant) => (
                    <Command.Item key={tenant.slug} value={tenantValue(tenant.slug)} onSelect={() => go(tenantPath(path, slug, tenant.slug))}>
                      <Icon name="tenants" />
                      <span className="b">{tenant.slug}</span>
                      <span className="t3 ell">{tenant.displayName}</span>
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {scope === "all" && screens.length > 0 && (
                <Command.Group heading="Screens">
                  {screens.map((screen) => (
                    <Command.Item key={screen.href} value={screenValue(screen)} onSelect={() => go(screen.href)}>
                      <Icon name={screen.icon} />
                      {screen.label}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {scope === "all" && actions.length > 0 && (
                <Command.Group heading="Actions">
                  {actions.map((action) => (
                    <Command.Item key={action.href} value={actionValue(action)} onSelect={() => go(action.href)}>
                      <Icon name={action.icon} />
                      {action.label}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
