export { runMarket, type ServeFlags } from "./serve.ts";
