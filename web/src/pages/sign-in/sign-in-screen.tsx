import { GetSession, type SecondFactorNeeded, type Session } from "@banksman/wire/api";
import { useEffect, useState } from "react";
import { call } from "../../api/client.ts";
import { ApiProblem } from "../../api/problem.ts";
import { classNames } from "../../components/class-names.ts";
import { Logo } from "../../components/icons.tsx";
import { LateBanner } from "../../components/late-banner.tsx";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { LanguageButton, ThemeButton } from "../../shell/preference-buttons.tsx";
import { ProviderButtons, ProviderProblem } from "./provider-buttons.tsx";
import { SecondFactorForm } from "./second-factor-form.tsx";
import { SignInForm } from "./sign-in-form.tsx";

const FIRST_RETRY_SECONDS = 5;

type Props = {
  onSignedIn: (session: Session) => Promise<void>;
  /** Why there is no session: signed out, or no server. */
  problem?: Error | null;
  /** Laid over the page of a session that ended. */
  over?: boolean;
  username?: string;
};

/** The sign-in panel, alone on the page or over the one whose session ended. */
export function SignInScreen({ onSignedIn, problem, over = false, username }: Props) {
  const { t } = useLang();
  const [isDown, setDown] = useState(problem instanceof ApiProblem && problem.status !== 401 && problem.mayPass);
  const [needed, setNeeded] = useState<SecondFactorNeeded | null>(null);
  return (
    <div
      className={classNames("bm-sign-in", over && "bm-sign-in-over")}
      {...(over ? { role: "dialog", "aria-modal": true, "aria-label": t("signIn.title") } : {})}
    >
      {isDown ? <ServerDown onBack={() => setDown(false)} onSignedIn={onSignedIn} /> : null}
      <div className="bm-sign-in-tools">
        <LanguageButton />
        <ThemeButton />
      </div>
      <main className="bm-panel bm-sign-in-panel">
        <h1 className="bm-brand">
          <Logo size={28} />
          {t("product")}
        </h1>
        {over ? <p className="bm-secondary">{t("signIn.expired")}</p> : null}
        {needed ? (
          <SecondFactorForm needed={needed} onSignedIn={onSignedIn} onBack={() => setNeeded(null)} />
        ) : (
          <>
            <ProviderProblem />
            <SignInForm
              onSignedIn={onSignedIn}
              onSecondFactor={setNeeded}
              onDown={() => setDown(true)}
              username={username ?? ""}
            />
            <ProviderButtons />
            <details className="bm-sign-in-help">
              <summary>{t("signIn.firstStartTitle")}</summary>
              <p>{t("signIn.firstStart")}</p>
            </details>
          </>
        )}
      </main>
      <footer className="bm-muted">{t("signIn.footer", { version: __VERSION__, host: location.host })}</footer>
    </div>
  );
}

/** Counts down to the next try of reaching the server, waiting longer each time. */
function ServerDown({ onBack, onSignedIn }: { onBack: () => void; onSignedIn: (session: Session) => Promise<void> }) {
  const { t, lang } = useLang();
  const [wait, setWait] = useState(FIRST_RETRY_SECONDS);
  const [left, setLeft] = useState(FIRST_RETRY_SECONDS);
  useEffect(() => {
    const timer = setTimeout(() => (left > 1 ? setLeft(left - 1) : void retry()), 1_000);
    return () => clearTimeout(timer);
    async function retry() {
      try {
        await onSignedIn(await call(GetSession, {}));
      } catch (error) {
        if (error instanceof ApiProblem && error.isSignedOut) return onBack();
        setWait(Math.min(60, wait * 2));
        setLeft(Math.min(60, wait * 2));
      }
    }
  }, [left, wait, onBack, onSignedIn]);
  return <LateBanner headline={t("signIn.down", { wait: duration(left, lang) })} detail="" />;
}
