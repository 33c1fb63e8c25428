import { App, ConfigProvider, theme } from "antd";
import { type ReactNode, useMemo } from "react";
import { useDialogFocus } from "../components/dialog-focus.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useMedia } from "../hooks/use-media.ts";
import { antdLocale } from "../i18n/antd-locale.ts";
import { antdTheme } from "./antd-theme.ts";
import { useTheme } from "./theme-context.tsx";

/** antd in our tokens, our texts and the theme in force. */
export function AntdProvider({ children }: { children: ReactNode }) {
  const { mode } = useTheme();
  const { lang, t } = useLang();
  useDialogFocus();
  const isStill = useMedia("(prefers-reduced-motion: reduce)");
  const config = useMemo(() => {
    const base = mode === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm;
    // The tokens carry the compact sizes themselves; antd's compact algorithm would shrink them a second time.
    const { token, components } = antdTheme(mode);
    return { token: { ...token, motion: !isStill }, components, algorithm: base };
  }, [mode, isStill]);
  return (
    <ConfigProvider
      theme={config}
      locale={antdLocale(lang)}
      button={{ autoInsertSpace: false }}
      modal={{ closable: { "aria-label": t("common.close") } }}
    >
      <App component={false} message={{ maxCount: 1 }}>
        {children}
      </App>
    </ConfigProvider>
  );
}
