import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Discovered } from "@banksman/devices";
import { edgeConfigSchema } from "../config.ts";
import { asConfig, asCsv, duplicatesOf } from "./found.ts";
import { ScanBar, scanLine } from "./scan-bar.ts";

const machine = (host: string, mac: string | null, more: Partial<Discovered> = {}): Discovered => ({
  host,
  latency_ms: 3.2,
  requests: 2,
  driver: "antminer",
  type: "antminer",
  make: "Antminer",
  model: "Antminer S21",
  firmware: "Thu Jul 11 16:38:25 CST 2024",
  mac,
  serial: null,
  ...more,
});

suite("what a scan found", () => {
  const found = [
    machine("10.0.0.1", "02:00:00:00:00:01"),
    machine("10.0.0.2", "02:00:00:00:00:02"),
    machine("10.0.0.3", "02:00:00:00:00:02"),
    machine("10.0.0.4", null),
  ];

  test("tells the MAC addresses that several say", () => {
    assert.deepEqual(duplicatesOf(found), [{ mac: "02:00:00:00:00:02", addresses: ["10.0.0.2", "10.0.0.3"] }]);
  });

  test("makes a configuration with an id each: the MAC address, or the address where that is no one's alone", () => {
    const config = edgeConfigSchema(["antminer"]).parse(JSON.parse(asConfig(found, 4028, {})));
    assert.deepEqual(
      config.miners.map(({ id, ip }) => [id, ip]),
      [
        ["020000000001", "10.0.0.1"],
        ["10.0.0.2", "10.0.0.2"],
        ["10.0.0.3", "10.0.0.3"],
        ["10.0.0.4", "10.0.0.4"],
      ],
    );
  });

  test("makes rows that a spreadsheet reads as text, whatever a device calls itself", () => {
    const csv = asCsv([machine("10.0.0.1", null, { model: '=HYPERLINK("x")', firmware: 'a,"b"\nc' })]);
    assert.match(csv, /,"'=HYPERLINK\(""x""\)","a,""b""\nc",/);
  });
});

suite("the bar", () => {
  test("says how far, how fast and how long", () => {
    assert.equal(
      scanLine(16_384, 65_534, 250, 498.2),
      "[######------------------] 16,384 of 65,534, 250 found, 498/s, 1:39 left",
    );
    assert.match(scanLine(0, 65_534, 0, 0), /0\/s$/);
    assert.match(scanLine(1, 40_001, 0, 10), /1:06:40 left$/);
  });

  test("is drawn on a terminal alone, at most ten times a second", () => {
    let now = 0;
    const drawn: string[] = [];
    const bar = new ScanBar({ isTTY: true, columns: 100, write: (text) => drawn.push(text) }, () => now);
    for (; now < 1_000; now += 10) bar.show(now, 2_000, 0);
    assert.equal(drawn.length, 10);
    assert.match(drawn.at(-1) ?? "", /1,000\/s, 0:0\d left/);
    const silent = new ScanBar({ write: () => assert.fail() }, () => now);
    silent.show(1, 2, 0);
    silent.clear();
  });
});
