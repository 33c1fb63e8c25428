import { type Capture, captures } from "../packages/devices/src/test/captures.ts";

/** One recorded device of each family that a sweep can read without being told a password, in the families' order. */
export function mixedCases(): Capture[] {
  const usable = captures().filter(
    ({ expected, recorded }) =>
      expected.online &&
      expected.driver !== null &&
      (expected.hashrate_ghs ?? 0) !== 0 &&
      !recorded.behaviour.web?.login,
  );
  return [...new Map(usable.map((one) => [one.family, one])).values()];
}
