import { defineErrors } from "@banksman/kit";

/** Why a message did not leave. Addresses that hold a token are never part of the text. */
export const NotifyErrors = defineErrors("NOTIFY", {
  TIMED_OUT: { text: (service: string, ms: number) => `${service} did not answer within ${ms} ms`, retry: true },
  UNREACHABLE: { text: (service: string, why: string) => `${service} can't be reached: ${why}`, retry: true },
  LIMITED: {
    text: (service: string, waitS: number) => `${service} takes no more for now; again in ${waitS} s`,
    retry: true,
  },
  FAILED: { text: (service: string, said: string) => `${service} failed: ${said}`, retry: true },
  REFUSED: { text: (service: string, said: string) => `${service} refuses: ${said}`, retry: false },
});

const WAITS = new WeakMap<object, number>();

/** A refusal for too many messages that also tells how long to wait. */
export function limited(service: string, waitS: number): Error {
  const error = NotifyErrors.LIMITED(service, waitS);
  WAITS.set(error, waitS);
  return error;
}

/** Seconds that the service asked to wait, or null when it asked nothing. */
export const waitOf = (error: unknown): number | null =>
  typeof error === "object" && error !== null ? (WAITS.get(error) ?? null) : null;
