import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import fc from "fast-check";
import pg from "pg";
import { type Cell, type ColumnType, copyIn, encodeRows } from "./copy-binary.ts";

const TYPES: readonly ColumnType[] = ["int2", "int4", "int8", "float4", "float8", "timestamptz", "text"];
let postgres: PrivatePostgres;
let client: pg.Client;
before(async () => {
  postgres = await startPostgres();
  client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`create table cells (place int4, ${TYPES.map((type, n) => `c${n} ${type}`).join(", ")})`);
});
after(async () => {
  await client.end();
  await postgres[Symbol.asyncDispose]();
});

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const row: fc.Arbitrary<Cell[]> = fc.tuple(
  nullable(fc.integer({ min: -32_768, max: 32_767 })),
  nullable(fc.integer()),
  nullable(fc.maxSafeInteger()),
  nullable(fc.float({ noNaN: true, noDefaultInfinity: true })),
  nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
  nullable(fc.integer({ min: Date.UTC(1_990, 0), max: Date.UTC(2_090, 0) })),
  nullable(fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.replaceAll("\0", ""))),
);

test("every value PostgreSQL reads back is the one that was encoded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      await client.query("truncate cells");
      const encoded = encodeRows(
        ["int4", ...TYPES],
        rows.map((cells, place) => [place, ...cells]),
      );
      await copyIn(client, "cells", ["place", ...TYPES.map((_, n) => `c${n}`)], encoded);
      const { rows: found } = await client.query<Record<string, unknown>>(
        "select c0, c1, c2::text as c2, c3, c4, extract(epoch from c5) * 1000 as c5, c6 from cells order by place",
      );
      const number = (value: unknown) => (value === null ? null : Number(value));
      assert.deepEqual(
        found.map(({ c0, c1, c2, c3, c4, c5, c6 }) => [
          c0,
          c1,
          number(c2),
          c3 === null ? null : Math.fround(Number(c3)),
          c4,
          number(c5),
          c6,
        ]),
        // PostgreSQL keeps -0 apart in floats but prints integers without a sign.
        rows.map((cells) => cells.map((cell, n) => (typeof cell === "number" && n < 3 && cell === 0 ? 0 : cell))),
      );
    }),
    { numRuns: 60 },
  );
});
