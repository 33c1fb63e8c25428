import type { Mode, PoolSetting } from "@banksman/wire/model";
import { isRecord } from "../decode/reply.ts";
import type { DeviceReading } from "../family.ts";
import {
  type Before,
  type Commands,
  cgminer,
  type Message,
  poolsAsRead,
  rawCgminer,
  type Told,
} from "../orders/command.ts";
import { OrderErrors } from "../orders/errors.ts";
import { amount } from "../read/number.ts";

const ascset = (argument: string): Message => cgminer("ascset", `0,${argument}`);
const REBOOT = ascset("reboot,0");

/** The A10 generation: it sleeps by its power supply, wakes by a reboot alone, and knows two modes. */
const isA10 = ({ model }: DeviceReading): boolean => /^AvalonMiner 10\d\d|^AvalonMiner 10xx/i.test(model ?? "");
/** Home units set pools by a command of its own. */
const isHome = ({ model }: DeviceReading): boolean => /\b(?:Q|Nano\w*|Mini\w*)\b/i.test(model ?? "");

/** What WORKMODE means: 0, 1, 2. */
const modesOf = (reading: DeviceReading): readonly Mode[] =>
  isA10(reading) ? ["normal", "high"] : ["low", "normal", "high"];

/**
 * Orders to Canaan's firmware: `ascset` on 4028, which asks nobody's name but for pools, where the web server's name and
 * password stand in the command.
 */
export const avalonCommands: Commands = {
  reboot: { send: () => [REBOOT] },
  locate: {
    send: (on) => [ascset(`led,1-${on ? 1 : 0}`)],
    check: {
      ask: [ascset("led,1-255")],
      shows: ([led], on) => /LED\[(\d)/i.exec(led?.text ?? "")?.[1] === (on ? "1" : "0"),
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools, before) => [...pools.map((pool, index) => setPool(pool, index, before)), REBOOT],
    // Firmware before about 2020 has no place in the command, and one pool; it says `failed` to the newer form.
    instead: (_told, [pool], before) => (pool && !isHome(before.reading) ? [setPool(pool, null, before), REBOOT] : []),
  },
  mode_get: {
    ask: [cgminer("stats"), cgminer("estats")],
    read: (told, reading) => {
      if (reading.status === "sleeping") return "sleep";
      const number = told.map((one) => /WORKMODE\[(\d)/i.exec(one.text)?.[1]).find((found) => found !== undefined);
      return number === undefined ? null : (modesOf(reading)[Number(number)] ?? null);
    },
  },
  mode_set: {
    first: [cgminer("version")],
    send: (mode, before) => {
      const { reading } = before;
      const asleep = reading.status === "sleeping";
      if (mode === "sleep")
        return asleep ? [] : [isA10(reading) ? ascset("hashpower,0") : ascset(`softoff,1:${soon(before)}`)];
      if (mode === "wake") return asleep ? [isA10(reading) ? REBOOT : ascset(`softon,1:${soon(before)}`)] : [];
      const number = modesOf(reading).indexOf(mode);
      if (number < 0) throw OrderErrors.NOT_POSSIBLE(`an ${reading.model} has no ${mode} mode`);
      return isA10(reading) ? [ascset(`workmode,${number}`), REBOOT] : [ascset(`workmode,set,${number}`)];
    },
  },
  raw: rawCgminer,
};

/** The command takes what stands between commas, and an order names a moment of the device's own clock. */
function setPool(
  { url, worker, password = "x" }: PoolSetting,
  index: number | null,
  { reading, credentials }: Before,
): Message {
  if (!credentials) throw OrderErrors.CREDENTIALS_NEEDED("Avalon");
  const place = index === null ? [] : [String(index)];
  const parts = [credentials.username, credentials.password, ...place, url, worker, password];
  if (parts.some((part) => part.includes(",")))
    throw OrderErrors.NOT_POSSIBLE("an Avalon takes no comma in a pool's address, worker or password");
  return isHome(reading) ? cgminer("setpool", parts.join(",")) : ascset(`setpool,${parts.join(",")}`);
}

const SOON_SECONDS = 5;

/** Five seconds on, by the device's clock: on some machines that counts from their start, on others from 1970. */
function soon({ told }: Before): number {
  const now = whenOf(told[0]);
  if (now === null) throw OrderErrors.NOT_POSSIBLE("the device does not tell its time");
  return now + SOON_SECONDS;
}

function whenOf(told: Told | undefined): number | null {
  const status = told?.reply.body.STATUS;
  const head: unknown = Array.isArray(status) ? status[0] : status;
  return isRecord(head) ? amount(head.When) : null;
}
