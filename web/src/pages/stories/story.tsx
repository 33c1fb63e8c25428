import type { ReactNode } from "react";
import { Panel } from "../../components/panel.tsx";

/** A component's name and its states beside each other. */
export function Story({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Panel title={name} className={`bm-story story-${name}`}>
      <div className="bm-story-row">{children}</div>
    </Panel>
  );
}
