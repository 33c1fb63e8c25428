import { type Clock, type Log, messageOf } from "@banksman/kit";
import type { Message } from "@banksman/notify";
import { poolOf, readAccount } from "@banksman/pools";
import { type Assessment, assess } from "./assess.ts";
import { floorOf, type WatchConfig, type WatchedAccount } from "./config.ts";
import { type Outlet, sendPatiently } from "./outgoing.ts";
import { type Found, tellServer } from "./report.ts";
import type { Standing, WatchState } from "./state.ts";
import { type Profile, profiles, utcText } from "./text.ts";

export type Checked = { account: string; readable: boolean; wrong: boolean; delivered: boolean };
type Parts = {
  config: WatchConfig;
  state: WatchState;
  outlets: readonly Outlet[];
  logFile: { add: (entry: string) => Promise<void> };
  clock: Clock;
  log: Log;
  print: (line: string) => void;
};

const SKEW_WARNING_MS = 60_000;

/** Checks accounts: reads the pool, says what is wrong, takes back what is over. */
export class Watcher {
  readonly #parts: Parts;
  readonly #profile: Profile;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#profile = profiles[parts.config.profile];
  }

  /** One check of every account. What earlier runs left to delete goes first. */
  async check(): Promise<Checked[]> {
    await this.deleteDue();
    const results: Checked[] = [];
    const found: Found = { readings: [], failures: [] };
    for (const account of this.#parts.config.accounts) results.push(await this.#checkAccount(account, found));
    await this.#report(found);
    return results;
  }

  async #report(found: Found): Promise<void> {
    const { server, request_timeout_s } = this.#parts.config;
    if (server === undefined) return;
    try {
      await tellServer(server, found, request_timeout_s * 1_000);
    } catch (error) {
      this.#parts.log.error({ err: error }, `the server was not told: ${messageOf(error)}`);
    }
  }

  /** Takes away messages whose time has come, also those that an earlier process sent. */
  async deleteDue(): Promise<void> {
    const { state, clock } = this.#parts;
    for (const message of state.due(clock.now())) await this.#remove(message);
  }

  async #checkAccount(account: WatchedAccount, all: Found): Promise<Checked> {
    const { config, state, logFile, clock, log, print } = this.#parts;
    const id = `${account.pool} ${account.coin} ${account.account}`;
    const time = utcText(new Date(clock.now()));
    try {
      const reading = await readAccount(poolOf(account.pool), account, config.request_timeout_s * 1_000);
      if (reading.clock_skew_ms !== null && Math.abs(reading.clock_skew_ms) > SKEW_WARNING_MS)
        log.warn({ account: id, skew_ms: reading.clock_skew_ms }, "this machine's clock is not the pool's");
      state.setFailures(id, 0);
      all.readings.push(reading);
      const floor = floorOf(config.hashrate_floor, account.coin) ?? { hs: 0, unit: "H/s" };
      const found = assess(reading, { ...config, floor_hs: floor.hs });
      const text = this.#named(account, this.#profile.alarm(found, floor.unit));
      await logFile.add(this.#profile.logEntry(time, text));
      print(found.isWrong ? text : this.#profile.well(time));
      const delivered = found.isWrong ? await this.#say(id, text) : await this.#recover(id, account, found, floor.unit);
      return { account: id, readable: true, wrong: found.isWrong, delivered };
    } catch (error) {
      return await this.#unreadable(id, account, time, error, all);
    }
  }

  /** A pool that says nothing or nonsense is never a silent pass: it is logged each time, and said after some checks. */
  async #unreadable(id: string, account: WatchedAccount, time: string, error: unknown, all: Found): Promise<Checked> {
    const { config, state, logFile, log, print, clock } = this.#parts;
    const failures = state.failures(id) + 1;
    state.setFailures(id, failures);
    const { pool, coin, account: name } = account;
    const at = new Date(clock.now()).toISOString();
    all.failures.push({ pool, coin, account: name, at, failures, reason: messageOf(error).slice(0, 1_000) });
    log.warn({ err: error, account: id, failures }, "the pool can't be read");
    const text = this.#named(account, this.#profile.unreadable(failures, messageOf(error)));
    await logFile.add(this.#profile.logEntry(time, text));
    print(text);
    const delivered = failures < config.unreadable_after || (await this.#say(id, text));
    return { account: id, readable: false, wrong: true, delivered };
  }

  /** With several accounts each text says which one it is about; with one it is the original's to the letter. */
  #named(account: WatchedAccount, text: string): string {
    return this.#parts.config.accounts.length === 1 ? text : `[${account.pool} ${account.account}]\r\n${text}`;
  }

  async #say(id: string, text: string): Promise<boolean> {
    const { config, state, outlets, clock, log } = this.#parts;
    const message: Message = { title: text.split(/\r?\n/, 1)[0] ?? text, text, level: "severe" };
    const standing = state.standing(id);
    const isNew = config.repeat === "every-check" || state.said(id) === null;
    let delivered = true;
    for (const outlet of outlets) {
      const own = standing.filter(({ channel }) => channel === outlet.name);
      try {
        if (isNew || (own.length === 0 && outlet.delete_after_s !== null)) {
          const receipt = await sendPatiently(outlet.sender, message);
          const deleteAt = outlet.delete_after_s === null ? null : clock.now() + outlet.delete_after_s * 1_000;
          if (outlet.sender.remove) state.addMessage(id, outlet.name, receipt, clock.now(), deleteAt);
        } else if (state.said(id) !== text) for (const { receipt } of own) await outlet.sender.edit?.(receipt, message);
      } catch (error) {
        delivered = false;
        log.error({ err: error, account: id, channel: outlet.name }, "a message did not leave");
      }
    }
    // What nobody could be told is said anew at the next check.
    if (delivered) state.setSaid(id, text);
    return delivered;
  }

  async #recover(id: string, account: WatchedAccount, found: Assessment, unit: string): Promise<boolean> {
    const { state, outlets, log } = this.#parts;
    state.setSaid(id, null);
    let delivered = true;
    for (const message of state.standing(id)) {
      const outlet = outlets.find(({ name }) => name === message.channel);
      if (!outlet || outlet.on_recovery === "keep") continue;
      if (outlet.on_recovery === "delete" || !outlet.sender.edit) {
        delivered = (await this.#remove(message)) && delivered;
        continue;
      }
      const text = this.#named(account, this.#profile.recovered(found, unit));
      try {
        await outlet.sender.edit(message.receipt, { title: text, text, level: "info" });
      } catch (error) {
        delivered = false;
        log.warn({ err: error, account: id, channel: message.channel }, "a message could not be changed");
      }
    }
    return delivered;
  }

  async #remove(message: Standing): Promise<boolean> {
    const { outlets, state, log } = this.#parts;
    const outlet = outlets.find(({ name }) => name === message.channel);
    try {
      await outlet?.sender.remove?.(message.receipt);
      state.forget(message.seq);
      return true;
    } catch (error) {
      // It stays listed: the next run tries again.
      log.warn({ err: error, account: message.account, channel: message.channel }, "a message could not be deleted");
      return false;
    }
  }
}
