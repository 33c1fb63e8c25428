import type { LocalText, Reading } from "@banksman/wire/model";
import type { z } from "zod";

/** A step between what a collector sends and what is stored: it may change a reading, or drop it with null. */
export type Processor<S extends z.ZodType = z.ZodType> = {
  /** Name in the configuration, and of the file. */
  id: string;
  title: LocalText;
  options: S;
  create: (options: z.output<S>) => (reading: Reading) => Reading | null;
};

/** Declares a processor; the only way to make one, here and in plugins. */
export const defineProcessor = <S extends z.ZodType>(definition: Processor<S>): Processor<S> => definition;
