import type { Log } from "@banksman/kit";
import {
  CreateProvider,
  DeleteProvider,
  FinishProviderSignIn,
  ListProviders,
  ListSignInProviders,
  StartProviderSignIn,
  UpdateProvider,
} from "@banksman/wire/api";
import type { AuditInput } from "../audit/recorder.ts";
import type { Api } from "../http/api.ts";
import { HttpProblem } from "../http/problem.ts";
import { fromOf, isSecure, setDevice, setTokens } from "../sessions/cookies.ts";
import { browserOf, originOf } from "../sign-in/routes.ts";
import type { SignInService } from "../sign-in/service.ts";
import type { ProviderService } from "./service.ts";

/** Lives while somebody is at the provider; sent along when the provider leads them back, which is another site. */
const JOURNEY_COOKIE = "banksman_journey";
const JOURNEY_PATH = "/api/session/providers";

type Parts = {
  providers: ProviderService;
  signIn: Pick<SignInService, "admit">;
  audit: { record: (event: AuditInput) => Promise<void> };
  publicUrl: string | undefined;
  log: Log;
};

export function providerRoutes(api: Api, { providers, signIn, audit, publicUrl, log }: Parts): void {
  api.on(ListSignInProviders, async () => ({ providers: await providers.offered() }));
  api.onRaw(StartProviderSignIn, async ({ params, query, request, reply }) => {
    const { url, browser } = await providers.lead(params.provider, query.return_to, originOf(request, publicUrl));
    const secure = isSecure(request, publicUrl);
    reply.setCookie(JOURNEY_COOKIE, browser, { path: JOURNEY_PATH, httpOnly: true, sameSite: "lax", secure });
    return reply.redirect(url);
  });
  api.onRaw(FinishProviderSignIn, async ({ params, query, request, reply }) => {
    const secure = isSecure(request, publicUrl);
    const { address, userAgent: client } = fromOf(request);
    const event = {
      action: "session.sign-in",
      from: { address, client, session: null },
      after: { provider: params.provider },
    };
    reply.clearCookie(JOURNEY_COOKIE, { path: JOURNEY_PATH, httpOnly: true, sameSite: "lax", secure });
    try {
      const asked = request.url.slice(request.url.indexOf("?") + 1);
      const browser = request.cookies[JOURNEY_COOKIE] ?? "";
      const { userNo, returnTo } = await providers.land(
        query.state ?? "",
        browser,
        asked,
        originOf(request, publicUrl),
      );
      const { person, tokens, device } = await signIn.admit(userNo, "provider", browserOf(request, publicUrl));
      await audit.record({ ...event, actor: { kind: "person", name: person.username }, target: person.username });
      setTokens(reply, tokens, secure);
      setDevice(reply, device, secure);
      return reply.redirect(returnTo);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      const code = error.body.code ?? "PROVIDER_REFUSED";
      await audit.record({ ...event, actor: { kind: "nobody", name: null }, result: "refused", code });
      log.warn(`a sign-in by a provider was refused (${code}): ${error.message}`);
      // A browser shows where it is led to: the sign-in page says why.
      return reply.redirect(`/?sign_in=${code}`);
    }
  });

  api.on(ListProviders, async ({ request }) => ({ providers: await providers.list(originOf(request, publicUrl)) }));
  api.on(CreateProvider, ({ body, caller, request }) => providers.create(body, caller, originOf(request, publicUrl)));
  api.on(UpdateProvider, ({ params, body, caller, request }) =>
    providers.update(params.provider, body, caller, originOf(request, publicUrl)),
  );
  api.on(DeleteProvider, ({ params }) => providers.remove(params.provider));
}
