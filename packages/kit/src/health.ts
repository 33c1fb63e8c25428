/** Why a role can't do its job, in words for the person who looks at /health. */
export type Trouble = { name: string; reason: string };
export type Check = () => string | null | Promise<string | null>;

/**
 * A role's own view of whether it can do its job. `health` checks decide /health (is it doing its job?), `ready` checks
 * decide /ready as well (may traffic be sent to it?). A check returns null when well, else the reason.
 */
export class Health {
  readonly #health = new Map<string, Check>();
  readonly #ready = new Map<string, Check>();
  #draining = false;

  addHealthCheck(name: string, check: Check): void {
    this.#health.set(name, check);
  }

  addReadyCheck(name: string, check: Check): void {
    this.#ready.set(name, check);
  }

  /** From now on /ready answers 503 so that balancers stop sending work while the role drains. */
  startDraining(): void {
    this.#draining = true;
  }

  async troubles(kind: "health" | "ready"): Promise<Trouble[]> {
    const checks = kind === "health" ? [...this.#health] : [...this.#health, ...this.#ready];
    const found: Trouble[] = this.#draining && kind === "ready" ? [{ name: "lifecycle", reason: "draining" }] : [];
    for (const [name, check] of checks) {
      const reason = await Promise.resolve()
        .then(check)
        .catch((error: unknown) => `check failed: ${error instanceof Error ? error.message : String(error)}`);
      if (reason !== null) found.push({ name, reason });
    }
    return found;
  }

  /** Status code and body of GET /health or GET /ready. */
  async report(kind: "health" | "ready"): Promise<{ status: 200 | 503; body: { status: string; reasons: Trouble[] } }> {
    const reasons = await this.troubles(kind);
    const good = kind === "health" ? "ok" : "ready";
    return reasons.length === 0
      ? { status: 200, body: { status: good, reasons } }
      : { status: 503, body: { status: kind === "health" ? "failing" : "not ready", reasons } };
  }
}
