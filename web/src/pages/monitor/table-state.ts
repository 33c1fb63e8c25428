import { LatestSort } from "@banksman/wire/api";
import { MinerHealth } from "@banksman/wire/model";

export type Order = "asc" | "desc";
/** What the table shows, as its address tells it. */
export type TableState = {
  page: number;
  perPage: number;
  q: string;
  online: "all" | "online" | "offline";
  status: ReadonlySet<MinerHealth>;
  model: string;
  rack: string;
  sort: LatestSort;
  order: Order;
};

export const PAGE_SIZES = [50, 100, 200, 500] as const;
const DEFAULT_SORT: LatestSort = "health";

const whole = (text: string | null, fallback: number) => {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fallback;
};

/** Reads the table's state from an address; what makes no sense falls back to the default. */
export function readTableState(params: URLSearchParams): TableState {
  const perPage = whole(params.get("per_page"), PAGE_SIZES[0]);
  const online = params.get("online");
  const sort = LatestSort.safeParse(params.get("sort"));
  const words = (params.get("status") ?? "").split(",");
  return {
    page: whole(params.get("page"), 1),
    perPage: PAGE_SIZES.find((size) => size === perPage) ?? PAGE_SIZES[0],
    q: params.get("q") ?? "",
    online: online === "online" || online === "offline" ? online : "all",
    status: new Set(MinerHealth.options.filter((status) => words.includes(status))),
    model: params.get("model") ?? "",
    rack: params.get("rack") ?? "",
    sort: sort.success ? sort.data : DEFAULT_SORT,
    order: params.get("order") === "desc" ? "desc" : "asc",
  };
}

/** The route's query for a state; defaults are left out. */
export function queryOf(state: TableState) {
  return {
    page: state.page,
    per_page: state.perPage,
    sort: state.sort,
    order: state.order,
    ...(state.q === "" ? {} : { q: state.q }),
    ...(state.online === "all" ? {} : { online: state.online === "online" ? ("true" as const) : ("false" as const) }),
    ...(state.status.size === 0 ? {} : { status: [...state.status].join(",") }),
    ...(state.model === "" ? {} : { model: state.model }),
    ...(state.rack === "" ? {} : { rack: state.rack }),
  };
}

/** Whether anything narrows the list. */
export const isFiltered = (state: TableState): boolean =>
  state.q !== "" || state.online !== "all" || state.status.size > 0 || state.model !== "" || state.rack !== "";

/** Removes every filter and returns to the first page. */
export const NO_FILTERS = { q: null, online: null, status: null, model: null, rack: null, page: null } as const;
