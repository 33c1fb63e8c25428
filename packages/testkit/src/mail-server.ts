/** A real mail server on an ephemeral loopback port that keeps what it is sent. Whoever is called nobody… it refuses. */
export async function startMailServer(): Promise<{ port: number; mails: string[] } & AsyncDisposable> {
  // Loaded here, since few tests want it.
  const { SMTPServer } = await import("smtp-server");
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith("nobody") ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null),
    onData: (stream, _session, done) => {
      let text = "";
      stream.on("data", (part: Buffer) => {
        text += part.toString();
      });
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.server.address();
  if (typeof address !== "object" || address === null) throw new Error("the mail server has no port");
  return {
    port: address.port,
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
