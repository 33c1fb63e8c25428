/** What a text holds as JSON, null where it is none: for what a peer sent, which a schema then judges. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
