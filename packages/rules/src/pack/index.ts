import { collectorRules } from "./collectors.ts";
import { coolingRules } from "./cooling.ts";
import { minerRules } from "./miners.ts";
import type { PackRule } from "./pack-rule.ts";
import { siteRules } from "./sites.ts";

/** Every rule that ships, switched on. */
export const pack: readonly PackRule[] = [...siteRules, ...collectorRules, ...minerRules, ...coolingRules];
