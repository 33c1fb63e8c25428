import { AuditResult } from "@banksman/wire/api";
import { AutoComplete, Button, Segmented } from "antd";
import { ChoiceFilter, TextFilter } from "../../components/table-filters.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { actionChoices } from "./action-words.ts";
import { FILTERS, RANGES } from "./audit-query.ts";

/** The filters above the trail; all of them live in the address. */
export function AuditFilters() {
  const { t, lang } = useLang();
  const { params, set } = useUrlState();
  const { data } = useSites();
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  const change = (name: string) => (value: string | null) => set({ [name]: value, before: null });
  const isFiltered = FILTERS.some((name) => params.has(name));
  return (
    <div className="bm-table-tools">
      <TextFilter size="small" label={t("audit.find")} value={params.get("q")} onChange={change("q")} />
      <TextFilter
        size="small"
        className="bm-audit-who"
        label={t("audit.who")}
        value={params.get("actor")}
        onChange={change("actor")}
      />
      <AutoComplete
        size="small"
        allowClear
        className="bm-audit-action"
        aria-label={t("audit.action")}
        placeholder={t("audit.action")}
        value={params.get("action") ?? ""}
        popupMatchSelectWidth={false}
        options={actionChoices(lang)}
        showSearch={{ filterOption: (typed, option) => `${option?.value} ${option?.label}`.includes(typed) }}
        onChange={change("action")}
      />
      <ChoiceFilter label={t("audit.site")} value={params.get("site")} options={sites} onChange={change("site")} />
      <ChoiceFilter
        label={t("audit.result")}
        value={params.get("result")}
        options={AuditResult.options.map((value) => ({ value, label: t(`audit.results.${value}`) }))}
        onChange={change("result")}
      />
      <Segmented
        size="small"
        aria-label={t("audit.range")}
        value={params.get("hours") ?? "all"}
        options={[
          ...RANGES.map(({ name, hours }) => ({ value: String(hours), label: t(`audit.ranges.${name}`) })),
          { value: "all", label: t("audit.ranges.all") },
        ]}
        onChange={(value) => change("hours")(value === "all" ? null : value)}
      />
      {isFiltered ? (
        <Button size="small" type="link" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
          {t("audit.clear")}
        </Button>
      ) : null}
    </div>
  );
}
