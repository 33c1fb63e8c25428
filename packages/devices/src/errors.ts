import { CodedError, codeOf, defineErrors } from "@banksman/kit";
import type { OfflineReason } from "@banksman/wire/model";

/** Everything that can go wrong between us and a device. */
export const DeviceErrors = defineErrors("DEVICE", {
  REFUSED: { text: (address: string) => `${address} refuses connections`, retry: true },
  TIMED_OUT: { text: (address: string) => `${address} did not answer in time`, retry: true },
  SILENT: { text: (address: string) => `${address} took the request and did not answer in time`, retry: true },
  UNREACHABLE: { text: (address: string) => `no way to ${address}`, retry: true },
  NOT_A_MINER: { text: (said: string) => `what answers is no miner's API: ${said}`, retry: false },
  NOT_COOLING: { text: (said: string) => `what answers is no cooling unit: ${said}`, retry: false },
  UNSUPPORTED: { text: (said: string) => `no driver speaks this: ${said}`, retry: false },
  ACCESS_DENIED: { text: (said: string) => `the device keeps its API from us: ${said}`, retry: false },
  BAD_ANSWER: { text: (said: string) => `no usable answer: ${said}`, retry: true },
  ABORTED: { text: (address: string) => `reading ${address} was given up`, retry: true },
});

const REASONS: Record<string, OfflineReason> = {
  DEVICE_REFUSED: "refused",
  DEVICE_TIMED_OUT: "timed_out",
  DEVICE_SILENT: "timed_out",
  DEVICE_UNREACHABLE: "unreachable",
  DEVICE_NOT_A_MINER: "not_a_miner",
  DEVICE_NOT_COOLING: "not_a_miner",
  DEVICE_UNSUPPORTED: "not_a_miner",
  DEVICE_ACCESS_DENIED: "access_denied",
  DEVICE_BAD_ANSWER: "bad_answer",
  DEVICE_ABORTED: "timed_out",
};

/** The reason code that a reading carries for an error. */
export const reasonOf = (error: CodedError): OfflineReason => REASONS[error.code] ?? "bad_answer";

/** Whether it says that the device was not reached, and nothing of what the device would say. */
export const isAway = (error: CodedError): boolean => ["refused", "timed_out", "unreachable"].includes(reasonOf(error));

/** Which port it was: a miner has up to three, and one that answers at 4028 may have no web server at 80. */
const portOf = (thrown: unknown): string =>
  thrown instanceof Error && "port" in thrown && typeof thrown.port === "number" ? `:${thrown.port}` : "";

/** Makes one of our errors of anything thrown while talking to a device. */
export function asDeviceError(thrown: unknown, address: string): CodedError {
  if (thrown instanceof CodedError && thrown.code in REASONS) return thrown;
  switch (codeOf(thrown)) {
    case "ECONNREFUSED":
      return DeviceErrors.REFUSED(`${address}${portOf(thrown)}`, { cause: thrown });
    case "ECONNRESET":
    case "EPIPE":
      return DeviceErrors.REFUSED(address, { cause: thrown });
    case "ETIMEDOUT":
      return DeviceErrors.TIMED_OUT(address, { cause: thrown });
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
    case "EADDRNOTAVAIL":
    case "EACCES":
    case "EPERM":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return DeviceErrors.UNREACHABLE(address, { cause: thrown });
    default:
      return DeviceErrors.BAD_ANSWER(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}
