import { GetSession, type Permission, type Session, SignOut } from "@banksman/wire/api";
import { MutationCache, QueryCache, QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useMemo, useSyncExternalStore } from "react";
import { call } from "../api/client.ts";
import { ApiProblem } from "../api/problem.ts";
import { createQueryClient, keyOf } from "../api/query.ts";
import { SignInScreen } from "../pages/sign-in/sign-in-screen.tsx";

type SessionState = {
  session: Session;
  /** Somewhere, be it for some miners alone. */
  can: (permission: Permission) => boolean;
  /** At some site as a whole: what isn't told apart by container or customer is reached by who holds that much. */
  canAtSites: (permission: Permission) => boolean;
  /** At some site or container: a customer's people hold nothing there but their miners. */
  canAtContainers: (permission: Permission) => boolean;
  /** Everywhere: what the whole installation has, as routes without `at` that name no site, is for nobody else. */
  canEverywhere: (permission: Permission) => boolean;
  /** At a site as a whole. */
  canAt: (permission: Permission, siteId: string) => boolean;
  signOut: () => Promise<void>;
};

const SessionContext = createContext<SessionState | null>(null);

/** Who is signed in. Only below SessionGate. */
export function useSession(): SessionState {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession is called outside SessionGate");
  return session;
}

/** Whether some reply said that the session has ended while pages were open. */
const expiry = {
  expired: false,
  listeners: new Set<() => void>(),
  set(expired: boolean) {
    if (this.expired === expired) return;
    this.expired = expired;
    for (const listener of this.listeners) listener();
  },
};
const sessionKey = keyOf(GetSession, {});
const noteExpiry = (error: Error, key: readonly unknown[]) => {
  if (error instanceof ApiProblem && error.isSignedOut && key[0] !== GetSession.path) expiry.set(true);
};

/** Asks whether somebody is still signed in, and shows the sign-in where nobody is. */
export async function checkSession(): Promise<void> {
  await call(GetSession, {}).catch((error: Error) => noteExpiry(error, []));
}

/** The query client whose refusals tell the gate that the session is over. */
export function createSessionClient(): QueryClient {
  const options = createQueryClient().getDefaultOptions();
  return new QueryClient({
    defaultOptions: options,
    queryCache: new QueryCache({ onError: (error, query) => noteExpiry(error, query.queryKey) }),
    mutationCache: new MutationCache({ onError: (error) => noteExpiry(error, []) }),
  });
}

type Part = Exclude<NonNullable<Session["reach"][Permission]>, "all">[string];

function rightsOf({
  permissions,
  reach,
}: Session): Pick<SessionState, "can" | "canAtSites" | "canAtContainers" | "canEverywhere" | "canAt"> {
  const canAtSome = (wanted: Permission, suffices: (part: Part) => boolean): boolean => {
    const where = reach[wanted] ?? {};
    return where === "all" || Object.values(where).some(suffices);
  };
  return {
    can: (wanted) => permissions.includes(wanted),
    canAtSites: (wanted) => canAtSome(wanted, (part) => part === "site"),
    canAtContainers: (wanted) => canAtSome(wanted, (part) => part === "site" || part.containers.length > 0),
    canEverywhere: (wanted) => reach[wanted] === "all",
    canAt: (wanted, siteId) => {
      const where = reach[wanted] ?? {};
      return where === "all" || where[siteId] === "site";
    },
  };
}

const subscribe = (listener: () => void) => {
  expiry.listeners.add(listener);
  return () => expiry.listeners.delete(listener);
};

/** Shows the sign-in until somebody is signed in; when a session ends, shows it over the page, which keeps its state. */
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const expired = useSyncExternalStore(subscribe, () => expiry.expired);
  const {
    data: session,
    error,
    isPending,
  } = useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => call(GetSession, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const signedIn = useCallback(
    async (next: Session) => {
      client.setQueryData(sessionKey, next);
      expiry.set(false);
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== GetSession.path });
    },
    [client],
  );
  const signOut = useCallback(async () => {
    await call(SignOut, {}).catch(() => {});
    // A full load forgets everything that was shown to the one who left.
    location.assign("/");
  }, []);
  const state = useMemo(() => session && { session, ...rightsOf(session), signOut }, [session, signOut]);
  if (isPending) return null;
  if (!state) return <SignInScreen onSignedIn={signedIn} problem={error} />;
  return (
    <SessionContext value={state}>
      <div className={expired ? "bm-blurred" : "bm-unblurred"} inert={expired}>
        {children}
      </div>
      {expired ? <SignInScreen onSignedIn={signedIn} over username={state.session.username} /> : null}
    </SessionContext>
  );
}
