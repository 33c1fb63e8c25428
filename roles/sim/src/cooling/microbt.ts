import { createHash } from "node:crypto";
import type { ModbusUnit } from "@banksman/replay";
import type { Plc } from "./antbox.ts";

/** What a Modbus unit says to a word it doesn't have, and to a write by somebody who isn't signed in. */
const [ILLEGAL_ADDRESS, ILLEGAL_VALUE] = [2, 3];
const [CDU, AIR, FIRST_METER, METERS, FIRST_PDU, PDUS, SOCKETS] = [1, 2, 4, 4, 9, 12, 20];
const RANDOM = [0x1f2e, 0x3d4c, 0x5b6a, 0x7988];
export const MICROBT_LOGIN = { username: "admin", password: "admin" };

/** A container built for MicroBT: units behind one gateway. Words here count from 1, as its papers do. */
export function microbtUnits(plc: Plc): ModbusUnit & { sockets: boolean[][] } {
  const sockets = Array.from({ length: PDUS }, () => Array.from({ length: SOCKETS }, () => true));
  let signedIn = false;
  return {
    sockets,
    read: (unit, address, count) => {
      const words = wordsOf(unit, plc, sockets);
      if (!words) return { exception: ILLEGAL_ADDRESS };
      return Array.from({ length: count }, (_, i) => words.get(address + 1 + i) ?? 0);
    },
    write: (unit, address, words) => {
      const word = address + 1;
      if (unit === CDU && word === 305) {
        signedIn = isLogin(words);
        return signedIn ? null : { exception: ILLEGAL_VALUE };
      }
      if (!signedIn) return { exception: ILLEGAL_VALUE };
      if (unit === CDU && word === 601) {
        plc.order(words[0] === 1 ? "start" : "stop", { running: words[0] === 1 });
        return null;
      }
      const pdu = sockets[unit - FIRST_PDU];
      const socket = 309 - word;
      if (!pdu || socket < 1 || socket > SOCKETS) return { exception: ILLEGAL_ADDRESS };
      pdu[socket - 1] = words[0] === 1;
      plc.order("socket", {}, `${unit}.${socket} ${words[0]}`);
      return null;
    },
  };
}

const md5 = (text: string) => createHash("md5").update(text).digest();

function isLogin(words: readonly number[]): boolean {
  const bytes = (list: readonly number[]) => Buffer.from(list.flatMap((word) => [word >> 8, word & 0xff]));
  const { username, password } = MICROBT_LOGIN;
  const expected = createHash("sha256")
    .update(Buffer.concat([bytes(RANDOM), md5(username), md5(password)]))
    .digest();
  return bytes(words).equals(expected);
}

const hundredths = (value: number): number => Math.round(value * 100);

function wordsOf(unit: number, plc: Plc, sockets: readonly boolean[][]): Map<number, number> | null {
  const state = plc.state();
  if (unit === CDU) {
    const running = state.settings.running ? 1 : 0;
    return new Map([
      [1, 4],
      [95, hundredths(state.inside - 12)],
      [201, hundredths(state.return)],
      [203, Math.round(state.returnPressure)],
      [204, Math.round(state.supplyPressure)],
      [205, Math.round(state.returnPressure - 10)],
      [206, Math.round(state.supplyPressure + 10)],
      [209, running * 8_000],
      [210, running * 20],
      [211, hundredths(state.supply)],
      ...RANDOM.map((word, i): [number, number] => [301 + i, word]),
      [601, running],
      [606, running],
    ]);
  }
  if (unit === AIR)
    return new Map([
      [2, 1],
      [3, Math.round(state.inside * 10)],
      [4, Math.round(state.humidity * 10)],
    ]);
  if (unit >= FIRST_METER && unit < FIRST_METER + METERS) {
    const amps = state.electricKw / METERS / (Math.sqrt(3) * 0.4);
    return new Map([
      [2, 1],
      [50, 40_000],
      [51, 40_010],
      [52, 39_990],
      ...[53, 54, 55].map((word): [number, number] => [word, hundredths(amps)]),
      [57, Math.round(state.electricKw * 25)],
    ]);
  }
  const pdu = sockets[unit - FIRST_PDU];
  if (pdu) return new Map(pdu.map((on, i): [number, number] => [46 + i, on ? 1 : 2]));
  return unit === 3 || unit === 8 ? new Map([[2, 1]]) : null;
}
