import { GetAuditSeal } from "@banksman/wire/api";
import { Popover } from "antd";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { classNames } from "../../components/class-names.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { Icon } from "../../components/icons.tsx";
import { MISSING, number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

/** Up to which row the trail is signed, and where that is kept: the head of the page. */
export function Seal() {
  const { t } = useLang();
  const { data } = useRoute(GetAuditSeal, {}, { every: 15_000, keep: true });
  if (!data) return null;
  const { head, trouble } = data;
  const words =
    trouble ?? (head ? t("audit.signed", { row: number(head.size), rows: number(data.rows) }) : t("audit.unsigned"));
  const details = (
    <dl className="bm-facts bm-audit-seal">
      <div>
        <dt>{t("audit.key")}</dt>
        <dd>
          {head ? (
            <>
              <code>{head.key_id}</code> <CopyButton text={head.key_id} label={t("common.copy")} iconOnly />
            </>
          ) : (
            MISSING
          )}
        </dd>
      </div>
      <div>
        <dt>{t("audit.database")}</dt>
        <dd>{data.is_protected ? t("audit.protected") : t("audit.unprotected")}</dd>
      </div>
      <div>
        <dt>{t("audit.anchors")}</dt>
        <dd>
          {data.anchors.length === 0 ? t("audit.noAnchors") : null}
          {data.anchors.map(({ anchor, size, error }) => (
            <p key={anchor}>
              {anchor}: {number(size)} {error === null ? null : <span className="bm-result-failed">{error}</span>}
            </p>
          ))}
        </dd>
      </div>
      <p className="bm-muted">{t("audit.verifyHint")}</p>
    </dl>
  );
  return (
    <Popover content={details} trigger="click" placement="bottomLeft">
      <button type="button" className={classNames("bm-seal", trouble !== null && "bm-seal-broken")}>
        <Icon name={trouble === null ? "lock" : "warning"} size={14} /> {words}
        {head && trouble === null ? <Age at={head.at} ago plain /> : null}
      </button>
    </Popover>
  );
}
