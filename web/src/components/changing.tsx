import { type ReactNode, useEffect, useRef } from "react";
import { classNames } from "./class-names.ts";

/** A figure in a table that tints its ground for a moment when it changes; not when it is first shown. */
export function Changing({ text, children }: { text: string; children?: ReactNode }) {
  const last = useRef(text);
  const isChanged = last.current !== text;
  useEffect(() => {
    last.current = text;
  }, [text]);
  return (
    // Another key is another element, whose animation starts anew.
    <span key={text} className={classNames("bm-changing", isChanged && "bm-changed")}>
      {children ?? text}
    </span>
  );
}
