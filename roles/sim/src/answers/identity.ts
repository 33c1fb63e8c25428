/** Who a simulated miner is: fixed for its life. */
export type Identity = {
  /** Its number within the simulation, from 1. */
  number: number;
  mac: string;
  worker: string;
  serial: string;
};

export const POOLS = [
  "stratum+tcp://btc.pool.example:3333",
  "stratum+tcp://btc.pool.example:443",
  "stratum+tcp://backup.pool.example:3333",
] as const;

export function identityOf(number: number, account = "minefarm"): Identity {
  const hex = number.toString(16).padStart(6, "0");
  return {
    number,
    mac: `02:5a:17:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`,
    worker: `${account}.m${String(number).padStart(5, "0")}`,
    serial: `SIM${String(number).padStart(9, "0")}`,
  };
}
