import type { MinerHealth } from "@banksman/wire/model";
import type { ReactNode } from "react";

/** The eight statuses by shape, so that none needs its colour to be told apart. */
const shapes: Record<MinerHealth, ReactNode> = {
  hashing: <circle cx="6" cy="6" r="4" fill="currentColor" />,
  starting: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 1.800a4.2 4.2 0 0 1 0 8.400z" fill="currentColor" />
    </>
  ),
  degraded: <path d="M6 1 11.5 11H.5z" fill="currentColor" />,
  notHashing: <rect x="1.5" y="1.5" width="9" height="9" fill="currentColor" />,
  unreachable: <path d="m2 2 8 8M10 2l-8 8" fill="none" stroke="currentColor" strokeWidth="2.2" />,
  asleep: <path d="M10.6 7.800A5 5 0 0 1 4.3 1.400a5 5 0 1 0 6.3 6.400z" fill="currentColor" />,
  maintenance: <path d="m6 1.2 4.8 4.800L6 10.8 1.2 6z" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  unregistered: (
    <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="1.8 1.730" />
  ),
};

/** A status as its shape in its colour; `label` names it where no word stands beside. */
export function StatusGlyph({ status, size = 12, label }: { status: MinerHealth; size?: number; label?: string }) {
  const box = { width: size, height: size, viewBox: "0 0 12 12" };
  const style = { color: `var(--bm-status-${kebab(status)}-mark)` };
  if (label === undefined)
    return (
      <svg className="bm-glyph" {...box} style={style} aria-hidden="true">
        {shapes[status]}
      </svg>
    );
  return (
    <svg className="bm-glyph" {...box} style={style} role="img">
      <title>{label}</title>
      {shapes[status]}
    </svg>
  );
}

/** A status as CSS variables spell it. */
export const kebab = (status: string): string => status.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
