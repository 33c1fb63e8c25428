/** The unit in which people speak of a coin's hashrate: Ethash in MH/s, as the original watcher did; SHA-256 in TH/s. */
const UNITS: Record<string, string> = {
  bitcoin: "TH/s",
  btc: "TH/s",
  "bitcoin-cash": "TH/s",
  bch: "TH/s",
  kaspa: "TH/s",
  kas: "TH/s",
  litecoin: "GH/s",
  ltc: "GH/s",
  dogecoin: "GH/s",
  dash: "GH/s",
  kadena: "TH/s",
  nervos: "TH/s",
  zcash: "kH/s",
};

export const unitOf = (coin: string): string => UNITS[coin.toLowerCase()] ?? "MH/s";
