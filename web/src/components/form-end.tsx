import { Button } from "antd";
import type { ReactNode } from "react";
import { useLang } from "../hooks/use-lang.ts";
import { FormProblem } from "./form-problem.tsx";

type Props = { error: Error | null; isPending: boolean; label?: string; children?: ReactNode };

/** How a form ends: what the server said against it, the button that sends it, and other buttons beside that. */
export function FormEnd({ error, isPending, label, children }: Props) {
  const { t } = useLang();
  const send = (
    <Button type="primary" htmlType="submit" loading={isPending}>
      {label ?? t("common.save")}
    </Button>
  );
  return (
    <>
      <FormProblem error={error} />
      {children ? (
        <div className="bm-button-row">
          {send}
          {children}
        </div>
      ) : (
        send
      )}
    </>
  );
}
