import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

type Props = { icon: IconName; title: string; detail: ReactNode; action?: ReactNode; alert?: boolean };

/** What empty, error and forbidden have in common: an icon, a sentence, one next step. */
export function StateMessage({ icon, title, detail, action, alert = false }: Props) {
  return (
    <div className="bm-state" {...(alert ? { role: "alert" } : {})}>
      <Icon name={icon} size={32} />
      <strong>{title}</strong>
      <p>{detail}</p>
      {action}
    </div>
  );
}
