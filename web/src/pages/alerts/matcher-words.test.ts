import assert from "node:assert/strict";
import { test } from "node:test";
import type { TFunction } from "i18next";
import { placeOf } from "./alert-words.ts";
import { matcherWords } from "./matcher-words.ts";

const t = ((key: string) => `<${key}>`) as TFunction;

test("a silence's level and kind of target are words of the language, not of the API", () => {
  assert.equal(
    matcherWords({ level: "info", target: "rack" }, t),
    "<silences.by_target> <rules.targets.rack>, <silences.by_level> <level.info>",
  );
});

test("a rack is named once, and its site as people call it", () => {
  const target = { kind: "rack", site_id: "1", id: "R03", rack: "R03" } as const;
  assert.equal(
    placeOf({ target, labels: {} }, t, (id) => `Site ${id}`),
    "Site 1 · R03",
  );
});
