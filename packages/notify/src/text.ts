/** Text cut to `max` UTF-16 units, whole lines where possible, with a word on how many lines are missing. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const lines = text.split("\n");
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (length + line.length + 1 > max - 24) break;
    kept.push(line);
    length += line.length + 1;
  }
  const missing = lines.length - kept.length;
  // One endless line: cut inside it, but not inside a pair that is one sign.
  if (kept.length === 0) return `${text.slice(0, max - 2).replace(/[\uD800-\uDBFF]$/, "")} …`;
  return `${kept.join("\n")}\n… (+${missing})`;
}

/** Text cut to `max` bytes of UTF-8, for services that count those. */
export function cutBytes(text: string, max: number): string {
  let shorter = text;
  while (Buffer.byteLength(shorter) > max)
    shorter = cut(shorter, Math.floor(shorter.length * Math.min(0.95, max / Buffer.byteLength(shorter))));
  return shorter;
}
