import { useEffect } from "react";

const DIALOG = ".ant-modal, .ant-drawer";
/** What antd focuses once a dialog shows: whatever comes first in it. */
const FIRST = ".ant-modal-close, .ant-drawer-close, .ant-modal";

/**
 * Gives the focus of a dialog that opens to its field with `data-first`, and a drawer's without one to the drawer.
 * `autoFocus` doesn't hold in a dialog: antd takes the focus to the close button, where Enter throws away what somebody
 * believes to have typed.
 */
export function useDialogFocus(): void {
  useEffect(() => {
    const give = ({ target, relatedTarget }: FocusEvent) => {
      if (!(target instanceof HTMLElement) || !target.matches(FIRST)) return;
      const dialog = target.closest<HTMLElement>(DIALOG);
      // Who goes back to it from inside, by Shift and Tab, means it.
      if (relatedTarget instanceof Node && dialog?.contains(relatedTarget)) return;
      const field = dialog?.querySelector<HTMLElement>("[data-first]");
      (field ?? target.closest<HTMLElement>(".ant-drawer"))?.focus();
    };
    document.addEventListener("focusin", give);
    return () => document.removeEventListener("focusin", give);
  }, []);
}
