import { Button } from "antd";
import { Component, type ReactNode } from "react";
import { useLang } from "../hooks/use-lang.ts";
import { Icon } from "./icons.tsx";
import { StateMessage } from "./state-message.tsx";

/** Keeps a fault inside its page: the navigation stays usable. React offers this to class components only. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : <Crashed error={this.state.error} />;
  }
}

function Crashed({ error }: { error: Error }) {
  const { t } = useLang();
  const reload = (
    <Button icon={<Icon name="retry" />} onClick={() => location.reload()}>
      {t("error.reload")}
    </Button>
  );
  return <StateMessage alert icon="warning" title={t("error.crashed")} detail={error.message} action={reload} />;
}
