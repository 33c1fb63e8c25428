import type { CoolingField, CoolingOrder, CoolingOrderName, Fault, FaultLevel } from "@banksman/wire/model";
import { DeviceErrors } from "../../errors.ts";
import { fault } from "../../faults/fault.ts";
import { type CoolingFamily, type CoolingTarget, type Lane, type Shows, type Told, trusted } from "../family.ts";
import type { RawValues } from "../values.ts";
import { overHttp } from "./http.ts";
import { overModbus } from "./modbus.ts";
import { overMqtt } from "./mqtt.ts";
import type { CoolingProfile, ProfileReading, ProfileSwitch } from "./profile.ts";
import { isSame, readSwitch, readValue } from "./value.ts";

type Raw = string | number | boolean;
export type ProfileOrder<Write> = {
  write: Write;
  shows?: { value: string; is: boolean | "asked" } | undefined;
  on_off: [Raw, Raw];
};

/** What profiles have in common, whatever a place and a write are. */
export type ProfileOf<Place, Write> = {
  id: string;
  title: string;
  make: string;
  model?: string | undefined;
  port: number;
  claims: (Place & { is?: Raw | undefined })[];
  connected?: (Place & ProfileSwitch) | undefined;
  values: Record<string, Place & ProfileReading>;
  faults: (Place & ProfileSwitch & { code: string; level: FaultLevel; en: string; zh: string })[];
  orders: Partial<
    Record<"start" | "stop" | "reset" | "set_temp" | "pid" | "auto", ProfileOrder<Write>> &
      Record<"pump" | "fan" | "valve", Record<string, ProfileOrder<Write>>>
  >;
  shows_within_s: number;
};

/** What stands at a place; null where this lane doesn't ask for it. */
export type Look<Place> = (place: Place) => { raw: unknown } | null;

/** How controllers of one profile are asked and written to. */
export type Wire<Place, Write> = {
  patienceMs?: number;
  /** Rejects with a DeviceError when the controller doesn't answer. */
  look: (target: CoolingTarget, lane: Lane) => Promise<Look<Place>>;
  /** Resolves to the controller's objection, or null. */
  write: (write: Write, value: Raw, target: CoolingTarget, onSent: () => void) => Promise<string | null>;
  show: (write: Write, value: Raw, target: CoolingTarget) => { to: string; bytes: string };
};

/** A driver for the controllers that a profile describes. */
export function coolingFamilyOf(profile: CoolingProfile): CoolingFamily {
  switch (profile.over) {
    case "http-json":
      return build(profile, overHttp(profile));
    case "mqtt":
      return build(profile, overMqtt(profile));
    case "modbus":
      return build(profile, overModbus(profile));
  }
}

function build<Place, Write>(profile: ProfileOf<Place, Write>, wire: Wire<Place, Write>): CoolingFamily {
  const unknownOrder = "this profile has no such order";
  return {
    id: profile.id,
    title: profile.title,
    port: profile.port,
    read: async (target, lane) => told(profile, await wire.look(target, lane)),
    orders: Object.keys(profile.orders).filter((name): name is CoolingOrderName => name in profile.orders),
    show: (order, target) => {
      const asked = askedOf(profile, order);
      return asked ? wire.show(asked.order.write, asked.value, target) : { to: target.host, bytes: unknownOrder };
    },
    deliver: async (order, target, onSent) => {
      const asked = askedOf(profile, order);
      return asked ? wire.write(asked.order.write, asked.value, target, onSent) : unknownOrder;
    },
    shows: (record, order) => {
      const asked = askedOf(profile, order);
      return asked?.order.shows ? showsAt(asked.order.shows, record, order) : null;
    },
    showsWithinSeconds: profile.shows_within_s,
    ...(wire.patienceMs !== undefined && { patienceMs: wire.patienceMs }),
  };
}

/** What a controller told, by its profile. Throws NOT_COOLING for one that the profile is not of. */
function told<Place, Write>(profile: ProfileOf<Place, Write>, look: Look<Place>): Told {
  for (const claim of profile.claims) {
    const found = look(claim);
    const fits = found === null || (claim.is === undefined ? found.raw != null : isSame(found.raw, claim.is));
    if (!fits) throw DeviceErrors.NOT_COOLING(`it is no ${profile.title}`);
  }
  const values: RawValues = {};
  const distrusted = new Set<CoolingField>();
  for (const [name, how] of Object.entries(profile.values)) {
    const found = look(how);
    if (!found) continue;
    // The schema let no other names in.
    const field = name as CoolingField;
    values[field] = readValue(field, found.raw, how);
    if (how.trust === "uncertain") distrusted.add(field);
  }
  if (Object.values(values).every((value) => value === null))
    throw DeviceErrors.NOT_COOLING(`nothing that ${profile.title} tells`);
  return {
    profile: profile.id,
    make: profile.make,
    model: profile.model ?? null,
    connected: isConnected(profile, look),
    values,
    distrusted,
    faults: faultsOf(profile, look),
  };
}

function isConnected<Place, Write>({ connected }: ProfileOf<Place, Write>, look: Look<Place>): boolean {
  const found = connected && look(connected);
  return !found || readSwitch(found.raw, connected) !== false;
}

const faultsOf = <Place, Write>({ faults }: ProfileOf<Place, Write>, look: Look<Place>): Fault[] =>
  faults.flatMap((one) => {
    const found = look(one);
    return found && readSwitch(found.raw, one) === true ? [fault(one.code, [one.level, "look", one.en, one.zh])] : [];
  });

/** What a profile writes for an order; null where it has none for it. */
function askedOf<Place, Write>(
  { orders }: ProfileOf<Place, Write>,
  order: CoolingOrder,
): { order: ProfileOrder<Write>; value: Raw } | null {
  const found = orderIn(orders, order);
  if (!found) return null;
  if (order.order === "set_temp") return { order: found, value: order.celsius };
  return { order: found, value: found.on_off[wantsOn(order) ? 0 : 1] };
}

function orderIn<Write>(orders: ProfileOf<unknown, Write>["orders"], order: CoolingOrder) {
  switch (order.order) {
    case "pump":
      return orders.pump?.[order.pump];
    case "fan":
      return orders.fan?.[order.fan];
    case "valve":
      return orders.valve?.[order.valve];
    case "socket":
      return undefined;
    default:
      return orders[order.order];
  }
}

const wantsOn = (order: CoolingOrder): boolean => ("on" in order ? order.on : "open" in order ? order.open : true);

/** A set temperature is kept to a tenth. */
const TENTH = 0.051;

function showsAt(
  { value, is }: { value: string; is: boolean | "asked" },
  record: Parameters<Shows>[0],
  order: CoolingOrder,
): ReturnType<Shows> {
  const seen = trusted(record, value as CoolingField);
  const wanted = is !== "asked" ? is : order.order === "set_temp" ? order.celsius : wantsOn(order);
  const done =
    typeof wanted === "number" ? typeof seen === "number" && Math.abs(seen - wanted) < TENTH : seen === wanted;
  return { done, seen: `${value} ${seen === true ? "on" : seen === false ? "off" : (seen ?? "unknown")}` };
}
