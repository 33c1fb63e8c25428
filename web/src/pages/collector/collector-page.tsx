import { SiteFrame, useSiteParam } from "../../components/site-frame.tsx";
import { Forbidden } from "../../components/states.tsx";
import { useSession } from "../../shell/session.tsx";
import { CollectorStatusPanel } from "./collector-status-panel.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import { StepsPanel } from "./steps-panel.tsx";

/** Keys for the edges of a site, a ready configuration, and how each edge does. */
export default function CollectorPage() {
  const siteId = useSiteParam();
  const { can } = useSession();
  return (
    <SiteFrame>
      <div className="bm-collector-grid">
        <div className="bm-stack">
          {can("collector.manage") ? (
            <KeysPanel siteId={siteId} />
          ) : (
            <div className="bm-panel">
              <Forbidden permission="collector.manage" />
            </div>
          )}
          <CollectorStatusPanel siteId={siteId} />
        </div>
        <StepsPanel />
      </div>
    </SiteFrame>
  );
}
