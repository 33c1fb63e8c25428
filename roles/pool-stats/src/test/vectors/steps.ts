import { readFile } from "node:fs/promises";
import { z } from "zod";

/** A row of mining_workers as text, null as null. */
export const TableRow = z.record(z.string(), z.string().nullable());
export type TableRow = z.infer<typeof TableRow>;

const Http = z.object({
  method: z.string(),
  target: z.string(),
  body: z.string().optional(),
  status: z.int(),
  content_type: z.string(),
  reply: z.string(),
});
export type HttpStep = z.infer<typeof Http>;

const Flush = z.object({ happened: z.boolean(), file: z.string(), rows: z.array(TableRow) });
export type FlushStep = z.infer<typeof Flush>;

/** One step of a recorded scenario: something done to the program, or something it answered. */
const Step = z.union([
  z.object({ clock: z.int() }),
  z.object({ produce: z.enum(["shares", "events"]), hex: z.string() }),
  z.object({ http: Http }),
  z.object({ flush: Flush }),
  z.object({ rows: z.array(TableRow) }),
  z.object({ sql_by_hand: z.string() }),
  z.object({ sweep: z.string() }),
  z.object({ log: z.array(z.string()) }),
  z.object({ sigterm_exit: z.int() }),
  // What this player doesn't know; it is told as a difference.
  z.object({ unknown: z.string() }),
]);
export type Step = z.infer<typeof Step>;

const Scenario = z.object({ generation: z.enum(["g2", "g4"]), steps: z.array(z.unknown()) });
export type Scenario = { generation: "g2" | "g4"; steps: Step[]; file: string };

/** Reads one file of recorded steps. */
export async function readScenario(path: string, file: string): Promise<Scenario> {
  const { generation, steps } = Scenario.parse(JSON.parse(await readFile(path, "utf8")));
  const known = steps.map((step): Step => {
    const { success, data } = Step.safeParse(step);
    return success ? data : { unknown: JSON.stringify(step) };
  });
  return { generation, steps: known, file };
}
