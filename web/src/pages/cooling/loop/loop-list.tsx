import { Age } from "../../../components/age.tsx";
import { LevelGlyph } from "../../../components/level-pill.tsx";
import { UnitValue } from "../../../components/unit-value.tsx";
import { useLang } from "../../../hooks/use-lang.ts";
import { coolingFigure, coolingName } from "../cooling-names.ts";
import type { Loop, Part, Tag } from "./loop-model.ts";

/** The loop for narrow screens: the same parts and values, in the order in which the coolant meets them. */
export function LoopList({ loop, onPick }: { loop: Loop; onPick: (name: string) => void }) {
  const { returns, tower, pumps, supplies, makeup, inside, levels } = loop;
  const parts = [...tower.fans, ...(tower.spray ? [tower.spray] : [])];
  return (
    <ul className="bm-loop-list">
      {[...inside, ...returns, ...tower.tags].map((tag) => (
        <TagRow key={tag.name} tag={tag} onPick={onPick} />
      ))}
      {[...parts, ...pumps, ...(makeup ? [makeup] : [])].map((part) => (
        <PartRow key={part.name} part={part} />
      ))}
      {[...supplies, ...levels].map((tag) => (
        <TagRow key={tag.name} tag={tag} onPick={onPick} />
      ))}
    </ul>
  );
}

function TagRow({ tag, onPick }: { tag: Tag; onPick: (name: string) => void }) {
  const { t, lang } = useLang();
  return (
    <li>
      <button type="button" onClick={() => onPick(tag.name)}>
        {tag.level ? (
          <>
            <LevelGlyph level={tag.level} /> <span className="bm-spoken">{t(`level.${tag.level}`)}</span>
          </>
        ) : null}
        {coolingName(tag.name, lang)}
        <span className="bm-grow" />
        {tag.quality === "good" ? null : <small>{t(`cooling.quality.${tag.quality}`)}</small>}
        <UnitValue figure={coolingFigure(tag.name, tag.value)} />
        <Age at={tag.at} interval={60} plain />
      </button>
    </li>
  );
}

function PartRow({ part }: { part: Part }) {
  const { t, lang } = useLang();
  return (
    <li>
      <span className={`bm-loop-part bm-part-${part.state}`}>
        {coolingName(part.name, lang)}
        <span className="bm-grow" />
        <b>{t(`cooling.${part.state}`)}</b>
      </span>
    </li>
  );
}
