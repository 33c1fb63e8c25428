import { ListRules } from "@banksman/wire/api";
import { Button, Segmented } from "antd";
import { useRoute } from "../../api/query.ts";
import { ChoiceFilter, TextFilter } from "../../components/table-filters.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { FILTERS, isFiltered, type View } from "./alert-query.ts";

/** The filters above the list; all of them live in the address. */
export function AlertFilters({ view }: { view: View }) {
  const { t, lang } = useLang();
  const { params, set } = useUrlState();
  const rules = useRoute(ListRules, {}, { keep: true });
  const { data } = useSites();
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  const names = (rules.data?.rules ?? []).map(({ rule_id, name }) => ({ value: rule_id, label: name[lang] }));
  const change = (name: string) => (value: string | null) => set({ [name]: value, page: null });
  return (
    <div className="bm-table-tools">
      <TextFilter size="small" label={t("alerts.find")} value={params.get("q")} onChange={change("q")} />
      <Segmented
        size="small"
        aria-label={t("alerts.level")}
        value={params.get("level") === null ? "all" : params.get("level") === "severe" ? "severe" : "one"}
        options={[
          { value: "all", label: t("alerts.allLevels") },
          { value: "severe", label: t("alerts.severeUp") },
        ]}
        onChange={(value) => change("level")(value === "all" ? null : String(value))}
      />
      {view === "active" ? (
        <Segmented
          size="small"
          aria-label={t("alerts.stateTitle")}
          value={params.get("state") ?? "open"}
          options={(["open", "firing", "pending"] as const).map((value) => ({
            value,
            label: t(`alerts.show.${value}`),
          }))}
          onChange={(value) => change("state")(value === "open" ? null : String(value))}
        />
      ) : null}
      <ChoiceFilter label={t("alerts.site")} value={params.get("site")} options={sites} onChange={change("site")} />
      <ChoiceFilter
        isLong
        label={t("alerts.rule")}
        value={params.get("rule")}
        options={names}
        onChange={change("rule")}
      />
      {isFiltered(params) ? (
        <Button size="small" type="link" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
          {t("alerts.clear")}
        </Button>
      ) : null}
    </div>
  );
}
