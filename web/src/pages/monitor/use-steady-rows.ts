import { useRef, useState } from "react";

type Identified = { miner_id: string };

/** How many rows would change places if the order were taken over. */
export function countMoved(shown: readonly string[], wanted: readonly string[]): number {
  return shown.filter((id, index) => wanted[index] !== id).length;
}

/**
 * Puts rows in the order that is on the screen: known ones keep their places with their new figures, those gone leave,
 * new ones come last.
 */
export function inShownOrder<Row extends Identified>(rows: readonly Row[], order: readonly string[]): Row[] {
  const byId = new Map(rows.map((row) => [row.miner_id, row]));
  const known = order.flatMap((id) => byId.get(id) ?? []);
  const seen = new Set(order);
  return [...known, ...rows.filter((row) => !seen.has(row.miner_id))];
}

/**
 * Keeps rows from moving under the hand: the order of a view stays until it is asked anew. `view` names what is shown
 * (filters, sort, page); `moved` counts the rows that a re-sort would move.
 */
export function useSteadyRows<Row extends Identified>(rows: readonly Row[], view: string, fresh: boolean) {
  const held = useRef<{ view: string; order: readonly string[] }>({ view: "", order: [] });
  const [, rerender] = useState(0);
  // Rows of the view before are still shown while the next view loads: they must not become its order.
  if (held.current.view !== view && fresh) held.current = { view, order: rows.map((row) => row.miner_id) };
  const shown = inShownOrder(rows, held.current.order);
  if (held.current.view === view) held.current = { view, order: shown.map((row) => row.miner_id) };
  const moved = countMoved(
    held.current.order,
    rows.map((row) => row.miner_id),
  );
  const resort = () => {
    held.current = { view, order: rows.map((row) => row.miner_id) };
    rerender((count) => count + 1);
  };
  return { rows: shown, moved, resort };
}
