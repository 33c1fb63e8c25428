import type { ThemeConfig } from "antd";
import { findToken, type ThemeMode, tokens } from "./tokens.ts";

type Flat = Record<string, string | number>;

/**
 * Replaces token paths by their values; what is no path (a number, a padding) stays as it is. antd writes durations into
 * its styles as given: without a unit no animation runs, and a closed dialog waits for its end over the page forever.
 */
const fill = (entries: Flat, mode: ThemeMode): Flat =>
  Object.fromEntries(
    Object.entries(entries).map(([name, path]) => {
      const value = typeof path === "string" ? findToken(path, mode) : undefined;
      const known = typeof value === "string" || typeof value === "number" ? value : path;
      return [name, typeof known === "number" && name.startsWith("motionDuration") ? `${known}ms` : known];
    }),
  );

/** The tokens of the antd theme, without its algorithms. */
export function antdTheme(mode: ThemeMode): Pick<ThemeConfig, "token" | "components"> {
  const components: Record<string, Flat> = tokens.antd.components;
  return {
    token: fill(tokens.antd.token, mode),
    components: Object.fromEntries(Object.entries(components).map(([name, flat]) => [name, fill(flat, mode)])),
  };
}
