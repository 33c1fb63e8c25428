import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { classNames } from "./class-names.ts";

type Tab = {
  to: string;
  text: string;
  /** Lit on this very address alone, not on those below it. */
  end?: boolean;
};

/** The pages that belong together, and which of them this is. */
export function PageTabs({ label, tabs, children }: { label: string; tabs: readonly Tab[]; children?: ReactNode }) {
  return (
    <nav className="bm-tabs" aria-label={label}>
      {tabs.map(({ to, text, end = false }) => (
        <NavLink key={to} to={to} end={end} className={({ isActive }) => classNames("bm-tab", isActive && "bm-tab-on")}>
          {text}
        </NavLink>
      ))}
      {children}
    </nav>
  );
}
