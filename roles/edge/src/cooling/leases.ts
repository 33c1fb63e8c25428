import type { Clock, Log } from "@banksman/kit";
import {
  COOLING_LEASE_MS,
  COOLING_MAX_UNITS,
  COOLING_RENEW_MS,
  type CoolingLease,
  type CoolingLeases,
  type EdgeFrame,
} from "@banksman/wire/link";
import type { CoolingUnitKey } from "@banksman/wire/model";
import type { Held } from "./round.ts";
import { type CoolingUnit, unitId, unitOfGrant } from "./units.ts";

/** So many requests without an answer are one too many. */
const UNANSWERED = 5;

type Lease = { unit: CoolingUnit; end: number };

type Options = {
  /** Of the edge's own file, by unitId. */
  own: ReadonlyMap<string, CoolingUnit>;
  /** False when there is no link: nothing was sent. */
  send: (frame: EdgeFrame) => boolean;
  clock: Clock;
  log: Log;
  /** Units came or went. */
  onChange: () => void;
};

const keyOf = ({ site_id, host }: CoolingUnitKey): CoolingUnitKey => ({ site_id, host });

/**
 * The units that the server lets this edge read. A lease ends COOLING_LEASE_MS after the request that renewed it was sent,
 * by this machine's monotonic clock: cut off from the server, the edge goes on until then and not a moment longer.
 */
export class Leases {
  readonly #options: Options;
  readonly #leases = new Map<string, Lease>();
  /** When each request of this connection was sent. */
  #asked = new Map<number, number>();
  #request = 0;
  /** Whether this connection has had an answer yet. */
  #isAnswered = false;
  #saidRefused = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Those whose lease has not ended. */
  helds(): Held[] {
    this.#expire();
    return [...this.#leases].map(([id, { unit }]) => ({ unit, until: () => this.#leases.get(id)?.end ?? 0 }));
  }

  /** A new connection: answers to requests of the one before come no more. */
  linked(): void {
    this.#asked = new Map();
    this.#request = 0;
    this.#isAnswered = false;
    this.#ask();
  }

  /**
   * Asks for leases and renews them until the signal aborts; gives them back once nothing is read any more, but for units
   * whose controllers may still work on what they were asked: those wait for their lease's end.
   */
  async run(signal: AbortSignal, idle: Promise<unknown>, isSettled: (unit: CoolingUnit) => boolean): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(COOLING_RENEW_MS, signal).catch(() => undefined);
      if (!signal.aborted && this.#request > 0) this.#ask();
    }
    await idle;
    this.#giveBack(isSettled);
  }

  take({ request, grants, refused }: CoolingLeases): void {
    const { own, clock, log, onChange } = this.#options;
    const askedAt = this.#asked.get(request);
    if (askedAt === undefined) return;
    this.#isAnswered = true;
    // The last request may be answered once more, when units of an edge that is gone became free.
    for (const sent of this.#asked.keys()) if (sent < request) this.#asked.delete(sent);
    let isNew = false;
    for (const grant of grants) {
      const id = unitId(grant);
      isNew ||= !this.#leases.has(id);
      this.#leases.set(id, { unit: unitOfGrant(grant, own), end: askedAt + COOLING_LEASE_MS });
    }
    for (const one of refused) {
      if (this.#saidRefused.has(unitId(one))) continue;
      this.#saidRefused.add(unitId(one));
      log.error(
        { site_id: one.site_id, unit: unitId(one), reason: one.code },
        `the server lets this edge not read it: ${one.detail}`,
      );
    }
    this.#expire();
    if (isNew) {
      log.info({ units: this.#leases.size, took_ms: Math.round(clock.monotonic() - askedAt) }, "cooling units leased");
      onChange();
    }
  }

  #ask(): void {
    const { own, send, clock } = this.#options;
    this.#expire();
    const request = this.#request + 1;
    const frame: CoolingLease = {
      type: "cooling_lease",
      request,
      holds: [...this.#leases.values()].map(({ unit }) => keyOf(unit)),
      can: COOLING_MAX_UNITS,
      ...(request === 1 && { units: [...own.values()].filter(({ leased }) => leased).map(planOf) }),
    };
    const askedAt = clock.monotonic();
    if (!send(frame)) return;
    this.#request = request;
    this.#asked.set(request, askedAt);
    if (request === UNANSWERED && !this.#isAnswered)
      this.#options.log.warn(
        "the server answers no requests for cooling units, perhaps it is older than this edge: none is read but those with lease: none",
      );
  }

  /** Free at once for others. */
  #giveBack(isSettled: (unit: CoolingUnit) => boolean): void {
    const { send } = this.#options;
    this.#expire();
    const units = [...this.#leases.values()].map(({ unit }) => unit);
    const gives_back = units.filter(isSettled).map(keyOf);
    const holds = units.filter((unit) => !isSettled(unit)).map(keyOf);
    this.#leases.clear();
    this.#asked.clear();
    if (gives_back.length > 0) send({ type: "cooling_lease", request: this.#request + 1, holds, can: 0, gives_back });
  }

  #expire(): void {
    const now = this.#options.clock.monotonic();
    for (const [id, { end }] of this.#leases) if (end <= now) this.#leases.delete(id);
  }
}

const planOf = ({ site_id, host, driver, interval_s, timeout_ms, retries }: CoolingUnit) => ({
  site_id,
  host,
  driver,
  interval_s,
  timeout_ms,
  retries,
});
