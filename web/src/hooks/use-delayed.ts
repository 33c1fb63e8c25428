import { useEffect, useState } from "react";

/** True once `active` has lasted for `ms`: a skeleton that only flashes is worse than none. */
export function useDelayed(active: boolean, ms = 150): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    if (!active) return;
    const timer = setTimeout(() => setPassed(true), ms);
    return () => {
      clearTimeout(timer);
      setPassed(false);
    };
  }, [active, ms]);
  return active && passed;
}
