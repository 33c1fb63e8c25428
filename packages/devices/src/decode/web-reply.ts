import type { HttpReply } from "../transports/http.ts";
import { isRecord, type Reply, toReply } from "./reply.ts";
import { repairJson } from "./tolerant-json.ts";

/**
 * A web server's answer in the shape of the others: `code` is the HTTP status, a list is put under `list` and anything
 * else that is no record under `value`.
 */
export function webReply({ status, text }: HttpReply): Reply {
  const value = parsed(text);
  const body = isRecord(value) ? value : Array.isArray(value) ? { list: value } : { value };
  if (status >= 200 && status <= 299) return { ...toReply(body), code: status };
  const denied = status === 401 || status === 403;
  return { ok: false, code: status, message: denied ? "access denied" : `HTTP ${status}`, description: null, body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const repaired = /^\s*[[{]/.test(text) ? repairJson(text.trim()) : null;
    return repaired?.value ?? text;
  }
}
