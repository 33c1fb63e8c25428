import { GetRacks } from "@banksman/wire/api";
import { useMemo } from "react";
import { withCurrentFigures } from "../../api/current-figures.ts";
import { useRoute } from "../../api/query.ts";

const REFRESH_MS = 30_000;

/** The miners of a site in their racks, with figures that hold now; `cells` is undefined before the first answer. */
export function useRackCells(siteId: string) {
  const racks = useRoute(GetRacks, { params: { site_id: siteId } }, { every: REFRESH_MS, keep: true });
  const cells = useMemo(() => racks.data?.cells.map(withCurrentFigures), [racks.data]);
  return { racks, cells };
}
