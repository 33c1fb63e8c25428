export { checkRule, type Problem } from "./check.ts";
export { FIELDS } from "./fields.ts";
export { type AlertFunction, defineAlertFunction } from "./functions/alert-function.ts";
export { alertFunctions } from "./functions/index.ts";
export { type Matchable, matches } from "./match.ts";
export { nextOnCall, onCallAt } from "./on-call.ts";
export { pack } from "./pack/index.ts";
export { isWithin } from "./schedule.ts";
export { fillTemplate } from "./template.ts";
