import { CodedError } from "@banksman/kit";

const LATENCY_MAX_MS = 60_000;

/** Reads flags of one command as text; what it can't read is refused with the flag and the fix. */
export function flagsOf(command: string) {
  const usage = (text: string) => new CodedError("USAGE_FLAGS", `${command}: ${text}`, false);
  return {
    usage,
    whole(flag: string, text: string, least: number, most: number): number {
      const value = Number(text);
      if (/^\d+$/.test(text) && value >= least && value <= most) return value;
      throw usage(`${flag} ${text}: must be a whole number from ${least} to ${most}`);
    },
    /** How long an answer takes, fixed or drawn from a span. */
    latency(text: string): { fromMs: number; toMs: number } {
      const [, first, last = first] = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
      const [fromMs, toMs] = [Number(first), Number(last)];
      if (fromMs <= toMs && toMs <= LATENCY_MAX_MS) return { fromMs, toMs };
      throw usage(`--latency ${text}: must be milliseconds such as 200 or 150-400, at most ${LATENCY_MAX_MS}`);
    },
    /** `dead=10%,slow=0.05`, of faults of these kinds. */
    faults<Kind extends string>(texts: readonly string[], kinds: readonly Kind[]): { kind: Kind; share: number }[] {
      return texts
        .flatMap((text) => text.split(","))
        .map((text) => {
          const [name = "", part = ""] = text.split("=");
          const kind = kinds.find((one) => one === name);
          const share = part.endsWith("%") ? Number(part.slice(0, -1)) / 100 : Number(part);
          if (kind === undefined) throw usage(`--fault ${text}: "${name}" is none of ${kinds.join(", ")}`);
          if (part === "" || !(share >= 0 && share <= 1))
            throw usage(`--fault ${text}: needs a share, such as ${kind}=5%`);
          return { kind, share };
        });
    },
  };
}
