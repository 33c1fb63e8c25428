import type { Reading } from "@banksman/wire/model";

/** What tells one machine from another, wherever DHCP has put it. */
export type Machine = Partial<Pick<Reading, "mac" | "serial">>;

/** Whether a device tells that it is another one. The MAC address is the maker's; a serial number counts without one. */
export function isAnother(expected: Machine, told: Machine): boolean {
  if (expected.mac && told.mac) return expected.mac.toLowerCase() !== told.mac.toLowerCase();
  return Boolean(expected.serial && told.serial && expected.serial !== told.serial);
}
