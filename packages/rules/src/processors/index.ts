import type { Processor } from "./processor.ts";
import { rangeCheck } from "./range-check.ts";

/** Every step that the configuration may put between a reading and the store. */
export const processors: readonly Processor[] = [rangeCheck as unknown as Processor];
