/** Pulls one address over and over, as players would: node bench/video-pull.ts URL SECONDS CONNECTIONS [TOKEN]; prints bytes. */
import { Agent, request } from "node:http";

const [url = "", seconds = "5", connections = "4", token] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const until = performance.now() + Number(seconds) * 1_000;
let bytes = 0;

const once = () =>
  new Promise<void>((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    request(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${response.statusCode}`));
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      return response.once("end", resolve);
    })
      .once("error", reject)
      .end();
  });
const pull = async () => {
  while (performance.now() < until) await once();
};
await Promise.all(Array.from({ length: Number(connections) }, pull));
console.log(bytes);
agent.destroy();
