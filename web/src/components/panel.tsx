import { type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

type Props = {
  title: ReactNode;
  hint?: ReactNode;
  /** Controls at the head's right end. */
  extra?: ReactNode;
  className?: string;
  /** Lays the content edge to edge: for tables. */
  flush?: boolean;
  children: ReactNode;
};

/** A bordered part of a page with a head of 34 pixels. */
export function Panel({ title, hint, extra, className, flush = false, children }: Props) {
  const id = useId();
  return (
    <section className={classNames("bm-panel bm-panel-framed", className)} aria-labelledby={id}>
      <header className="bm-panel-head">
        <h2 id={id}>{title}</h2>
        {hint ? <small>{hint}</small> : null}
        <span className="bm-grow" />
        {extra}
      </header>
      <div className={flush ? "bm-panel-flush" : "bm-panel-body"}>{children}</div>
    </section>
  );
}
