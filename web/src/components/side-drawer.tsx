import { Drawer } from "antd";
import type { ReactNode } from "react";
import { useLang } from "../hooks/use-lang.ts";
import { tokens } from "../theme/tokens.ts";

type Props = {
  open: boolean;
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
};

/** What opens beside a page: a form or the detail of a row. What was typed goes with it when it closes. */
export function SideDrawer({ open, title, onClose, children }: Props) {
  const { t } = useLang();
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size={tokens.size.drawer}
      title={title}
      closable={{ "aria-label": t("common.close") }}
      autoFocus={false}
      destroyOnHidden
    >
      {children}
    </Drawer>
  );
}
