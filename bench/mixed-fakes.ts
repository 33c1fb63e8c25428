/** The fakes of bench/mixed-sweep.ts, in a process of their own: every address answers as one recorded device. */
import { createServer } from "node:http";
import { answerFrom, answerV3From, answerWebFrom, frame, type HttpCall, serveMany } from "@banksman/replay";
import { Traffic } from "../packages/replay/src/connection.ts";
import { listen } from "../packages/replay/src/serve.ts";
import { mixedCases } from "./mixed-cases.ts";

const [apiPort, webPort, v3Port] = process.argv.slice(2).map(Number);
const cases = mixedCases().map(({ recorded }) => ({
  recorded,
  api: recorded.answers.size > 0 ? remembered(answerFrom(recorded)) : null,
  web: answerWebFrom(recorded),
  v3: answerV3From(recorded),
}));
const caseAt = (address: string) => {
  const [, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return cases[((b * 256 + c) * 256 + d) % cases.length];
};

/** Each request's answer is made once: what is measured is the reader. */
function remembered(answer: (request: string) => ReturnType<ReturnType<typeof answerFrom>>) {
  const kept = new Map<string, ReturnType<typeof answer>>();
  return (request: string) => {
    const known = kept.get(request) ?? answer(request);
    kept.set(request, known);
    return known;
  };
}

await serveMany({
  port: apiPort ?? 0,
  deviceAt: (address) => {
    const api = caseAt(address)?.api;
    return api ? { answer: api } : undefined;
  },
});

const web = createServer((request, response) => {
  const at = caseAt(request.socket.localAddress ?? "");
  const url = new URL(request.url ?? "/", "http://x");
  const call = { method: request.method ?? "GET", path: url.pathname, headers: request.headers } as HttpCall;
  request.resume();
  const { status = 200, headers = {}, body = "" } = at?.web(call) ?? { status: 404 };
  response.writeHead(status, headers).end(body);
});
web.listen({ port: webPort, host: "0.0.0.0", backlog: 4_096 });

await listen(
  "0.0.0.0",
  v3Port ?? 0,
  (socket) => {
    socket.on("error", () => {});
    const at = caseAt(socket.localAddress ?? "");
    if (!at || at.recorded.v3.size === 0) return socket.resetAndDestroy();
    return socket.on("data", (bytes) => {
      const answer = at.v3(bytes.subarray(4).toString("utf8"));
      socket.write(frame(String(answer)));
    });
  },
  new Traffic(),
);
process.send?.("ready");
