import { App } from "antd";
import { useLang } from "../hooks/use-lang.ts";
import { ProblemText } from "./states.tsx";

type Question = { title: string; detail: string; action: string; run: () => Promise<unknown> };

/** Asks before something ends at once, and says what the server had against it. */
export function useConfirmed(): (question: Question) => void {
  const { t } = useLang();
  const { modal, message } = App.useApp();
  return ({ title, detail, action, run }) => {
    modal.confirm({
      title,
      content: detail,
      okText: action,
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      icon: null,
      onOk: () => run().catch((error: unknown) => void message.error(<ProblemText error={error} />)),
    });
  };
}
