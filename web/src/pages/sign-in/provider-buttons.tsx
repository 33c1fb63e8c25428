import { ListSignInProviders } from "@banksman/wire/api";
import { Button } from "antd";
import { useRoute } from "../../api/query.ts";
import { Icon } from "../../components/icons.tsx";
import { useLang } from "../../hooks/use-lang.ts";

/** A button for each provider that people may sign in with; the browser goes there and comes back to this page. */
export function ProviderButtons() {
  const { t } = useLang();
  const providers = useRoute(ListSignInProviders, {}).data?.providers ?? [];
  if (providers.length === 0) return null;
  const here = `${location.pathname}${location.hash}`;
  return (
    <div className="bm-sign-in-providers">
      <span className="bm-or">{t("signIn.or")}</span>
      {providers.map(({ provider, title }) => (
        <Button
          key={provider}
          size="large"
          block
          icon={<Icon name="key" />}
          href={`/api/session/providers/${encodeURIComponent(provider)}/start?return_to=${encodeURIComponent(here)}`}
        >
          {t("signIn.with", { title })}
        </Button>
      ))}
    </div>
  );
}

const KNOWN = ["NO_GROUP", "ACCOUNT_OFF", "JOURNEY_OVER"] as const;

/** Why a provider's sign-in came to nothing, as the server wrote it into the address. */
export function ProviderProblem() {
  const { t } = useLang();
  const code = new URLSearchParams(location.search).get("sign_in");
  if (code === null) return null;
  const known = KNOWN.find((one) => one === code) ?? "other";
  return (
    <p className="bm-form-problem" role="alert">
      {t(`signIn.problem.${known}`)}
    </p>
  );
}
