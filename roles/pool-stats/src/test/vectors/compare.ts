import { isDeepStrictEqual } from "node:util";
import { DEFECTS, type Defect } from "./model.ts";
import { ModelProgram } from "./model-program.ts";
import type { Outcome, PlayedStep } from "./play.ts";
import type { Scenario, TableRow } from "./steps.ts";

/** A step whose outcome is not what was recorded. `because` names the mended faults that explain it wholly, or is null. */
export type Difference = { file: string; step: number; recorded: string; ours: string; because: string[] | null };

export type Comparison = { steps: number; equal: number; differences: Difference[] };

/**
 * Compares what a scenario recorded with what was played. A difference is deliberate when the naive model with the
 * original's faults gives what was recorded, and the model without them gives exactly what ours did.
 */
export function compare(scenario: Scenario, played: readonly PlayedStep[]): Comparison {
  const models = new Models(scenario);
  const result: Comparison = { steps: 0, equal: 0, differences: [] };
  for (const { number, step, outcome } of played) {
    const predicted = models.take(step);
    if (outcome === null) continue;
    result.steps++;
    const recorded = recordedOf(step, outcome);
    if (outcome.is !== "unknown" && isSame(recorded, outcome)) {
      result.equal++;
      continue;
    }
    const isExplained = predicted !== null && isSame(recorded, predicted.original) && isSame(outcome, predicted.mended);
    result.differences.push({
      file: scenario.file,
      step: number,
      recorded: "unknown" in step ? step.unknown : tell(recorded),
      ours: tell(outcome),
      because: isExplained ? predicted.because() : null,
    });
  }
  return result;
}

const ALL = Object.keys(DEFECTS).filter((name): name is Defect => name in DEFECTS);

type Prediction = { original: Outcome; mended: Outcome; because: () => string[] };

/** The model with all faults, the one with none, and for each fault one with all others. */
class Models {
  readonly #original: ModelProgram;
  readonly #mended: ModelProgram;
  readonly #without: { defect: Defect; program: ModelProgram }[];

  constructor({ generation, steps }: Scenario) {
    const first = steps[0];
    const start = first && "clock" in first ? first.clock : 0;
    this.#original = new ModelProgram(generation, new Set(ALL), start);
    this.#mended = new ModelProgram(generation, new Set(), start);
    this.#without = ALL.map((defect) => ({
      defect,
      program: new ModelProgram(generation, new Set(ALL.filter((other) => other !== defect)), start),
    }));
  }

  take(step: PlayedStep["step"]): Prediction | null {
    const original = predict(this.#original, step);
    const mended = predict(this.#mended, step);
    const each = this.#without.map(({ defect, program }) => ({ defect, outcome: predict(program, step) }));
    if (original === null || mended === null) return null;
    const because = () => {
      const found = each.filter(({ outcome }) => outcome !== null && !isSame(outcome, original));
      return (found.length > 0 ? found.map(({ defect }) => defect) : ALL).map((defect) => DEFECTS[defect]);
    };
    return { original, mended, because };
  }
}

function predict(program: ModelProgram, step: PlayedStep["step"]): Outcome | null {
  if ("clock" in step) {
    program.setClock(step.clock);
    program.wakeIfInitializing();
  } else if ("produce" in step) program.produce(step.produce, Buffer.from(step.hex, "hex"));
  else if ("sql_by_hand" in step) program.sql(step.sql_by_hand);
  else if ("sweep" in step) program.tick();
  else if ("flush" in step) return { is: "flush", flush: program.flush() };
  else if ("rows" in step) return { is: "rows", rows: program.rows() };
  else if ("http" in step && step.http.status === 200)
    return { is: "http", status: 200, contentType: step.http.content_type, reply: program.http(step.http) };
  return null;
}

function recordedOf(step: PlayedStep["step"], outcome: Outcome): Outcome {
  if ("http" in step) {
    const { status, content_type: contentType, reply } = step.http;
    return { is: "http", status, contentType, reply };
  }
  if ("flush" in step) return { is: "flush", flush: step.flush };
  if ("rows" in step) return { is: "rows", rows: step.rows };
  if ("log" in step) return { is: "log", lines: step.log };
  return "sigterm_exit" in step ? { is: "exit", code: step.sigterm_exit } : outcome;
}

function isSame(a: Outcome, b: Outcome): boolean {
  if (a.is === "log" && b.is === "log") return PROMISED.every((text) => isSameText(text, a.lines, b.lines));
  if (a.is === "flush" && b.is === "flush" && a.flush.happened !== b.flush.happened) return false;
  return isDeepStrictEqual(sorted(a), sorted(b));
}

/** The order of a row's members is no part of it. */
function sorted(outcome: Outcome): unknown {
  const rows = (list: readonly TableRow[]) =>
    list.map((row) => Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (outcome.is === "rows") return rows(outcome.rows);
  return outcome.is === "flush" ? { ...outcome.flush, rows: rows(outcome.flush.rows) } : outcome;
}

/** Texts that monitoring may look for; messages of one byte woke the recorder's program. Others are the original's own. */
const PROMISED = [
  /^E sharelog message size\((?!1\))\d+\) is not: 48/,
  /^E parse share from kafka message failed rkmessage->len = (?!1$)\d+/,
  /^I removed expired workers: \d+, users: \d+/,
  /^I start sharelog consume thread/,
  /^I start common events consume thread/,
  /^E (?:common event|decode common event) .+/,
];

/** A text that the recorder's filter let through comes equally often in both, and in the same order. */
function isSameText(text: RegExp, recorded: readonly string[], ours: readonly string[]): boolean {
  const found = linesOf(text, recorded);
  return found.length === 0 || isDeepStrictEqual(found, linesOf(text, ours));
}

const linesOf = (text: RegExp, lines: readonly string[]) => lines.flatMap((line) => text.exec(line)?.[0] ?? []);

function tell(outcome: Outcome): string {
  switch (outcome.is) {
    case "http":
      return `${outcome.status} ${outcome.contentType} ${outcome.reply}`;
    case "flush":
      return JSON.stringify(outcome.flush);
    case "rows":
      return JSON.stringify(outcome.rows);
    case "log":
      return JSON.stringify(PROMISED.flatMap((text) => linesOf(text, outcome.lines)));
    case "exit":
      return `exit ${outcome.code}`;
    case "unknown":
      return "this step can't be played";
  }
}
