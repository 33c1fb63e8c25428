import type { AlertFunction } from "./alert-function.ts";
import { avg } from "./avg.ts";
import { changed } from "./changed.ts";
import { delta } from "./delta.ts";
import { increase } from "./increase.ts";
import { max } from "./max.ts";
import { min } from "./min.ts";
import { rate } from "./rate.ts";
import { readings } from "./readings.ts";

/** Every function that conditions may call on a window. */
export const alertFunctions: readonly AlertFunction[] = [avg, changed, delta, increase, max, min, rate, readings];
