import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, loadCase } from "@banksman/replay";
import { z } from "zod";

/** Recorded devices with the readings they must give, for the tests: `captures/<family>/<case>/`. */
const root = join(import.meta.dirname, "..", "..", "captures");

const Part = z.record(z.string(), z.unknown());
/**
 * What a person read off the answers. A member that isn't named must be null in the reading; of boards, pools and faults
 * only the members named are compared.
 */
const Expected = z
  .object({
    driver: z.string().nullable(),
    online: z.boolean(),
    boards: z.array(Part).nullish(),
    pools: z.array(Part).nullish(),
    faults: z.array(Part).nullish(),
    /** A list, or for hundreds of chips how many there are, the coldest and the hottest. */
    temperature_chips: z
      .union([z.array(z.number().nullable()), z.object({ count: z.int(), coldest: z.number(), hottest: z.number() })])
      .nullish(),
    /** The codes, in any order. */
    warnings: z.array(z.string()).default([]),
    /** Requests that the second reading takes. */
    steady_requests: z.int().optional(),
  })
  .catchall(z.unknown());
export type Expected = z.infer<typeof Expected>;

export type Capture = { family: string; name: string; dir: string; recorded: Case; expected: Expected };

/** Every case of every family. Throws where one lacks its expected.json or its SOURCE.md. */
export function captures(): Capture[] {
  return folders(root).flatMap((family) =>
    folders(join(root, family)).map((name) => {
      const dir = join(root, family, name);
      if (readFileSync(join(dir, "SOURCE.md"), "utf8").trim() === "") throw new Error(`${dir}: where is it from?`);
      const expected = Expected.parse(JSON.parse(readFileSync(join(dir, "expected.json"), "utf8")));
      return { family, name, dir, recorded: loadCase(dir), expected };
    }),
  );
}

const folders = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
