type Told = { type: string; data: { file?: string } };

/** A reporter of node:test that tells the files of tests which failed, a line each. */
export default async function* failedFiles(events: AsyncIterable<Told>): AsyncGenerator<string> {
  for await (const { type, data } of events)
    if (type === "test:fail" && data.file !== undefined) yield `${data.file}\n`;
}
