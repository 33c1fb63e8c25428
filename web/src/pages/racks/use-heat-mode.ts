import { HEAT_MODES, type HeatMode } from "../../components/rack-heat-map/scale.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useKey } from "../../shell/use-shortcuts.ts";

/** What the map's colours tell, kept in the address; keys 1 to 3 choose it. */
export function useHeatMode(): [HeatMode, (mode: HeatMode) => void] {
  const { params, set } = useUrlState();
  const mode = HEAT_MODES.find((one) => one === params.get("colour")) ?? "hashrate";
  const choose = (next: HeatMode) => set({ colour: next === "hashrate" ? null : next });
  useKey("123", (key) => {
    const next = HEAT_MODES[Number(key) - 1];
    if (next) choose(next);
  });
  return [mode, choose];
}
