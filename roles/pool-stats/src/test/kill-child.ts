/** The role as a process of its own, to be killed: `node kill-child.ts CFG`. */
import { runPoolStats } from "../run-pool-stats.ts";

process.exit(await runPoolStats({ config: process.argv[2] ?? "" }));
