/** Ends the process with `code` once all that was written to stdout and stderr has gone out, whatever still lingers. */
export async function leave(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(flush));
  process.exit(code);
}

/** An empty write calls back after the ones before it; also when the reader has gone, which is no reason to stay. */
const flush = (stream: NodeJS.WriteStream) => new Promise<void>((done) => void stream.write("", () => done()));
