import { Button } from "antd";
import { ApiProblem } from "../../api/problem.ts";
import { LateBanner } from "../../components/late-banner.tsx";
import { EmptyState, ErrorState, Forbidden, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { Story } from "./story.tsx";

const timeout = new ApiProblem({ status: 503, code: "store.timeout", detail: "The store did not answer." });
const missing = new ApiProblem({ status: 404, code: "miner.unknown", detail: "no such miner" });
const network = new ApiProblem({ status: 0, code: "network", detail: "" });

/** Empty, error, forbidden, loading and late; and the buttons. */
export function StateStories() {
  const { t } = useLang();
  return (
    <>
      <Story name="LateBanner">
        <div className="bm-story-wide">
          <LateBanner
            headline={t("late.values", { age: "14 min" })}
            detail={t("late.noAnswer", { site: "North Ridge", time: "22:00" })}
          />
          <LateBanner headline={t("late.socket")} detail={t("late.socketDetail")} />
          <LateBanner headline={t("late.backlog")} detail={t("late.backlogDetail", { count: 12 })} />
        </div>
      </Story>
      <Story name="EmptyState">
        <EmptyState
          title={t("empty.miners")}
          detail={t("empty.minersDetail")}
          action={<Button>{t("nav.collector")}</Button>}
        />
        <EmptyState icon="sites" title={t("empty.sites")} detail={t("empty.sitesDetail")} />
      </Story>
      <Story name="ErrorState">
        <ErrorState error={timeout} onRetry={() => {}} />
        <ErrorState error={network} onRetry={() => {}} />
        <ErrorState error={missing} missing={t("error.missingMiner", { miner: "S21_0417" })} />
      </Story>
      <Story name="Forbidden">
        <Forbidden permission="collector.manage" />
      </Story>
      <Story name="Loading">
        <div className="bm-story-wide">
          <SkeletonRows rows={4} />
        </div>
      </Story>
      <Story name="Buttons">
        <Button type="primary">{t("collector.generate")}</Button>
        <Button>{t("common.cancel")}</Button>
        <Button danger>{t("collector.revoke")}</Button>
        <Button disabled>{t("common.save")}</Button>
        <Button type="link">{t("common.openPage")}</Button>
      </Story>
    </>
  );
}
