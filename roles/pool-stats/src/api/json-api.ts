import { type Clock, messageOf } from "@banksman/kit";
import type {
  GetPoolSeries,
  GetPoolUser,
  GetPoolWorker,
  ListPoolUsers,
  ListPoolWorkers,
  ListTopPoolWorkers,
  ParamsOf,
  PoolTotals,
  QueryOf,
} from "@banksman/wire/api";
import type { View } from "../scale/view.ts";
import { Figures } from "../windows/figures.ts";
import type { Sum } from "../windows/sums.ts";
import { ApiProblem } from "./api-problem.ts";
import { commonOf, hashrate, type Named, reasonsOf, userRow, workerRow } from "./rows.ts";
import { greatest, RANKINGS, type Rank, rank } from "./sorted.ts";

const MINUTE = 60;

/** What the API tells beside the figures. */
export type Facts = () => Pick<PoolTotals, "caught_up" | "lag" | "refused" | "last_flush_at">;

/** Names of workers as the events told, by worker id; empty where none is known. */
export type NamesOf = (userId: number, workerIds: readonly string[]) => Promise<ReadonlyMap<string, Named>>;

export type JsonApiOptions = {
  view: View;
  clock: Pick<Clock, "now">;
  facts: Facts;
  namesOf: NamesOf;
  /** Accepted difficulty by the number of the minute; only where several instances count. */
  seriesOfAll?: ((userId: number | null, since: number) => Promise<ReadonlyMap<number, number>>) | undefined;
};

/** The answers of the JSON API, without the socket. Throws ApiProblem for what is not there. */
export class JsonApi {
  readonly #options: JsonApiOptions;
  readonly #scratch = new Figures();

  constructor(options: JsonApiOptions) {
    this.#options = options;
  }

  pool() {
    const { view, facts } = this.#options;
    const now = this.#now();
    const figures = view.pool(now, new Figures());
    return {
      ...this.#at(now),
      ...commonOf(figures, view.statistics.compat, now),
      ...facts(),
      workers: figures.workers,
      users: view.userCount,
      reject_reasons: reasonsOf(figures),
      instances: view.instances,
    };
  }

