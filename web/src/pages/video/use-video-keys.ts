import { VideoLayout } from "@banksman/wire/api";
import { type RefObject, useEffect, useRef } from "react";
import { isTyping, useKey } from "../../shell/use-shortcuts.ts";
import { columnsOf, neighbour } from "./arrange.ts";
import type { VideoScreen } from "./use-video-view.ts";

/** Fills the screen with an element, or leaves it again. */
export function toggleFullScreen(element: HTMLElement | null): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : element?.requestFullscreen();
  // A browser may refuse, as inside a frame; the page is then as it was.
  void change?.catch(() => undefined);
}

/** 1 to 4 choose a layout, N and P turn pages, F fills the screen, arrows walk the tiles, Esc leaves one. */
export function useVideoKeys(screen: VideoScreen, root: RefObject<HTMLElement | null>): void {
  useKey("1234nNpPfF", (key) => {
    const layout = VideoLayout.options[Number(key) - 1];
    if (layout !== undefined) screen.choose({ layout });
    else if (/n/i.test(key)) screen.turn(1);
    else if (/p/i.test(key)) screen.turn(-1);
    else toggleFullScreen(root.current);
  });
  const latest = useRef(screen);
  latest.current = screen;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { promoted, promote, layout } = latest.current;
      if (isTyping(event)) return;
      if (event.key === "Escape" && promoted) promote(null);
      if (event.key.startsWith("Arrow")) walk(event, root.current, columnsOf(layout));
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [root]);
}

function walk(event: KeyboardEvent, root: HTMLElement | null, columns: number): void {
  const tiles = [...(root?.querySelectorAll<HTMLElement>("[data-tile]") ?? [])];
  const place = tiles.findIndex((tile) => tile.matches(":focus"));
  // Arrows in a list of choices are that list's.
  if (place < 0 && document.activeElement !== document.body) return;
  event.preventDefault();
  tiles[place < 0 ? 0 : neighbour(place, event.key, columns, tiles.length)]?.focus();
}
