import { MinerHealth } from "@banksman/wire/model";
import { MISSING, number, percent, shareOf } from "../format/format.ts";
import { useLang } from "../hooks/use-lang.ts";
import { kebab, StatusGlyph } from "./status-glyph.tsx";

export type HealthCounts = Record<MinerHealth, number>;

/** The statuses whose figure is coloured when it isn't 0: somebody has to do something. */
const problems: ReadonlySet<MinerHealth> = new Set(["degraded", "notHashing", "unreachable"]);

type Props = {
  counts: HealthCounts | undefined;
  selected?: ReadonlySet<MinerHealth>;
  /** Makes each counter a button that filters. */
  onToggle?: (status: MinerHealth) => void;
  strip?: boolean;
};

/** The eight statuses in their fixed order: 0 as a dash, problems in colour, a proportional strip below. */
export function StatusCounters({ counts, selected, onToggle, strip = false }: Props) {
  return (
    <div className="bm-panel bm-counters">
      <div className="bm-counter-row">
        {MinerHealth.options.map((status) => (
          <Counter
            key={status}
            status={status}
            count={counts?.[status]}
            pressed={selected?.has(status) ?? false}
            {...(onToggle ? { onToggle } : {})}
          />
        ))}
      </div>
      {strip ? <StatusStrip counts={counts} /> : null}
    </div>
  );
}

type CounterProps = {
  status: MinerHealth;
  count: number | undefined;
  pressed: boolean;
  onToggle?: (status: MinerHealth) => void;
};

function Counter({ status, count, pressed, onToggle }: CounterProps) {
  const { t } = useLang();
  const loud = problems.has(status) && count !== undefined && count > 0;
  const inside = (
    <>
      <span className="bm-counter-label">
        <StatusGlyph status={status} />
        {t(`status.${status}`)}
      </span>
      {count === undefined ? (
        <span className="bm-skeleton bm-counter-figure" />
      ) : (
        <span className="bm-counter-figure" style={loud ? { color: `var(--bm-status-${kebab(status)}-text)` } : {}}>
          {count === 0 ? MISSING : number(count)}
        </span>
      )}
    </>
  );
  if (!onToggle) return <div className="bm-counter">{inside}</div>;
  return (
    <button type="button" className="bm-counter" aria-pressed={pressed} onClick={() => onToggle(status)}>
      {inside}
    </button>
  );
}

/** The share of each status as one bar; decoration beside figures that say the same. */
export function StatusStrip({ counts, thin = false }: { counts: HealthCounts | undefined; thin?: boolean }) {
  const { t } = useLang();
  const shown = MinerHealth.options.filter((status) => (counts?.[status] ?? 0) > 0);
  const total = shown.reduce((sum, status) => sum + (counts?.[status] ?? 0), 0);
  const words = shown.map((status) => `${t(`status.${status}`)} ${percent(shareOf(counts?.[status], total))}`);
  return (
    <div className={thin ? "bm-strip bm-strip-thin" : "bm-strip"} role="img" aria-label={words.join(", ") || MISSING}>
      {shown.map((status) => (
        <i
          key={status}
          style={{ flexGrow: counts?.[status] ?? 0, background: `var(--bm-status-${kebab(status)}-mark)` }}
        />
      ))}
    </div>
  );
}
