import { Button, Dropdown, Tooltip } from "antd";
import { Icon } from "../components/icons.tsx";
import { useLang } from "../hooks/use-lang.ts";
import { switchLang } from "../i18n/index.ts";
import { type ThemeChoice, useTheme } from "../theme/theme-context.tsx";

/** Switches between zh and en; it shows the other language's sign. */
export function LanguageButton() {
  const { t, lang } = useLang();
  const sign = lang === "zh" ? "EN" : "中";
  return (
    <Tooltip title={t("top.language")}>
      <Button
        type="text"
        className="bm-icon-button"
        aria-label={`${sign}, ${t("top.language")}`}
        onClick={() => void switchLang()}
      >
        {sign}
      </Button>
    </Tooltip>
  );
}

const icons = { system: "system", light: "sun", dark: "moon" } as const;
const isChoice = (key: string): key is ThemeChoice => key in icons;

/** Chooses system, light or dark. */
export function ThemeButton() {
  const { t } = useLang();
  const { mode, choice, choose } = useTheme();
  const labels = { system: t("top.themeSystem"), light: t("top.themeLight"), dark: t("top.themeDark") };
  const items = Object.entries(icons).map(([key, icon]) => ({
    key,
    icon: <Icon name={icon} />,
    label: isChoice(key) ? labels[key] : key,
  }));
  const menu = {
    items,
    selectedKeys: [choice],
    onClick: ({ key }: { key: string }) => {
      if (isChoice(key)) choose(key);
    },
  };
  return (
    <Dropdown menu={menu} trigger={["click"]} placement="bottomRight">
      <Button type="text" className="bm-icon-button" aria-label={t("top.theme")} icon={<Icon name={icons[mode]} />} />
    </Dropdown>
  );
}
