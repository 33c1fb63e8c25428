import { writeFileSync } from "node:fs";
import { families } from "../families/index.ts";
import { answersOf } from "./answers-of.ts";
import { captures } from "./captures.ts";
import { degraded, degradedFile, printDegraded } from "./degraded.ts";

for (const one of captures()) {
  const family = families.find(({ id }) => id === one.expected.driver);
  if (family) writeFileSync(degradedFile(one.dir), printDegraded(degraded(answersOf(one), family)));
}
