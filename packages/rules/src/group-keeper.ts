import type { AlertTarget, TargetKind } from "@banksman/wire/model";
import {
  FLEET,
  fleetSums,
  type Group,
  groupsOf,
  type MemberField,
  type MemberReader,
  newGroup,
  SUM_KINDS,
  slotOf,
  sumFigures,
  sumsAt,
} from "./groups.ts";
import type { FigureSource, Plan } from "./plan.ts";
import { keyOf, type Target } from "./target.ts";
import type { Texts } from "./texts.ts";

type Parts = {
  planOf: (kind: TargetKind) => Plan;
  put: (ref: AlertTarget, at: number, holdsMs: number, figures: FigureSource) => Target | null;
  texts: Texts;
  latenessMs: number;
  holdsMs: number;
  /** Whether any rule looks at groups at all. */
  wants: boolean;
};

const isSumKind = (kind: TargetKind): boolean => (SUM_KINDS as readonly TargetKind[]).includes(kind);

/** Knows which miners stand where, and keeps the sums of sites, racks, containers and the fleet. */
export function createGroups({ planOf, put, texts, latenessMs, holdsMs, wants }: Parts) {
  const groups = new Map<string, Group>();
  const fleet = newGroup(FLEET);
  const placeOf = new Map<Target, Group[]>();
  /** Slots whose sums have changed. */
  const dirty = new Map<Group, Set<number>>();
  const columns = new Map<MemberField, number>();
  const reader: MemberReader = {
    value: (row, field) => {
      let column = columns.get(field);
      if (column === undefined) {
        column = planOf("miner").fields.findIndex(({ name }) => name === field);
        columns.set(field, column);
      }
      return row.values[column] ?? Number.NaN;
    },
    word: (id) => texts.word(id),
  };
  const wanted = (kind: TargetKind): boolean =>
    planOf(kind).rules.length > 0 || (kind === "site" && planOf("fleet").rules.length > 0);

  const groupOf = (ref: AlertTarget): Group => {
    const key = keyOf(ref);
    const known = groups.get(key);
    if (known) return known;
    const made = newGroup(ref);
    groups.set(key, made);
    return made;
  };

  const mark = (group: Group, slot: number): void => {
    const slots = dirty.get(group) ?? new Set();
    slots.add(slot);
    // What comes late changes the later sums too.
    for (const later of group.sums.keys()) if (later > slot) slots.add(later);
    dirty.set(group, slots);
  };

  /** Where a miner stands now; it moves with what it last told. */
  const place = (miner: Target): Group[] => {
    const refs = groupsOf(miner.ref).filter(({ kind }) => wanted(kind));
    const known = placeOf.get(miner);
    if (known && known.length === refs.length && known.every(({ key }, index) => key === keyOf(refs[index] ?? FLEET)))
      return known;
    for (const group of known ?? []) group.members.delete(miner);
    const now = refs.map(groupOf);
    for (const group of now) group.members.add(miner);
    placeOf.set(miner, now);
    return now;
  };

  const toldAt = ({ told }: Group, slot: number): FigureSource =>
    told.findLast(({ at }) => at < slot + 1 || slotOf(at) === slot)?.figures ?? {};

  const refresh = (group: Group, slot: number): void => {
    const sums = sumsAt(group, slot, reader);
    group.sums.set(slot, sums);
    const newest = Math.max(...group.sums.keys());
    for (const old of group.sums.keys()) if (old < newest - latenessMs) group.sums.delete(old);
    const { kind, id } = group.ref;
    const own = kind === "site" ? {} : { [kind]: id };
    if (planOf(kind).rules.length > 0)
      put(group.ref, slot, holdsMs, {
        site_id: group.ref.site_id,
        ...own,
        ...toldAt(group, slot),
        ...sumFigures(sums),
      });
    if (kind === "site" && planOf("fleet").rules.length > 0) mark(fleet, slot);
  };

  return {
    /** Takes what is told of a group itself; false for what is no group. */
    takes: (ref: AlertTarget, at: number, figures: FigureSource): boolean => {
      if (!isSumKind(ref.kind)) return false;
      if (!wanted(ref.kind)) return true;
      const group = groupOf(ref);
      group.told = [
        ...group.told.filter((one) => one.at > at - latenessMs || one === group.told.at(-1)),
        { at, figures },
      ];
      group.told.sort((a, b) => a.at - b.at);
      mark(group, slotOf(at));
      return true;
    },
    /** Notes that a miner told something at a moment; null where it stands alone, of what was counted before. */
    note: (miner: Target, at: number | null): void => {
      if (!wants) return;
      for (const group of place(miner)) if (at !== null) mark(group, slotOf(at));
    },
    /** Brings all sums up to date. */
    flush: (): void => {
      const sites = [...dirty].filter(([group]) => group !== fleet);
      dirty.clear();
      for (const [group, slots] of sites) for (const slot of [...slots].toSorted((a, b) => a - b)) refresh(group, slot);
      const slots = dirty.get(fleet) ?? new Set();
      dirty.clear();
      for (const slot of [...slots].toSorted((a, b) => a - b)) {
        const all = [...groups.values()].filter(({ ref }) => ref.kind === "site");
        fleet.sums.set(slot, sumsAt(fleet, slot, reader));
        for (const old of fleet.sums.keys()) if (old < slot - latenessMs) fleet.sums.delete(old);
        const sums = fleetSums(all, slot);
        put(FLEET, slot, holdsMs, { ...sumFigures(sums), sites: sums.sites, sites_silent: sums.sites_silent });
      }
    },
  };
}
