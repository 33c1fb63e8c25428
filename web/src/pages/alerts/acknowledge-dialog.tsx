import { AcknowledgeAlerts, type Alert, GetAlert, GetAlertCounts, ListAlerts } from "@banksman/wire/api";
import { App, Input, Modal } from "antd";
import { useState } from "react";
import { useChange } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { useLang } from "../../hooks/use-lang.ts";

type Props = { open: boolean; alerts: readonly Alert[]; onClose: () => void; onDone: () => void };

/** Takes alerts on, with a comment for those who come after. */
export function AcknowledgeDialog({ open, alerts, onClose, onDone }: Props) {
  const { t, lang } = useLang();
  const { message } = App.useApp();
  const [comment, setComment] = useState("");
  const acknowledge = useChange(AcknowledgeAlerts, [ListAlerts, GetAlert, GetAlertCounts]);
  const submit = async () => {
    const alert_ids = alerts.map(({ alert_id }) => alert_id);
    const done = await acknowledge
      .mutateAsync({ body: { alert_ids, comment: comment.trim() === "" ? null : comment.trim() } })
      .catch(() => null);
    if (!done) return;
    void message.success(t("alerts.acknowledged", { count: done.acknowledged.length }));
    setComment("");
    onDone();
  };
  const [only] = alerts;
  return (
    <Modal
      open={open && alerts.length > 0}
      title={alerts.length === 1 ? (only?.title[lang] ?? "") : t("alerts.acknowledgeMany", { count: alerts.length })}
      okText={alerts.length === 1 ? t("alerts.acknowledge") : t("alerts.acknowledgeMany", { count: alerts.length })}
      cancelText={t("common.cancel")}
      confirmLoading={acknowledge.isPending}
      onOk={() => void submit()}
      onCancel={onClose}
      destroyOnHidden
    >
      <Input.TextArea
        data-first
        rows={3}
        maxLength={2_000}
        aria-label={t("alerts.comment")}
        placeholder={t("alerts.commentHelp")}
        value={comment}
        onChange={({ target }) => setComment(target.value)}
        onPressEnter={(event) => {
          if (event.ctrlKey || event.metaKey) void submit();
        }}
      />
      <FormProblem error={acknowledge.error} />
    </Modal>
  );
}
