/** Line icons on a 16 px grid, drawn with one stroke width. */
const PATHS = {
  overview: "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
  tenants: "M2.5 13.5v-11h6v11M8.5 6h5v7.5M1.5 13.5h13M5 5.5h1M5 8h1M5 10.5h1M10.8 8.5h.8M10.8 11h.8",
  nodes: "M2.5 2.5h11v4h-11zM2.5 9.5h11v4h-11zM5 4.5h.5M5 11.5h.5M8 4.5h3M8 11.5h3",
  groups: "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9H7v4.5H2.5zM9 9h4.5v4.5H9z",
  health: "M1.5 8.5h3l2-5 3 9 2-4h3",
  radar: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 10.5a2.5 2.5 0 1 0 0-5M8 8l4.2-4.2",
  draft: "M2.5 13.5l.8-3L11 2.8l2.2 2.2-7.7 7.7z",
  revisions: "M5 2.5v8M5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11 5.5c0 3-6 2-6 5",
  rollouts: "M2.5 13.5v-3.2h3.7V7.1h3.6V3.9h3.7v9.6z",
  alerts: "M8 2 14 13.5H2zM8 6.5v3.2M8 11.6v.2",
  lockouts: "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2M8 9.5v1.5",
  revocations: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4",
  audit: "M3.5 1.5h6l3 3v10h-9zM6 7h4M6 9.5h4M6 12h2.5",
  settings: "M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM5.5 13a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  down: "M4.5 6.5 8 10l3.5-3.5",
  up: "M4.5 9.5 8 6l3.5 3.5",
  right: "M6.5 4.5 10 8l-3.5 3.5",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM11 11l3 3",
  recheck: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  close: "M4 4l8 8M12 4l-8 8",
  tick: "M3.5 8.5 6.5 11.5 12.5 4.5",
  plus: "M8 3v10M3 8h10",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  key: "M5.5 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM7.7 7.8 13 2.5M11 4.5l2 2",
  person: "M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.6-2.5 2.5-4 5-4s4.4 1.5 5 4",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative line icon; the words beside it carry the meaning. */
export function Icon({ name, size = 16 }: { name: IconName; size?: 14 | 15 | 16 }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.35"
      strokeLinejoin="round"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Two bars with a gap: the passage between two doors. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path fill="currentColor" d="M2 1h4v18H2zM14 1h4v18h-4z" />
      <path fill="var(--accent)" d="M8.5 1h3v6h-3zM8.5 13h3v6h-3z" />
    </svg>
  );
}
