import { DeviceErrors } from "../../errors.ts";
import { ModbusConnection } from "../../transports/modbus.ts";
import type { Wire } from "./family.ts";
import type { ModbusProfile, Register } from "./profile.ts";

type ModbusWrite = NonNullable<ModbusProfile["orders"]["start"]>["write"];
type Block = Pick<Register, "unit_id" | "table"> & { address: number; count: number };

/** The most words that one request may ask for is 125; some gateways take no more than 100. */
const MOST_WORDS = 100;

/**
 * Controllers that speak Modbus TCP: one request at a time over one socket. Registers that stand side by side are asked for
 * at once, and no others: what lies between may be none.
 */
export function overModbus(profile: ModbusProfile): Wire<Register, ModbusWrite> {
  const { port } = profile;
  const places = [
    ...Object.values(profile.values),
    ...profile.faults,
    ...profile.claims,
    ...(profile.connected ? [profile.connected] : []),
  ];
  const blocks = { fast: blocksOf(places.filter(({ lane }) => lane === "fast")), slow: blocksOf(places) };
  return {
    look: async (target, lane) => {
      const connection = new ModbusConnection({ ...target, port: target.port ?? port });
      const words = new Map<string, number>();
      let refusal: unknown = null;
      try {
        for (const { unit_id, table, address, count } of blocks[lane]) {
          const read = await connection.read(unit_id, address, count, table).catch((error: unknown) => {
            // What a unit doesn't have is bad; a gateway that has nothing of all this is another machine's.
            if (!String(error).includes("Modbus exception")) throw error;
            refusal = error;
            return [];
          });
          for (const [i, word] of read.entries()) words.set(keyOf(unit_id, table, address + i), word);
        }
      } finally {
        connection.close();
      }
      if (words.size === 0) throw refusal ?? DeviceErrors.NOT_COOLING("no register of this profile");
      return (place) => (place.lane === "slow" && lane === "fast" ? null : { raw: valueAt(place, words) });
    },
    write: async (write, value, target, onSent) => {
      const connection = new ModbusConnection({ ...target, port: target.port ?? port, onSent });
      try {
        if (write.table === "coil")
          await connection.writeCoil(write.unit_id, write.address, wordOf(write, value) !== 0);
        else await connection.write(write.unit_id, write.address, wordOf(write, value));
        return null;
      } catch (error) {
        if (/Modbus exception/.test(String(error))) return String(error instanceof Error ? error.message : error);
        throw error;
      } finally {
        connection.close();
      }
    },
    show: (write, value, target) => ({
      to: `${target.host}:${target.port ?? port}`,
      bytes: `unit ${write.unit_id}: ${write.table} ${write.address} = ${wordOf(write, value)}`,
    }),
  };
}

const keyOf = (unit: number, table: Register["table"], address: number) => `${unit}:${table}:${address}`;
const wordsOf = ({ type, table }: Register): number =>
  (table === "holding" || table === "input") && (type === "uint32" || type === "int32" || type === "float32") ? 2 : 1;

/** The requests that read these registers: what stands side by side or overlaps is one, up to the most that goes. */
export function blocksOf(places: readonly Register[]): Block[] {
  const order = places.toSorted(
    (a, b) => a.unit_id - b.unit_id || a.table.localeCompare(b.table) || a.address - b.address,
  );
  const blocks: Block[] = [];
  for (const place of order) {
    const end = place.address + wordsOf(place);
    const last = blocks.at(-1);
    const isNext =
      last !== undefined &&
      last.unit_id === place.unit_id &&
      last.table === place.table &&
      place.address <= last.address + last.count &&
      end - last.address <= MOST_WORDS;
    if (isNext) last.count = Math.max(last.count, end - last.address);
    else blocks.push({ unit_id: place.unit_id, table: place.table, address: place.address, count: wordsOf(place) });
  }
  return blocks;
}

/** What a register says; undefined where the unit doesn't have it, and null for a float that is no figure. */
export function valueAt(place: Register, words: ReadonlyMap<string, number>): number | null | undefined {
  const { unit_id, table, address, type, order, bit } = place;
  const first = words.get(keyOf(unit_id, table, address));
  if (first === undefined) return undefined;
  if (table === "coil" || table === "discrete") return first;
  if (bit !== undefined) return (first >> bit) & 1;
  if (type === "uint16") return first;
  if (type === "int16") return first >= 0x8000 ? first - 0x1_0000 : first;
  const second = words.get(keyOf(unit_id, table, address + 1));
  if (second === undefined) return undefined;
  const bytes = Buffer.alloc(4);
  const [high, low] = order === "ABCD" || order === "BADC" ? [first, second] : [second, first];
  bytes.writeUInt16BE(high, 0);
  bytes.writeUInt16BE(low, 2);
  if (order === "BADC" || order === "DCBA") bytes.swap16();
  if (type === "uint32") return bytes.readUInt32BE(0);
  if (type === "int32") return bytes.readInt32BE(0);
  const float = bytes.readFloatBE(0);
  // Sixteen million fits a float whole; more digits than it has are none that were measured.
  return Number.isFinite(float) ? Number(float.toPrecision(7)) : null;
}

/** A word as it is written: figures below zero in two's complement. */
function wordOf({ scale }: ModbusWrite, value: string | number | boolean): number {
  const figure = Math.round(Number(value) / scale);
  if (!Number.isInteger(figure) || figure < -0x8000 || figure > 0xffff)
    throw DeviceErrors.BAD_ANSWER(`${value} does not fit into a register`);
  return figure & 0xffff;
}
