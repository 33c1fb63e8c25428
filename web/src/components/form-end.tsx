import { Button } from "antd";
import { useLang } from "../hooks/use-lang.ts";
import { FormProblem } from "./form-problem.tsx";

type Props = { error: Error | null; isPending: boolean; label?: string };

/** How a form ends: what the server said against it, and the button that sends it. */
export function FormEnd({ error, isPending, label }: Props) {
  const { t } = useLang();
  return (
    <>
      <FormProblem error={error} />
      <Button type="primary" htmlType="submit" loading={isPending}>
        {label ?? t("common.save")}
      </Button>
    </>
  );
}
