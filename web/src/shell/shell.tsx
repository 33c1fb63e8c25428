import { Suspense, useState } from "react";
import { Outlet, useLocation } from "react-router";
import { classNames } from "../components/class-names.ts";
import { ErrorBoundary } from "../components/error-boundary.tsx";
import { SkeletonRows } from "../components/states.tsx";
import { readPreference, writePreference } from "../hooks/preference.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useDesk, useTablet } from "../hooks/use-media.ts";
import { AlertFeed } from "./alert-feed.tsx";
import { BottomNav } from "./bottom-nav.tsx";
import { PageNotices } from "./page-notices.tsx";
import { Rail } from "./rail.tsx";
import { SearchDialog } from "./search-dialog.tsx";
import { ShortcutHelp } from "./shortcut-help.tsx";
import { TopBar } from "./top-bar.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

const isFlag = (value: string): value is "yes" | "no" => value === "yes" || value === "no";

/** What surrounds every page: rail, top bar, notices, and on phones the navigation at the bottom. */
export function Shell() {
  const { t } = useLang();
  const { pathname } = useLocation();
  const [collapsed, toggle] = useCollapsed();
  const [open, setOpen] = useState<"search" | "help" | null>(null);
  const isTablet = useTablet();
  useShortcuts({ onSearch: () => setOpen("search"), onHelp: () => setOpen("help") });
  return (
    <AlertFeed>
      <div className={classNames("bm-app", collapsed && "bm-app-narrow")}>
        <a className="bm-skip" href="#content">
          {t("nav.skip")}
        </a>
        {isTablet ? null : <Rail collapsed={collapsed} onToggle={toggle} />}
        <TopBar onSearch={() => setOpen("search")} onHelp={() => setOpen("help")} />
        <div className="bm-page">
          <PageNotices />
          <main id="content" className="bm-main" tabIndex={-1} data-page={pathname}>
            <ErrorBoundary key={pathname}>
              <Suspense fallback={<SkeletonRows />}>
                <Outlet />
              </Suspense>
            </ErrorBoundary>
          </main>
        </div>
        {isTablet ? <BottomNav /> : null}
        <SearchDialog open={open === "search"} onClose={() => setOpen(null)} />
        <ShortcutHelp open={open === "help"} onClose={() => setOpen(null)} />
      </div>
    </AlertFeed>
  );
}

/** The rail is narrow below 1280 pixels, and above it when a person wanted it so. */
function useCollapsed(): [boolean, () => void] {
  const isDesk = useDesk();
  const [wanted, setWanted] = useState(() => readPreference("rail", isFlag, "no") === "yes");
  const [openedSmall, setOpenedSmall] = useState(false);
  const toggle = () => {
    if (!isDesk) return setOpenedSmall(!openedSmall);
    writePreference("rail", wanted ? "no" : "yes");
    setWanted(!wanted);
  };
  return [isDesk ? wanted : !openedSmall, toggle];
}
