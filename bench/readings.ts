import type { Reading } from "@banksman/wire/model";

/** A repeatable source of numbers in [0, 1). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One sweep of `count` miners as an edge uploads it; `whole` adds boards, pools and chip temperatures. */
export function makeSweep(count: number, sweep: number, whole: boolean): Reading[] {
  const random = noise(sweep + 1);
  return Array.from({ length: count }, (_, index) => {
    const hashrate = 200_000 + Math.round(random() * 4_000);
    const reading: Reading = {
      miner_id: `S21_${String(index + 1).padStart(5, "0")}`,
      ip_address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      online: true,
      hashrate_ghs: hashrate,
      hashrate_5s_ghs: hashrate + Math.round(random() * 800),
      temperature_avg: 60 + Math.round(random() * 80) / 10,
      temperature_max: 72 + Math.round(random() * 80) / 10,
      fan_speeds: [4_500, 4_560, 4_620, 4_680],
      frequency_avg: 490,
      accepted_shares: 12_000 + sweep * 3,
      rejected_shares: 15,
      hardware_errors: 3,
      uptime_seconds: 86_400 + sweep * 30,
      pool_url: "stratum+tcp://pool.example:3333",
      worker_name: `farm.${index}`,
      power_consumption: 3_500 + Math.round(random() * 60),
    };
    return whole ? { ...reading, ...parts(hashrate, random) } : reading;
  });
}

function parts(hashrate: number, random: () => number): Partial<Reading> {
  const chips = Array.from({ length: 12 }, () => 58 + Math.round(random() * 14));
  return {
    expected_hashrate_ghs: 200_000,
    power_source: "reported",
    status: "hashing",
    make: "Antminer",
    model: "Antminer S21",
    firmware: "Thu Jul 11 10:12:33 CST 2024",
    driver: "antminer",
    latency_ms: 40 + Math.round(random() * 40),
    temperature_chips: chips,
    boards: [1, 2, 3].map((slot) => ({
      slot,
      hashrate_ghs: Math.round(hashrate / 3),
      chips: 108,
      chips_bad: 0,
      chip_map: "o".repeat(108),
      temperature_board: 60,
      temperature_chips: chips.slice(slot * 4 - 4, slot * 4),
      frequency: 490,
      hardware_errors: 1,
    })),
    pools: [
      {
        url: "stratum+tcp://pool.example:3333",
        worker: "farm.1",
        status: "alive",
        active: true,
        priority: 0,
        accepted: 12_000,
        rejected: 15,
        dev_fee: false,
      },
    ],
    faults: [],
    warnings: [],
  };
}
