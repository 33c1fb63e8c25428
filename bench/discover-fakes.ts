/** The machines of bench/discover.ts, in a process of their own: recorded devices on the addresses that stdin names. */
import { answerFrom, answerV3From, answerWebFrom, serveCgminer, serveHttp, serveV3 } from "@banksman/replay";
import { mixedCases } from "./mixed-cases.ts";

const hosts: string[] = JSON.parse(process.argv[2] ?? "[]");
const cases = mixedCases();
for (const [index, host] of hosts.entries()) {
  const one = cases[index % cases.length]?.recorded;
  if (!one) continue;
  const onApiPort = one.behaviour.web?.onApiPort ?? false;
  if (one.answers.size > 0) await serveCgminer({ host, port: 4028, answer: answerFrom(one) });
  if (one.v3.size > 0) await serveV3({ host, port: 4433, answer: answerV3From(one) });
  if (one.web.size > 0) await serveHttp(answerWebFrom(one), { host, port: onApiPort ? 4028 : 80 });
}
process.send?.("ready");
