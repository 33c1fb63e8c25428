import { Link } from "react-router";
import { StateMessage } from "../../components/state-message.tsx";
import { useLang } from "../../hooks/use-lang.ts";

/** An address that leads nowhere. */
export default function NotFoundPage() {
  const { t } = useLang();
  return (
    <StateMessage
      icon="search"
      title={t("error.missing")}
      detail={t("error.missingDetail")}
      action={<Link to="/">{t("error.toOverview")}</Link>}
    />
  );
}
