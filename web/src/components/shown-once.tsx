import { Button } from "antd";
import type { ReactNode } from "react";
import { useLang } from "../hooks/use-lang.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

type Props = {
  secret: string;
  onDone: () => void;
  /** What is to be done with it, between the secret and the button that ends this. */
  children?: ReactNode;
  /** Beside that button. */
  buttons?: ReactNode;
};

/** A secret that the server forgets as soon as it is shown. */
export function ShownOnce({ secret, onDone, children, buttons }: Props) {
  const { t } = useLang();
  return (
    <div className="bm-stack">
      <p className="bm-once" role="status">
        <Icon name="warning" /> {t("common.shownOnce")}
      </p>
      <div className="bm-secret">
        <code data-testid="shown-once">{secret}</code>
        <CopyButton text={secret} label={t("common.copy")} />
      </div>
      {children}
      <div className="bm-buttons">
        {buttons}
        <span className="bm-grow" />
        <Button type="primary" onClick={onDone}>
          {t("common.stored")}
        </Button>
      </div>
    </div>
  );
}
