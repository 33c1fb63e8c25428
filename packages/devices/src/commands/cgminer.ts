import { type Commands, poolsAsRead, rawCgminer } from "../orders/command.ts";

/** What is safe to offer of a machine that nobody has a driver for: what was read, and what somebody types. */
export const plainCommands: Commands = { pools_get: poolsAsRead, raw: rawCgminer };
