import type { CoolingUnit } from "@banksman/wire/api";
import { classNames } from "../../../components/class-names.ts";
import { hashrate, joined, number } from "../../../format/format.ts";
import { useLang } from "../../../hooks/use-lang.ts";
import { coolingFigure, coolingName } from "../cooling-names.ts";
import { unitName } from "../units-for.ts";
import { LoopList } from "./loop-list.tsx";
import type { Loop, Part } from "./loop-model.ts";
import { LoopTag, TAG } from "./loop-tag.tsx";

/** The drawing's own size; it scales with the panel. */
const SIZE = { top: 36, width: 786, height: 372 };
const BOX = { x: 16, y: 56, width: 190, height: 220 };
const TOWER = { x: 600, y: 96, width: 170, height: 180 };
const RETURN_Y = 112;
const SUPPLY_Y = 250;
/** Pumps stand side by side in the pipe from the tower to the container, one above the other when there are several. */
const PUMP = { x: 480, y: 320, step: 54, radius: 15 };
const MOST_PUMPS = 2;
const GAP = 5;

type Props = { unit: CoolingUnit; loop: Loop; onPick: (name: string) => void };

/** The loop as a drawing that moves with the data; on a narrow screen its parts as a list in flow order. */
export function LoopSchematic({ unit, loop, onPick }: Props) {
  const { t, lang } = useLang();
  const flow = loop.speed === null ? "bm-flow-unknown" : `bm-flow-${loop.speed}`;
  const pumps = loop.pumps.slice(0, 2 * MOST_PUMPS);
  return (
    <>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the panel is named, and its values and parts speak for themselves */}
      <svg className={classNames("bm-loop", flow)} viewBox={`0 ${SIZE.top} ${SIZE.width} ${SIZE.height}`}>
        <Pipe kind="return" d={`M${BOX.x + BOX.width} ${RETURN_Y}H${TOWER.x}`} />
        <Pipe kind="supply" d={supplyPath(pumps.length)} />
        <Container unit={unit} />
        <Tower loop={loop} />
        {loop.returns.slice(0, 3).map((tag, i) => (
          <LoopTag
            key={tag.name}
            tag={tag}
            x={222 + i * (TAG.width + GAP)}
            y={RETURN_Y - TAG.height - 14}
            onPick={onPick}
          />
        ))}
        <DeltaT unit={unit} />
        {loop.supplies.slice(0, 3).map((tag, i) => (
          <LoopTag
            key={tag.name}
            tag={tag}
            x={222 + i * (TAG.width + GAP)}
            y={SUPPLY_Y - TAG.height - 16}
            onPick={onPick}
          />
        ))}
        {pumps.map((part, i) => (
          <Pump
            key={part.name}
            part={part}
            x={PUMP.x - Math.floor(i / MOST_PUMPS) * 120}
            y={PUMP.y + (i % MOST_PUMPS) * PUMP.step}
          />
        ))}
        {loop.makeup ? <Pump part={loop.makeup} x={345} y={PUMP.y + PUMP.step} /> : null}
        {loop.tower.tags.slice(0, 2).map((tag, i) => (
          <LoopTag
            key={tag.name}
            tag={tag}
            x={TOWER.x + 30}
            y={TOWER.y + TOWER.height + 16 + i * (TAG.height + GAP)}
            onPick={onPick}
          />
        ))}
        {[...loop.inside.slice(0, 2), ...loop.levels.slice(0, 2)].slice(0, 2).map((tag, i) => (
          <LoopTag
            key={tag.name}
            tag={tag}
            x={BOX.x + i * (TAG.width + GAP)}
            y={BOX.y + BOX.height + 68}
            onPick={onPick}
          />
        ))}
        {loop.pumps.length > pumps.length ? (
          <text x={PUMP.x} y={SIZE.top + SIZE.height - 4} textAnchor="middle" className="bm-loop-age">
            {loop.pumps
              .slice(pumps.length)
              .map(({ name, state }) => `${coolingName(name, lang)}: ${t(`cooling.${state}`)}`)
              .join(" · ")}
          </text>
        ) : null}
      </svg>
      <LoopList loop={loop} onPick={onPick} />
    </>
  );
}

/** From the tower down, through the pumps, to the container. */
function supplyPath(pumps: number): string {
  const down = TOWER.x + 12;
  const [left, right] = [BOX.x + BOX.width, TOWER.y + TOWER.height];
  const lane = (y: number) => `M${down} ${right}V${y}H${left + 14}V${SUPPLY_Y}H${left}`;
  const lanes = Array.from({ length: Math.min(MOST_PUMPS, Math.max(1, pumps)) }, (_, i) => PUMP.y + i * PUMP.step);
  return lanes.map(lane).join("");
}

function Pipe({ kind, d }: { kind: "supply" | "return" | "water"; d: string }) {
  return (
    <g className={`bm-pipe bm-pipe-${kind}`}>
      <path d={d} className="bm-pipe-wall" />
      <path d={d} className="bm-pipe-flow" />
    </g>
  );
}

