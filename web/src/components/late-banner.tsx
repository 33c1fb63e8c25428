import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";

/** 32 pixels under the top bar: what is late, since when, why, and what is still good. */
export function LateBanner({ headline, detail, action }: { headline: string; detail: ReactNode; action?: ReactNode }) {
  return (
    <div className="bm-late" role="status">
      <Icon name="clock" />
      <span>
        <strong>{headline}</strong> {detail}
      </span>
      <span className="bm-grow" />
      {action}
    </div>
  );
}
