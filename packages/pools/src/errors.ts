import { defineErrors } from "@banksman/kit";

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

/** Why a pool could not be read; the text is for the person who gets the alarm. */
export const PoolErrors = defineErrors("POOL", {
  TIMED_OUT: { text: (host: string, ms: number) => `${host} did not answer whole within ${seconds(ms)}`, retry: true },
  UNREACHABLE: { text: (host: string, why: string) => `${host} can't be reached: ${why}`, retry: true },
  STATUS: { text: (host: string, status: number, said: string) => `${host} answered ${status}${said}`, retry: true },
  LIMITED: {
    text: (host: string, waitS: number | null) =>
      `${host} asks for fewer requests${waitS === null ? "" : `; again in ${waitS} s`}`,
    retry: true,
  },
  DENIED: { text: (host: string, said: string) => `${host} refuses the key: ${said}`, retry: false },
  NONSENSE: {
    text: (host: string, what: string) => `${host} answered something else than expected: ${what}`,
    retry: true,
  },
  REFUSED: { text: (host: string, said: string) => `${host} refuses: ${said}`, retry: false },
  NO_KEY: {
    text: (pool: string, form: string) => `${pool} needs api_key (${form}); set it, or name another pool`,
    retry: false,
  },
  UNKNOWN: { text: (name: string, known: string) => `there is no pool "${name}"; known are ${known}`, retry: false },
});