function Container({ unit }: { unit: CoolingUnit }) {
  const { t } = useLang();
  const chips = (unit.contained?.list ?? []).map(({ temperature_chip: chip }) => chip).filter((chip) => chip !== null);
  const hottest = chips.length > 0 ? Math.max(...chips) : null;
  const lines = [
    unit.miners === null ? null : t("cooling.minersInside", { count: unit.miners }),
    unit.hashrate_ghs === null ? null : joined(hashrate(unit.hashrate_ghs, "site")),
    hottest === null ? null : `${t("cooling.chip")} ${joined(coolingFigure("supply.temp", hottest))}`,
    unit.derived.power == null
      ? null
      : `${t("cooling.power")} ${joined(coolingFigure("derived.power", unit.derived.power))}`,
    unit.derived.heat == null
      ? null
      : `${t("cooling.heat")} ${joined(coolingFigure("derived.heat", unit.derived.heat))}`,
  ].filter((line) => line !== null);
  return (
    <g className="bm-loop-node">
      <rect {...BOX} rx="5" />
      <text x={BOX.x + 12} y={BOX.y + 24} className="bm-loop-title">
        {unitName(unit)}
      </text>
      {lines.map((line, i) => (
        <text key={line} x={BOX.x + 12} y={BOX.y + 54 + i * 24} className="bm-loop-fact">
          {line}
        </text>
      ))}
    </g>
  );
}

const FAN = { width: 28, height: 18 };

/** What gives the heat away, with its fans above and its spray. */
function Tower({ loop }: { loop: Loop }) {
  const { t, lang } = useLang();
  const { fans, spray } = loop.tower;
  const running = fans.filter(({ state }) => state === "running").length;
  const shown = fans.slice(0, 5);
  return (
    <g className="bm-loop-node">
      <rect {...TOWER} />
      <text x={TOWER.x + TOWER.width / 2} y={TOWER.y + 26} textAnchor="middle" className="bm-loop-title">
        {t("cooling.towerName")}
      </text>
      {fans.length > 0 ? (
        <text x={TOWER.x + TOWER.width / 2} y={TOWER.y + 46} textAnchor="middle" className="bm-loop-fact">
          {t("cooling.fansRun", { running: number(running), total: number(fans.length) })}
        </text>
      ) : null}
      {[0, 1, 2].map((row) => (
        <path
          key={row}
          className="bm-loop-coil"
          d={`M${TOWER.x + 20} ${TOWER.y + 80 + row * 18}h${TOWER.width - 40}v9h-${TOWER.width - 40}`}
        />
      ))}
      {shown.map((part, i) => (
        <Fan key={part.name} part={part} x={TOWER.x + 8 + i * (FAN.width + 4)} y={TOWER.y - FAN.height - 6} />
      ))}
      {spray ? (
        <text x={TOWER.x + 12} y={TOWER.y + TOWER.height - 12} className={`bm-loop-fact bm-part-${spray.state}`}>
          {coolingName(spray.name, lang)}: {t(`cooling.${spray.state}`)}
        </text>
      ) : null}
    </g>
  );
}

function Fan({ part, x, y }: { part: Part; x: number; y: number }) {
  const { t, lang } = useLang();
  const middle = `translate(${x + FAN.width / 2} ${y + FAN.height / 2})`;
  return (
    <g className={`bm-part bm-part-${part.state}`}>
      <title>{`${coolingName(part.name, lang)}: ${t(`cooling.${part.state}`)}`}</title>
      <rect className="bm-part-body" x={x} y={y} width={FAN.width} height={FAN.height} rx="2" />
      <g transform={middle}>
        <path className="bm-part-mark" d="M-12 0c0-5 10-5 12 0c2 5 12 5 12 0c0-5-10-5-12 0c-2 5-12 5-12 0z" />
      </g>
    </g>
  );
}

function Pump({ part, x, y }: { part: Part; x: number; y: number }) {
  const { t, lang } = useLang();
  const r = PUMP.radius;
  return (
    <g className={`bm-part bm-part-${part.state}`}>
      <circle className="bm-part-body" cx={x} cy={y} r={r} />
      <path className="bm-part-body" d={`M${x + r * 0.6} ${y - r * 0.8}L${x - r} ${y}L${x + r * 0.6} ${y + r * 0.8}`} />
      {part.state === "fault" ? (
        <path
          className="bm-part-mark"
          transform={`translate(${x + r - 4} ${y - r - 8})`}
          d="M4.200.8h5.600l3.400 3.400v5.600l-3.400 3.400H4.200L.8 9.800V4.200z"
        />
      ) : null}
      <text x={x} y={y + r + 13} textAnchor="middle" className="bm-loop-label">
        {coolingName(part.name, lang)}
        <tspan className="bm-loop-age"> {t(`cooling.${part.state}`)}</tspan>
      </text>
    </g>
  );
}

function DeltaT({ unit }: { unit: CoolingUnit }) {
  const deltaT = unit.derived.delta_t;
  if (deltaT == null) return null;
  return (
    <text x={400} y={RETURN_Y + 34} textAnchor="middle" className="bm-loop-fact">
      ΔT {joined(coolingFigure("derived.delta_t", deltaT))}
    </text>
  );
}
