import assert from "node:assert/strict";
import { test } from "node:test";
import { nameplateOf, nameplates } from "./nameplate.ts";

test("models are found as devices name them, and only exactly", () => {
  const named: [make: string, model: string, ths: number | null][] = [
    ["Antminer", "Antminer S19 Pro", 110],
    ["Antminer", "Antminer S19", 95],
    ["Antminer", "Antminer S19j Pro", 104],
    ["Antminer", "Antminer S19JPRO Hiveon", 104],
    ["Antminer", "Antminer S19 XP (Vnish 1.2.0-rc1)", 140],
    ["Antminer", "Antminer BHB68601", 200],
    ["Antminer", "Antminer S19 Pro Hydro", 177],
    ["WhatsMiner", "M30S+_VE40", 100],
    ["WhatsMiner", "M30S++_VG30", 112],
    ["WhatsMiner", "M20SV10", 68],
    ["WhatsMiner", "M60S_VK40", 186],
    ["Avalon", "AvalonMiner 1246-83", 90],
    ["Avalon", "AvalonMiner 1066", 50],
    ["Avalon", "Avalon Q", 90],
    ["Avalon", "Avalon Nano3s", 6],
    ["Avalon", "Avalon Mini3", 37.5],
    ["Antminer", "Antminer S21 Hyd.", 335],
    ["Antminer", "Antminer S21 XP Immersion", 300],
    ["Antminer", "Antminer S23 Hyd.", 580],
    ["Antminer", "Antminer L7", 0.0095],
    ["SealMiner", "A2", 226],
    ["Bitaxe", "Bitaxe Gamma", 1.2],
    ["NerdAxe", "NerdQAxe++", 4.8],
    ["Elphapex", "DG-Home1", 0.0021],
  ];
  for (const [make, model, ths] of named) assert.equal(nameplateOf(make, model)?.hashrateThs, ths, model);
  for (const unknown of ["Antminer BHB42XXX", "Antminer S19 XQ", "S19-88 v.2.6.0.39", "", "__proto__"]) {
    assert.equal(nameplateOf("Antminer", unknown), null, unknown);
  }
  assert.equal(nameplateOf(null, "Antminer S19"), null);
});

test("every sheet of a bitcoin miner is plausible: 9 to 350 J/TH", () => {
  for (const { model, hashrateThs, watts, algorithm } of nameplates) {
    if (hashrateThs === null || watts === null || algorithm !== "SHA-256") continue;
    const joulesPerTerahash = watts / hashrateThs;
    assert.ok(joulesPerTerahash > 9 && joulesPerTerahash < 350, `${model}: ${joulesPerTerahash} J/TH`);
  }
});
