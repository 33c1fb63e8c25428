import { defineErrors } from "@banksman/kit";

/** Places that must be writable; their codes begin with CONFIG, so that the process ends with 2. */
export const WatchErrors = defineErrors("CONFIG_WATCH", {
  STATE: {
    text: (path: string, why: string) => `state ${path} can't be used: ${why}. Make it writable, or set state`,
    retry: false,
  },
  LOG: {
    text: (path: string, why: string) =>
      `log_file ${path} can't be written: ${why}. Make its folder writable for this user, or set log_file`,
    retry: false,
  },
});
