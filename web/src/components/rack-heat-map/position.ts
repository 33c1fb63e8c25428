/** A place inside a rack: level counted from the bottom, number from the left, both from 1. */
export type Slot = { level: number; number: number };

/**
 * Reads level and number from the names people give: `R07-L2-N1`, `L2N1`, `C01-L1-P03`, `1_2_3`, `2-14`. Null when the
 * text has another form, so that such miners are laid out in the order of their names.
 */
export function parseSlot(position: string | null): Slot | null {
  if (position === null) return null;
  const named = /L(\d+)\D*?[NPS]\D*?(\d+)\s*$/i.exec(position);
  const plain = named ?? /(\d+)[-_./:](\d+)\s*$/.exec(position);
  if (plain === null) return null;
  const [level, number] = [Number(plain[1]), Number(plain[2])];
  return level > 0 && number > 0 && level <= 200 && number <= 200 ? { level, number } : null;
}
