import { type CodedError, defineErrors } from "@banksman/kit";
import { isOrderEnd, type OrderEnd } from "@banksman/wire/model";

/** Why an order did not go to a device at all: nothing was sent. */
export const OrderErrors = defineErrors("ORDER", {
  NOT_OFFERED: {
    text: (driver: string, order: string) =>
      `${driver} knows no ${order}; banksman miner IP --help lists what it can do`,
    retry: false,
  },
  NOT_POSSIBLE: { text: (why: string) => why, retry: false },
  CREDENTIALS_NEEDED: {
    text: (driver: string) =>
      `${driver} takes this order only with a name and password: the edge's configuration has them under credentials, or ` +
      "allows the factory's with factory_credentials; banksman miner takes --user with --password-file, or " +
      "--factory-password",
    retry: false,
  },
});

/** `DEVICE_ACCESS_DENIED`, `ORDER_NOT_OFFERED` and `USAGE_CALL_BUSY` as the code of a result. */
export function endOfError({ code }: CodedError): OrderEnd {
  const end = code.replace(/^(?:DEVICE|ORDER|USAGE)_/, "").toLowerCase();
  return isOrderEnd(end) ? end : "edge_failed";
}
