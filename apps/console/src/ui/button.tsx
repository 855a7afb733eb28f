import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names";

interface Looks {
  /** `primary` once per view; `danger` is an outline: solid red is for what has failed. */
  variant?: "primary" | "danger" | "ghost";
  size?: "sm" | "xs";
  /** A square button with an icon only: give it an `aria-label`. */
  icon?: boolean;
}

const lookClass = ({ variant, size, icon }: Looks, extra?: string) =>
  classNames("btn", variant === "primary" && "pri", variant === "danger" && "dan", variant === "ghost" && "gho", size, icon && "ico", extra);

export function Button({ variant, size, icon, className, busy, children, ...rest }: Looks & ComponentProps<"button"> & { busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      className={lookClass({ variant, size, icon }, className)}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
    >
      {children}
    </button>
  );
}

export function LinkButton({ variant, size, icon, className, href, children }: Looks & { href: string; className?: string; children: ReactNode }) {
  return (
    <Link href={href} className={lookClass({ variant, size, icon }, className)}>
      {children}
    </Link>
  );
}
