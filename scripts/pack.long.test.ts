import { tryLibrary } from "./pack.ts";

tryLibrary("Node 22 and 24", ["node@22"]);
