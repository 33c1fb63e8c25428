import { Badge, Button, Tooltip } from "antd";
import { useNavigate } from "react-router";
import { Icon } from "../components/icons.tsx";
import { useLang } from "../hooks/use-lang.ts";
import { useAlertFeed } from "./alert-feed.tsx";
import { useSession } from "./session.tsx";

/** Leads to the alerts, with how many urgent ones nobody has taken. */
export function AlertBell() {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const { counts } = useAlertFeed();
  const navigate = useNavigate();
  if (!canAtSites("alert.read")) return null;
  const urgent = counts?.unacknowledged.urgent ?? 0;
  const label = urgent > 0 ? t("alerts.bellUrgent", { count: urgent }) : t("alerts.title");
  return (
    <Tooltip title={label}>
      <Button
        type="text"
        className="bm-icon-button bm-bell"
        aria-label={label}
        icon={
          <Badge title="" count={urgent} size="small" overflowCount={99}>
            <Icon name="bell" />
          </Badge>
        }
        onClick={() => void navigate("/alerts")}
      />
    </Tooltip>
  );
}
