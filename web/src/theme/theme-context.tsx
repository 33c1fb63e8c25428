import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { readPreference, writePreference } from "../hooks/preference.ts";
import type { ThemeMode } from "./tokens.ts";

export type ThemeChoice = "system" | ThemeMode;

type Theme = { mode: ThemeMode; choice: ThemeChoice; choose: (choice: ThemeChoice) => void };

const ThemeContext = createContext<Theme>({ mode: "light", choice: "system", choose: () => {} });

export const useTheme = (): Theme => use(ThemeContext);

const darkQuery = matchMedia("(prefers-color-scheme: dark)");
const isChoice = (value: string): value is ThemeChoice => ["system", "light", "dark"].includes(value);

/** Light or dark: the system's choice until a person picks one, which is then remembered on this device. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<ThemeChoice>(() => readPreference("theme", isChoice, "system"));
  const [systemDark, setSystemDark] = useState(darkQuery.matches);
  const [printing, setPrinting] = useState(false);
  useEffect(() => listenToSystem(setSystemDark, setPrinting), []);
  // Paper is white: a printed page takes the light tokens whatever the screen shows.
  const wanted = choice === "system" ? (systemDark ? "dark" : "light") : choice;
  const mode = printing ? "light" : wanted;
  document.documentElement.dataset.theme = mode;
  const theme = useMemo(
    () => ({
      mode,
      choice,
      choose: (next: ThemeChoice) => {
        writePreference("theme", next);
        setChoice(next);
      },
    }),
    [mode, choice],
  );
  return <ThemeContext value={theme}>{children}</ThemeContext>;
}

function listenToSystem(setDark: (dark: boolean) => void, setPrinting: (printing: boolean) => void): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  darkQuery.addEventListener("change", (event) => setDark(event.matches), { signal });
  addEventListener("beforeprint", () => setPrinting(true), { signal });
  addEventListener("afterprint", () => setPrinting(false), { signal });
  return () => controller.abort();
}
