import { type RefObject, useEffect, useRef, useState } from "react";
import { useKey } from "../../shell/use-shortcuts.ts";
import {
  type Anchor,
  holdOf,
  mustFollow,
  nextSpan,
  pageOf,
  type Span,
  type SpanHours,
  shareOf,
  viewOf,
} from "./day-view.ts";

type Props = {
  day: Span;
  /** The moment that is chosen or plays. */
  atMs: number;
  hours: SpanHours;
  onHours: (hours: SpanHours) => void;
};

/** What a day's bar shows: the day, or a part of it around the chosen moment, which it follows. */
export function useDayView({ day, atMs, hours, onHours }: Props) {
  const [anchor, hold] = useState<Anchor>({ atMs, share: 0.5 });
  const view = viewOf(day, hours, anchor);
  const last = useRef({ view, atMs });
  useEffect(() => {
    if (mustFollow(last.current.view, last.current.atMs, atMs)) hold({ atMs, share: 0.5 });
  }, [atMs]);
  useEffect(() => {
    last.current = { view, atMs };
  });
  const zoom = (to: SpanHours, about: Anchor = holdOf(view, atMs)) => {
    if (to === hours) return;
    hold(about);
    onHours(to);
  };
  useKey("[]+=-0", (key) => {
    if (key === "0") zoom(24);
    else zoom(nextSpan(hours, key === "]" || key === "-" ? -1 : 1));
  });
  return { view, zoom, page: (by: 1 | -1) => hold(pageOf(view, by)) };
}

/** Of a wheel, one notch; two fingers on a pad come in small pieces. */
const NOTCH_PX = 50;
const LINE_PX = 33;

/** The wheel with Ctrl, and two fingers on a pad, zoom where the pointer is. React listens passively, and the browser would zoom. */
export function useWheel(ref: RefObject<HTMLElement | null>, onTurn: (by: 1 | -1, share: number) => void): void {
  const latest = useRef(onTurn);
  latest.current = onTurn;
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    let turned = 0;
    const turn = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE_PX;
      if (Math.abs(turned) < NOTCH_PX) return;
      const { left, right } = element.getBoundingClientRect();
      latest.current(turned < 0 ? 1 : -1, shareOf({ fromMs: left, toMs: right }, event.clientX));
      turned = 0;
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [ref]);
}
