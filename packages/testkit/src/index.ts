export { launchChromium } from "./chromium.ts";
export { freePort } from "./free-port.ts";
export { type KafkaMock, startKafkaMock } from "./kafka-mock.ts";
export { type PrivateMariaDb, startMariaDb } from "./mariadb.ts";
export { type PrivatePostgres, startPostgres } from "./postgres.ts";
export { type Running, run, runToEnd } from "./process.ts";
export { startRedis } from "./redis.ts";
export { tempFolder } from "./temp-folder.ts";
export { waitFor } from "./wait-for.ts";
