import { z } from "zod";

/** An address or a network, as `metrics_allow` and its like list them: `10.0.0.9`, `10.0.0.0/8`, `fd00::/8`. */
export const AddressOrNetwork = z.union(
  [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()],
  "an address such as 10.0.0.9 or a network such as 10.0.0.0/8",
);
