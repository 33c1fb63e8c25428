import { Pagination } from "antd";

type Props = { total: number; perPage: number; page: number; set: (change: { page: string | null }) => void };

/** The pages of a table, where there is more than one. The page stands in the address; the first needs no word there. */
export function PageFoot({ total, perPage, page, set }: Props) {
  if (total <= perPage) return null;
  return (
    <div className="bm-table-foot">
      <Pages total={total} perPage={perPage} page={page} set={set} />
    </div>
  );
}

export function Pages({ total, perPage, page, set }: Props) {
  return (
    <Pagination
      size="small"
      current={page}
      pageSize={perPage}
      total={total}
      showSizeChanger={false}
      onChange={(next) => set({ page: next === 1 ? null : String(next) })}
    />
  );
}
