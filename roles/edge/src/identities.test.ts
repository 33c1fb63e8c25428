import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import { createLog } from "@banksman/kit";
import { Identities } from "./identities.ts";

let dir: string;
let lines: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "identities-"));
  lines = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = () => {
  const log = createLog("edge", "info", { write: (line: string) => lines.push(line) });
  return new Identities(join(dir, "identities.json"), log);
};

/** A sweep over places `1`, `2`…: what answers at each, as a MAC address, `-` for nobody, `?` for one that tells none. */
function sweep(who: Identities, answers: readonly string[]): (string | null)[] {
  who.begin();
  const places = answers.map((mac, index) => ({ mac, index }));
  // Who failed is read again at the end, and only then counts.
  const inOrder = [...places.filter(({ mac }) => mac !== "-"), ...places.filter(({ mac }) => mac === "-")];
  const ids: (string | null)[] = [];
  for (const { mac, index } of inOrder) {
    const miner = { id: `S${index + 1}`, host: `10.0.0.${index + 1}`, port: 4028, type: "auto" };
    const reading =
      mac === "-" ? { online: false } : { online: true, mac: mac === "?" ? null : `02:00:00:00:00:${mac}` };
    ids[index] = who.idFor(miner, reading);
  }
  who.end();
  return ids;
}

suite("identity by MAC address", () => {
  test("a miner that moved keeps its id, through restarts of the edge; its old place is nobody's", () => {
    assert.deepEqual(sweep(open(), ["aa", "bb", "-"]), ["S1", "S2", "S3"]);
    assert.deepEqual(sweep(open(), ["-", "bb", "aa"]), [null, "S2", "S1"]);
    assert.ok(lines.some((line) => line.includes("S1 is at 10.0.0.3:4028, the place of S3")));
  });

  test("tells which machine goes by an id: its MAC address, else its serial number", () => {
    const who = open();
    sweep(who, ["aa", "?"]);
    const place = { id: "S9", host: "10.0.0.9", port: 4028, type: "auto" };
    who.idFor(place, { online: true, serial: "SN-1" });
    assert.deepEqual(
      ["S1", "S2", "S9"].map((id) => who.machine(id)),
      [{ mac: "02:00:00:00:00:aa" }, null, { serial: "SN-1" }],
    );
  });

  test("two that change places keep their ids", () => {
    const who = open();
    sweep(who, ["aa", "bb"]);
    assert.deepEqual(sweep(who, ["bb", "aa"]), ["S2", "S1"]);
    assert.ok(lines.some((line) => line.includes("S2 answers at 10.0.0.1:4028, where S1 did")));
  });

  test("a stranger at the place of another gets an id of its own; one at an empty place takes the place's", () => {
    const who = open();
    sweep(who, ["aa", "-"]);
    assert.deepEqual(sweep(who, ["cc", "dd"]), ["0200000000cc", "S2"]);
    assert.deepEqual(sweep(who, ["aa", "dd"]), ["S1", "S2"]);
  });

  test("who is off is off by its own id, where it answered last", () => {
    const who = open();
    sweep(who, ["aa", "bb"]);
    sweep(who, ["bb", "aa"]);
    assert.deepEqual(sweep(who, ["-", "aa"]), ["S2", "S1"]);
  });

  test("a MAC address that is told twice is reported, and the second goes by its place", () => {
    const who = open();
    assert.deepEqual(sweep(who, ["aa", "aa", "bb"]), ["S1", "S2", "S3"]);
    assert.ok(lines.some((line) => line.includes("10.0.0.1:4028 and 10.0.0.2:4028 both say")));
  });

  test("a miner that was found goes by its MAC address, not by the address it was found at", () => {
    const who = open();
    who.begin();
    const found = { id: "10.0.0.7", host: "10.0.0.7", port: 4028, type: "auto" };
    assert.equal(who.idFor(found, { online: true, mac: "02:00:00:00:00:ee" }), "0200000000ee");
    assert.equal(who.idFor({ ...found, id: "10.0.0.8", host: "10.0.0.8" }, { online: false }), "10.0.0.8");
  });

  test("a file that can't be read keeps the edge from mixing up its miners", () => {
    writeFileSync(join(dir, "identities.json"), "{");
    assert.throws(open, { code: "USAGE_IDENTITIES", message: /identities\.json can't be read/ });
  });

  test("one that tells no MAC address goes by its place", () => {
    const who = open();
    assert.deepEqual(sweep(who, ["?", "bb"]), ["S1", "S2"]);
    assert.deepEqual(sweep(who, ["?", "-"]), ["S1", "S2"]);
  });
});
