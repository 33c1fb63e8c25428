import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ReportDocument } from "@banksman/wire/model";
import { ACME, HOUR, iso, MINUTE, momentsOf, periodIn, startReportWorld } from "../test/report-world.ts";

/** The inventory while its period goes on: what was told lately is in no hourly sum yet. */
const PERIOD = periodIn("Europe/Berlin");
const { from } = momentsOf(PERIOD);
const NOW = from + HOUR + 30 * MINUTE;

const world = await startReportWorld();
after(() => world.close());
const [site] = world.sites;
const lastTold = { lately: NOW - MINUTE, "clock ahead": NOW + MINUTE, before: from - MINUTE };
for (const [id, at] of Object.entries(lastTold)) {
  await world.pool.query(
    `with m as (insert into miners (site_no, miner_id, first_seen_at) values ($1, $2, $3) returning site_no, miner_no, miner_id)
     insert into latest (site_no, miner_no, ts, received_at, health, miner_id) select site_no, miner_no, $4, $4, 0, miner_id from m`,
    [site?.site_no, id, iso(from - HOUR), iso(at)],
  );
  await world.pool.query(
    `insert into customer_miners (customer_id, site_no, miner_no, valid_from)
     select 'acme', site_no, miner_no, $2 from miners where miner_id = $1`,
    [id, iso(id === "lately" ? NOW - 30 * MINUTE : from)],
  );
}

const report = (customer: typeof ACME | null, now = NOW) => world.report("miners", PERIOD, world.sites, customer, now);
const figureOf = (document: ReportDocument, name: string) => document.figures.find((one) => one.name.en === name);

test("a miner whose newest reading is of an hour that is not reckoned yet is not without readings", async () => {
  for (const customer of [null, ACME]) {
    const document = await report(customer);
    assert.equal(figureOf(document, "Without readings")?.value, 1, "the one that told nothing since");
    assert.equal(figureOf(document, "Online share")?.value, null, "no hour is reckoned of which it could be told");
  }
});

test("the report says up to when it counts, by the period's clock, and nothing of it when the period is over", async () => {
  const notesOf = (document: ReportDocument) =>
    document.sections.map((section) => (section.type === "table" ? section.note : null));
  const document = await report(null);
  assert.deepEqual(figureOf(document, "Online share")?.note, {
    en: "counts up to 2025-10-25 01:00",
    zh: "统计截至 2025-10-25 01:00",
  });
  for (const note of notesOf(document))
    assert.match(`${note?.en}${note?.zh}`, /up to 2025-10-25 01:00\..*截至 2025-10-25 01:00/);
  const over = await report(null, momentsOf(PERIOD).to + HOUR);
  assert.equal(figureOf(over, "Online share")?.note, null);
  for (const note of notesOf(over)) assert.doesNotMatch(`${note?.en}${note?.zh}`, /counts up to|截至/);
});
