import { tryLibrary } from "./pack.ts";

tryLibrary("Node 24, with types that check", []);