  async users({ sort, order, page, per_page }: QueryOf<typeof ListPoolUsers>) {
    const { view } = this.#options;
    const now = this.#now();
    const { ranks, pagination } = pageOf(await rank(view.users(now), RANKINGS[sort], order), page, per_page);
    const figures = new Figures();
    const users = ranks.map(({ userId }) => {
      view.user(userId, now, figures);
      return userRow(figures, view.statistics.compat, now);
    });
    return { ...this.#at(now), users, pagination };
  }

  user({ puid }: ParamsOf<typeof GetPoolUser>) {
    const { view } = this.#options;
    const now = this.#now();
    const figures = new Figures();
    if (!view.user(userIdOf(puid), now, figures)) throw noUser(puid);
    return { ...this.#at(now), ...userRow(figures, view.statistics.compat, now), reject_reasons: reasonsOf(figures) };
  }

  async workers({ puid }: ParamsOf<typeof ListPoolWorkers>, query: QueryOf<typeof ListPoolWorkers>) {
    const { view } = this.#options;
    const now = this.#now();
    const userId = userIdOf(puid);
    if (!view.user(userId, now, new Figures())) throw noUser(puid);
    const all = await rank(view.workers(now, userId), RANKINGS[query.sort], query.order);
    const { ranks, pagination } = pageOf(all, query.page, query.per_page);
    return { ...this.#at(now), workers: await this.#named(ranks, now), pagination };
  }

  async worker({ puid, worker_id }: ParamsOf<typeof GetPoolWorker>) {
    const { view, namesOf } = this.#options;
    const now = this.#now();
    const figures = new Figures();
    const userId = userIdOf(puid);
    if (!view.worker(userId, workerIdOf(worker_id), now, figures))
      throw new ApiProblem(404, "NO_SUCH_WORKER", `user ${puid} has no live worker ${worker_id}`);
    const names = await namesOf(userId, [figures.workerId]);
    const row = workerRow(figures, view.statistics.compat, now, names.get(figures.workerId));
    return { ...this.#at(now), ...row, reject_reasons: reasonsOf(figures) };
  }

  async top({ by, limit }: QueryOf<typeof ListTopPoolWorkers>) {
    const now = this.#now();
    const ranks = await greatest(this.#options.view.workers(now), RANKINGS[by], limit);
    return { ...this.#at(now), workers: await this.#named(ranks, now) };
  }

  /** Whole minutes before now, of this instance by its windows, or of all by what they have written. */
  async series({ puid, minutes }: QueryOf<typeof GetPoolSeries>) {
    const now = this.#now();
    const userId = puid === undefined ? null : userIdOf(puid);
    if (userId !== null && !this.#options.view.user(userId, now, new Figures())) throw noUser(puid ?? "");
    const last = Math.floor(now / MINUTE);
    const { seriesOfAll } = this.#options;
    const written = seriesOfAll ? await seriesOfAll(userId, last - minutes).catch(databaseAway) : null;
    const points = Array.from({ length: minutes }, (_, i) => {
      const minute = last - minutes + i;
      const accepted = written ? (written.get(minute) ?? null) : this.#minuteOf(userId, minute);
      const hashrate_hs = accepted === null ? null : hashrate(accepted, MINUTE);
      return { timestamp: new Date(minute * MINUTE * 1_000).toISOString(), hashrate_hs };
    });
    return { ...this.#at(now), resolution_seconds: MINUTE, points };
  }

  /** A past minute is the window of one minute at its last second; null before there was anything to count. */
  #minuteOf(userId: number | null, minute: number): Sum | null {
    const { statistics } = this.#options.view;
    const handle = userId === null ? statistics.pool : statistics.findUser(userId);
    const figures = statistics.read(handle, (minute + 1) * MINUTE - 1, this.#scratch);
    const isKnown = figures.since !== 0 && figures.since < (minute + 1) * MINUTE;
    return isKnown ? (figures.accept[0] ?? 0) : null;
  }

  async #named(ranks: readonly Rank[], now: number) {
    const { view, namesOf } = this.#options;
    const byUser = Map.groupBy(ranks, ({ userId }) => userId);
    const asked = [...byUser].map(async ([userId, some]) => {
      const names = await namesOf(
        userId,
        some.map(({ workerId }) => workerId),
      );
      return [userId, names] as const;
    });
    const names = new Map(await Promise.all(asked));
    const figures = new Figures();
    return ranks.map(({ userId, workerId }) => {
      view.worker(userId, BigInt(workerId), now, figures);
      return workerRow(figures, view.statistics.compat, now, names.get(userId)?.get(workerId));
    });
  }

  #at(now: number) {
    return { at: new Date(now * 1_000).toISOString() };
  }

  #now(): number {
    return Math.floor(this.#options.clock.now() / 1_000);
  }
}

const databaseAway = (error: unknown): never => {
  throw new ApiProblem(503, "DATABASE_AWAY", `the minutes of all instances can't be read: ${messageOf(error)}`);
};
const noUser = (puid: string) => new ApiProblem(404, "NO_SUCH_USER", `user ${puid} has no live workers`);

function userIdOf(puid: string): number {
  const userId = Number(puid);
  if (userId !== (userId | 0)) throw new ApiProblem(400, "INVALID_INPUT", `puid: ${puid} has more than 32 bits`);
  return userId;
}

function workerIdOf(text: string): bigint {
  const id = BigInt(text);
  if (id !== BigInt.asIntN(64, id))
    throw new ApiProblem(400, "INVALID_INPUT", `worker_id: ${text} has more than 64 bits`);
  return id;
}

function pageOf(ranks: readonly Rank[], page: number, perPage: number) {
  const pagination = { page, per_page: perPage, total: ranks.length, pages: Math.ceil(ranks.length / perPage) };
  return { ranks: ranks.slice((page - 1) * perPage, page * perPage), pagination };
}
