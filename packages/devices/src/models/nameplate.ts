import table from "./nameplates.json" with { type: "json" };

/**
 * What the maker's sheet says of a model; null where no sheet was found. Batches differ by some ten percent, so a
 * device's own rated value always goes first. WhatsMiner chips are left open: they depend on the board's revision.
 */
export type Nameplate = {
  make: string;
  model: string;
  hashrateThs: number | null;
  watts: number | null;
  boards: number | null;
  chipsPerBoard: number | null;
  fans: number | null;
  /** What it computes; SHA-256 unless the sheet says otherwise. */
  algorithm: string;
};

export const nameplates: readonly Nameplate[] = table.map((row) => ({
  make: row.make,
  model: row.model,
  hashrateThs: row.ths,
  watts: row.watts,
  boards: row.boards,
  chipsPerBoard: row.chips,
  fans: row.fans,
  algorithm: row.algorithm ?? "SHA-256",
}));

const byKey = new Map<string, Nameplate>();
for (const [i, row] of table.entries()) {
  const plate = nameplates[i];
  if (plate) for (const name of [row.model, ...row.aliases]) byKey.set(keyOf(row.make, name), plate);
}

/** Answers repeat: a fleet of 50,000 has a few dozen model texts. Bounded, since devices choose them. */
const found = new Map<string, Nameplate | null>();
const MAX_FOUND = 2_000;

/** The sheet of a model as a device names it (`Antminer S19 Pro`, `M60S_VK40`, `AvalonMiner 1246-83`), or null. */
export function nameplateOf(make: string | null | undefined, model: string | null | undefined): Nameplate | null {
  if (!make || !model) return null;
  const asked = `${make}\n${model}`;
  const known = found.get(asked);
  if (known !== undefined) return known;
  const plate = spellings(make, model).reduce<Nameplate | null>(
    (hit, name) => hit ?? byKey.get(keyOf(make, name)) ?? null,
    null,
  );
  if (found.size >= MAX_FOUND) found.clear();
  found.set(asked, plate);
  return plate;
}

function keyOf(make: string, model: string): string {
  return `${make} ${model}`.toLowerCase().replace(/[\s_]+/g, "");
}

/** The names to try, the most exact one first. A model that only resembles another is never taken for it. */
function spellings(make: string, model: string): string[] {
  if (make === "WhatsMiner")
    return [model, model.replace(/^(?:whatsminer\s+)?(M\d{2}[A-UW-Z]*\+{0,2})[_\s]?V[A-Z0-9]*$/i, "$1")];
  if (make === "Avalon") return avalonSpellings(model.replace(/^avalon(?:miner)?\s*/i, ""));
  const bare = model.replace(/^antminer\s+/i, "").replace(/\s*(?:\(vnish[^)]*\)|hiveon)$/i, "");
  return [bare, bare.replace(/\bhyd(?:ro)?\.?(?=\s|$)/i, "Hyd").replace(/\bimm(?:ersion)?\.?(?=\s|$)/i, "Imm")];
}

/** `1246-83` is an A1246 of 83 TH/s; `nano3s` is written in one word. */
function avalonSpellings(code: string): string[] {
  return [code, `A${code}`, `A${code.replace(/-\d{2,3}$/, "")}`];
}
