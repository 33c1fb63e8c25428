import { ConfigErrors } from "@banksman/kit";
import type { EdgeConfig } from "./config.ts";

/** Values of the starter file and of the documentation's examples: well-formed, and nobody's. */
const EXAMPLE_HOSTS = ["your-server.example", "your-app.replit.app"];
const EXAMPLE_KEYS = ["hsc_xxxxx", "hsc_your-api-key"];

/**
 * Throws CONFIG_INVALID for a configuration whose examples were never replaced: its sweeps would reach nobody. Only
 * for what uploads; reading a miner needs neither server nor key.
 */
export function refusePlaceholders({ api_url, api_key }: Pick<EdgeConfig, "api_url" | "api_key">, path: string): void {
  const problems: string[] = [];
  const host = URL.parse(api_url)?.hostname ?? "";
  if (EXAMPLE_HOSTS.includes(host)) {
    problems.push(
      `"api_url" is still the example's ${api_url}: put your server's address, such as https://mine.example.com`,
    );
  }
  if (EXAMPLE_KEYS.includes(api_key)) {
    problems.push(
      `"api_key" is still the example's ${api_key}: make a key under 托管管理 → 站点管理 → the site → 采集器设置 → ` +
        "生成新密钥 and put it here",
    );
  }
  if (problems.length > 0) throw ConfigErrors.INVALID(path, problems.join("\n  "));
}
