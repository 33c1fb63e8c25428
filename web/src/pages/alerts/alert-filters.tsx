import { ListRules } from "@banksman/wire/api";
import { Button, Input, Segmented, Select } from "antd";
import { useRoute } from "../../api/query.ts";
import { Icon } from "../../components/icons.tsx";
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
  const change = (name: string) => (value: string | null | undefined) => set({ [name]: value ?? null, page: null });
  return (
    <div className="bm-table-tools">
      <Input
        size="small"
        allowClear
        className="bm-table-search"
        prefix={<Icon name="search" size={14} />}
        aria-label={t("alerts.find")}
        placeholder={t("alerts.find")}
        defaultValue={params.get("q") ?? ""}
        onChange={({ target }) => change("q")(target.value)}
      />
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
      <Select
        size="small"
        allowClear
        aria-label={t("alerts.site")}
        placeholder={t("alerts.site")}
        value={params.get("site")}
        popupMatchSelectWidth={false}
        options={sites}
        onChange={change("site")}
      />
      <Select
        size="small"
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("alerts.rule")}
        placeholder={t("alerts.rule")}
        value={params.get("rule")}
        popupMatchSelectWidth={false}
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
