import { codeOf, defineErrors } from "@banksman/kit";

/** Why the simulator can't listen where it was told to. */
export const SimErrors = defineErrors("SIM", {
  ADDRESS_TAKEN: {
    text: (where: string) =>
      `banksman sim miners: ${where} is in use, perhaps by another simulator or demo. Stop that one, or choose other ` +
      "addresses with --from or another port with --port.",
    retry: false,
  },
  ADDRESS_FORBIDDEN: {
    text: (where: string) =>
      `banksman sim miners: ${where} may not be listened on by this user. Choose a --port from 1024 on.`,
    retry: false,
  },
  ADDRESS_MISSING: {
    text: (where: string) =>
      `banksman sim miners: ${where} is no address of this machine. Choose one of 127.0.0.0/8 with --from ` +
      "(macOS has only 127.0.0.1 until others are added).",
    retry: false,
  },
  OPS_PORT_TAKEN: {
    text: (port: number) => `banksman sim miners: port ${port} is in use. Give another --ops-port; 0 takes a free one.`,
    retry: false,
  },
  NO_BROKERS: {
    text: (brokers: string, why: string) => `banksman sim shares: ${brokers}: ${why}. Are the brokers up?`,
    retry: true,
  },
  TOO_FEW_PARTITIONS: {
    text: (topic: string, there: number, wanted: number) =>
      `banksman sim shares: ${topic} has ${there} partitions, not ${wanted}. Give it more, or ask for fewer.`,
    retry: false,
  },
});

/** The sentence for a listener that could not be opened; any other error as it is. */
export function listenError(error: unknown, where: string): unknown {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return SimErrors.ADDRESS_TAKEN(where, { cause: error });
    case "EACCES":
      return SimErrors.ADDRESS_FORBIDDEN(where, { cause: error });
    case "EADDRNOTAVAIL":
      return SimErrors.ADDRESS_MISSING(where, { cause: error });
    default:
      return error;
  }
}
