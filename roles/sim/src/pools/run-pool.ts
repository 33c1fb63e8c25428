import { CodedError, codeOf, runRole, untilAborted } from "@banksman/kit";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { rosterOf, type SimMiner } from "../roster.ts";
import { simOptionsOf } from "../run-sim.ts";
import { f2poolAccount, type Planted } from "./pool-account.ts";

/** The flags of `banksman sim pool`, as text. */
export type PoolFlags = {
  count?: string | undefined;
  seed?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  stolen?: string | undefined;
  skimmed?: string | undefined;
};

const usage = (text: string) => new CodedError("USAGE_FLAGS", `banksman sim pool: ${text}`, false);
const ACCOUNT = "minefarm";

function numbersOf(flag: string, text: string | undefined): number[] {
  if (text === undefined) return [];
  const numbers = text.split(",").map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number > 0)) return numbers;
  throw usage(`${flag} ${text}: numbers of miners from 1 on, separated by commas`);
}

function optionsOf({ host = "127.0.0.1", port = "18300", stolen, skimmed, ...rest }: PoolFlags) {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw usage(`--port ${port} is no port`);
  const planted = { stolen: numbersOf("--stolen", stolen), skimmed: numbersOf("--skimmed", skimmed) };
  return { host, port: number, planted, miners: rosterOf(simOptionsOf(rest)) };
}

/** Runs a pool that the simulated miners of the same seed work for, until SIGTERM; resolves to the exit code. */
export function runSimPool(flags: PoolFlags): Promise<number> {
  return runRole(
    "sim",
    async () => optionsOf(flags),
    async ({ host, port, miners, planted }, { signal, onStop, log }) => {
      const pool = await serveHttp((call) => answer(call, miners, planted), { host, port }).catch((error: unknown) => {
        throw codeOf(error) === "EADDRINUSE" ? usage(`${host}:${port} is in use; give another --port`) : error;
      });
      onStop("close the pool", async () => {
        await pool[Symbol.asyncDispose]();
      });
      log.info({ url: pool.url, miners: miners.length }, `pool on ${pool.url}, account ${ACCOUNT}`);
      await untilAborted(signal);
    },
  );
}

/** `/<coin>/<account>`; an account that the pool doesn't know is one without workers, as the real one answers. */
function answer({ path }: HttpCall, miners: readonly SimMiner[], planted: Planted): HttpAnswer {
  const [, , account] = path.split("/");
  if (account === undefined) return { status: 404, body: { error: "not found" } };
  return { body: f2poolAccount(account === ACCOUNT ? miners : [], Date.now(), planted) };
}
