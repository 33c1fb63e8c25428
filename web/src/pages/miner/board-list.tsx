import type { Board } from "@banksman/wire/model";
import { StatusGlyph } from "../../components/status-glyph.tsx";
import { hashrate, joined, number, temperature } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { ChipMap } from "./chip-map.tsx";

/** Hashboards with their figures and chips. */
export function BoardList({ boards, model }: { boards: readonly Board[]; model: string | null }) {
  const { t } = useLang();
  if (boards.length === 0) return <p className="bm-muted">{t("empty.boards")}</p>;
  return (
    <div className="bm-boards">
      {boards.map((board, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a device may give two boards one slot
        <BoardRow key={index} board={board} model={model} />
      ))}
    </div>
  );
}

function BoardRow({ board, model }: { board: Board; model: string | null }) {
  const { t } = useLang();
  const isDark = board.chips === 0 || board.hashrate_ghs === 0;
  const facts = [
    board.hashrate_ghs == null ? null : joined(hashrate(board.hashrate_ghs, "miner")),
    board.temperature_board == null ? null : joined(temperature(board.temperature_board)),
    board.frequency == null ? null : `${number(board.frequency)} MHz`,
    board.voltage == null ? null : `${number(board.voltage, 2)} V`,
  ].filter((fact) => fact !== null);
  return (
    <div className="bm-board">
      <div className="bm-board-head">
        <b>{t("miner.board", { slot: board.slot })}</b>
        {isDark && board.chips === 0 && board.chips_expected ? (
          <span className="bm-board-dark">
            <StatusGlyph status="notHashing" size={10} /> {t("miner.noneAnswer", { expected: board.chips_expected })}
          </span>
        ) : (
          facts.map((fact) => <span key={fact}>{fact}</span>)
        )}
        <span className="bm-grow" />
        <ChipCount board={board} />
      </div>
      <ChipMap board={board} model={model} />
      {board.serial ? <div className="bm-muted bm-mono bm-small">{board.serial}</div> : null}
    </div>
  );
}

function ChipCount({ board }: { board: Board }) {
  const { t } = useLang();
  if (board.chips == null) return null;
  const text =
    board.chips_expected == null
      ? t("miner.chips", { chips: number(board.chips) })
      : t("miner.chipsOf", { chips: number(board.chips), expected: number(board.chips_expected) });
  return (
    <span className="bm-muted">
      {text}
      {board.chips_bad ? ` · ${t("miner.chipsBad", { count: board.chips_bad })}` : ""}
    </span>
  );
}
